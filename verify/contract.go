package verify

import (
	"cmp"
	"slices"
	"strings"
)

// A Contract is what is expected of checks, by name: a result, or what was observed, such as "201".
type Contract map[string]string

// results are all of them, in the order in which a reader meets them.
var results = []Result{Holds, Broken, Differs, NotOffered, Unclear}

// resultOf is the result that a word stands for, with dashes or spaces.
func resultOf(word string) (Result, bool) {
	isGap := func(c rune) bool { return c == '-' || c == ' ' }
	r := Result(strings.Join(strings.FieldsFunc(strings.ToLower(word), isGap), " "))
	return r, slices.Contains(results, r)
}

// hold judges findings by the contract: what is as it says holds, what differs from it is broken. Where the contract is
// the whole of what is expected, nothing else can be broken.
func (c Contract) hold(r *Report, whole bool) {
	if c == nil {
		return
	}
	for i := range r.Findings {
		f := &r.Findings[i]
		want, named := c[f.Check]
		switch {
		case !named && whole && f.Result == Broken:
			f.Result, f.Why = Differs, because(f.Why, "the contract does not name it")
		case named:
			f.judgeBy(want, r.Stopped != "")
		}
	}
}

// judgeBy holds a finding against the word that a contract has for it. What could not be judged stays so, unless the
// contract says that it can not be, and the server was there to say so.
func (f *Finding) judgeBy(want string, stopped bool) {
	f.Expected = want
	is := cmp.Or(f.Observed, string(f.Result))
	wanted, isResult := resultOf(want)
	if isResult {
		f.Expected = string(wanted)
		is = string(f.Result)
	}
	switch {
	case f.Result == Unclear && (stopped || wanted != Unclear):
	case isResult && wanted == f.Result, !isResult && strings.EqualFold(want, f.Observed):
		f.Result = Holds
	default:
		f.Result, f.Why = Broken, because("expected "+f.Expected+", is "+is, f.Why)
	}
}

// because joins two reasons of which either may be missing.
func because(one, other string) string {
	if one == "" || other == "" {
		return one + other
	}
	return one + ": " + other
}

// ContractOf is what was found as the contract to hold from now on. What could not be judged is left out.
func ContractOf(r *Report) Contract {
	c := Contract{}
	for i := range r.Findings {
		if f := &r.Findings[i]; f.Result != Unclear {
			c[f.Check] = cmp.Or(f.Observed, strings.ReplaceAll(string(f.Result), " ", "-"))
		}
	}
	return c
}
