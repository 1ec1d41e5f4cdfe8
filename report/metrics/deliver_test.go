package metrics

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"shotput/stats"
)

// A delivery is due each so often of the run's own time and once at the end; one that takes long delays no window.
func TestDeliveriesAreDue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sent, hold := 0, make(chan struct{})
		d := &Delivery{Name: "otlp", To: "http://127.0.0.1:4318", Every: 10 * time.Second,
			Send: func(context.Context) error {
				if sent++; sent == 3 {
					<-hold
					return errors.New("too late")
				}
				return nil
			}}
		all := &Export{}
		all.Add(d)
		var started sync.WaitGroup
		started.Go(func() { all.Run(t.Context()) })
		all.Start(&stats.Run{})
		for second := 1; second <= 65; second++ {
			all.Window(&stats.Window{End: time.Duration(second) * time.Second, SoFar: &stats.Run{}})
			synctest.Wait()
			if want := min(3, second/10); sent != want {
				t.Fatalf("after %d s %d were sent, want %d", second, sent, want)
			}
		}
		close(hold)
		all.Close()
		started.Wait()
		if sent != 5 || d.Tried != 5 || d.Failed != 1 { // three, the one that waited, the last
			t.Errorf("%d sent, %d of %d failed", sent, d.Failed, d.Tried)
		}
	})
}

// A run that never began has nothing to deliver.
func TestNothingIsDeliveredOfNoRun(t *testing.T) {
	x := &Export{}
	for _, name := range []string{"file", "push", "otlp"} {
		x.Add(&Delivery{Name: name, Every: time.Second, Send: func(context.Context) error { return errors.New("sent") }})
	}
	x.Close()
	x.Run(t.Context())
	for _, d := range x.deliveries {
		if d.Tried != 0 {
			t.Errorf("%s was tried", d.Name)
		}
	}
}

// What is delivered is what the window has that made it due, not what the one before it had.
func TestDeliveriesAreOfTheLastWindow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x, head := &Export{}, &stats.Run{Started: time.Unix(1700000000, 0), Plan: stats.Plan{URL: "http://h/"}}
		var to []time.Time
		x.Add(&Delivery{Every: time.Second, Send: func(context.Context) error {
			to = append(to, x.latest().to)
			return nil
		}})
		var started sync.WaitGroup
		started.Go(func() { x.Run(t.Context()) })
		x.Start(head)
		for second := range 3 {
			x.Window(&stats.Window{End: time.Duration(second+1) * time.Second, SoFar: head})
			synctest.Wait()
		}
		x.Close()
		started.Wait()
		for i, want := range []int64{1, 2, 3, 3} {
			if len(to) != 4 || to[i].Unix() != 1700000000+want {
				t.Fatalf("delivered at %v", to)
			}
		}
	})
}

var _ stats.Sink = (*Export)(nil)
