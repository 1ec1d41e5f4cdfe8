package verify

// Stands in for what is built beside this, until it is merged: contract.go, validator.go, outcome.go.

import (
	"cmp"
	"errors"
	"strings"
)

// ParseExpect reads pairs such as "create=200".
func ParseExpect(pairs ...string) (Contract, error) {
	c := Contract{}
	for _, pair := range pairs {
		name, word, ok := strings.Cut(pair, "=")
		if !ok {
			return nil, errors.New("it is written as CHECK=WORD")
		}
		c[name] = word
	}
	return c, nil
}

// Check names what in a contract is wrong.
func (c Contract) Check() error { return nil }

// ContractOf is what was found as the contract to hold from now on.
func ContractOf(r *Report) Contract {
	c := Contract{}
	for i := range r.Findings {
		if f := &r.Findings[i]; f.Result != Unclear {
			c[f.Check] = cmp.Or(f.Observed, strings.ReplaceAll(string(f.Result), " ", "-"))
		}
	}
	return c
}

// ParseValidator reads how a server is told of a state.
func ParseValidator(string) (*Validator, error) { return new(Validator), nil }

// An Outcome is what a whole verification came to.
type Outcome string

// The outcomes.
const (
	Passed    Outcome = "passed"
	Failed    Outcome = "failed"
	NotJudged Outcome = "not judged"
)

// Outcome is what the findings come to.
func (r *Report) Outcome() Outcome {
	switch {
	case r.Count(Broken) > 0:
		return Failed
	case r.Unjudged() != "":
		return NotJudged
	}
	return Passed
}

// Unjudged says why the findings say too little for a pass.
func (r *Report) Unjudged() string {
	switch {
	case r.Stopped != "":
		return r.Stopped
	case r.Count(Unclear) == len(r.Findings):
		return "no check could tell anything"
	}
	return ""
}
