package cli

import (
	"cmp"
	"context"

	"shotput/cli/advice"
	"shotput/cli/flags"
)

// fire is the main verb: what the line asks for is done; a bare command is the demo.
func fire(ctx context.Context, j *job, args []string) error {
	a := j.asked
	if a.Version {
		return version(j.Stdio, nil)
	}
	if len(args) == 0 && a.Plan.Request.URL == "" && a.Plan.Request.URLs == "" {
		if err := cmp.Or(a.CheckLast(), a.CheckForeign()); err != nil {
			return err
		}
		if len(a.Faults) == 0 && !a.DryRun {
			if err := checkDemo(a, j.env("CI") != ""); err != nil {
				return err
			}
			return demo(ctx, j)
		}
	}
	return j.run(ctx, a.TakeURL(args))
}

// checkDemo refuses a demo where a URL was forgotten, such as by a variable that is empty: what judges, saves or
// describes a request was not meant for the built-in target, and neither is a step of a pipeline.
func checkDemo(a *flags.Asked, inCI bool) error {
	if len(a.Words) == 0 {
		return nil
	}
	h := advice.Hint{Code: "bad-url", Error: "URL: is missing", Try: a.AimAt(flags.ExampleURL).String()}
	if other := a.BeyondLoad(); other != "" {
		h.Why = "beside " + other + " there is no demo; is the URL a variable that is empty?"
		return usage(h)
	}
	if inCI {
		h.Why = "where CI is set flags fire no demo; is the URL a variable that is empty?"
		return usage(h)
	}
	return nil
}
