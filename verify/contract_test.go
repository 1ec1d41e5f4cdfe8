package verify

import (
	"errors"
	"maps"
	"reflect"
	"strings"
	"testing"

	"shotput/loadgen/fault"
)

func TestParseExpect(t *testing.T) {
	for pair, want := range map[string]string{
		"create=200":                 "",
		" create = 200 ":             "",
		"if-match-wrong=not-offered": "",
		"if-match-wrong=Not Offered": "",
		"read-back=stale":            "", // what is observed may be any word
		"create":                     "CHECK=WORD",
		"create=":                    "CHECK=WORD",
		"=200":                       "CHECK=WORD",
		"":                           "CHECK=WORD",
		"crate=200":                  "there is no check called crate: did you mean create?",
		"if-match-wrnog=412":         "did you mean if-match-wrong?",
		"put=200":                    "there is no check called put",
		"create=2000":                "from 200 to 599",
		"create=100":                 "from 200 to 599",
		"create=hold":                "did you mean holds?",
		"create=brokn":               "did you mean broken?",
		"create=not-ofered":          "did you mean not-offered?",
	} {
		c, err := ParseExpect(pair)
		var f *fault.Fault
		switch {
		case want == "" && (err != nil || len(c) != 1):
			t.Errorf("%q: %v, %v", pair, c, err)
		case want != "" && (!errors.As(err, &f) || !strings.Contains(f.Why, want) || f.Value != pair):
			t.Errorf("%q: %v, want %q", pair, err, want)
		}
		if f != nil {
			if _, err := ParseExpect(f.Remedy().Value); err != nil {
				t.Errorf("%q: its mend is none: %v", pair, err)
			}
		}
	}
	if _, err := ParseExpect("crate=200", "create=hold", "whole=holds"); strings.Count(err.Error(), "did you mean") != 2 {
		t.Errorf("of two faults it names %v", err)
	}
	if c, err := ParseExpect("create=200", "create=201"); err != nil || c["create"] != "201" {
		t.Errorf("%v, %v: of two the later counts", c, err)
	}
	if err := (Contract{"crate": "201"}).Check(); err == nil {
		t.Error("an unknown check stands in a contract")
	}
	if err := (Contract{"create": "201", "whole": "holds"}).Check(); err != nil {
		t.Error(err)
	}
}

func TestContractJudges(t *testing.T) {
	for _, c := range []struct {
		want  string // of the contract; "" where it does not name the check
		whole bool
		is    Finding
		get   Finding
	}{
		{"201", false, Finding{Result: Holds, Observed: "201"}, Finding{Result: Holds, Observed: "201", Expected: "201"}},
		{"200", false, Finding{Result: Broken, Observed: "200", Why: "w"}, Finding{Result: Holds, Observed: "200", Expected: "200", Why: "w"}},
		{"200", false, Finding{Result: Holds, Observed: "201"}, Finding{Result: Broken, Observed: "201", Expected: "200", Why: "expected 200, is 201"}},
		{"412", false, Finding{Result: Broken, Why: "w"}, Finding{Result: Broken, Expected: "412", Why: "expected 412, is broken: w"}},
		{"not-offered", false, Finding{Result: NotOffered, Observed: "204", Why: "w"}, Finding{Result: Holds, Observed: "204", Expected: "not offered", Why: "w"}},
		{"Not Offered", false, Finding{Result: Broken}, Finding{Result: Broken, Expected: "not offered", Why: "expected not offered, is broken"}},
		{"holds", false, Finding{Result: Differs, Observed: "202"}, Finding{Result: Broken, Observed: "202", Expected: "holds", Why: "expected holds, is differs"}},
		{"broken", false, Finding{Result: Broken, Why: "w"}, Finding{Result: Holds, Expected: "broken", Why: "w"}},
		{"broken", false, Finding{Result: Holds, Observed: "201"}, Finding{Result: Broken, Observed: "201", Expected: "broken", Why: "expected broken, is holds"}},
		{"stale", false, Finding{Result: Broken, Observed: "stale"}, Finding{Result: Holds, Observed: "stale", Expected: "stale"}},
		{"201", false, Finding{Result: Unclear, Why: "w"}, Finding{Result: Unclear, Expected: "201", Why: "w"}},
		{"could-not-tell", false, Finding{Result: Unclear}, Finding{Result: Holds, Expected: "could not tell"}},
		{"", false, Finding{Result: Broken, Why: "w"}, Finding{Result: Broken, Why: "w"}},
		{"", true, Finding{Result: Broken, Why: "w"}, Finding{Result: Differs, Why: "w: the contract does not name it"}},
		{"", true, Finding{Result: Holds}, Finding{Result: Holds}},
		{"", true, Finding{Result: Unclear}, Finding{Result: Unclear}},
	} {
		contract := Contract{"other": "holds"}
		if c.want != "" {
			contract["create"] = c.want
		}
		c.is.Check, c.get.Check = "create", "create"
		r := &Report{Findings: []Finding{c.is}}
		contract.hold(r, c.whole)
		if !reflect.DeepEqual(r.Findings[0], c.get) {
			t.Errorf("by %q, %+v becomes %+v, want %+v", c.want, c.is, r.Findings[0], c.get)
		}
	}
	// a server that is gone keeps no contract, not even one that nothing can be told
	r := &Report{Stopped: "the server is gone", Findings: []Finding{{Check: "create", Result: Unclear}}}
	Contract{"create": "could-not-tell"}.hold(r, true)
	if r.Findings[0].Result != Unclear {
		t.Errorf("a server that is gone %s", r.Findings[0].Result)
	}
	Contract(nil).hold(r, true)
}

