package words

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"shotput/stats"
	"shotput/stats/unit"
)

// How numbers are printed: wherever one of a kind stands (table, sentence, live view, page), it is printed by the one
// function here, so that a reader never has to wonder whether two figures are the same.

// Powers prints three significant digits times a power of ten, as briefly as can be: 1.12e6.
func Powers(x float64) string {
	return strings.NewReplacer("e+0", "e", "e+", "e", "e-0", "e-").Replace(fmt.Sprintf("%.2e", x))
}

// Count prints with thousands separators, and from 10¹¹ up, where no column would hold it, in powers of ten.
func Count(n int64) string {
	if n >= 100_000_000_000 || n <= -100_000_000_000 {
		return Powers(float64(n))
	}
	return stats.FormatCount(n)
}

// Rate prints requests a second: whole from 100 up, separated from 10,000 up.
func Rate(perSecond float64) string {
	switch {
	case perSecond >= 9999.5:
		return Count(int64(math.Round(perSecond))) + "/s"
	case perSecond >= 100:
		return fmt.Sprintf("%.0f/s", perSecond)
	}
	return fmt.Sprintf("%.3g/s", perSecond)
}

// Size prints bytes in binary units, three significant digits from 1 KiB up.
func Size(bytes float64) string { return unit.FormatBytes(bytes) }

// Percent prints a ratio with up to three significant digits.
func Percent(ratio float64) string {
	x := ratio * 100
	if x > 0 && x < 0.001 {
		return "<0.001 %"
	}
	if x >= 1000 && x < 1e6 {
		return fmt.Sprintf("%.0f %%", x)
	}
	return fmt.Sprintf("%.3g %%", x)
}

// Share prints a part of a whole as per cent with one decimal; what is not all is never printed as 100.0, and
// what is not nothing never as 0.0.
func Share(part, whole int64) string {
	switch x := 100 * float64(part) / float64(whole); {
	case whole == 0:
		return "-"
	case part > 0 && x < 0.1:
		return "<0.1"
	case part < whole && x > 99.9:
		return ">99.9"
	default:
		return fmt.Sprintf("%.1f", x)
	}
}

// Plural prints "1 error", "2 errors".
func Plural(n int64, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return Count(n) + " " + one + "s"
}

// number prints a count that may have a fraction, with separators as other counts.
func number(x float64) string {
	if x == math.Trunc(x) && math.Abs(x) < 1e15 {
		return Count(int64(x))
	}
	return strconv.FormatFloat(x, 'g', 6, 64)
}

// Duration prints a measured time with a unit that fits: as stats has it in the reasons that it gives, so that a
// verdict and the table below it print the same time alike.
func Duration(d time.Duration) string { return stats.FormatDuration(d) }

// Seconds prints a planned span, whose seconds are mostly whole: "30 s", "2.5 s".
func Seconds(d time.Duration) string { return fmt.Sprintf("%.4g s", d.Seconds()) }

// In prints d as a number of units, exactly: for programs, which round for themselves.
func In(unit, d time.Duration) string {
	return strconv.FormatFloat(float64(d)/float64(unit), 'f', -1, 64)
}

// PerSecond is a rate; a span of no length, as a window that was cut at once has, must not make it infinite.
func PerSecond(n int64, in time.Duration) float64 {
	return float64(n) / max(in.Seconds(), 1e-9)
}
