package cli

import (
	"cmp"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"shotput/loadgen/fault"
)

// A planFile is a plan as text, what was read of it, and all that is wrong with it. Its keys are the long names of
// the flags and are read through the same rows, so that nothing can be said in one and not in the other.
type planFile struct {
	name  string   // as typed
	dir   string   // what relative paths in it are relative to
	lines []string // of the text
	env   func(name string) (value string, set bool)
	rows  []row // the vocabulary

	scenarios []scenario
	faults    []placed
}

// A scenario is one run of a plan file.
type scenario struct {
	place
	name    string
	entries []entry
	mix     []mixed

	own []string // the flags by which it says itself where it is saved
}

// A mixed is one of several requests of a scenario; its entries stand over the scenario's.
type mixed struct {
	place
	name    string
	weight  float64
	entries []entry
}

// An entry is one flag and its value, and where in the file the value stands; a flag that was typed stands nowhere.
type entry struct {
	place
	flag, value string
	secret      bool // a variable with the name of a secret is in it
	broken      bool // it could not be read, which has been told; value is one that works
}

// The keys that are no flags: the structure of a plan file.
const (
	keyDefaults  = "defaults"
	keyScenarios = "scenarios"
	keyName      = "name"
	keyMix       = "mix"
	keyWeight    = "weight"
)

// mostPlanBytes bounds a plan file. What is larger is no plan: bodies have files of their own.
const mostPlanBytes = 1 << 20

// readPlan reads the text of a plan. Its faults say what is wrong with it; whether the runs in it can be made is found
// out by request.
func readPlan(name string, text []byte, env func(string) (string, bool)) *planFile {
	text = []byte(strings.TrimPrefix(string(text), "\ufeff"))
	p := &planFile{name: name, dir: filepath.Dir(name), env: env, rows: newRequest().rows}
	p.lines = strings.Split(strings.ReplaceAll(string(text), "\r\n", "\n"), "\n")
	if name == "-" {
		p.dir = "."
	}
	if len(text) > mostPlanBytes {
		p.fault(place{1, 1}, fmt.Sprintf("%d bytes are too many for a plan; %d may be", len(text), mostPlanBytes), "upload-file: body.bin")
		return p
	}
	if root := p.parse(text); root != nil {
		p.root(root)
	}
	return p
}

// root reads the document: the keys of one scenario, or a list of scenarios and what they share.
func (p *planFile) root(n *node) {
	if n.kind != mapping {
		p.fault(n.place, "a plan is a mapping of keys to values, and this is "+n.String(), "url: "+exampleURL)
		return
	}
	_, list := n.find(keyScenarios)
	if _, shared := n.find(keyDefaults); list == nil && shared == nil {
		p.scenarios = []scenario{p.scenario(n)}
		return
	}
	for i, k := range n.keys {
		switch k.text {
		case keyScenarios, keyDefaults:
		default:
			p.fault(k.place, shown("", k.text)+" stands beside scenarios; what they share stands under defaults", p.moved(k, n.values[i]))
		}
	}
	p.list(n, list)
}

// moved is a key as it would stand under defaults.
func (p *planFile) moved(k, v *node) string {
	if r := p.row(k.text); r == nil || v.kind != scalar || hidden(r.long, v.text) != v.text {
		return "defaults: {" + printable(k.text) + ": …}"
	}
	return "defaults: {" + k.text + ": " + yamlText(v.text) + "}"
}

// list reads the scenarios, each over the defaults.
func (p *planFile) list(root, list *node) {
	var shared scenario
	key, n := root.find(keyDefaults)
	switch {
	case n == nil:
	case list == nil:
		p.fault(key.place, "defaults are for scenarios, and there are none", "scenarios: [{name: first, url: '"+exampleURL+"'}]")
	case n.kind != mapping:
		p.fault(n.place, "defaults are a mapping of keys to values, and this is "+n.String(), "defaults: {rate: 2000/s}")
	default:
		shared = p.scenario(n)
		if k, _ := n.find(keyName); k != nil {
			p.fault(k.place, "a name belongs to one scenario, not to what all share", "a name in each of the scenarios")
		}
	}
	if list == nil {
		return
	}
	if list.kind != sequence || len(list.values) == 0 {
		p.fault(list.place, "scenarios are a list, each with a name", "scenarios: [{name: first, url: '"+exampleURL+"'}]")
		return
	}
	for i, n := range list.values {
		if n.kind != mapping {
			p.fault(n.place, "a scenario is a mapping of keys to values, and this is "+n.String(), "{name: first, url: '"+exampleURL+"'}")
			continue
		}
		s := p.scenario(n)
		p.named(&s, fmt.Sprintf("scenario-%d", i+1))
		for _, e := range s.entries {
			s.own = append(s.own, e.flag)
		}
		s.entries = over(shared.entries, s.entries)
		if len(s.mix) == 0 {
			s.mix = shared.mix
		}
		p.scenarios = append(p.scenarios, s)
	}
}