// TestContractOfItself: whatever a server does, what was found of it is a contract that it keeps, and that another
// server breaks where it is another.
func TestContractOfItself(t *testing.T) {
	for name := range manners {
		wrong, isJSON := strings.CutSuffix(name, "*")
		o := Options{Only: mine, Whole: true}
		if isJSON {
			o.Sample = []byte(sample)
		}
		at := func(o Options) *Report { return verified(t, newModel(strings.Split(wrong, ",")...), o) }
		c := ContractOf(at(o))
		if err := c.Check(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		var pairs []string
		for check, word := range c {
			pairs = append(pairs, check+"="+word)
		}
		read, err := ParseExpect(pairs...)
		if err != nil || !maps.Equal(read, c) {
			t.Errorf("%s: %v is read as %v: %v", name, c, read, err)
		}
		o.Contract = c
		r := at(o)
		for _, f := range r.Findings {
			if f.Result == Broken || f.Result == Differs || f.Result == NotOffered {
				t.Errorf("%s breaks its own contract: %s %s, %s", name, f.Check, f.Result, f.Why)
			}
		}
	}
}

func TestContractFindsAnotherServer(t *testing.T) {
	right := ContractOf(verified(t, newModel(), Options{Only: mine}))
	for wrong, want := range map[string]string{"append": "idempotent whole", "stores-denied": "if-match-wrong if-match-missing " +
		"if-none-match-exists if-unmodified-since precondition-early", "late-412": "precondition-early", "202": "create replace location accepted", "stale": "read-back", "etag-none": "etag-present etag-equal etag-stable etag-changes if-match-right"} {
		var broke []string
		for _, f := range verified(t, newModel(wrong), Options{Only: mine, Contract: right, Whole: true}).Findings {
			if f.Result == Broken {
				broke = append(broke, f.Check)
			}
		}
		if strings.Join(broke, " ") != want {
			t.Errorf("%s breaks %v, want %s", wrong, broke, want)
		}
	}
}

// TestWhatIsObservedSaysTheResult: a contract that names what was observed lets through no other result that looks the
// same, such as a 412 with which the object was changed.
func TestWhatIsObservedSaysTheResult(t *testing.T) {
	type seenAt struct {
		Finding
		manner string
	}
	seen := map[string]seenAt{}
	note := func(manner string, r *Report) {
		for _, f := range r.Findings {
			key := f.Check + "=" + f.Observed
			if before, ok := seen[key]; ok && f.Observed != "" && before.Result != f.Result {
				t.Errorf("%s: %s and %s: %s, and of %s: %s, %s", manner, key, f.Result, f.Why, before.manner, before.Result, before.Why)
			}
			seen[key] = seenAt{f, manner}
		}
	}
	for name := range manners {
		if wrong, isJSON := strings.CutSuffix(name, "*"); !isJSON {
			note(name, verified(t, newModel(strings.Split(wrong, ",")...), Options{Only: mine}))
		}
	}
	for name := range shelfManners {
		note(name, shelved(t, newShelf(name), Options{Only: []string{"uploads", "refusals"}}))
	}
}
