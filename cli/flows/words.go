package flows

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"shotput/cli/flags"
	"shotput/cli/line"
	"shotput/loadgen"
	"shotput/loadgen/flow"
	"shotput/stats"
)

// Title is what one of a plan's requests is called where request 1 is shown; whole is all that was asked for.
func Title(whole, one *flags.Asked) string {
	if one.Step == nil {
		if len(whole.Plan.Mix) > 0 {
			return "request 1, if it is " + line.Printable(cmp.Or(one.Called, one.Plan.Request.Label()))
		}
		return "request 1"
	}
	title := "step " + line.Printable(one.Step.Name)
	if len(whole.Plan.Mix) > 1 && one.Entry >= 0 {
		title += " of " + line.Printable(whole.Plan.Mix[one.Entry].Name)
	}
	return title + phase(whole, one)
}

// When a step is sent that is not in its turn.
const (
	beforeLoad = ", once before the load"
	afterLoad  = ", once after the load"
	perSlot    = ", once for each slot"
	onFailure  = ", when a step has failed"
)

// phase says when a step is sent, where that is not in its turn.
func phase(whole, one *flags.Asked) string {
	isIt := func(s loadgen.Step) bool { return s.Name == one.Step.Name }
	switch how := &one.Step.How; {
	case one.Entry < 0 && slices.ContainsFunc(whole.Plan.Flows.Before, isIt):
		return beforeLoad
	case one.Entry < 0:
		return afterLoad
	case how.PerSlot:
		return perSlot
	case how.OnFailure:
		return onFailure
	}
	return ""
}

// Repeats says how a step is repeated, what is taken from its answers and how long is waited behind it, a line each.
func Repeats(s *flow.Step) (lines []string) {
	if s.Parts > 0 {
		text := fmt.Sprintf("sent %s", stats.Plural(s.Parts, "time"))
		if s.Parallel > 1 {
			text += fmt.Sprintf(", %d at a time", s.Parallel)
		}
		lines = append(lines, text)
	}
	if len(s.Captures) > 0 {
		var all []string
		for _, c := range s.Captures {
			all = append(all, fmt.Sprintf("%s (%s)", c.Name, strings.TrimSpace(c.From+" "+c.What)))
		}
		lines = append(lines, "captures "+strings.Join(all, ", "))
	}
	if s.Within > 0 {
		often := "at once"
		if s.Every > 0 {
			often = "every " + s.Every.String()
		}
		lines = append(lines, fmt.Sprintf("sent again %s, for %s at most, until %s", often, s.Within, condition(s)))
	}
	if t := s.Think; t.To > t.From {
		lines = append(lines, fmt.Sprintf("then %s to %s are waited", t.From, t.To))
	} else if t.From > 0 {
		lines = append(lines, fmt.Sprintf("then %s are waited", t.From))
	}
	return lines
}

// condition says in words what an answer is to be.
func condition(s *flow.Step) string {
	var all []string
	if status := s.Until.Status.String(); status != "" {
		all = append(all, "its status is "+status)
	}
	for _, h := range s.Until.Header {
		all = append(all, "it has "+line.HideHeader(h))
	}
	if s.Until.Body != "" {
		all = append(all, "it matches "+s.Until.Body)
	}
	if s.Until.JSON != "" {
		all = append(all, s.Until.JSON)
	}
	return line.Printable(strings.Join(all, " and "))
}

// Inexact is why no line of another tool sends a step as a flow does; "" where one does.
func Inexact(whole, one *flags.Asked) string {
	switch {
	case one.Step == nil:
		return ""
	case slices.ContainsFunc(one.Plan.Request.Texts(), holdsAnswer.MatchString):
		return "it holds what the flow gives it"
	case whole.Plan.Flows.Cookies:
		return "it has the cookies of its slot"
	}
	return ""
}

// holdsAnswer finds what a flow gives.
var holdsAnswer = regexp.MustCompile(`\{\{ *(captured|joined|part)\b`)
