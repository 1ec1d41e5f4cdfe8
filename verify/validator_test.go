package verify

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"shotput/loadgen/fault"
)

// A versioned is a server that tells states apart in a way of its own, and has no ETag.
type versioned struct {
	at map[string]string
	n  map[string]int
	// told is the version that a request tells, 0 where it tells none
	told func(r *http.Request, body []byte) int
	// answer writes the answer to a PUT, or to a GET with the body that is there
	answer func(w http.ResponseWriter, status, version int, body string)
	// demanded: a version must be told of what is there already
	demanded bool
	refusal  int // status of an outdated one
	deaf     bool
	stuck    bool // the version stays
}

func (v *versioned) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	name := r.URL.Path
	there := v.n[name]
	if r.Method != http.MethodPut {
		if there == 0 {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		v.answer(w, http.StatusOK, there, v.at[name])
		return
	}
	if len(body) == 0 {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	told := v.told(r, body)
	if there > 0 && !v.deaf && (told == 0 && v.demanded || told != 0 && told != there) {
		w.WriteHeader(v.refusal)
		_, _ = io.WriteString(w, "false")
		return
	}
	status := http.StatusCreated
	if there > 0 {
		status = http.StatusOK
	}
	if v.n[name]++; v.stuck {
		v.n[name] = 1
	}
	v.at[name] = string(body)
	v.answer(w, status, v.n[name], "")
}

// couch is like CouchDB: ?rev= is asked for, and stands in the answer to PUT as rev, in what is read as _rev.
func couch() *versioned {
	return &versioned{at: map[string]string{}, n: map[string]int{}, demanded: true, refusal: http.StatusConflict,
		told: func(r *http.Request, body []byte) int {
			var o struct {
				Rev string `json:"_rev"`
			}
			_ = json.Unmarshal(body, &o) // a body of another kind tells nothing
			n, _ := strconv.Atoi(strings.TrimSuffix(r.FormValue("rev")+o.Rev, "-abc"))
			return n
		},
		answer: func(w http.ResponseWriter, status, version int, body string) {
			w.WriteHeader(status)
			if body == "" {
				fmt.Fprintf(w, `{"ok":true,"rev":"%d-abc"}`, version)
				return
			}
			var o map[string]any
			if json.Unmarshal([]byte(body), &o) == nil {
				o["_rev"] = fmt.Sprintf("%d-abc", version)
				_ = json.NewEncoder(w).Encode(o)
			}
		}}
}

// consul is like Consul: ?cas= may be told, an outdated one is answered by 200 and "false".
func consul() *versioned {
	return &versioned{at: map[string]string{}, n: map[string]int{}, refusal: http.StatusOK,
		told: func(r *http.Request, _ []byte) int { n, _ := strconv.Atoi(r.FormValue("cas")); return n },
		answer: func(w http.ResponseWriter, status, version int, body string) {
			w.Header().Set("X-Consul-Index", strconv.Itoa(version))
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
		}}
}

// headed is like consul, by a header, and refuses.
func headed() *versioned {
	v := consul()
	v.refusal = http.StatusPreconditionFailed
	v.told = func(r *http.Request, _ []byte) int { n, _ := strconv.Atoi(r.Header.Get("X-Version")); return n }
	return v
}

func with(v *versioned, change func(*versioned)) *versioned { change(v); return v }

func TestValidators(t *testing.T) {
	for _, c := range []struct {
		name, validator, sample  string
		server                   *versioned
		wrong, right, none, must Result
	}{
		{"query", "query rev from json .rev", sample, couch(), Holds, Holds, NotOffered, Differs},
		{"body", "body ._rev from json ._rev", sample, couch(), Holds, Holds, NotOffered, Differs},
		{"cas", "query cas from header X-Consul-Index", "", consul(), Differs, Holds, NotOffered, NotOffered},
		{"header", "header x-version from header X-Consul-Index", "", headed(), Holds, Holds, NotOffered, NotOffered},
		{"not looked at", "header x-version from header X-Consul-Index", "",
			with(headed(), func(v *versioned) { v.deaf = true }), Broken, Holds, NotOffered, NotOffered},
		{"right refused", "query cas from header X-Consul-Index", "", with(headed(), func(v *versioned) {
			v.told = func(r *http.Request, _ []byte) int {
				if r.FormValue("cas") != "" {
					return -1
				}
				return 0
			}
		}), Unclear, Broken, NotOffered, NotOffered},
		{"does not change", "header x-version from header X-Consul-Index", "",
			with(headed(), func(v *versioned) { v.stuck = true }), Unclear, Holds, NotOffered, NotOffered},
		{"not given", "query cas from json .version", "", consul(), NotOffered, NotOffered, NotOffered, NotOffered},
		{"no member", "body .v from header X-Consul-Index", "", consul(), Unclear, Unclear, NotOffered, NotOffered},
		{"none said, cas", "", "", consul(), NotOffered, NotOffered, NotOffered, NotOffered},
		{"none said, rev", "", sample, couch(), Unclear, NotOffered, Differs, Differs},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := Options{Sample: []byte(c.sample), Only: mine}
			if c.validator != "" {
				v, err := ParseValidator(c.validator)
				if err != nil {
					t.Fatal(err)
				}
				o.Validator = v
			}
			want := map[string]Result{"if-match-wrong": c.wrong, "if-match-right": c.right, "if-none-match-exists": c.none,
				"precondition-required": c.must, "whole": Holds}
			if c.name == "none said, rev" || c.name == "right refused" {
				want["whole"] = Unclear
			}
			for _, f := range verifiedAt(t, c.server, o).Findings {
				if w, judged := want[f.Check]; judged && f.Result != w {
					t.Errorf("%s: %s (%s), want %s", f.Check, f.Result, f.Why, w)
				}
				if _, judged := want[f.Check]; !judged && f.Result == Broken {
					t.Errorf("%s: %s (%s)", f.Check, f.Result, f.Why)
				}
			}
		})
	}
}

