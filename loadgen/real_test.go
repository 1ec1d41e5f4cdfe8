//go:build unix

package loadgen

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"

	"shotput/loadgen/request"
	"shotput/loadgen/route"

	"shotput/stats"
)

// Servers that nobody here wrote. Each is fired at with 1,000 PUTs; then what it keeps is held against the template.

// A deed is a plan for such a server, and what must come of it.
type deed struct {
	plan     Plan
	want     string // how the 1,000 end
	engine   string // which the plan must come to by itself
	protocol string // as negotiated; "" is HTTP/1.1
	opened   int64  // connections; 0: about one for each slot
}

// uncounted is for a proxy that is connected to, and then refuses.
const uncounted = -1

// do fires 1,000 requests, whose bodies all differ, and gives the plan as it was fired.
func (d deed) do(t *testing.T) Plan {
	t.Helper()
	plan, _ := d.fire(t)
	return plan
}

// fire is do, and gives the run too.
func (d deed) fire(t *testing.T) (Plan, *stats.Run) {
	t.Helper()
	plan := d.plan
	plan.Load.Requests, plan.Load.Concurrency, plan.Transport.Timeout = 1000, cmp.Or(plan.Load.Concurrency, 16), 20*time.Second
	if plan.Request.Body.Sources() == 0 {
		plan.Request.Body = request.Body{Text: "{{seq}}: {{randString 2000}}"}
	}
	if plan.Route.Proxy == "" {
		plan.Route.Proxy = route.NoProxy
	}
	sink := new(keep)
	if _, err := Run(context.Background(), plan, sink); err != nil {
		t.Fatal(err)
	}
	wantConserved(t, sink.run)
	d.wantRun(t, sink.run, &plan)
	return plan.WithDefaults(), sink.run
}

func (d deed) wantRun(t *testing.T, r *stats.Run, plan *Plan) {
	t.Helper()
	if got := endings(r); got != d.want {
		t.Errorf("ended: %s\nwant:  %s\n%+v", got, d.want, r.Outcomes)
	}
	if r.Plan.Engine != d.engine {
		t.Errorf("fired by the engine %q (%s), want %q", r.Plan.Engine, r.Plan.EngineReason, d.engine)
	}
	if d.protocol == "" {
		d.protocol = "HTTP/1.1"
	}
	if !plan.NoPreflight && r.Plan.Protocol != d.protocol {
		t.Errorf("spoke %s, want %s", r.Plan.Protocol, d.protocol)
	}
	least, most := d.opened, d.opened
	switch d.opened {
	case 0:
		least, most = 1, int64(plan.Load.Concurrency)
		if d.engine == "http" {
			most *= 2 // net/http goes on dialling for a request that has got a connection which became free meanwhile
		}
	case uncounted:
		least, most = 0, math.MaxInt64
	}
	if n := r.Totals.ConnectionsOpened; n < least || n > most {
		t.Errorf("opened %d connections, want %d to %d", n, least, most)
	}
}

// wantStored holds what is kept of each request against what the template says of it.
func wantStored(t *testing.T, plan Plan, stored func(k int64) ([]byte, error)) {
	t.Helper()
	template, err := compileOne(&plan, new(unit), time.Time{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer template.Close()
	for k := int64(1); k <= plan.Load.Requests; k++ {
		body, _ := template.Body(k, 0)
		want, err := io.ReadAll(body)
		if err != nil || len(want) < 100 {
			t.Fatalf("the template's body of request %d has %d bytes (%v)", k, len(want), err)
		}
		if got, err := stored(k); err != nil || !bytes.Equal(got, want) {
			t.Fatalf("request %d is kept as %d bytes %.60q (%v), want %d bytes %.60q", k, len(got), got, err, len(want), want)
		}
	}
}

// wantFiles is wantStored for a server that keeps request k as the file k of a folder, and has no other files there.
func wantFiles(t *testing.T, plan Plan, folder string) {
	t.Helper()
	wantStored(t, plan, func(k int64) ([]byte, error) { return os.ReadFile(filepath.Join(folder, fmt.Sprint(k))) })
	want := int(plan.Load.Requests)
	if files, err := os.ReadDir(folder); err != nil || len(files) != want {
		t.Errorf("%d files in %s (%v), want %d", len(files), folder, err, want)
	}
}

// all1000 is how a run ends whose answers are all the same failure.
func all1000(status string) string {
	return fmt.Sprintf("1000 × %s, 1000 × status %.3s", status, status)
}
