package loadgen

import (
	"context"
	"net/url"
	"sync"
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
	missing := awaitAll(limited, t, origins, told)
	if len(origins) > 1 && ctx.Err() == nil {
		for i, why := range missing {
			if why != nil {
				return notThere(origins[i], why)
			}
		}
	}
	return context.Cause(ctx)
}

// awaitAll waits for all servers at once, for one that is late must not take the time of the next. It gives, for each,
// why it was not there when ctx ended; nil of one that came, or that waiting does not help. told is called by one
// goroutine at a time.
func awaitAll(ctx context.Context, t *transport.Transport, all []*url.URL, told func(string, error)) []error {
	missing := make([]error, len(all))
	var telling sync.Mutex
	var waiting sync.WaitGroup
	for i, origin := range all {
		waiting.Go(func() {
			var first error
			err := t.Await(ctx, origin, func(why error) {
				telling.Lock()
				defer telling.Unlock()
				first = why
				told(route.HostPort(origin), why)
			})
			if err != nil && ctx.Err() != nil {
				missing[i] = first
			}
		})
	}
	waiting.Wait()
	return missing
}

// notThere says that a server did not come, as its first request would.
func notThere(origin *url.URL, err error) error {
	x := &Exchange{URL: origin.String() + "/", Err: err}
	x.Observation.Stage = stats.InConnect
	x.Observation.Outcome = transport.Classify(err, stats.InConnect)
	return &PreflightError{Exchange: x}
}
