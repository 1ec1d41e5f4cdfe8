package flags

import (
	"errors"
	"testing"

	"shotput/cli/line"
)

// What is written as other tools have it is refused with what it is here.
func TestMeant(t *testing.T) {
	size := func(s string) error { _, err := ParseSize(s); return err }
	rate := func(s string) error { _, err := ParseRate(s); return err }
	span := func(s string) error { _, err := ParseSpan(s); return err }
	for _, c := range []struct {
		read       func(string) error
		text, want string
	}{{size, "1M", "1MiB"}, {size, "4k", "4KiB"}, {size, "1.5G", "1.5GiB"}, {size, "16kib", "16KiB"}, {size, "3 kb", "3KB"},
		{size, "1x", ""}, {rate, "1k/s", "1000/s"}, {rate, "2,000/m", "2000/m"}, {rate, "50rps", "50/s"},
		{span, "1d", "24h"}, {span, "2 days", "48h"}, {span, "5min", "5m"}} {
		var wrong line.Wrong
		if err := c.read(c.text); err == nil || !errors.As(err, &wrong) && c.want != "" || wrong.Meant != c.want {
			t.Errorf("%s: %v, meant %q, want %q", c.text, err, wrong.Meant, c.want)
		}
	}
}
