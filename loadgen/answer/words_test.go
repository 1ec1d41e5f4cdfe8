package answer

import (
	"strings"
	"testing"
)

func TestWords(t *testing.T) {
	for body, want := range map[string]string{
		"":                                       "",
		`{"error":"field \"name\" is required"}`: `{"error":"field \"name\" is required"}`,
		"<Error>\n  <Code>SignatureDoesNotMatch</Code>\r\n</Error>\n": "<Error> <Code>SignatureDoesNotMatch</Code> </Error>",
		"<Key><SecretKey>hunter2</SecretKey></Key>":                   "<Key><SecretKey>REDACTED</SecretKey></Key>",
		"a\x07b":                     "",
		"a\x1b[2Jb\u202ec":           "a[2Jbc",
		"\x1f\x8b\x08\x00":           "",
		"PNG\x00":                    "",
		`{"token":"hunter2","at":1}`: `{"token":REDACTED,"at":1}`,
		strings.Repeat("ü", 400):     strings.Repeat("ü", 100) + "…",
		strings.Repeat("x ", 101):    strings.TrimSpace(strings.Repeat("x ", 100)) + "…",
	} {
		if got := Words([]byte(body)); got != want {
			t.Errorf("%q says %q, want %q", body, got, want)
		}
	}
}
