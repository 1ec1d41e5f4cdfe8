package advice

import (
	"fmt"
	"slices"
	"time"

	"shotput/cli/flags"
	"shotput/cli/line"
	"shotput/loadgen"
	"shotput/stats"
)

// # Flows
//
// Of a flow a step failed, and what is said is of that one.

// stepOf is a step as it was asked for; nil where the plan has none of that name.
func stepOf(a *flags.Asked, name string) *flags.Asked {
	i := slices.IndexFunc(a.Mixed, func(one *flags.Asked) bool { return one.Step != nil && one.Step.Name == name })
	if name == "" || i < 0 {
		return nil
	}
	return a.Mixed[i]
}

// InStep is what a sentence on a step begins with; nothing of a request that is no step.
func InStep(name string) string {
	if name == "" {
		return ""
	}
	return "step " + line.Printable(name) + ": "
}

// flowHint is for what only flows can come to: that a value was not in an answer, or that a URL leads where nothing is
// to be sent. detail says which.
func flowHint(a *flags.Asked, o stats.Outcome, step, detail string) Hint {
	h := Hint{Why: line.Printable(detail)}
	switch o {
	case stats.Uncaptured:
		h.Code, h.Error = "capture", InStep(step)+"what a later step needs was not in the answer"
		if !a.Once { // which has shown the answer
			h.Try = sendAlone(a)
		}
	case stats.ForeignHost:
		h.Code = "foreign-host"
		h.Error = InStep(step) + "its URL, from an answer, leads to a host that the plan has not"
		h.Why = fmt.Sprintf("%s; a host that is to be trusted with it stands under hosts in the plan", h.Why)
	}
	return h
}

// flowLimitHint is for a request that was under way when the time was over that its flow may take.
func flowLimitHint(a *flags.Asked, x *loadgen.Exchange, limit time.Duration) Hint {
	return Hint{Error: fmt.Sprintf("%sthe flow took longer than its flow-timeout of %s", InStep(x.Step), limit),
		Seen: preflight + ", under way when that had passed, in " + inWords(x.Observation.Stage), Try: sendAlone(a)}
}

// OfPass explains a pass that failed although none of its exchanges did: a condition did not come true in time, or all
// of it took too long.
func OfPass(step, detail string) Hint {
	return Hint{Error: InStep(step) + line.Printable(detail),
		Seen: "one pass through the flow, whose answers are sound"}
}
