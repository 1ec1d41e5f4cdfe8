package answer

import (
	"bytes"
	"compress/gzip"
	"strings"
	"testing"
)

func TestWords(t *testing.T) {
	for body, want := range map[string]string{
		"":                                       "",
		`{"error":"field \"name\" is required"}`: `{"error":"field \"name\" is required"}`,
		"<Error>\n  <Code>SignatureDoesNotMatch</Code>\r\n</Error>\n": "<Error> <Code>SignatureDoesNotMatch</Code> </Error>",
		"<Key><SecretKey>hunter2</SecretKey></Key>":                   "<Key><SecretKey>REDACTED</SecretKey></Key>",
		"a\x07bcde":                    "abcde",
		"\x1b[31mno\x1b[0m such key":   "no such key",
		"\x1b]0;title\x07no \x1b(Bkey": "no key",
		"a\x1b[2Jb\u202ec":             "abc",
		"gr\xf6\xdfer als erlaubt":     "größer als erlaubt",
		"\x89PNG\r\n\x1a\n":            "",
		"\x0a\x01\x02\x03":             "",
		"\x1f\x8b\x08\x00":             "",
		"PNG\x00":                      "",
		`{"token":"hunter2","at":1}`:   `{"token":REDACTED,"at":1}`,
		strings.Repeat("ü", 400):       strings.Repeat("ü", 100) + "…",
		strings.Repeat("x ", 101):      strings.TrimSpace(strings.Repeat("x ", 100)) + "…",
	} {
		if got := Words(Readable([]byte(body))); got != want {
			t.Errorf("%q says %q, want %q", body, got, want)
		}
	}
}

// What is packed is read within bounds, the beginning of it too, and what is said in it is hidden like any other text.
func TestPackedWords(t *testing.T) {
	pack := func(text string) []byte {
		var b bytes.Buffer
		w := gzip.NewWriter(&b)
		w.Write([]byte(text))
		w.Close()
		return b.Bytes()
	}
	if got := Words(Readable(pack(`{"error":"no such bucket","token":"hunter2"}`))); got != `{"error":"no such bucket","token":REDACTED}` {
		t.Errorf("%q", got)
	}
	big := Readable(pack(strings.Repeat("too large ", 1<<20)))
	if len(big) > WordsRead+1 || !strings.HasPrefix(Words(big), "too large too") {
		t.Errorf("%d bytes: %q", len(big), Words(big))
	}
	if cut := pack("no such bucket"); Words(Readable(cut[:len(cut)-6])) != "no such bucket" {
		t.Errorf("cut: %q", Words(Readable(cut[:len(cut)-6])))
	}
}
