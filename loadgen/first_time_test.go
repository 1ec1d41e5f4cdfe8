package loadgen

import (
	"testing"
	"testing/synctest"
	"time"

	"shotput/loadgen/route"
	"shotput/stats"
)

// fireAfterFirst runs plan in a bubble over a server that takes service for each request, behind a first request that
// was sent ahead and took as long.
func fireAfterFirst(t *testing.T, load Load, service time.Duration) (run *stats.Run, samples []stats.Sample) {
	t.Helper()
	plan := Plan{Load: load, Samples: true}
	plan.Engine.Name = "http"
	plan.Request.URL = "http://model/objects/{{seq}}"
	plan = plan.WithDefaults()
	synctest.Test(t, func(t *testing.T) {
		m, err := newMixture(&plan, time.Now(), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer m.Close()
		x := &Exchange{Observation: stats.Observation{Sent: time.Second, Done: time.Second + service, Outcome: stats.OK,
			Status: 200, Attempts: 1}}
		f, err := newFiring(&plan, m, []first{{number: 1, exchange: x}})
		if err != nil {
			t.Fatal(err)
		}
		f.sample = idleSample
		head := stats.Run{Schema: stats.Schema, Plan: plan.Record(), Started: time.Now().Add(-f.lead), Clock: "user"}
		f.begin(head.Started)
		sink := new(keepSamples)
		server := &model{began: time.Now(), answer: after(service)}
		if run, err = f.fire(t.Context(), &head, new(route.Traffic), modelEngine{server}, sink); err != nil {
			t.Fatal(err)
		}
		samples = sink.all
	})
	wantConserved(t, run)
	return run, samples
}

// keepSamples is a Sink that keeps the samples of all windows.
type keepSamples struct {
	all []stats.Sample
}

func (k *keepSamples) Start(*stats.Run) {}
func (k *keepSamples) Window(w *stats.Window) {
	for _, part := range w.Samples.Parts {
		k.all = append(k.all, part...)
	}
}
func (k *keepSamples) End(*stats.Run) {}

// In a closed loop the first request has its time in the run's: count and time divide, no two requests of one slot
// overlap, and an answer stands in the window in which it came.
func TestFirstRequestHasItsTimeInAClosedLoop(t *testing.T) {
	for _, c := range []struct {
		load     Load
		answered int64
		elapsed  time.Duration
	}{
		{Load{Concurrency: 1, Requests: 2}, 2, 4 * time.Second},
		{Load{Concurrency: 1, Requests: 1}, 1, 2 * time.Second},
		{Load{Concurrency: 5, Duration: 3 * time.Second}, 6, 5 * time.Second},
		{Load{Concurrency: 1, Duration: time.Second}, 1, 3 * time.Second},
		{Load{Concurrency: 1, Requests: 2, Warmup: 3 * time.Second}, 2, 5 * time.Second},
		{Load{Concurrency: 1, Requests: 2, Warmup: time.Second}, 2, 5 * time.Second},
	} {
		r, samples := fireAfterFirst(t, c.load, 2*time.Second)
		count, rate := r.Speed()
		if count != c.answered || r.Totals.Elapsed != c.elapsed || rate != float64(count)/c.elapsed.Seconds() {
			t.Errorf("%+v: %d in %s, %v/s; want %d in %s", c.load, count, r.Totals.Elapsed, rate, c.answered, c.elapsed)
		}
		if w := r.Windows[0]; w.End > time.Second || w.Done != 0 {
			t.Errorf("%+v: the first second has answers: %+v", c.load, w)
		}
		for i := range samples {
			for _, s := range samples[:i] {
				if c.load.Concurrency == 1 && samples[i].Claimed < s.Done {
					t.Errorf("%+v: %+v overlaps %+v", c.load, samples[i], s)
				}
			}
		}
	}
}
