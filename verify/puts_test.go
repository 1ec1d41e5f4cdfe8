package verify

import (
	"context"
	"io"
	"maps"
	"net/http"
	"strings"
	"testing"
)

// sample is a body of a caller who sends JSON.
const sample = `{"id":7,"name":"seven"}`

// featureless is what a right server that takes every update, and answers when it is done, does not offer.
var featureless = map[string]Result{"accepted": NotOffered, "precondition-required": NotOffered}

// blind is what is found where no object can be read: the checks that do without, and an answer of their own.
func blind(but map[string]Result) map[string]Result {
	all := map[string]Result{}
	for _, c := range Checks() {
		if c.Group == "put" || c.Group == "validators" {
			all[c.Name] = Unclear
		}
	}
	for _, name := range []string{"create", "location", "if-match-missing"} {
		delete(all, name)
	}
	all["accepted"] = NotOffered
	for name, result := range but {
		all[name] = result
		if result == Holds {
			delete(all, name)
		}
	}
	return all
}

// manners are the ways to be wrong, or to be another right server, and what is found: "*" stands for JSON bodies.
var manners = map[string]map[string]Result{
	"right":  {},
	"right*": {},
	// what PUT does
	"append":                 {"idempotent": Broken, "whole": Broken, "empty": Unclear},
	"append*":                {"idempotent": Broken, "whole": Broken, "empty": Unclear},
	"status-swapped":         {"create": Broken, "replace": Broken, "location": NotOffered},
	"stale":                  {"read-back": Broken},
	"stale-replaced":         {"read-back": Broken},
	"tail":                   {"whole": Broken, "empty": Unclear},
	"keeps-old":              {"whole": Broken, "empty": Unclear, "if-match-right": Broken, "if-match-wrong": Unclear, "etag-changes": Unclear},
	"cuts":                   {"read-back": Broken},
	"garbles":                {"read-back": Broken, "whole": Unclear},
	"counts":                 {"read-back": Broken, "whole": Unclear, "idempotent": Unclear, "empty": Unclear},
	"json-spaced*":           {"read-back": Differs},
	"json-more*":             {"read-back": Differs},
	"octets":                 {"read-back": Differs},
	"type-refused":           {},
	"empty-lost":             {"empty": Broken},
	"empty-refused":          {"empty": Differs},
	"answers-all":            {"stored": Unclear},
	"head-zero":              {"head-equals-get": Broken},
	"head-bare":              {"head-equals-get": Differs},
	"HEAD=405":               {"head-equals-get": NotOffered},
	"HEAD=404":               {"head-equals-get": Broken},
	"HEAD=503":               {"head-equals-get": Unclear},
	"location":               {},
	"location-path":          {},
	"location-other":         {"location": Differs},
	"location-lost":          {"location": Broken},
	"empty-ignored":          {"empty": Broken},
	"empty-deletes":          {"empty": Broken},
	"etag-restless":          {"etag-stable": Broken, "etag-equal": Unclear, "if-match-right": Unclear},
	"location-host":          {"location": Differs},
	"location-bad":           {"location": Broken},
	"location-each":          {"location": Differs, "idempotent": Broken},
	"202":                    {"create": Differs, "replace": Differs, "location": NotOffered, "accepted": Differs},
	"202-told":               {"create": Differs, "replace": Differs, "location": NotOffered, "accepted": Holds},
	"fifth-fatal":            {"idempotent": Broken},
	"once-only":              {"empty": Unclear, "if-match-right": Unclear, "if-match-wrong": Unclear, "etag-changes": Unclear, "whole": Unclear},
	"stored-not":             blind(map[string]Result{"stored": Broken}),
	"moves":                  blind(map[string]Result{"stored": Broken, "location": Broken}),
	"202-lost":               blind(map[string]Result{"stored": Differs, "create": Differs, "accepted": Differs, "location": NotOffered}),
	"GET=405":                blind(map[string]Result{"replace": Holds, "if-none-match-new": Holds}),
	"GET=403":                blind(map[string]Result{"replace": Holds, "if-none-match-new": Holds}),
	"GET=403,status-swapped": blind(map[string]Result{"create": Broken, "location": NotOffered, "if-none-match-new": Holds}),
	"PUT=403": blind(map[string]Result{"create": Unclear, "location": Unclear, "if-match-missing": Unclear,
		"accepted": Unclear}),
	"PUT=500": blind(map[string]Result{"create": Unclear, "location": Unclear, "if-match-missing": Unclear,
		"accepted": Unclear}),
	"PUT=429": blind(map[string]Result{"create": Unclear, "location": Unclear, "if-match-missing": Unclear,
		"accepted": Unclear}),
	"PUT-again=409": {"empty": Unclear, "replace": Unclear, "whole": Unclear, "idempotent": Differs, "etag-changes": Unclear,
		"if-match-wrong": Unclear, "if-match-right": Unclear, "if-none-match-exists": Differs,
		"if-unmodified-since": Differs, "precondition-early": Unclear, "precondition-required": Differs},
	"PUT-again=503": {"empty": Unclear, "replace": Unclear, "whole": Unclear, "idempotent": Unclear, "etag-changes": Unclear,
		"if-match-wrong": Unclear, "if-match-right": Unclear, "if-none-match-exists": Unclear,
		"if-unmodified-since": Unclear, "precondition-early": Unclear, "precondition-required": Unclear},
	"PUT-thrice=409": {"idempotent": Broken},
	// validators
	"etag-none": {"etag-present": NotOffered, "etag-equal": NotOffered, "etag-stable": NotOffered,
		"etag-changes": NotOffered, "if-match-right": NotOffered},
	"etag-bare":                 {"etag-present": Broken},
	"etag-weak":                 {"etag-present": Differs, "if-match-right": NotOffered},
	"etag-weak-first":           {"etag-stable": Differs},
	"etag-weak,etag-put-strong": {"etag-present": Differs, "etag-equal": Differs, "if-match-right": NotOffered},
	"etag-not-by-put":           {"etag-equal": NotOffered},
	"etag-only-by-put": {"etag-present": NotOffered, "etag-equal": Differs, "etag-stable": NotOffered,
		"etag-changes": NotOffered},
	"etag-unlike":         {"etag-equal": Broken},
	"etag-drifts":         {"etag-stable": Broken},
	"etag-static":         {"etag-changes": Broken},
	"etag-collision":      {"etag-changes": Broken},
	"etag-weak-collision": {"etag-changes": Differs, "etag-present": Differs, "if-match-right": NotOffered},
	"no-412": {"if-match-wrong": Broken, "if-match-missing": Broken, "if-none-match-exists": Broken,
		"if-unmodified-since": Broken, "precondition-early": NotOffered},
	"no-412,etag-none": {"etag-present": NotOffered, "etag-equal": NotOffered, "etag-stable": NotOffered,
		"etag-changes": NotOffered, "if-match-right": NotOffered, "if-match-wrong": NotOffered,
		"if-match-missing": NotOffered, "if-none-match-exists": Broken, "if-unmodified-since": Broken,
		"precondition-early": NotOffered},
	"no-412,etag-none,modified-none": {"etag-present": NotOffered, "etag-equal": NotOffered, "etag-stable": NotOffered,
		"etag-changes": NotOffered, "if-match-right": NotOffered, "if-match-wrong": NotOffered,
		"if-match-missing": NotOffered, "if-none-match-exists": NotOffered, "if-unmodified-since": NotOffered,
		"precondition-early": NotOffered},
	"stores-denied": {"if-match-wrong": Broken, "if-match-missing": Broken, "if-none-match-exists": Broken,
		"if-unmodified-since": Broken, "precondition-early": Broken},
	"drops-denied": {"if-match-wrong": Broken, "if-none-match-exists": Broken, "if-unmodified-since": Broken,
		"precondition-early": Broken},
	"says-2xx": {"if-match-wrong": Broken, "if-match-missing": Unclear, "if-none-match-exists": Broken,
		"if-unmodified-since": Broken, "precondition-early": NotOffered},
	"409-for-412": {"if-match-wrong": Differs, "if-match-missing": Differs, "if-none-match-exists": Differs,
		"if-unmodified-since": Differs, "precondition-early": Unclear},
	"501": {"if-match-wrong": NotOffered, "if-match-right": NotOffered, "if-match-missing": NotOffered,
		"if-none-match-exists": NotOffered, "if-none-match-new": NotOffered, "precondition-early": NotOffered},
	"if-match-never":   {"if-match-right": Broken},
	"if-match-creates": {"if-match-missing": Broken},
	"none-match-never": {"if-none-match-new": Broken},
	"since-never":      {"if-unmodified-since": Broken},
	"clock-back":       {},
	"modified-none":    {"if-unmodified-since": NotOffered},
	"late-412":         {"precondition-early": Differs},
	"no-100":           {"precondition-early": Differs},
	"417":              {"precondition-early": NotOffered},
	"428":              {"precondition-required": Holds, "idempotent": Differs},
	"428,428-new":      {"precondition-required": Holds, "create": Unclear, "replace": Unclear, "idempotent": Differs, "read-back": Unclear, "stored": Unclear, "empty": Unclear, "location": Unclear, "accepted": Unclear},
	"428,stores-denied": {"empty": Unclear, "precondition-required": Broken, "idempotent": Differs, "replace": Unclear, "whole": Unclear,
		"etag-changes": Unclear, "if-match-wrong": Unclear, "if-match-missing": Broken, "if-none-match-exists": Broken, "if-unmodified-since": Broken,
		"precondition-early": Broken},
}

