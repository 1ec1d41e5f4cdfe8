package flags

import (
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"shotput/cli/line"
	"shotput/loadgen"
	"shotput/loadgen/answer"
)

func TestRates(t *testing.T) {
	for text, want := range map[string]loadgen.Rate{
		"2000/s": {PerSecond: 2000}, "2000": {PerSecond: 2000}, "120/m": {PerSecond: 2}, "7200/h": {PerSecond: 2}, "0.5/s": {PerSecond: 0.5},
		"20MiB/s": {BytesPerSecond: 20 << 20}, "1KB": {BytesPerSecond: 1000}, "60B/m": {BytesPerSecond: 1}, "max": {},
	} {
		if got, err := ParseRate(text); err != nil || got != want {
			t.Errorf("%s is %v, %v; want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "0", "-5", "5/day", "5/", "1e3", "inf", "x", "5XB", "1_000", "0x10", "1.2.3", "/s", "Max"} {
		if got, err := ParseRate(text); err == nil {
			t.Errorf("%q was read as %v", text, got)
		}
	}
}

func TestSizes(t *testing.T) {
	for text, want := range map[string]int64{"1": 1, "4096": 4096, "4KiB": 4096, "4KB": 4000, "1.5MB": 1_500_000, "1MiB": 1 << 20, "7B": 7, "2GiB": 2 << 30} {
		if got, err := ParseSize(text); err != nil || got != want {
			t.Errorf("%s is %d, %v; want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"", "0", "0.5", "-1", "3XB", "4kib", "KiB", "9999999999GiB"} {
		if got, err := ParseSize(text); err == nil {
			t.Errorf("%q was read as %d", text, got)
		}
	}
}

func TestTimes(t *testing.T) {
	for text, want := range map[string]time.Duration{"2.5": 2500 * time.Millisecond, "10": 10 * time.Second, "250ms": 250 * time.Millisecond,
		"1m30s": 90 * time.Second, "1h": time.Hour, "0": 0} {
		if got, err := ParseSpan(text); err != nil || got != want {
			t.Errorf("%s is %v, %v; want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "-1", "-1s", "soon", "1d", "99999999999", "."} {
		if got, err := ParseSpan(text); err == nil {
			t.Errorf("%q was read as %v", text, got)
		}
	}
}

// What is written as people and other tools write it is refused with how it is written here.
func TestUnitsOfOthers(t *testing.T) {
	for _, c := range []struct {
		read func(string) error
		text string
		want string
	}{
		{rateFault, "50rps", "50/s"}, {rateFault, "50/sec", "50/s"}, {rateFault, "50 / s", "50/s"}, {rateFault, "50/1s", "50/s"}, {rateFault, "90/min", "90/m"},
		{rateFault, "50k", "50000/s"}, {rateFault, "1e3", "1000/s"}, {rateFault, "5/day", ""}, {rateFault, "5ms", ""}, {rateFault, "5XB", ""},
		{spanFault, "5 min", "5m"}, {spanFault, "5minutes", "5m"}, {spanFault, "1.5 s", "1.5s"}, {spanFault, "2H", "2h"}, {spanFault, "soon", ""}, {spanFault, "1d", "24h"}, {sizeFault, "9999999999TiB", ""}, {sizeFault, "4k", "4KiB"},
		{countFault, "10k", "10000"}, {countFault, "1.5k", "1500"}, {countFault, "1e3", "1000"}, {countFault, "1,000", "1000"}, {countFault, "0", ""},
		{countFault, "1.5", ""}, {countFault, "-5", ""}, {countFault, "NaN", ""}, {countFault, "1e99", ""},
	} {
		var fault line.Wrong
		if err := c.read(c.text); !errors.As(err, &fault) || fault.Meant != c.want {
			t.Errorf("%q: %v; want %q suggested", c.text, err, c.want)
		} else if c.want != "" && c.read(c.want) != nil {
			t.Errorf("%q, suggested for %q, is not read", c.want, c.text)
		}
	}
}

func sizeFault(s string) error  { _, err := ParseSize(s); return err }
func rateFault(s string) error  { _, err := ParseRate(s); return err }
func spanFault(s string) error  { _, err := ParseSpan(s); return err }
func countFault(s string) error { _, err := ParseCount(s); return err }

func TestHeaders(t *testing.T) {
	for text, want := range map[string]loadgen.Header{"A: b": {Name: "A", Value: "b"}, "A:b:c": {Name: "A", Value: "b:c"}, "A:": {Name: "A", Remove: true},
		"A: ": {Name: "A", Remove: true}, "A;": {Name: "A"}, "A: b;": {Name: "A", Value: "b;"}} {
		if got, err := parseHeader(text); err != nil || got != want {
			t.Errorf("%s is %+v, %v; want %+v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "A", ": b", "A b: c", "A: b\r\nC: d", ";"} {
		if got, err := parseHeader(text); err == nil {
			t.Errorf("%q was read as %+v", text, got)
		}
	}
}

// Whatever is accepted is a finite rate above nothing, or none at all.
func FuzzRate(f *testing.F) {
	f.Fuzz(func(t *testing.T, s string) {
		r, err := ParseRate(s)
		if err != nil {
			return
		}
		n := r.PerSecond + r.BytesPerSecond
		if math.IsNaN(n) || math.IsInf(n, 0) || n < 0 || (n == 0) != (s == unlimited) || r.PerSecond > 0 && r.BytesPerSecond > 0 {
			t.Errorf("%q is %v", s, r)
		}
	})
}

func FuzzSize(f *testing.F) {
	f.Fuzz(func(t *testing.T, s string) {
		if n, err := ParseSize(s); err == nil && n < 1 {
			t.Errorf("%q is %d", s, n)
		}
	})
}

func FuzzTime(f *testing.F) {
	f.Fuzz(func(t *testing.T, s string) {
		if d, err := ParseSpan(s); err == nil && d < 0 {
			t.Errorf("%q is %v", s, d)
		}
	})
}

// Whatever is accepted is one header: it cannot break the request apart, and reads the same when written again.
func FuzzHeader(f *testing.F) {
	f.Fuzz(func(t *testing.T, s string) {
		h, err := parseHeader(s)
		if err != nil {
			return
		}
		if h.Name == "" || strings.ContainsAny(h.Name+h.Value, "\r\n\x00") {
			t.Errorf("%q is %+v", s, h)
		}
		again := h.Name + ": " + h.Value
		if !h.Remove && h.Value == "" {
			again = h.Name + ";"
		}
		if got, err := parseHeader(again); err != nil || got != h {
			t.Errorf("%q is %+v, and %q is %+v, %v", s, h, again, got, err)
		}
	})
}

// A set contains what it was written to contain, and its text reads as the same set.
func FuzzStatusSet(f *testing.F) {
	f.Fuzz(func(t *testing.T, s string) {
		set, err := answer.ParseStatusSet(s)
		if err != nil {
			return
		}
		again, err := answer.ParseStatusSet(set.String())
		for code := range 1000 {
			if err != nil || set.Contains(code) != again.Contains(code) || set.Contains(code) && code < 100 {
				t.Fatalf("%q: %d, %v", s, code, err)
			}
		}
	})
}
