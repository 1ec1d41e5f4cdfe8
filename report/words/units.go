package words

import (
	"fmt"
	"math"
	"strconv"
	"time"

	"shotput/stats/unit"
)

// Validate says whether the unit is one that a latency can be printed in.
func (o Options) Validate() error {
	if _, known := unit.Time(o.Unit); !known && o.Unit != "" {
		return fmt.Errorf("read unit: %q is none of ns, us, ms, s", o.Unit)
	}
	return nil
}

// A Scale is the unit that latencies are printed in: one for all, so that they compare at a glance, or (the zero value)
// a fitting one for each.
type Scale struct {
	unit time.Duration // pinned; 0: a fitting unit for each
	name string
}

// ScaleOf is the scale that the options ask for; a unit that there is not is none.
func ScaleOf(opt Options) Scale {
	worth, _ := unit.Time(opt.Unit)
	if worth == time.Microsecond {
		return Scale{worth, "µs"} // in whichever way it was asked for
	}
	return Scale{worth, opt.Unit}
}

// Latency prints a latency for a table; a pinned unit stands in the table's header, once.
func (s Scale) Latency(d time.Duration) string {
	if s.unit > 0 {
		return inUnits(d, s.unit)
	}
	return Duration(d)
}

// InText prints a latency for a sentence, where a pinned unit has no header to stand in.
func (s Scale) InText(d time.Duration) string {
	return s.Beside(s.Latency(d))
}

// Beside adds a pinned unit to a latency that stands outside its table.
func (s Scale) Beside(latency string) string {
	if s.unit > 0 {
		return latency + " " + s.name
	}
	return latency
}

// Title names the pinned unit in the title of a table that has latencies.
func (s Scale) Title(title string) string {
	if s.unit > 0 {
		return title + ", " + s.name
	}
	return title
}

// InUnit prints a value of a saved run in the unit that the run names beside it, as such values are printed elsewhere.
func (s Scale) InUnit(value float64, name string) string {
	switch name {
	case "ns":
		return s.InText(time.Duration(value))
	case "ratio":
		return Percent(value)
	case "per_second", "/s":
		return Rate(value)
	case "bytes_per_second", "B/s":
		return Size(value) + "/s"
	case "bytes", "B":
		return Size(value)
	case "", "count":
		return number(value)
	}
	return fmt.Sprintf("%.3g %s", value, Cut(Clean(name), 12, "")) // of a newer version's run
}

// inUnits prints d as a number of units, three significant digits and at most seven characters.
func inUnits(d, worth time.Duration) string {
	x := float64(d) / float64(worth)
	switch {
	case x == 0:
		return "0"
	case x < 0.000_999_5 || x >= 999_500:
		return Powers(x)
	}
	rounded, _ := strconv.ParseFloat(strconv.FormatFloat(x, 'g', 3, 64), 64) // it reads what it wrote
	if rounded >= 100 {
		return Count(int64(rounded))
	}
	return strconv.FormatFloat(rounded, 'f', 2-int(math.Floor(math.Log10(rounded))), 64)
}
