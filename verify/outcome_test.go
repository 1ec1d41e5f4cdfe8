package verify

import "testing"

// refusedBy are findings of a server that takes no PUT: whatever asks for no more than a refusal can be judged.
func refusedBy(status int) []Finding {
	all := []Finding{{Check: "create", Result: Unclear, Why: "the PUT was refused"}}
	for _, result := range []Result{Differs, Holds, Unclear, Unclear, Unclear} {
		all = append(all, Finding{Check: "x", Result: result,
			Exchanges: []Exchange{{Method: "PUT", Status: status}, {Method: "OPTIONS", Status: 200}}})
	}
	return all
}

// finding is one of a check that sent requests by these methods.
func finding(result Result, methods ...string) Finding {
	f := Finding{Check: "x", Result: result}
	for _, m := range methods {
		f.Exchanges = append(f.Exchanges, Exchange{Method: m})
	}
	return f
}

func TestOutcome(t *testing.T) {
	for name, c := range map[string]struct {
		stopped  string
		findings []Finding
		want     Outcome
		why      string
	}{
		"all hold":                     {"", []Finding{finding(Holds, "PUT"), finding(Holds, "PUT", "GET")}, Passed, ""},
		"one broken":                   {"", []Finding{finding(Holds, "PUT"), finding(Broken, "PUT", "GET")}, Failed, ""},
		"broken before the end":        {"the server is gone", []Finding{finding(Broken, "PUT"), finding(Unclear)}, Failed, "the server is gone"},
		"gone":                         {"the server is gone", []Finding{finding(Holds, "PUT"), finding(Unclear)}, NotJudged, "the server is gone"},
		"no check":                     {"", nil, NotJudged, "no check was made"},
		"no access":                    {"", []Finding{finding(Unclear, "PUT"), finding(Unclear, "PUT")}, NotJudged, "no check could tell anything"},
		"no read access":               {"", []Finding{finding(Holds, "PUT"), finding(Unclear, "PUT", "GET"), finding(Unclear, "HEAD")}, NotJudged, "what is stored could not be read"},
		"one of them was read":         {"", []Finding{finding(Differs, "PUT", "HEAD"), finding(Unclear, "PUT", "GET")}, Passed, ""},
		"what reads nothing was asked": {"", []Finding{finding(Holds, "PUT"), finding(Unclear, "PUT")}, Passed, ""},
		"no PUT was taken":             {"", refusedBy(403), NotJudged, "no write succeeded: the PUT was refused"},
		"one PUT was taken":            {"", append(refusedBy(403), refusedBy(204)[1]), Passed, ""},
		"nothing is offered":           {"", []Finding{finding(NotOffered, "PUT")}, Passed, ""},
	} {
		r := &Report{Stopped: c.stopped, Findings: c.findings}
		if got, why := r.Outcome(), r.Unjudged(); got != c.want || why != c.why {
			t.Errorf("%s: %s (%s), want %s (%s)", name, got, why, c.want, c.why)
		}
	}
}
