package text

import "net/url"

// # What a flow gives
//
// An arrival may be several exchanges, and the later ones hold what was taken from the answers to earlier ones. That is
// the one thing in a request that is no pure function of plan, seed and number. It is handed to whoever renders, with
// everything else that the exchange at hand has of its own.

// Given is what a flow gives to the exchange at hand. It is not changed while anybody may render with it.
type Given struct {
	Values []Value // captured so far
	Part   int64   // what {{part}} shows, from 1; 0: the step has no parts
	Cookie string  // what the slot's jar has for it: the value of a Cookie header; "" for none
	Aim    *Aim    // where it goes, where its URL was taken from an answer; nil: where it says itself
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