// TestManners: each way to be wrong is found by the checks that it is for, and breaks no other.
func TestManners(t *testing.T) {
	for name, differ := range manners {
		t.Run(name, func(t *testing.T) {
			o := Options{}
			wrong, isJSON := strings.CutSuffix(name, "*")
			if isJSON {
				o.Sample = []byte(sample)
			}
			want := maps.Clone(featureless)
			maps.Copy(want, differ)
			maps.DeleteFunc(want, func(_ string, r Result) bool { return r == Holds })
			got := finds(t, newModel(strings.Split(wrong, ",")...), o)
			for check, result := range got {
				if want[check] != result {
					t.Errorf("%s: %s, want %s", check, result, want[check])
				}
			}
			for check, result := range want {
				if got[check] == "" {
					t.Errorf("%s: holds, want %s", check, result)
				}
			}
		})
	}
}

// TestEveryCheckBreaks: each check was seen to be broken, but for accepted, of which no standard demands anything.
func TestEveryCheckBreaks(t *testing.T) {
	for _, c := range Checks() {
		if c.Group != "put" && c.Group != "validators" {
			continue
		}
		reached := map[Result]bool{}
		for _, differ := range manners {
			reached[differ[c.Name]] = true
		}
		if !reached[Broken] && c.Name != "accepted" {
			t.Errorf("%s is nowhere broken", c.Name)
		}
		if c.Clause == "" || c.Force == "" || c.Why == "" || c.Mend == "" || c.Title == "" {
			t.Errorf("%s does not say all that it has to", c.Name)
		}
	}
}

