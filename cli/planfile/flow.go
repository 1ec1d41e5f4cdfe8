package planfile

import (
	"fmt"

	"shotput/cli/line"
)

// # Flows
//
// Where a request may stand there may be several, which one arrival sends one after the other. A step has the keys of a
// request of a mix, and some of its own. What is sent once, before or after the load, is written in the same way.

const exampleFlow = "flow: [{name: create, request: POST, capture: {id: json .id}}, " +
	"{name: put, url: '" + `http://127.0.0.1:8080/objects/{{captured "id"}}` + "'}]"

// Example is how a key of the structure of steps may be written.
func Example(key string) string {
	switch key {
	case keyName:
		return keyName + ": create"
	case keyUntil:
		return exampleUntil
	case "per":
		return exampleSlot
	}
	return exampleFlow
}

// Another is a name like one that is taken, which none has yet.
func Another(name string, taken func(string) bool) string {
	for i := 2; ; i++ {
		if other := fmt.Sprintf("%s-%d", name, i); !taken(other) {
			return other
		}
	}
}

const exampleSlot = "flow: [{name: login, per: slot, request: POST, url: 'http://127.0.0.1:8080/_flow/login'}, " +
	"{name: put, url: '" + exampleURL + "'}]"

const exampleUntil = `until: {expect: 200, expect-json: 'status == "done"'}`

// ofScenarios are the keys of a scenario that are no flags.
var ofScenarios = []string{keyName, keyMix, keyFlow, keyOnFailure, keyBefore, keyAfter}

// inherit takes over what a scenario does not say of requests and steps.
func (s *Scenario) inherit(shared *Scenario) {
	if len(s.Mix) == 0 {
		s.Mix = shared.Mix
	}
	if len(s.Before) == 0 {
		s.Before = shared.Before
	}
	if len(s.After) == 0 {
		s.After = shared.After
	}
}

// readFlows reads the steps of a scenario: those of its flow, if it has one, and what is sent once.
func (s *structure) readFlows(n *node, one *Scenario) {
	if key, v := n.find(keyBefore); v != nil {
		one.Before = s.readSteps(key, v)
	}
	flow := Weighted{Name: one.Name}
	if s.readFlowOf(n, &flow); len(flow.Flow) > 0 {
		if key, _ := n.find(keyFlow); len(one.Mix) > 0 {
			s.Fault(key.Place, "a run is a mix or a flow; a flow may be one of a mix",
				"mix: [{name: upload, flow: …}, …]")
		} else {
			one.Mix = []Weighted{flow}
		}
	}
	if key, v := n.find(keyAfter); v != nil {
		one.After = s.readSteps(key, v)
	}
}

// readFlowOf reads the steps of a flow, and those that are for when one of them has failed.
func (s *structure) readFlowOf(n *node, one *Weighted) {
	key, v := n.find(keyFlow)
	if v != nil {
		if one.Flow = s.readSteps(key, v); one.Place == (Place{}) {
			one.Place = key.Place
		}
	}
	failed, v := n.find(keyOnFailure)
	if v == nil {
		return
	}
	if key == nil {
		s.Fault(failed.Place, "on-failure is what is sent when a step of a flow has failed, and there is no flow",
			exampleFlow)
	}
	for _, step := range s.readSteps(failed, v) {
		step.OnFailure = true
		one.Flow = append(one.Flow, step)
	}
}

// readSteps reads a list of steps.
func (s *structure) readSteps(key, v *node) (all []Step) {
	example := key.text + ": [{name: first, request: POST, url: '" + exampleURL + "'}]"
	if key.text == keyFlow {
		example = exampleFlow
	}
	if v.kind != sequence || len(v.values) == 0 {
		s.Fault(v.Place, key.text+" is a list of steps, and this is "+emptyOr(v, sequence), example)
		return nil
	}
	for i, n := range s.mappings(v, "a step", example) {
		one := s.readStep(n)
		s.checkStepName(&one, fmt.Sprintf("%s-%d", key.text, i+1))
		all = append(all, one)
	}
	return all
}

// emptyOr is what a person calls a value that is not the list, or the mapping, of which one with something in it is
// wanted.
func emptyOr(v *node, wanted nodeKind) string {
	if v.kind == wanted {
		return "an empty one"
	}
	return v.String()
}

// checkStepName asks for a name that no step before has: rows of a report are told apart by it.
func (s *structure) checkStepName(one *Step, example string) {
	switch {
	case one.Name == "":
		s.Fault(one.Place, "a step has a name, by which the report tells it from the others", keyName+": "+example)
	case s.steps[one.Name]:
		s.Fault(one.Place, "there are two steps of the name "+line.Printable(one.Name),
			keyName+": "+Quote(Another(one.Name, func(name string) bool { return s.steps[name] })))
	default:
		if s.steps == nil {
			s.steps = map[string]bool{}
		}
		s.steps[one.Name] = true
	}
}

func (s *structure) readStep(n *node) Step {
	one := Step{Place: n.Place}
	for i, k := range n.keys {
		v := n.values[i]
		switch k.text {
		case keyName:
			one.Name = s.scalar(v, keyName+": create").Value
		case keyUntil:
			one.UntilAt, one.Until = k.Place, s.readUntil(v)
		default:
			r, ok := s.find(k, v, append(s.keys.stepped(), keyName, keyUntil))
			switch {
			case ok && !r.Mixable && !r.OfStep:
				s.Fault(k.Place, r.Long+" is of the whole run, not of one of its steps", r.Long+": … beside flow")
			case ok:
				one.Entries = append(one.Entries, s.entries(r, v)...)
			case r != nil && (r.Mixable || r.OfStep):
				one.Entries = append(one.Entries, brokenEntry(r, v))
			}
		}
	}
	return one
}

// readUntil reads what an answer is to be before a step is done. Where there is nothing that can be read of it, one
// condition stands for it: the step has one, and it has been told what is wrong with it.
func (s *structure) readUntil(v *node) (all []Entry) {
	if v.kind != mapping || len(v.keys) == 0 {
		s.Fault(v.Place, "until is what an answer is to be, a mapping, and this is "+emptyOr(v, mapping), exampleUntil)
	}
	conditions := s.keys.namesOf(func(r *line.Row) bool { return r.OfAnswer })
	for i, k := range v.keys {
		r := s.keys.row(k.text)
		if r == nil || !r.OfAnswer {
			try := exampleUntil
			why := line.Show(k.text) + " is no condition on an answer"
			if meant := line.Nearest(k.text, conditions); meant != "" {
				why, try = why+line.Suggest(meant), meant+":"
			}
			s.Fault(k.Place, why, try)
			all = append(all, brokenEntry(s.keys.row("expect"), v.values[i]))
			continue
		}
		all = append(all, s.entries(r, v.values[i])...)
	}
	if len(all) == 0 {
		all = append(all, brokenEntry(s.keys.row("expect"), v))
	}
	return all
}

// refuseOfStep refuses the key of a step where a request or a run stands.
func (s *structure) refuseOfStep(k *node, r *line.Row) {
	s.Fault(k.Place, r.Long+" is of one step of a flow", keyFlow+": [{"+keyName+": first, "+write(r, r.Eg)+"}]")
}