func TestParseValidator(t *testing.T) {
	for text, want := range map[string]string{
		"query rev from json .rev":                      "",
		" header  X-Version from header x-version":      "",
		"body .metadata.resourceVersion from json .a.b": "",
		"":                                                "is written as",
		"query rev":                                       "is written as",
		"query rev of json .rev":                          "is written as",
		"query rev from json .rev and more":               "is written as",
		"querry rev from json .rev":                       "did you mean query?",
		"cookie rev from json .rev":                       "in a query, a header or a body;",
		"query rev from jsn .rev":                         "did you mean json?",
		"query rev from trailer .rev":                     "from json or from a header;",
		"query rev from json rev":                         "begins with a dot",
		"query rev from json .a..b":                       "empty name",
		"query rev from json .":                           "every step",
		"body rev from json .rev":                         "begins with a dot",
		"body .a[0] from json .rev":                       "every step",
		"header X:Y from header X":                        "letters, digits and dashes",
		"header X from header Ä":                          "letters, digits and dashes",
		"query rev from header X-Rev":                     "",
		"body .x from header X-Rev":                       "",
		"query a&b from header ETag":                      "",
		"header If-Match from header ETag":                "",
		"query rev from json .rev from json .rev":         "is written as",
		"header X-Version from header X-Version trailing": "is written as",
	} {
		v, err := ParseValidator(text)
		var f *fault.Fault
		switch {
		case want == "" && err != nil:
			t.Errorf("%q: %v", text, err)
		case want == "" && v.String() != strings.Join(strings.Fields(text), " "):
			t.Errorf("%q is told as %q", text, v)
		case want != "" && (!errors.As(err, &f) || !strings.Contains(f.Why, want) || f.Field != "validator" || f.Value != text):
			t.Errorf("%q: %v, want %q", text, err, want)
		}
		if f != nil {
			if _, err := ParseValidator(f.Remedy().Value); err != nil {
				t.Errorf("%q: its mend is none: %v", text, err)
			}
		}
	}
}

func TestStateIsTold(t *testing.T) {
	for text, want := range map[string]Request{
		"query a&b from json .n":       {Query: "a%26b=7", Body: []byte(`{"a":1}`)},
		"header x-v from json .n":      {Header: []Header{{Name: "X-V", Value: "7"}}, Body: []byte(`{"a":1}`)},
		"body .meta.v from json .n":    {Body: []byte(`{"a":1,"meta":{"v":7}}`)},
		"body .a.v from json .deep.s":  {Body: []byte(`{"a":{"v":"s/1"}}`)},
		"query v from json .deep.s":    {Query: "v=s%2F1", Body: []byte(`{"a":1}`)},
		"query v from header x-number": {Query: "v=9", Body: []byte(`{"a":1}`)},
	} {
		v, err := ParseValidator(text)
		if err != nil {
			t.Fatal(err)
		}
		a := &Answer{Body: []byte(`{"n":7,"deep":{"s":"s/1"},"no":[]}`), Header: http.Header{"X-Number": {"9"}}}
		state, known := v.of(&Answer{Body: []byte(`{"n":null}`)}, a)
		if got := v.tell(Request{Body: []byte(`{"a":1}`)}, state); !known || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, want %+v", text, got, want)
		}
	}
}

func FuzzParseValidator(f *testing.F) {
	for _, text := range []string{"query rev from json .rev", "header X from header X", "body ._rev from json .a.b[0]", "body .a]"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		v, err := ParseValidator(text)
		if err != nil {
			return
		}
		again, err := ParseValidator(v.String())
		if err != nil || !reflect.DeepEqual(v, again) {
			t.Errorf("%q is told as %q: %v", text, v, err)
		}
		v.tell(Request{Body: []byte(`{"a":1}`)}, "state")
		v.of(&Answer{Body: []byte(`{"rev":"1"}`)})
	})
}
