package flows

import (
	"fmt"
	"strings"

	"shotput/cli/exchange"
	"shotput/cli/line"
	"shotput/loadgen"
	"shotput/stats"
)

// Text shows a pass that was sent alone: each exchange with what was taken from its answer, by name and length; the
// values themselves only if they are asked for. Secrets are redacted.
func Text(p *loadgen.Passage, values bool) string {
	var b strings.Builder
	for i, x := range p.Exchanges {
		if i > 0 {
			b.WriteString("\n")
		}
		fmt.Fprintln(&b, titleOf(x, i > 0 && isAgain(x, p.Exchanges[i-1])))
		b.WriteString(exchange.Text(x))
		for _, t := range x.Taken {
			fmt.Fprintf(&b, "captured     %s %s\n", line.Printable(t.Name), shown(t.Values, values))
		}
		if o := &x.Observation; o.Reauth {
			b.WriteString("401          the slot logs in again\n")
		} else if o.Outcome != stats.OK {
			fmt.Fprintln(&b, strings.TrimSuffix("failed       "+o.Outcome.String()+": "+line.Printable(o.Detail), ": "))
		}
	}
	return b.String()
}

// isAgain says whether an exchange is of the same step, and part of it, as the one before it.
func isAgain(x, before *loadgen.Exchange) bool { return x.Step == before.Step && x.Part == before.Part }

// titleOf is what an exchange is called.
func titleOf(x *loadgen.Exchange, again bool) string {
	if x.Step == "" {
		return "request 1"
	}
	title := "step " + line.Printable(x.Step)
	if x.Part > 0 {
		title += fmt.Sprintf(", part %d", x.Part)
	}
	if again {
		return title + ", again"
	}
	return title + map[string]string{stats.StepBefore: beforeLoad, stats.StepAfter: afterLoad, stats.StepSlot: perSlot,
		stats.StepOnFailure: onFailure}[x.Phase]
}

// shown is what was captured, or how long it is.
func shown(values []string, whole bool) string {
	var all []string
	for _, v := range values {
		if whole {
			all = append(all, line.Printable(v))
		} else {
			all = append(all, stats.Plural(len(v), "byte"))
		}
	}
	text := strings.Join(all, ", ")
	if whole {
		return "= " + text
	}
	return "(" + text + ")"
}