// TestFoundAtAnyTime: that a second ends between two writes hides nothing.
func TestFoundAtAnyTime(t *testing.T) {
	h := newModel("etag-collision")
	slow := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { wait(400); h.ServeHTTP(w, r) })
	if f := found(t, slow, "etag-changes")["etag-changes"]; f.Result != Broken {
		t.Errorf("%s: %s", f.Result, f.Why)
	}
}

// brokenOff is a server of which each second answer to GET ends before its body does.
type brokenOff struct {
	reach
	n *int
}

func (b brokenOff) Send(ctx context.Context, r Request) Answer {
	a := b.reach.Send(ctx, r)
	if *b.n++; r.Method == http.MethodGet && *b.n%2 == 0 && a.OK() {
		a.Body, a.Err = a.Body[:len(a.Body)/2], io.ErrUnexpectedEOF
		a.Size = int64(len(a.Body))
	}
	return a
}

func TestHalfAnAnswerBreaksNothing(t *testing.T) {
	m := newModel()
	for _, f := range verifiedBy(t, brokenOff{reach{handled{m}, m}, new(int)}, Options{Only: mine}).Findings {
		if f.Result == Broken {
			t.Errorf("%s: %s", f.Check, f.Why)
		}
	}
}

func TestTroubleBreaksNothing(t *testing.T) {
	for from := range 3 {
		m := newModel("trips")
		m.gets = from
		for _, f := range verified(t, m, Options{Only: mine}).Findings {
			if f.Result == Broken {
				t.Errorf("%s: %s", f.Check, f.Why)
			}
		}
	}
}

