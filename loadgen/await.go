package loadgen

import (
	"context"
	"time"

	"shotput/loadgen/route"
)

// Await waits until the plan's servers take connections, the TLS of each included, and for no longer than limit. That
// one is not there then is no error: its first request tells why, as it would without. told is called for each server
// that is not there at first, with its host and port, and why. What is opened here is in no figure. The error is of the
// plan, or why ctx has ended.
func Await(ctx context.Context, plan Plan, limit time.Duration, told func(server string, why error)) error {
	if err := plan.Validate(); err != nil {
		return err
	}
	plan = plan.WithDefaults()
	t, err := plan.transport(new(route.Traffic))
	if err != nil {
		return err
	}
	defer t.Close()
	limited, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	for _, origin := range plan.origins() {
		t.Await(limited, origin, func(why error) { told(route.HostPort(origin), why) })
	}
	return context.Cause(ctx)
}
