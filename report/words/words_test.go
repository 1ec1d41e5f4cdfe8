package words

import (
	"math"
	"strings"
	"testing"
	"time"
	"unicode"

	"shotput/report/grid"
)

const (
	us = time.Microsecond
	ms = time.Millisecond
)

func TestNumbers(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{Count(0), "0"}, {Count(999), "999"}, {Count(1000), "1,000"}, {Count(1234567), "1,234,567"},
		{Count(-1000), "-1,000"}, {Count(-100), "-100"},
		{Count(99_999_999_999), "99,999,999,999"}, {Count(100_000_000_000), "1.00e11"}, {Count(math.MinInt64), "-9.22e18"},
		{Rate(0), "0/s"}, {Rate(.5), "0.5/s"}, {Rate(7.3), "7.3/s"}, {Rate(2000.4), "2000/s"}, {Rate(9999.4), "9999/s"},
		{Rate(9999.5), "10,000/s"}, {Rate(12345), "12,345/s"},
		{Size(0), "0 B"}, {Size(1023), "1023 B"}, {Size(1024), "1.00 KiB"}, {Size(20480000), "19.5 MiB"},
		{Size(1 << 62), "4.00 EiB"}, {Size(1023.9 * 1024), "1.00 MiB"},
		{Percent(0), "0 %"}, {Percent(1), "100 %"}, {Percent(.00133), "0.133 %"}, {Percent(1e-9), "<0.001 %"},
		{Percent(.48), "48 %"}, {Percent(12), "1200 %"},
		{Share(0, 0), "-"}, {Share(0, 5), "0.0"}, {Share(1, 100000), "<0.1"}, {Share(99999, 100000), ">99.9"},
		{Share(19, 20), "95.0"}, {Share(5, 5), "100.0"},
		{Plural(1, "error"), "1 error"}, {Plural(0, "error"), "0 errors"}, {Plural(2000, "error"), "2,000 errors"},
		{inUnits(0, time.Millisecond), "0"}, {inUnits(214*us, time.Millisecond), "0.214"},
		{inUnits(1120*us, time.Millisecond), "1.12"},
		{inUnits(time.Second, time.Millisecond), "1,000"}, {inUnits(1234567, time.Nanosecond), "1.23e6"},
		{inUnits(999_499, time.Nanosecond), "999,000"},
		{inUnits(us, time.Second), "1.00e-6"}, {inUnits(ms, time.Second), "0.00100"},
		{inUnits(9996*us, time.Millisecond), "10.0"}, {inUnits(99_960, us), "100"},
	} {
		if c.got != c.want {
			t.Errorf("%q, want %q", c.got, c.want)
		}
	}
}

func TestClean(t *testing.T) {
	for in, want := range map[string]string{
		"Created": "Created", " a\r\n\tb ": "a b", "\x1b[31mred\x1b[0m": "[31mred[0m", "a\u009bb\u0085c": "ab c",
		"\u202eabc\u200b": "abc", "e\u0301": "e",
		"对象": "对象", "a\xffb\x00": "ab", "": "",
	} {
		if got := Clean(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestCut(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{Cut("abcdef", 6, "…"), "abcdef"}, {Cut("abcdef", 5, "…"), "abcd…"}, {Cut("abcdef", 5, "..."), "ab..."},
		{Cut("对象对象", 6, "…"), "对象…"}, {Cut("ab cdef", 4, "…"), "ab…"},
		{Middle("abcdef", 6, "…"), "abcdef"}, {Middle("abcdefghij", 6, "…"), "abc…ij"}, {Middle("对象对象", 6, "…"), "对…象"},
		{Middle("abc", 0, "…"), "…"},
		{ASCII("✓ ≥ 5 µs…"), "ok >= 5 us..."}, {ASCII("对"), "?"},
	} {
		if c.got != c.want {
			t.Errorf("%q, want %q", c.got, c.want)
		}
	}
}

// Every sign that is left of a foreign text takes a column at least: a table can be aligned.
func TestCleanLeavesNothingWithoutAColumn(t *testing.T) {
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if s := Clean(string(r)); s != "" && grid.Columns(s) == 0 {
			t.Errorf("%U is left, and takes no column", r)
		}
	}
}

// A text is shortened at both ends, however long it is, in time that does not grow with its square.
func TestMiddleOfALongText(t *testing.T) {
	for _, sign := range []string{"x", "é", "漢"} {
		long := "http://host/" + strings.Repeat(sign, 300_000) + "/end"
		if got := Middle(long, 30, "…"); !strings.HasPrefix(got, "http://host/") || !strings.HasSuffix(got, sign+"/end") ||
			grid.Columns(got) > 30 || grid.Columns(got) < 28 {
			t.Errorf("%q", got)
		}
	}
}
