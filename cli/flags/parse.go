package flags

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"shotput/cli/line"
	"shotput/loadgen"
	"shotput/stats/unit"
)

// unlimited as a rate asks for a closed loop.
const unlimited = "max"

// perSecond is how many seconds a rate's unit of time has; without one it is a second's.
func perSecond(per string) (seconds float64, known bool) { return unit.Seconds(cmp.Or(per, "s")) }

// ParseRate reads 2000/s, 2000, 120/m, 20MiB/s or max. The zero Rate, a closed loop, is only had by max.
func ParseRate(s string) (loadgen.Rate, error) {
	if s == unlimited {
		return loadgen.Rate{}, nil
	}
	count, per, _ := strings.Cut(s, "/")
	seconds, ok := perSecond(per)
	if !ok || strings.HasSuffix(s, "/") {
		return loadgen.Rate{}, line.Otherwise(fmt.Sprintf("a rate is per /s, /m or /h, not per %q", per), rateMeant(s))
	}
	n, name, err := SplitNumber(count)
	if err != nil {
		return loadgen.Rate{}, err
	}
	if n == 0 {
		return loadgen.Rate{}, errors.New("a rate must be more than 0; without a limit it is " + unlimited)
	}
	if name == "" {
		return loadgen.Rate{PerSecond: n / seconds}, nil
	}
	worth, ok := unit.Bytes(name)
	if !ok {
		return loadgen.Rate{}, line.Otherwise(fmt.Sprintf("%q is no unit of a rate", name), rateMeant(s))
	}
	return loadgen.Rate{BytesPerSecond: n * worth / seconds}, nil
}

// ParseSize reads 4096, 4KiB, 1.5MB as whole bytes, at least one.
func ParseSize(s string) (int64, error) {
	n, err := unit.ParseSize(s)
	if err != nil {
		why := err.Error()
		size, per, isRate := strings.Cut(s, "/")
		if _, known := perSecond(per); isRate && known {
			why = "a size is no rate: it has nothing behind a /"
		}
		meant := cmp.Or(sizeMeant(size), size)
		if _, err := unit.ParseSize(meant); err != nil {
			meant = ""
		}
		return 0, line.Otherwise(why, meant)
	}
	return n, nil
}

// sizeMeant is a size that is written otherwise elsewhere, such as 1M, 4k or 16 kib; "" when it cannot be told.
func sizeMeant(s string) string {
	n, name, err := SplitNumber(strings.ReplaceAll(s, " ", ""))
	if err != nil || name == "" || n == 0 {
		return ""
	}
	letter := strings.ToUpper(name[:1])
	switch strings.ToLower(name[1:]) {
	case "", "ib", "i":
		name = letter + "iB"
	case "b":
		name = letter + "B"
	default:
		return ""
	}
	if _, known := unit.Bytes(name); !known {
		return ""
	}
	return plainly(n) + name
}

var errTooLong = errors.New("that is more than 292 years")

// ParseSpan reads a time: a bare number is seconds, as in curl; 250ms and 1m30s are Go's form.
func ParseSpan(s string) (time.Duration, error) {
	if n, unit, err := SplitNumber(s); err == nil && unit == "" {
		if n > math.MaxInt64/float64(time.Second) {
			return 0, errTooLong
		}
		return time.Duration(n * float64(time.Second)), nil
	}
	d, err := time.ParseDuration(s)
	if err != nil && spanMeant(s) == s { // written as it should be
		return 0, errTooLong
	}
	if err != nil {
		return 0, line.Otherwise("that is no time such as 2.5 (seconds), 250ms or 1m30s", spanMeant(s))
	}
	if d < 0 {
		return 0, errors.New("a time cannot be negative")
	}
	return d, nil
}

