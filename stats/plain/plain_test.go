package plain

import "testing"

// Nothing that moves, turns or hides what stands beside it gets through.
func TestForeignText(t *testing.T) {
	for text, want := range map[string]struct{ line, dotted string }{
		"a\x1b[31mb":        {"a[31mb", "a·[31mb"},
		" a \t\n b\u00a0c ": {"a b c", " a ·· b c "},
		"a\u202egnp.exe":    {"agnp.exe", "a·gnp.exe"},
		"a\u200bb\ufeffc":   {"abc", "a·b·c"},
		"e\u0301":           {"e", "e\u0301"},
		"ü 日本 ✓":            {"ü 日本 ✓", "ü 日本 ✓"},
		"a\u3164\u1160b":    {"ab", "a··b"},
		"a\x00\x7f\u0085b":  {"a b", "a···b"},
		"\u2028x\ue000":     {"x", "·x·"},
		"a\xffb":            {"ab", "a\ufffdb"},
	} {
		if line, dotted := Line(text), Dotted(text); line != want.line || dotted != want.dotted {
			t.Errorf("%q: %q and %q, want %q and %q", text, line, dotted, want.line, want.dotted)
		}
	}
}
