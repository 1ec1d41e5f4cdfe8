// Package unit knows the units in which sizes, rates and latencies are written: what a name is worth, and how a number
// is written with the one that fits. It is the only table of them, so that what one part of the program prints another
// reads. It refuses to guess: a name is known as it is written here or not at all. What a size or a rate may be,
// whoever reads one decides.
package unit

import (
	"fmt"
	"time"
)

// bytes of a unit of size: binary with an i, decimal without, as IEC 80000-13 has them. KB is not of it, but common.
var bytes = map[string]float64{"": 1, "B": 1,
	"KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40,
	"KB": 1e3, "kB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12}

// SizeNames lists units of size for a person who wrote another: those that one may have meant.
const SizeNames = "B, KB, KiB, MB, MiB, GB, GiB, TB, TiB"

// Bytes is how many bytes a unit such as KiB or MB has; one where no unit is named.
func Bytes(name string) (worth float64, known bool) {
	worth, known = bytes[name]
	return worth, known
}

var seconds = map[string]float64{"s": 1, "m": 60, "h": 3600}

// Seconds is how many seconds there are in the time of a rate: s, m or h.
func Seconds(name string) (worth float64, known bool) {
	worth, known = seconds[name]
	return worth, known
}

// Both signs of a micro are in use (U+00B5, U+03BC).
var times = map[string]time.Duration{"ns": time.Nanosecond, "us": time.Microsecond, "µs": time.Microsecond,
	"μs": time.Microsecond, "ms": time.Millisecond, "s": time.Second}

// Time is how long a unit is in which a latency may be printed: ns, us (or µs), ms or s.
func Time(name string) (worth time.Duration, known bool) {
	worth, known = times[name]
	return worth, known
}

// FormatBytes writes a size in binary units, such as "512 B", "1.50 KiB", "12.3 MiB".
func FormatBytes(n float64) string {
	if n < 1023.5 {
		return fmt.Sprintf("%.0f B", n)
	}
	prefixes := []string{"K", "M", "G", "T", "P", "E"}
	for n /= 1024; n >= 999.5 && len(prefixes) > 1; n /= 1024 {
		prefixes = prefixes[1:]
	}
	return ThreeDigits(n) + " " + prefixes[0] + "iB"
}

// ThreeDigits writes a number of at least 1 with three significant digits, and whole from 100 up.
func ThreeDigits(x float64) string {
	switch {
	case x < 9.995:
		return fmt.Sprintf("%.2f", x)
	case x < 99.95:
		return fmt.Sprintf("%.1f", x)
	}
	return fmt.Sprintf("%.0f", x)
}
