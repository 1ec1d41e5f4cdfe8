package cli

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
	r := newRequest()
	r.took(r.row("data"), "first")
	r.took(r.row("config"), "k")
	r.took(r.row("data"), "last")
	if len(r.faults) != 1 || r.faults[0].Error != `k line 12: --cacert "": it is empty` {
		t.Errorf("faults %+v", r.faults)
	}
	want := `shotput -d first --url http://h/k -X POST -d 'a` + "\t" + `b"\cz' -H 'X-A: b c' -A foo -s -S -H X-Q:1 --compressed --location=false --cacert '' -d last`
	if got := r.commandLine.String(); got != want {
		t.Errorf("the line is\n%s, want\n%s", got, want)
	}
	if p := r.plan; p.Request.URL != "http://h/k" || p.Request.Method != "POST" || p.Request.UserAgent != "foo" || !p.Request.Compressed || p.Transport.Follow || !r.silent {
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
		r := newRequest()
		r.took(r.row("config"), "k")
		if len(r.faults) != 1 || !strings.Contains(r.faults[0].Error, want) {
			t.Errorf("%q: %+v, want %s", text, r.faults, want)
		}
	}
}

func FuzzConfig(f *testing.F) {
	f.Add("-X POST\nurl = \"a\\\"b\" # c\n")
	f.Fuzz(func(t *testing.T, text string) {
		all, err := readConfig(text)
		for _, c := range all {
			if err == nil && (c.name == "" || c.line < 1 || c.value != "" && !c.given) {
				t.Errorf("%q: %+v", text, c)
			}
		}
	})
}
