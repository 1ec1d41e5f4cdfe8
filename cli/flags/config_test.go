package flags

import (
	"os"
	"strings"
	"testing"
)

// A file of flags reads as curl reads one; its flags stand where the -K stood.
func TestConfig(t *testing.T) {
	t.Chdir(t.TempDir())
	text := "# one\n\nurl = \"http://h/k\"\n  -X POST\n--data \"a\\tb\\\"\\\\c\\z\"\nheader: \"X-A: b c\"\n" +
		"user-agent = foo # said\n-sS\n-HX-Q:1\ncompressed\nlocation = false\ncacert=\"\"\n"
	if err := os.WriteFile("k", []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	r := newAsked("")
	r.Take(r.Row("data"), "first")
	r.Take(r.Row("config"), "k")
	r.Take(r.Row("data"), "last")
	if len(r.Faults) != 1 || r.Faults[0].Sentence() != `k line 12: --cacert "": it is empty` {
		t.Errorf("faults %+v", r.Faults)
	}
	want := `shotput -d first --url http://h/k -X POST -d $'a\tb"\\cz' -H 'X-A: b c' -A foo -s -S -H X-Q:1 --compressed --location=false --cacert '' -d last`
	if got := r.Line.String(); got != want {
		t.Errorf("the line is\n%s, want\n%s", got, want)
	}
	if p := r.Plan; p.Request.URL != "http://h/k" || p.Request.Method != "POST" || p.Request.UserAgent != "foo" || !p.Request.Compressed || p.Transport.Follow || !r.Silent {
		t.Errorf("%+v", p)
	}
}

// What is wrong in a file of flags is told with the file and the line.
func TestConfigFaults(t *testing.T) {
	t.Chdir(t.TempDir())
	for text, want := range map[string]string{
		"\nfrobnicate = 1": "k line 2: --frobnicate is no flag here", "-c 0": `k line 1: -c "0": `, "-y 1": "k line 1: -y is no flag here",
		"data = a b": `line 1: its value has a space`, `data = "a`: "line 1: its value has no closing quote", "data": "k line 1: -d needs a value: TEXT",
		"compressed = 7": "k line 1: --compressed takes no value", "config = k": "name one another without end", "-": "line 1: it names no flag",
	} {
		if err := os.WriteFile("k", []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		r := newAsked("")
		r.Take(r.Row("config"), "k")
		if len(r.Faults) != 1 || !strings.Contains(r.Faults[0].Sentence(), want) {
			t.Errorf("%q: %+v, want %s", text, r.Faults, want)
		}
	}
}
