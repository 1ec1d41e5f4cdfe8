package report

import (
	"math"
	"testing"
	"time"
)

func TestNumbers(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{count(0), "0"}, {count(999), "999"}, {count(1000), "1,000"}, {count(1234567), "1,234,567"}, {count(-1000), "-1,000"}, {count(-100), "-100"},
		{count(99_999_999_999), "99,999,999,999"}, {count(100_000_000_000), "1.00e11"}, {count(math.MinInt64), "-9.22e18"},
		{rate(0), "0/s"}, {rate(.5), "0.5/s"}, {rate(7.3), "7.3/s"}, {rate(2000.4), "2000/s"}, {rate(9999.4), "9999/s"}, {rate(9999.5), "10,000/s"}, {rate(12345), "12,345/s"},
		{size(0), "0 B"}, {size(1023), "1023 B"}, {size(1024), "1.00 KiB"}, {size(20480000), "19.5 MiB"}, {size(1 << 62), "4.00 EiB"}, {size(1023.9 * 1024), "1.00 MiB"},
		{percent(0), "0 %"}, {percent(1), "100 %"}, {percent(.00133), "0.133 %"}, {percent(1e-9), "<0.001 %"}, {percent(.48), "48 %"}, {percent(12), "1200 %"},
		{share(0, 0), "-"}, {share(0, 5), "0.0"}, {share(1, 100000), "<0.1"}, {share(99999, 100000), ">99.9"}, {share(19, 20), "95.0"}, {share(5, 5), "100.0"},
		{plural(1, "error"), "1 error"}, {plural(0, "error"), "0 errors"}, {plural(2000, "error"), "2,000 errors"},
		{pinned(0, time.Millisecond), "0"}, {pinned(214*us, time.Millisecond), "0.214"}, {pinned(1120*us, time.Millisecond), "1.12"},
		{pinned(time.Second, time.Millisecond), "1,000"}, {pinned(1234567, time.Nanosecond), "1.23e6"}, {pinned(999_499, time.Nanosecond), "999,000"},
		{pinned(us, time.Second), "1.00e-6"}, {pinned(ms, time.Second), "0.00100"}, {pinned(9996*us, time.Millisecond), "10.0"}, {pinned(99_960, us), "100"},
	} {
		if c.got != c.want {
			t.Errorf("%q, want %q", c.got, c.want)
		}
	}
}

func TestClean(t *testing.T) {
	for in, want := range map[string]string{
		"Created": "Created", " a\r\n\tb ": "a b", "\x1b[31mred\x1b[0m": "[31mred[0m", "a\u009bb\u0085c": "ab c", "\u202eabc\u200b": "abc", "e\u0301": "e",
		"对象": "对象", "a\xffb\x00": "ab", "": "",
	} {
		if got := clean(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestCut(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{cut("abcdef", 6, "…"), "abcdef"}, {cut("abcdef", 5, "…"), "abcd…"}, {cut("abcdef", 5, "..."), "ab..."}, {cut("对象对象", 6, "…"), "对象…"}, {cut("ab cdef", 4, "…"), "ab…"},
		{middle("abcdef", 6, "…"), "abcdef"}, {middle("abcdefghij", 6, "…"), "abc…ij"}, {middle("对象对象", 6, "…"), "对…象"}, {middle("abc", 0, "…"), "…"},
		{ascii("✓ ≥ 5 µs…"), "ok >= 5 us..."}, {ascii("对"), "?"},
	} {
		if c.got != c.want {
			t.Errorf("%q, want %q", c.got, c.want)
		}
	}
}
