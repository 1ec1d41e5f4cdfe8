package verify

import "net/http"

// An Outcome is what a whole verification came to, for whoever gates by it.
type Outcome string

// The outcomes. NotJudged is no pass: what nobody could look at may be broken all the same.
const (
	Passed    Outcome = "passed"
	Failed    Outcome = "failed"
	NotJudged Outcome = "not judged"
)

// Outcome is what the findings come to. One that is broken decides, whatever else could not be seen.
func (r *Report) Outcome() Outcome {
	switch {
	case r.Count(Broken) > 0:
		return Failed
	case r.Unjudged() != "":
		return NotJudged
	}
	return Passed
}

// Unjudged says why the findings say too little for a pass; "" where they say enough.
func (r *Report) Unjudged() string {
	switch {
	case r.Stopped != "":
		return r.Stopped
	case len(r.Findings) == 0:
		return "no check was made"
	case r.Count(Unclear) == len(r.Findings):
		return because("no check could tell anything", r.firstUnclear())
	case r.isUnwritten():
		return because("no write succeeded", r.firstUnclear())
	case r.isUnread():
		return "what is stored could not be read"
	}
	return ""
}

// isUnwritten says whether most checks could tell nothing, and all that was written was refused: whoever refuses
// everything may refuse some of it as it should, which is no pass.
func (r *Report) isUnwritten() bool {
	refused := false
	for i := range r.Findings {
		for _, x := range r.Findings[i].Exchanges {
			switch {
			case !isWriting(x.Method):
			case x.Status >= 200 && x.Status < 300:
				return false
			case x.Status != 0:
				refused = true
			}
		}
	}
	return refused && r.Count(Unclear) > len(r.Findings)/2
}

func (r *Report) firstUnclear() string {
	for i := range r.Findings {
		if r.Findings[i].Result == Unclear {
			return r.Findings[i].Why
		}
	}
	return ""
}

// isUnread says whether there were checks that read what is stored, and none of them could tell anything. What a check
// does shows in what it sent: a saved report of another version may have checks that this one does not know.
func (r *Report) isUnread() bool {
	reading := 0
	for i := range r.Findings {
		switch f := &r.Findings[i]; {
		case !f.hasRead():
		case f.Result != Unclear:
			return false
		default:
			reading++
		}
	}
	return reading > 0
}

func (f *Finding) hasRead() bool {
	for i := range f.Exchanges {
		if m := f.Exchanges[i].Method; m == http.MethodGet || m == http.MethodHead {
			return true
		}
	}
	return false
}