// named asks for a name that no scenario before has.
func (p *planFile) named(s *scenario, example string) {
	switch {
	case s.name == "":
		p.fault(s.place, "a scenario in a list has a name", keyName+": "+example)
	case slices.ContainsFunc(p.scenarios, func(o scenario) bool { return o.name == s.name }):
		p.fault(s.place, "there are two scenarios of the name "+s.name, keyName+": "+s.name+"-2")
	}
}

// structural are the keys of a scenario that are no flags.
var structural = []string{keyName, keyMix}

// scenario reads the keys of one run.
func (p *planFile) scenario(n *node) scenario {
	s := scenario{place: n.place}
	for i, k := range n.keys {
		v := n.values[i]
		switch k.text {
		case keyName:
			s.name = p.title(v)
		case keyMix:
			s.mix = p.mix(v)
		default:
			if r, ok := p.flag(k, v, structural); ok {
				s.entries = append(s.entries, p.entries(r, v)...)
			} else if r != nil {
				s.entries = append(s.entries, broken(r, v))
			}
		}
	}
	return s
}

// title reads the name of a scenario. It becomes a part of file names.
func (p *planFile) title(v *node) string {
	text := p.scalar(v, keyName+": warm-up").value
	odd := func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("-_.", r)
	}
	if strings.ContainsFunc(text, odd) || strings.HasPrefix(text, ".") {
		p.fault(v.place, "a scenario's name is letters, digits, - and _: it becomes a part of file names", keyName+": warm-up")
	}
	return text
}

// mix reads several requests of one run.
func (p *planFile) mix(v *node) (all []mixed) {
	const example = "mix: [{name: small, weight: 9, size: 1KiB}, {name: large, size: 1MiB}]"
	if v.kind != sequence || len(v.values) == 0 {
		p.fault(v.place, "a mix is a list of requests", example)
		return nil
	}
	for _, n := range v.values {
		if n.kind != mapping {
			p.fault(n.place, "a request of a mix is a mapping of keys to values, and this is "+n.String(), example)
			continue
		}
		m := p.mixed(n)
		p.mixedName(m, all)
		all = append(all, m)
	}
	return all
}

// mixedName asks for a name that no request of the mix before has: rows of a report are told apart by it.
func (p *planFile) mixedName(m mixed, before []mixed) {
	switch {
	case m.name == "":
		p.fault(m.place, "a request of a mix has a name, by which the report tells it from the others", fmt.Sprintf("%s: request-%d", keyName, len(before)+1))
	case slices.ContainsFunc(before, func(o mixed) bool { return o.name == m.name }):
		p.fault(m.place, "there are two requests of the name "+printable(m.name), keyName+": "+yamlText(m.name+"-2"))
	}
}

func (p *planFile) mixed(n *node) mixed {
	m := mixed{place: n.place}
	own := append([]string{keyName, keyWeight}, mixable...)
	for i, k := range n.keys {
		v := n.values[i]
		switch k.text {
		case keyName:
			m.name = p.scalar(v, keyName+": small").value
		case keyWeight:
			m.weight = p.weight(v)
		default:
			r, ok := p.flag(k, v, own)
			switch {
			case ok && !slices.Contains(mixable, r.long):
				p.fault(k.place, r.long+" is of the whole run, not of one of its requests", r.long+": … beside mix")
			case ok:
				m.entries = append(m.entries, p.entries(r, v)...)
			case r != nil && slices.Contains(mixable, r.long):
				m.entries = append(m.entries, broken(r, v))
			}
		}
	}
	return m
}

func (p *planFile) weight(v *node) float64 {
	text := p.scalar(v, keyWeight+": 9").value
	w, err := strconv.ParseFloat(text, 64)
	if text != "" && (err != nil || !(w > 0) || w > 1e9) {
		p.fault(v.place, "weight "+shown("", text)+": a weight is a number above 0", keyWeight+": 9")
	}
	return w
}

// flag finds the flag of a key, or says why a key is none; then the flag is the one that was probably meant, or nil.
func (p *planFile) flag(k, v *node, others []string) (r *row, ok bool) {
	r = p.row(k.text)
	switch why, try := p.unfit(k.text); {
	case why != "":
		p.fault(k.place, shown("", k.text)+" "+why, try)
		return p.row(strings.TrimSuffix(try, ":")), false
	case r != nil && r.long == "requests" && v.kind != scalar:
		p.fault(k.place, "requests is how many; several requests, drawn by weight, are a mix", "mix:")
	case r != nil:
		return r, true
	default:
		names := slices.Collect(maps.Keys(p.vocabulary()))
		slices.Sort(names)
		meant := cmp.Or(foreign[strings.ToLower(k.text)], fault.Nearest(k.text, append(names, others...)))
		why := shown("", k.text) + " is no key here"
		if meant == "" {
			p.fault(k.place, why, "shotput --help  (the keys are the long names of the flags)")
			return nil, false
		}
		p.fault(k.place, why+"; did you mean "+meant+"?", meant+":")
		return p.row(meant), false
	}
	return nil, false
}

// row finds a flag by its long name alone.
func (p *planFile) row(long string) *row {
	for i := range p.rows {
		if p.rows[i].long == long {
			return &p.rows[i]
		}
	}
	return nil
}