// TestEveryNameThere: of a server that has an answer for every name, no name is known to be new.
func TestEveryNameThere(t *testing.T) {
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPut && r.Header.Get("If-None-Match") != "" {
			w.WriteHeader(http.StatusPreconditionFailed)
		}
		_, _ = io.WriteString(w, "welcome to "+r.URL.Path)
	})
	all := found(t, h, mine...)
	for _, check := range []string{"create", "stored", "empty", "whole", "idempotent", "if-none-match-new", "if-match-wrong"} {
		if f := all[check]; f.Result == Broken {
			t.Errorf("%s: %s", check, f.Why)
		}
	}
	if all["read-back"].Result != Broken {
		t.Error("what is read is not what was put, and it is not said")
	}
}

func TestTypeIsTheCallers(t *testing.T) {
	kinds := map[string]bool{}
	m := newModel()
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		kinds[r.Header.Get("Content-Type")+r.Header.Get("Accept")] = true
		m.ServeHTTP(w, r)
	})
	verifiedAt(t, h, Options{Only: []string{"read-back", "head-equals-get"}, Type: "text/csv", Accept: "text/csv, */*"})
	if !kinds["text/csv"] || !kinds["text/csv, */*"] || len(kinds) != 3 { // "" where it is for the caller's own to say
		t.Errorf("types on the way: %v", kinds)
	}
}

func TestLikeness(t *testing.T) {
	for _, c := range []struct {
		put, got string
		want     like
	}{
		{`{"a":1}`, `{ "a": 1 }`, asJSON},
		{`{"a":1,"b":[{"c":null}]}`, `{"b":[{"c":null,"d":2}],"a":1,"e":{}}`, withMore},
		{`{"a":{"b":1}}`, `{"a":{"b":1,"c":2}}`, withMore},
		{`{"a":1}`, `{"a":1.0}`, unlike}, // a number that is written in another way may be another number
		{`{"a":1}`, `{"b":1}`, unlike},
		{`{"a":{"b":1}}`, `{"a":2}`, unlike},
		{`{"a":[1]}`, `{"a":{}}`, unlike},
		{`{"a":[1,2]}`, `{"a":[1]}`, unlike},
		{`{"a":[1,2]}`, `{"a":[2,1]}`, unlike},
		{`{"a":null}`, `{}`, unlike},
		{`text`, `text`, unlike}, // as JSON: bytes are compared before
		{`7`, `7`, unlike},
		{`{"a":1}`, `no`, unlike},
	} {
		if got := likeness([]byte(c.put), []byte(c.got)); got != c.want {
			t.Errorf("%s, %s: %d, want %d", c.put, c.got, got, c.want)
		}
	}
}
