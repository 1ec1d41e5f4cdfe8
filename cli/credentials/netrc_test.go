package credentials

import (
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"shotput/putserver/realtest"
)

// netrcs are files, and who asks at "host" by them; "-" for nobody.
var netrcs = []struct{ text, want string }{
	{"machine host login ann password s3cret", "ann:s3cret"},
	{"machine host\n\tlogin ann\n\tpassword s3cret\n", "ann:s3cret"},
	{"machine\nhost\nlogin\nann\npassword\ns3cret\n", "ann:s3cret"},
	{"machine other login bob password b\nmachine host login ann password a\n", "ann:a"},
	{"machine host login ann password a\nmachine host login bob password b\n", "ann:a"},
	{"machine HOST login ann password a", "ann:a"},
	{"MACHINE host LOGIN ann PASSWORD a", "ann:a"},
	{"machine other login bob password b\ndefault login ann password a", "ann:a"},
	{"default login ann password a\nmachine host login bob password b", "ann:a"},
	{"machine other login bob password b", "-"},
	{"machine hostess login bob password b", "-"},
	{"", "-"},
	{"machine", "-"},
	{"machine host password a login ann", "ann:a"},
	{"machine host account x login ann password a", "ann:a"},
	{"machine host login ann", "ann:"},
	{"# machine host login bob password b\nmachine host login ann password a", "ann:a"},
	{"machine host # who\nlogin ann # me\npassword a", "ann:a"},
	{"machine host login ann password a#b", "ann:a#b"},
	{`machine host login "ann b" password "a \"b\" \\c"`, `ann b:a "b" \c`},
	{`machine "host" login ann password "tab\there"`, "ann:tab\there"},
	{"machine host login \"ann password a", "-"},
	{"macdef init\nmachine host login bob password b\n\nmachine host login ann password a", "ann:a"},
	{"machine other login bob password b\nmacdef init\nmachine host login bob password b\n\nmachine host login ann password a", "ann:a"},
	{"machine host login ann password a\r\n", "ann:a"},
	{"machine other login machine password host\nmachine host login ann password a", "ann:a"},
}

func TestNetrc(t *testing.T) {
	for _, c := range netrcs {
		user, ok := Netrc(c.text, "host", "")
		if !ok {
			user = "-"
		}
		if user != c.want {
			t.Errorf("by %q %q asks, want %q", c.text, user, c.want)
		}
	}
}

// Where the name is known, the file gives its password.
func TestNetrcOfAName(t *testing.T) {
	for text, want := range map[string]string{
		"machine host login ann password a\nmachine host login bob password b": "bob:b",
		"machine host password b": "bob:b",
		"machine other login bob password x\ndefault login bob password b": "bob:b",
		"machine host login ann password a":                                "",
	} {
		if user, ok := Netrc(text, "host", "bob"); user != want || ok != (want != "") {
			t.Errorf("by %q bob is %q, %v; want %q", text, user, ok, want)
		}
	}
}

// TestNetrcAsCurlReadsIt: the same files, read by the real curl.
func TestNetrcAsCurlReadsIt(t *testing.T) {
	curl := realtest.Need(t, "curl")
	var mu sync.Mutex
	var asked string
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		asked = "-"
		if user, password, ok := r.BasicAuth(); ok {
			asked = user + ":" + password
		}
	}))
	defer server.Close()
	file := filepath.Join(t.TempDir(), "netrc")
	port := server.URL[strings.LastIndexByte(server.URL, ':'):]
	for _, c := range netrcs {
		if strings.Contains(c.text, "login machine") {
			continue // curl takes a login of that name for a keyword
		}
		if err := os.WriteFile(file, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		mu.Lock()
		asked = ""
		mu.Unlock()
		said, err := exec.Command(curl, "-q", "-sS", "--noproxy", "*", "--netrc-file", file, "--connect-to", "::127.0.0.1:", "http://host"+port).CombinedOutput()
		mu.Lock()
		if asked != c.want && !(asked == "" && c.want == "-") { // it sends nothing where the file is broken
			t.Errorf("by %q curl lets %q ask, want %q (%v %s)", c.text, asked, c.want, err, said)
		}
		mu.Unlock()
	}
}

// FuzzNetrc: nothing stops the reader, and an entry that is written with quotes is found as it was meant.
func FuzzNetrc(f *testing.F) {
	for _, c := range netrcs {
		f.Add(c.text, "ann", "s3cret")
	}
	escape := strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\r", `\r`, "\t", `\t`)
	f.Fuzz(func(t *testing.T, text, login, password string) {
		Netrc(text, "host", "")
		entry := `machine host login "` + escape.Replace(login) + `" password "` + escape.Replace(password) + `"`
		if got, ok := Netrc(entry, "host", ""); !ok || got != login+":"+password {
			t.Errorf("by %q %q asks, want %q", entry, got, login+":"+password)
		}
	})
}
