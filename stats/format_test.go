package stats

import (
	"math"
	"testing"
	"time"
)

func TestFormatDuration(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0 s", 1: "1 ns", 999: "999 ns", 1000: "1 µs", 1500: "2 µs", 18_400: "18 µs", 214_000: "214 µs",
		999_499: "999 µs", 999_500: "1.00 ms", 1_120_000: "1.12 ms", 2_400_000: "2.40 ms", 9_994_999: "9.99 ms",
		9_995_000: "10.0 ms", 99_949_999: "99.9 ms", 99_950_000: "100 ms", 999_499_999: "999 ms",
		999_500_000: "1.00 s", 1500 * ms: "1.50 s", 10 * time.Second: "10.0 s", time.Hour: "3600 s",
		-1_120_000: "-1.12 ms", math.MinInt64: "-9223372037 s",
	} {
		if got := FormatDuration(d); got != want {
			t.Errorf("%d ns: %q, want %q", d, got, want)
		}
	}
}
