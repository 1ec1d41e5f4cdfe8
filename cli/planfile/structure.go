package planfile

import (
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"

	"shotput/cli/line"
)

// A structure reads what makes a plan of values: scenarios, what they share, and mixes.
type structure struct {
	values
	scenarios []Scenario
	steps     map[string]bool // the names of those that the scenario at hand has so far
}

const exampleScenarios = "scenarios: [{name: first, url: '" + exampleURL + "'}]"

// readRoot reads the document: the keys of one scenario, or a list of scenarios and what they share.
func (s *structure) readRoot(n *node) []Scenario {
	if n.kind != mapping {
		s.Fault(n.Place, "a plan is a mapping of keys to values, and this is "+n.String(), "url: "+exampleURL)
		return nil
	}
	_, list := n.find(keyScenarios)
	if _, shared := n.find(keyDefaults); list == nil && shared == nil {
		return []Scenario{s.readScenario(n)}
	}
	for i, k := range n.keys {
		switch k.text {
		case keyScenarios, keyDefaults:
		default:
			s.Fault(k.Place, line.Show(k.text)+" stands beside scenarios; what they share stands under defaults",
				s.move(k, n.values[i]))
		}
	}
	s.readList(list, s.readDefaults(n, list != nil))
	return s.scenarios
}

// move is a key as it would stand under defaults.
func (s *structure) move(k, v *node) string {
	if r := s.keys.row(k.text); r == nil || v.kind != scalar || r.Hides(v.text) {
		return "defaults: {" + line.Printable(k.text) + ": …}"
	}
	return "defaults: {" + k.text + ": " + Quote(v.text) + "}"
}

// readDefaults reads what the scenarios share.
func (s *structure) readDefaults(root *node, scenarios bool) (shared Scenario) {
	key, n := root.find(keyDefaults)
	switch {
	case n == nil:
	case !scenarios:
		s.Fault(key.Place, "defaults are for scenarios, and there are none", exampleScenarios)
	case n.kind != mapping:
		s.Fault(n.Place, "defaults are a mapping of keys to values, and this is "+n.String(),
			"defaults: {rate: 2000/s}")
	default:
		shared = s.readScenario(n)
		if k, _ := n.find(keyName); k != nil {
			s.Fault(k.Place, "a name belongs to one scenario, not to what all share", "a name in each of the scenarios")
		}
	}
	return shared
}

// readList reads the scenarios, each over the defaults.
func (s *structure) readList(list *node, shared Scenario) {
	if list == nil {
		return
	}
	if list.kind != sequence || len(list.values) == 0 {
		s.Fault(list.Place, "scenarios are a list, each with a name", exampleScenarios)
		return
	}
	for i, n := range s.mappings(list, "a scenario", "{name: first, url: '"+exampleURL+"'}") {
		one := s.readScenario(n)
		s.checkName(&one, fmt.Sprintf("scenario-%d", i+1))
		for _, e := range one.Entries {
			one.Own = append(one.Own, e.Flag)
		}
		one.Entries = Over(s.keys.rows, shared.Entries, one.Entries)
		one.inherit(&shared)
		s.scenarios = append(s.scenarios, one)
	}
}

// mappings gives the values of a list that are mappings, each with its place in it, and tells of those that are none.
func (s *structure) mappings(list *node, what, example string) iter.Seq2[int, *node] {
	return func(yield func(int, *node) bool) {
		for i, n := range list.values {
			if n.kind != mapping {
				s.Fault(n.Place, what+" is a mapping of keys to values, and this is "+n.String(), example)
			} else if !yield(i, n) {
				return
			}
		}
	}
}

// checkName asks for a name that no scenario before has.
func (s *structure) checkName(one *Scenario, example string) {
	switch {
	case one.Name == "":
		s.Fault(one.Place, "a scenario in a list has a name", keyName+": "+example)
	case slices.ContainsFunc(s.scenarios, func(o Scenario) bool { return o.Name == one.Name }):
		s.Fault(one.Place, "there are two scenarios of the name "+one.Name, keyName+": "+one.Name+"-2")
	}
}

// readScenario reads the keys of one run.
func (s *structure) readScenario(n *node) Scenario {
	one := Scenario{Place: n.Place}
	s.steps = nil
	for i, k := range n.keys {
		v := n.values[i]
		switch k.text {
		case keyName:
			one.Name = s.readTitle(v)
		case keyMix:
			one.Mix = s.readMix(v)
		case keyFlow, keyOnFailure, keyBefore, keyAfter: // are read together; see readFlows
		default:
			if r, ok := s.find(k, v, ofScenarios); ok && r.OfStep {
				s.refuseOfStep(k, r)
			} else if ok {
				one.Entries = append(one.Entries, s.entries(r, v)...)
			} else if r != nil {
				one.Entries = append(one.Entries, brokenEntry(r, v))
			}
		}
	}
	s.readFlows(n, &one)
	return one
}

