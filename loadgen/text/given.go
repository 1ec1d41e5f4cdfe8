package text

import (
	"net/url"
	"time"
)

// # What a flow gives
//
// An arrival may be several exchanges, and the later ones hold what was taken from the answers to earlier ones. That is
// the one thing in a request that is no pure function of plan, seed and number. It is handed to whoever renders, with
// everything else that the exchange at hand has of its own.

// Given is what a flow gives to the exchange at hand. It is not changed while anybody may render with it.
type Given struct {
	Values []Value // captured so far
	Part   int64   // what {{part}} shows, from 1; 0: the step has no parts
	Parts  int64   // how many those are
	Cookie string  // what the slot's jar has for it: the value of a Cookie header; "" for none
	Aim    *Aim    // where it goes, where its URL was taken from an answer; nil: where it says itself
	// its arrival's intended start, since that of the run: what the clock functions behind such a URL show
	At time.Duration
	// what is not captured yet is shown as it is written, {{captured "name"}}: for a reader, who sends nothing
	Unfilled bool
}

// A Value was taken from an answer; of a step with parts, from that of each.
type Value struct {
	Name  string   // as the plan calls it
	Texts []string // one; or one for each part, in their order
	Base  *url.URL // of the exchange whose answer it was, which it may be relative to
}

// An Aim is where a request goes whose URL was taken from an answer.
type Aim struct {
	Scheme string // http or https
	Host   string // with its port, where that is not the scheme's own
	Target string // path and query, as they go out; begins with "/"
	// the plan does not name this server: nothing is sent there that says who asks
	Foreign bool
}

// Of is the value with that name; nil where there is none.
func (g *Given) Of(name string) *Value {
	if g == nil {
		return nil
	}
	for i := range g.Values {
		if g.Values[i].Name == name {
			return &g.Values[i]
		}
	}
	return nil
}

// part is which part of its step the exchange is, and of how many; 0: it has none.
func (g *Given) part() (part, of int64) {
	if g == nil {
		return 0, 0
	}
	return g.Part, g.Parts
}

// texts are those of each part.
func (v *Value) texts() []string {
	if v == nil {
		return nil
	}
	return v.Texts
}

// at is the text of the same part, where there are as many, else the last one's; "" where there is none.
func (v *Value) at(part, of int64) string {
	all := v.texts()
	switch n := int64(len(all)); {
	case n == 0:
		return ""
	case of == n && part >= 1 && part <= n:
		return all[part-1]
	default:
		return all[n-1]
	}
}
