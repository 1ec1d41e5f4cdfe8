package cli

import (
	"context"
	"errors"
	"fmt"

	"shotput/cli/advice"
	"shotput/loadgen"
	"shotput/stats"
)

// sendOnce sends one request and shows it whole on standard output.
func (j *job) sendOnce(parent context.Context) error {
	ctx, done := j.interruptible(parent, func(string) {})
	defer done()
	quietQUIC()
	x, err := loadgen.Once(ctx, j.asked.Plan, 1)
	if err != nil {
		return j.explainRefusal(err)
	}
	if _, err := fmt.Fprint(j.Out, exchangeText(x)); err != nil {
		return giveUp(err, advice.Hint{Error: "write the exchange: " + err.Error(), Try: j.asked.Help()})
	}
	if h, ok := advice.OfProtocol(j.asked, x.Proto); ok {
		j.note([]advice.Hint{h})
	}
	var i interrupted
	switch {
	case errors.As(context.Cause(ctx), &i):
		return i
	case x.Observation.Outcome == stats.OK:
		return nil
	}
	h := advice.OfOne(j.asked, j.see(x))
	if j.asked.Verbose && x.Err != nil {
		return &refusal{code: exitUnmeasured, hints: []advice.Hint{h}, cause: x.Err,
			last: "raw error: " + shownError(x)}
	}
	return giveUp(x.Err, h)
}
