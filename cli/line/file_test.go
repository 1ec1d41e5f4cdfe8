package line

import "testing"

func FuzzFile(f *testing.F) {
	f.Add("-X POST\nurl = \"a\\\"b\" # c\n")
	f.Fuzz(func(t *testing.T, text string) {
		all, err := ReadFile(text)
		for _, c := range all {
			if err == nil && (c.Name == "" || c.Line < 1 || c.Value != "" && !c.Given) {
				t.Errorf("%q: %+v", text, c)
			}
		}
	})
}
