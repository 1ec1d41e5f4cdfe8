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
