package verify

import (
	"cmp"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"

	"shotput/loadgen/fault"
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

// ParseExpect reads pairs such as "create=200" and "if-match-wrong=not-offered", and names all that is wrong in them:
// each is a *fault.Fault. Of two pairs for one check the later counts.
func ParseExpect(pairs ...string) (Contract, error) {
	var wrong fault.List
	c := Contract{}
	for _, pair := range pairs {
		name, word, ok := strings.Cut(pair, "=")
		name, word = strings.TrimSpace(name), strings.TrimSpace(word)
		switch f := faultIn(pair, name, word); {
		case !ok || name == "" || word == "":
			wrong.Add(fault.Malformed.In("expect-check", pair,
				"what is expected is written as CHECK=WORD, such as create=201 or if-match-wrong=not-offered").
				MendBy(fault.Replace, "expect-check", "create=201"))
		case f != nil:
			wrong.Add(f)
		default:
			c[name] = word
		}
	}
	return c, errors.Join(wrong...)
}

// Check names what in a contract is wrong: each is a *fault.Fault.
func (c Contract) Check() error {
	var wrong fault.List
	for _, name := range slices.Sorted(maps.Keys(c)) {
		if f := faultIn(name+"="+c[name], name, c[name]); f != nil {
			wrong.Add(f)
		}
	}
	return errors.Join(wrong...)
}

// faultIn finds fault with what is expected of one check.
func faultIn(pair, name, word string) *fault.Fault {
	var known []string
	for _, c := range Checks() {
		known = append(known, c.Name)
	}
	if !slices.Contains(known, name) {
		near := fault.Nearest(name, known)
		return fault.Unknown.In("expect-check", pair, "there is no check called %s%s", name, meant(name, known...)).
			MendBy(fault.Replace, "expect-check", cmp.Or(near, "create")+"="+cmp.Or(word, "holds"))
	}
	if code, err := strconv.Atoi(word); err == nil && (code < 200 || code > 599) {
		return fault.OutOfRange.In("expect-check", pair, "a status is a number from 200 to 599").
			MendBy(fault.Replace, "expect-check", name+"=201")
	}
	if _, ok := resultOf(word); ok {
		return nil
	}
	// what a check observes may be any word; one that is nearly a result is a slip
	var words []string
	for _, r := range results {
		words = append(words, strings.ReplaceAll(string(r), " ", "-"))
	}
	if near := fault.Slip(word, words); near != "" {
		return fault.Unknown.In("expect-check", pair, "%s is no result: did you mean %s?", word, near).
			MendBy(fault.Replace, "expect-check", name+"="+near)
	}
	return nil
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