// readTitle reads the name of a scenario. It becomes a part of file names.
func (s *structure) readTitle(v *node) string {
	text := s.scalar(v, keyName+": warm-up").Value
	odd := func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("-_.", r)
	}
	if strings.ContainsFunc(text, odd) || strings.HasPrefix(text, ".") {
		s.Fault(v.Place, "a scenario's name is letters, digits, - and _: it becomes a part of file names",
			keyName+": warm-up")
	}
	return text
}

// readMix reads several requests of one run.
func (s *structure) readMix(v *node) (all []Weighted) {
	const example = "mix: [{name: small, weight: 9, size: 1KiB}, {name: large, size: 1MiB}]"
	if v.kind != sequence || len(v.values) == 0 {
		s.Fault(v.Place, "a mix is a list of requests", example)
		return nil
	}
	for _, n := range s.mappings(v, "a request of a mix", example) {
		one := s.readWeighted(n)
		s.checkNameInMix(one, all)
		s.readFlowOf(n, &one)
		all = append(all, one)
	}
	return all
}

// checkNameInMix asks for a name that no request of the mix before has: rows of a report are told apart by it.
func (s *structure) checkNameInMix(one Weighted, before []Weighted) {
	switch {
	case one.Name == "":
		s.Fault(one.Place, "a request of a mix has a name, by which the report tells it from the others",
			fmt.Sprintf("%s: request-%d", keyName, len(before)+1))
	case slices.ContainsFunc(before, func(o Weighted) bool { return o.Name == one.Name }):
		s.Fault(one.Place, "there are two requests of the name "+line.Printable(one.Name),
			keyName+": "+Quote(one.Name+"-2"))
	}
}

func (s *structure) readWeighted(n *node) Weighted {
	one := Weighted{Place: n.Place}
	for i, k := range n.keys {
		v := n.values[i]
		switch k.text {
		case keyName:
			one.Name = s.scalar(v, keyName+": small").Value
		case keyWeight:
			one.Weight = s.readWeight(v)
		case keyFlow, keyOnFailure: // are read together; see readFlowOf
		default:
			r, ok := s.find(k, v, []string{keyName, keyWeight, keyFlow, keyOnFailure})
			switch {
			case ok && r.OfStep:
				s.refuseOfStep(k, r)
			case ok && !r.Mixable:
				s.Fault(k.Place, r.Long+" is of the whole run, not of one of its requests", r.Long+": … beside mix")
			case ok:
				one.Entries = append(one.Entries, s.entries(r, v)...)
			case r != nil && r.Mixable:
				one.Entries = append(one.Entries, brokenEntry(r, v))
			}
		}
	}
	return one
}

func (s *structure) readWeight(v *node) float64 {
	text := s.scalar(v, keyWeight+": 9").Value
	w, err := strconv.ParseFloat(text, 64)
	if text != "" && (err != nil || !(w > 0) || w > 1e9) {
		s.Fault(v.Place, "weight "+line.Show(text)+": a weight is a number above 0", keyWeight+": 9")
	}
	return w
}

// find finds the flag of a key, or says why a key is none; then the flag is the one that was probably meant, or nil.
func (s *structure) find(k, v *node, others []string) (r *line.Row, ok bool) {
	r = s.keys.row(k.text)
	switch why, try := s.keys.unfit(k.text, s.name); {
	case why != "":
		s.Fault(k.Place, line.Show(k.text)+" "+why, try)
		return s.keys.row(strings.TrimSuffix(try, ":")), false
	case r != nil && r.Long == "requests" && v.kind != scalar:
		s.Fault(k.Place, "requests is how many; several requests, drawn by weight, are a mix", "mix:")
	case r != nil:
		return r, true
	case s.isFull(): // what it was meant to be is not told
		s.Fault(k.Place, "is no key", "")
	default:
		meant := s.keys.guess(k.text, others)
		why := line.Show(k.text) + " is no key here"
		if meant == "" {
			s.Fault(k.Place, why, "shotput --help  (the keys are the long names of the flags)")
			return nil, false
		}
		s.Fault(k.Place, why+"; did you mean "+meant+"?", meant+":")
		return s.keys.row(meant), false
	}
	return nil, false
}
