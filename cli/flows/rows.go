// Package flows is what a person writes and reads of flows, beside requests: the keys of steps and what a plan's flows
// share, plans to begin with, and a pass as text. It refuses to read files, to send anything, and to know what a
// request is.
//
// A step is one request of a flow, or one that is sent once; a pass is one arrival's way through a flow.
package flows

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"shotput/cli/flags"
	"shotput/cli/line"
	"shotput/loadgen"
	"shotput/loadgen/answer"
	"shotput/loadgen/flow"
)

// GroupPlan of the help is what only plan files have.
const GroupPlan = "Of plan files"

// PlanRows are the rows that a plan file has the keys of: the flags, keys of steps, and those that the flows of a run
// share.
func PlanRows() line.Rows {
	return slices.Concat(flags.Rows(), StepRows(new(flow.Step)), SharedRows(new(loadgen.Flows)))
}

// StepRows are the keys of a step beside those of its request.
func StepRows(s *flow.Step) line.Rows {
	rows := line.Rows{
		{Long: "capture", Arg: "NAME=WHAT", Eg: "id=json .id",
			Help: "what is taken from the answer, as {{captured \"NAME\"}}:\n" +
				"header NAME, json .path, regex EXPR, status, cookie NAME\nor url",
			Repeats: true, Pairs: true, AsKey: []string{"captures", "extract", "save"},
			Set: line.Each(&s.Captures, parseCapture)},
		{Long: "every", Arg: "TIME", Eg: "100ms", Help: "between an answer and the next poll, with until",
			AsKey: []string{"interval"}, Set: flags.TakeSpan(&s.Every)},
		{Long: "within", Arg: "TIME", Eg: "10s", Help: "how long until may take to hold",
			Set: flags.TakeSpan(&s.Within)},
		{Long: "parts", Arg: "N", Eg: "4", Help: "the step is sent N times; {{part}} is from 1 to N",
			Set: takeSmall(&s.Parts)},
		{Long: "parallel", Arg: "N", Eg: "2", Help: "how many parts are under way at a time (1)",
			Set: takeSmall(&s.Parallel)},
		{Long: "per", Arg: "WHAT", Eg: "slot", Help: "slot: sent once for each slot, and again after a 401",
			Words: []string{"slot"}, Set: func(string) error { s.PerSlot = true; return nil }},
		{Long: "think", Arg: "TIME", Eg: "100ms..1s",
			Help:  "waited before the next step: 200ms, or 100ms..1s\ndrawn evenly",
			AsKey: []string{"sleep", "pause"}, Set: line.One(&s.Think, parseThink)},
	}
	for i := range rows {
		rows[i].OfStep = true
	}
	return rows
}

// SharedRows are the keys that the flows of a run share.
func SharedRows(f *loadgen.Flows) line.Rows {
	return line.Rows{
		{Long: "hosts", Arg: "HOST", Eg: "*.example.com", Repeats: true,
			Help: "where a URL that was taken from an answer may lead\n" +
				"beside the plan's own: *.example.com, example.com:8443",
			Set: line.Each(&f.Hosts, line.NotEmpty)},
		{Long: "cookies", Help: "each slot keeps the cookies that it is given",
			Set: line.OnOff(&f.Cookies)},
		{Long: "flow-timeout", Arg: "TIME", Eg: "30s", Help: "how long a pass through a flow may take",
			Set: flags.TakeSpan(&f.Timeout)},
	}
}

// parseCapture reads NAME=FROM WHAT.
func parseCapture(s string) (answer.Capture, error) {
	name, what, found := strings.Cut(s, "=")
	if !found || name == "" {
		return answer.Capture{}, errors.New("a capture is a name and what is taken from the answer")
	}
	c, err := answer.ParseCapture(name, what)
	var f *loadgen.Fault
	if errors.As(err, &f) {
		return c, line.Wrong{Why: f.Why, Meant: name + "=" + f.Remedy().Value}
	}
	return c, err
}

// parseThink reads a time, or two with .. between them.
func parseThink(s string) (t flow.Think, err error) {
	from, to, several := strings.Cut(s, "..")
	if t.From, err = flags.ParseSpan(from); err != nil || !several {
		return t, err
	}
	if t.To, err = flags.ParseSpan(to); err == nil && t.To < t.From {
		return t, line.Otherwise("the shorter time stands first", to+".."+from)
	}
	return t, err
}

// mostParts keeps a typing error from becoming a run of its own.
const mostParts = 10_000

// takeSmall reads a whole number from 1 up to mostParts.
func takeSmall(into *int) func(string) error {
	return func(s string) error {
		n, err := flags.ParseCount(s)
		if err == nil && n > mostParts {
			err = fmt.Errorf("at most %d", mostParts)
		}
		*into = int(min(n, mostParts))
		return err
	}
}
