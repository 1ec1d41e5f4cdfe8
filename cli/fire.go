package cli

import "context"

// fire is the main verb: what the line asks for is done; a bare command is the demo.
func fire(ctx context.Context, s *Stdio, r *request, args []string) error {
	if r.version {
		return version(s)
	}
	if len(args) == 0 && r.plan.Request.URL == "" {
		if err := r.CheckLast(); err != nil {
			return err
		}
		if len(r.Faults) == 0 && !r.dryRun {
			return demo(ctx, s, r)
		}
	}
	return newJob(s, r).do(ctx, r.TakeURL(args))
}