// parseHeader reads one -H as curl does: "Name: value" sets, "Name:" removes, "Name;" sends it empty.
func parseHeader(s string) (loadgen.Header, error) {
	name, value, found := strings.Cut(s, ":")
	value = strings.Trim(value, " \t\r\n")
	if empty, ok := strings.CutSuffix(strings.TrimRight(s, " \t\r\n"), ";"); !found && ok {
		name, found = empty, true
		return checkName(name, loadgen.Header{Name: name})
	}
	if !found {
		return loadgen.Header{}, errors.New("a header is 'Name: value', or 'Name:' to send none, " +
			"or 'Name;' to send it empty")
	}
	if strings.ContainsAny(value, "\r\n\x00") {
		return loadgen.Header{}, errors.New("a header's value is one line")
	}
	return checkName(name, loadgen.Header{Name: name, Value: value, Remove: value == ""})
}

// checkName refuses what would break the request apart; loadgen.Plan knows the full grammar of a name.
func checkName(name string, h loadgen.Header) (loadgen.Header, error) {
	if name == "" || strings.ContainsAny(name, " \t\r\n\x00:") {
		return loadgen.Header{}, errors.New("a header's name is one word without spaces")
	}
	return h, nil
}

// ParseCount reads a whole number from 1 up.
func ParseCount(s string) (int64, error) {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 1 {
		return 0, line.Otherwise("that is no whole number from 1 up", countMeant(s))
	}
	return n, nil
}

// SplitNumber splits 1.5MiB into 1.5 and MiB.
func SplitNumber(s string) (n float64, rest string, err error) { return unit.SplitNumber(s) }

// unitsElsewhere are words for units that are not read here, and ours for the same.
var unitsElsewhere = map[string]string{
	"s": "s", "sec": "s", "secs": "s", "second": "s", "seconds": "s", "1s": "s", "rps": "s", "qps": "s",
	"m": "m", "min": "m", "mins": "m", "minute": "m", "minutes": "m", "1m": "m", "ms": "ms", "msec": "ms",
	"h": "h", "hr": "h", "hrs": "h", "hour": "h", "hours": "h",
	"d": "d", "day": "d", "days": "d", "w": "w", "week": "w", "weeks": "w",
}

// unitOf reads a number with a unit as it is written elsewhere.
func unitOf(s string) (n float64, unit string) {
	n, rest, err := SplitNumber(strings.TrimSpace(s))
	if err != nil || n == 0 {
		return 0, ""
	}
	return n, unitsElsewhere[strings.ToLower(strings.Trim(rest, " /"))]
}

// spanMeant is a time that is written otherwise elsewhere, such as 5 min; "" when it cannot be told.
func spanMeant(s string) string {
	n, unit := unitOf(s)
	switch {
	case unit == "d":
		return plainly(n*24) + "h"
	case unit == "w":
		return plainly(n*7*24) + "h"
	case unit == "":
		return ""
	}
	return plainly(n) + unit
}

// rateMeant is a rate that is written otherwise elsewhere, such as 50rps, 50/sec or 1e3.
func rateMeant(s string) string {
	if n, unit := unitOf(s); unit != "" && unit != "ms" && unit != "d" && unit != "w" {
		return plainly(n) + "/" + unit
	}
	if size, per, _ := strings.Cut(s, "/"); countMeant(size) == "" && sizeMeant(size) != "" {
		return sizeMeant(size) + "/" + cmp.Or(per, "s")
	}
	if count, per, ok := strings.Cut(s, "/"); ok && countMeant(count) != "" {
		if _, known := perSecond(per); known && per != "" {
			return countMeant(count) + "/" + per
		}
	}
	if count := countMeant(s); count != "" {
		return count + "/s"
	}
	return ""
}

// countMeant is a number that is written otherwise elsewhere, such as 10k, 1e3 or 1,000.
func countMeant(s string) string {
	number, thousands := strings.CutSuffix(strings.NewReplacer(",", "", "_", "").Replace(strings.ToLower(s)), "k")
	n, err := strconv.ParseFloat(number, 64)
	if thousands {
		n *= 1000
	}
	if err != nil || n < 1 || n > 1e12 || n != math.Trunc(n) {
		return ""
	}
	return plainly(n)
}

func plainly(n float64) string { return strconv.FormatFloat(n, 'f', -1, 64) }
