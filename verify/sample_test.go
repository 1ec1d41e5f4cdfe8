package verify

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
)

// sampled is a probe of a check of this sample.
func sampled(sample string) *Probe {
	return &Probe{options: &Options{Prefix: "v-", Sample: []byte(sample)}, check: &Check{Name: "c"}}
}

func TestBodiesOfTheCallersKind(t *testing.T) {
	for sample, want := range map[string][3]string{
		"":                      {"shotput verify 7 ", "shotput verify 7 shotput verify 7 sho", "shotput verify 7 "},
		"no mark":               {"shotput verify 7 ", "shotput verify 7 shotput verify 7 sho", ""},
		`{"a":1}`:               {`{"a":1,"shotput_verify":"7 "}`, `{"a":1,"shotput_verify":"7 xxxxxxxx"}`, ""},
		"<n>{{seq}}</n>":        {"<n>7</n>", "<n>7" + strings.Repeat("x", 29) + "</n>", ""},
		"{{seq}} and {{seq}}":   {"7 and 7", "7" + strings.Repeat("x", 30) + " and 7", ""},
		`{"n":{{seq}}}`:         {`{"n":7}`, `{"n":7` + strings.Repeat(" ", 30) + `}`, ""},
		`{"n":"{{seq}}"}`:       {`{"n":"7"}`, `{"n":"7` + strings.Repeat("x", 28) + `"}`, ""},
		"U:{{key}}\nS:{{seq}}":  {"U:name.nam\nS:7", "U:name.nam\nS:7" + strings.Repeat("x", 37-14), ""},
		`{"id":"{{key}}"}`:      {`{"id":"name.nam","shotput_verify":"7 "}`, `{"id":"name.nam","shotput_verify":"7 "}`, ""},
		"no seq, but a {{key}}": {"shotput verify 7 ", "shotput verify 7 shotput verify 7 sho", ""},
	} {
		p := sampled(sample)
		if got := string(p.Body(7, 0)); got != want[0] {
			t.Errorf("%s: body 7 is %q", sample, got)
		}
		if got := string(p.Body(7, 37)); got != want[1] {
			t.Errorf("%s: body 7 of 37 bytes is %q", sample, got)
		}
	}
}

// TestNamesInBodies: a body is sent with its object's name, and is the same to a check whatever name it is read under.
func TestNamesInBodies(t *testing.T) {
	p := sampled("U:{{key}}\nS:{{seq}}")
	body, name := p.Body(1, 40), p.Name()
	sent := p.address(name, body)
	if want := "U:" + name + "\nS:1"; !bytes.HasPrefix(sent, []byte(want)) || len(sent) != 40 {
		t.Errorf("under %s %d bytes are sent, %q", name, len(sent), sent)
	}
	p.address(name+"-longer", body)
	for _, read := range []string{string(sent), string(p.address(name+"-longer", body)),
		strings.Replace(string(p.address(name+"-longer", body)), "ger", "g\r\n er", 1)} {
		if got := p.unaddress([]byte(read)); !bytes.Equal(got, body) {
			t.Errorf("%q is %q to the check", read, got)
		}
	}
	if got := p.unaddress([]byte("U:v-c-9999\nS:1")); string(got) != "U:v-c-9999\nS:1" {
		t.Errorf("a name that was never written is %q", got)
	}
	plain := sampled("{{seq}}")
	if got := plain.unaddress([]byte("v-c-0001")); string(got) != "v-c-0001" {
		t.Errorf("without a key in the sample a name becomes %q", got)
	}
}

func TestLikeLines(t *testing.T) {
	for _, c := range []struct {
		put, got string
		want     like
	}{
		{"a\nb", "b\r\na\r\n", asLines},
		{"a\nlong line", "lo\r\n ng line\na", asLines},
		{"a\nb", "a\nb\nc", unlike},
		{"a\nb", "a\nb\nb", unlike},
		{"a\nb", "a", unlike},
		{"a", "a\n", unlike}, // text of one line is bytes
		{"a\nb", "", unlike},
	} {
		if got := likeness([]byte(c.put), []byte(c.got)); got != c.want {
			t.Errorf("%q and %q: %d, want %d", c.put, c.got, got, c.want)
		}
	}
}

// A calendar takes objects whose identity is in them, one for each, and writes them in its own form.
type calendar struct {
	mu sync.Mutex
	at map[string]string
}

func (c *calendar) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	name := strings.TrimPrefix(r.URL.EscapedPath(), "/")
	there, isThere := c.at[name]
	tag := fmt.Sprintf(`"%x"`, sha256.Sum256([]byte(there)))
	switch {
	case r.Method == http.MethodGet && !isThere:
		w.WriteHeader(http.StatusNotFound)
	case r.Method == http.MethodGet:
		w.Header().Set("ETag", tag)
		io.WriteString(w, there)
	case isThere && r.Header.Get("If-None-Match") == "*", r.Header.Get("If-Match") != "" && r.Header.Get("If-Match") != tag:
		w.WriteHeader(http.StatusPreconditionFailed)
	default:
		body, err := io.ReadAll(r.Body)
		lines := strings.Split(string(body), "\n")
		if err != nil || len(lines) != 3 || lines[0] != "UID:"+name {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		slices.Reverse(lines)
		for i, l := range lines {
			if len(l) > 20 {
				lines[i] = l[:20] + "\r\n " + l[20:]
			}
		}
		c.at[name] = strings.Join(lines, "\r\n")
		w.WriteHeader(map[bool]int{false: http.StatusCreated, true: http.StatusNoContent}[isThere])
	}
}

func TestCalendar(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := Options{Prefix: "v-", Sample: []byte("UID:{{key}}\nSUMMARY:{{seq}}\nEND"), Largest: 1 << 20, Only: []string{
			"create", "replace", "idempotent", "read-back", "whole", "etag-changes", "if-match-wrong", "if-match-right",
			"race-create", "race-update", "race-plain", "truncated", "digest-wrong", "chunked", "key-odd"}}
		for _, f := range Run(t.Context(), handled{&calendar{at: map[string]string{}}}, o).Findings {
			want := map[string]Result{"read-back": Differs, "digest-wrong": NotOffered}[f.Check]
			if want == "" {
				want = Holds
			}
			if f.Result != want {
				t.Errorf("%s: %s, %s", f.Check, f.Result, f.Why)
			}
		}
	})
}
