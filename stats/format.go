package stats

import (
	"fmt"
	"math"
	"time"

	"shotput/stats/unit"
)

// FormatDuration writes d for people, with a unit that fits: three significant digits from a millisecond on,
// whole microseconds and nanoseconds below, such as "640 ns", "214 µs", "1.12 ms", "1.50 s", "3600 s".
func FormatDuration(d time.Duration) string {
	if d < 0 {
		return "-" + FormatDuration(-max(d, -math.MaxInt64))
	}
	switch {
	case d == 0:
		return "0 s"
	case d < time.Microsecond:
		return fmt.Sprintf("%d ns", d)
	case d < 999_500*time.Nanosecond:
		return fmt.Sprintf("%d µs", d.Round(time.Microsecond)/time.Microsecond)
	case d < 999_500*time.Microsecond:
		return unit.ThreeDigits(float64(d)/float64(time.Millisecond)) + " ms"
	}
	return unit.ThreeDigits(d.Seconds()) + " s"
}

// Plural prints "1 byte", "2048 bytes": for texts in which a number is to be found again as it was given.
func Plural[N int | int64](n N, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %ss", n, one)
}

// FormatCount prints a number with thousands separators.
func FormatCount[N int64 | uint64](n N) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
