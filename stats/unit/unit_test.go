package unit

import (
	"strings"
	"testing"
	"time"
)

func TestFormatBytes(t *testing.T) {
	for n, want := range map[float64]string{0: "0 B", 1: "1 B", 1023: "1023 B", 1024: "1.00 KiB", 1023.6: "1.00 KiB",
		10_240: "10.0 KiB", 1 << 20: "1.00 MiB", 1000 * 1024: "0.98 MiB", 999 * 1024: "999 KiB", 1 << 60: "1.00 EiB",
		5000 * (1 << 60): "5000 EiB"} {
		if got := FormatBytes(n); got != want {
			t.Errorf("%v bytes are %s, want %s", n, got, want)
		}
	}
}

// What is printed is read again: every unit below the ones that nobody sends.
func TestUnitsAgree(t *testing.T) {
	for _, n := range []float64{1, 1 << 10, 1 << 20, 1 << 30, 1 << 40} {
		_, name, _ := strings.Cut(FormatBytes(n), " ")
		if worth, known := Bytes(name); !known || worth != n {
			t.Errorf("%s is %v bytes, want %v", name, worth, n)
		}
	}
	for _, name := range strings.Split(SizeNames, ", ") {
		if _, known := Bytes(name); !known {
			t.Errorf("%s is listed and not known", name)
		}
	}
	for name, want := range map[string]time.Duration{"ns": 1, "us": 1e3, "µs": 1e3, "μs": 1e3, "ms": 1e6, "s": 1e9} {
		if worth, known := Time(name); !known || worth != want {
			t.Errorf("%s is %v, want %v", name, worth, want)
		}
	}
	if h, known := Seconds("h"); !known || h != 3600 {
		t.Errorf("an hour has %v seconds", h)
	}
	for _, unknown := range []string{"kb", "kib", "S"} {
		_, isSize := Bytes(unknown)
		_, isRate := Seconds(unknown)
		_, isTime := Time(unknown)
		if isSize || isRate || isTime {
			t.Errorf("%s is known", unknown)
		}
	}
}
