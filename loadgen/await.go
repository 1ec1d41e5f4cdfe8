package loadgen

import (
	"context"
	"net/url"
	"time"

	"shotput/loadgen/route"
	"shotput/loadgen/transport"
	"shotput/stats"
)

// Await waits until the plan's servers take connections, the TLS of each included, and for no longer than limit. That
// the one server of a plan is not there then is no error: its first request tells why, as it would without. Of several
// it is a PreflightError, since the first request may go to another. told is called for each server that is not there
// at first, with its host and port, and why. What is opened here is in no figure. Any other error is of the plan, or
// why ctx has ended.
func Await(ctx context.Context, plan Plan, limit time.Duration, told func(server string, why error)) error {
	if err := plan.Validate(); err != nil {
		return err
	}
	plan = plan.WithDefaults()
	t, err := plan.transport(new(route.Traffic), nil)
	if err != nil {
		return err
	}
	defer t.Close()
	limited, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	origins := plan.origins()
	for _, origin := range origins {
		var missing error
		err := t.Await(limited, origin, func(why error) {
			missing = why
			told(route.HostPort(origin), why)
		})
		if err != nil && missing != nil && len(origins) > 1 && limited.Err() != nil && ctx.Err() == nil {
			return notThere(origin, missing)
		}
	}
	return context.Cause(ctx)
}

// notThere says that a server did not come, as its first request would.
func notThere(origin *url.URL, err error) error {
	x := &Exchange{URL: origin.String() + "/", Err: err}
	x.Observation.Stage = stats.InConnect
	x.Observation.Outcome = transport.Classify(err, stats.InConnect)
	return &PreflightError{Exchange: x}
}
