package flow

import (
	"maps"
	"slices"
	"strings"

	"shotput/loadgen/fault"
	"shotput/loadgen/text"
	"shotput/stats"
)

// # Names
//
// What is captured by a step can be read by the later steps of its flow; what is captured before the load, by all that
// is sent after it. Steps that are sent once per slot come ahead of their flow's others, and those for a failure behind
// them, wherever they are written.

// A Request is one of a plan's, as far as names of captures matter.
type Request struct {
	At     string // what fields of its faults begin with
	Flow   string // that it is a step of, alike in all of them; "": it is a request without a flow
	Phase  string // of a step: see stats.StepFlow
	Name   string // of a step
	Step   *Step  // nil: it is none
	Needed []text.Written
}

// rank is the place of a step's phase among the others of its flow.
func (r *Request) rank() int {
	return slices.Index([]string{stats.StepSlot, stats.StepFlow, stats.StepOnFailure}, r.Phase)
}

// CheckNames finds the captures that are read where they cannot be there, and those that are defined twice.
func CheckNames(all []Request, f *fault.List) {
	n := names{all: all, shared: scope{}, faults: f}
	for _, phase := range []string{stats.StepBefore, "", stats.StepAfter} {
		var flows []string
		for i := range all {
			if r := &all[i]; !slices.Contains(flows, r.Flow) && (r.Phase == phase || phase == "" && !r.sentOnce()) {
				flows = append(flows, r.Flow)
			}
		}
		for _, flow := range flows {
			n.checkFlow(flow)
		}
	}
}

func (r *Request) sentOnce() bool { return r.Phase == stats.StepBefore || r.Phase == stats.StepAfter }

// A scope is which captures can be read, and by which step each is defined.
type scope map[string]*Request

// names are what is known while a plan is looked through.
type names struct {
	all    []Request
	shared scope
	faults *fault.List
}

// checkFlow looks at the steps of one flow in the order in which they are sent; or at all requests without a flow.
func (n *names) checkFlow(flow string) {
	var own []*Request
	for i := range n.all {
		if n.all[i].Flow == flow {
			own = append(own, &n.all[i])
		}
	}
	slices.SortStableFunc(own, func(a, b *Request) int { return a.rank() - b.rank() })
	known := maps.Clone(n.shared)
	for _, r := range own {
		n.checkUses(r, known)
		n.define(r, known)
	}
	if len(own) > 0 && own[0].Phase == stats.StepBefore {
		n.shared = known
	}
}

// define adds what a step captures.
func (n *names) define(r *Request, known scope) {
	if r.Step == nil {
		return
	}
	for _, c := range r.Step.Captures {
		switch first := known[c.Name]; first {
		case nil:
			known[c.Name] = r
		case r:
			n.add(r, fault.Unfit.In("capture", c.Name, "is captured twice by this step; give each a name of its own"))
		default:
			n.add(r, fault.Unfit.In("capture", c.Name, "is captured by the step %s too; give each a name of its own",
				first.Name))
		}
	}
}

func (n *names) add(r *Request, f *fault.Fault) {
	if f.Mend.How != 0 {
		f.Mend.Field = f.Field
	}
	f.Field = r.At + f.Field
	n.faults.Add(f)
}

// checkUses looks at what a request reads.
func (n *names) checkUses(r *Request, known scope) {
	for _, w := range r.Needed {
		for _, u := range text.Uses(w.Text, "captured", "joined", "part") {
			if f := n.misuse(r, known, &u); f != nil {
				f.Field = w.Field
				n.add(r, f)
			}
		}
	}
}

// misuse is what is wrong with a use; nil where nothing is.
func (n *names) misuse(r *Request, known scope, u *text.Use) *fault.Fault {
	by := known[u.Text]
	why := ""
	switch {
	case u.Function == "part" && r.Step == nil:
		why = "is the number of a part of a step, and this is no step of a flow"
	case u.Function == "part" && r.Step.Parts == 0:
		why = "is the number of a part, and this step has none; give it parts"
	case u.Function == "part", u.Text == "": // without a name it cannot be read at all, which is told elsewhere
		return nil
	case by == nil:
		return n.unknown(r, known, u)
	case u.Function == "joined" && by.Step.Parts == 0:
		why = "joins what each part of a step captured, and the step " + by.Name + `, which captures it, has no parts; ` +
			`write {{captured "` + u.Text + `"}}`
	default:
		return nil
	}
	return fault.InText.In("", u.Action, "%s: %s", u.At, why)
}

// unknown is the fault of reading a capture that cannot be there.
func (n *names) unknown(r *Request, known scope, u *text.Use) *fault.Fault {
	near := slices.Collect(maps.Keys(known))
	for i := range n.all {
		other := &n.all[i]
		switch {
		case !other.captures(u.Text):
			continue
		case other == r:
			return fault.InText.In("", u.Action, "%s: reads %s, which this step itself captures: it is there for the "+
				"steps behind it", u.At, u.Text)
		case other.Flow == r.Flow && r.Step != nil:
			return fault.InText.In("", u.Action, "%s: reads %s, which the step %s captures: that is sent later", u.At,
				u.Text, other.Name)
		case r.Phase == stats.StepBefore:
			return fault.InText.In("", u.Action, "%s: reads %s, which the step %s captures: that is sent later, %s",
				u.At, u.Text, other.Name, "in the load")
		case r.Phase == stats.StepAfter:
			return fault.InText.In("", u.Action, "%s: reads %s, which the step %s captures in each arrival; what is "+
				"sent after the load can read what was captured before it", u.At, u.Text, other.Name)
		case r.Step == nil:
			return fault.InText.In("", u.Action, "%s: reads %s outside of the flow in which the step %s captures it; "+
				"only what is captured before the load can be read everywhere", u.At, u.Text, other.Name)
		}
		return fault.InText.In("", u.Action, "%s: reads %s, which the step %s of another flow captures; "+
			"only what is captured before the load can be read everywhere", u.At, u.Text, other.Name)
	}
	slices.Sort(near)
	meant := fault.Nearest(u.Text, near)
	switch {
	case meant != "":
		return fault.InText.In("", u.Action, "%s: reads %s, which no step captures; did you mean %s?", u.At, u.Text,
			meant).MendBy(fault.Replace, "", strings.Replace(u.Action, `"`+u.Text+`"`, `"`+meant+`"`, 1))
	case len(near) > 0:
		return fault.InText.In("", u.Action, "%s: reads %s, which no step captures; there is %s", u.At, u.Text,
			strings.Join(near, ", "))
	}
	return fault.InText.In("", u.Action, "%s: reads %s, which no step captures; give a step before it "+
		"capture: {%s: …}", u.At, u.Text, u.Text)
}

// captures says whether a request defines a capture.
func (r *Request) captures(name string) bool {
	if r.Step == nil {
		return false
	}
	for i := range r.Step.Captures {
		if r.Step.Captures[i].Name == name {
			return true
		}
	}
	return false
}
