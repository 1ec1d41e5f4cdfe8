package cli

import "context"

// fire is the main verb: what the line asks for is done; a bare command is the demo.
func fire(ctx context.Context, j *job, args []string) error {
	a := j.asked
	if a.Version {
		return version(j.Stdio)
	}
	if len(args) == 0 && a.Plan.Request.URL == "" {
		if err := a.CheckLast(); err != nil {
			return err
		}
		if len(a.Faults) == 0 && !a.DryRun {
			return demo(ctx, j)
		}
	}
	return j.do(ctx, a.TakeURL(args))
}
