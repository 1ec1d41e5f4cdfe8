package planfile

import (
	"strings"

	"shotput/cli/line"
)

// write writes the key of a flag with a value.
func write(r *line.Row, value string) string {
	switch {
	case r.Arg == "":
		return r.Long + ": " + value
	case r.OfStep && r.Pairs:
		name, what, _ := strings.Cut(value, "=")
		return r.Long + ": {" + name + ": " + Quote(what) + "}"
	case r.Hides(value):
		return r.Long + ": " + strings.Trim(strings.Replace(line.Variable(r.Long), "$", "${", 1), `"`) + "}"
	}
	return r.Long + ": " + Quote(value)
}

// Quote writes text as YAML, without quotes where it is the same without.
func Quote(s string) string {
	plain := s != "" && !strings.ContainsAny(s[:1], " -?:,[]{}#&*!|>'\"%@`~") && !strings.HasSuffix(s, " ") &&
		!strings.HasSuffix(s, ":") &&
		!strings.Contains(s, ": ") && !strings.Contains(s, " #") && !strings.ContainsAny(s, "\n\r\t")
	if plain {
		return s
	}
	return "'" + strings.ReplaceAll(line.Printable(s), "'", "''") + "'"
}
