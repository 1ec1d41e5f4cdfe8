package loadgen

import (
	"context"
	"net"
	"net/http"
	"os"
	"runtime"
	"runtime/metrics"
	"slices"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"shotput/loadgen/machine"
	"shotput/loadgen/request"
	"shotput/loadgen/route"

	"shotput/stats"
)

// idleSample is what a machine shows on which nothing happens.
func idleSample() machine.Sample {
	return machine.Sample{At: time.Now(), Sched: new(metrics.Float64Histogram), Pauses: new(metrics.Float64Histogram)}
}

// secondsOf is what a watch saw when each second was one later than the second before.
func secondsOf(w *machine.Watch, n int, later func(*machine.Sample)) stats.Generator {
	s := idleSample()
	w.First, w.Previous = s, s
	for range n {
		s.At = s.At.Add(time.Second)
		later(&s)
		w.Look(s)
	}
	return w.Seen()
}

// On one CPU a busy loop uses all that there is, though it has GOMAXPROCS raised to two.
func TestBusyOnOneCPUIsAnAlarm(t *testing.T) {
	w := &machine.Watch{Opened: func() int64 { return 0 }, CPUs: 1}
	g := secondsOf(w, 3, func(s *machine.Sample) { s.CPU += 950 * time.Millisecond })
	if g.CPUs != 1 || g.CPURatio < 0.94 || len(g.Alarms) != 1 || g.Alarms[0].Code != "cpu" {
		t.Errorf("%v of %v CPUs, alarms %v, want 95 %% of 1 and an alarm", g.CPURatio, g.CPUs, g.Alarms)
	}
}

// raising is an engine that has GOMAXPROCS raised while it fires, as event loops have.
type raising struct {
	modelEngine
	cpus float64 // that the watch counts meanwhile
}

func (r *raising) fire(_ context.Context, f *firing) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(runtime.GOMAXPROCS(0) + 1))
	time.Sleep(1500 * time.Millisecond)
	r.cpus = f.watch.Seen().CPUs
}

func TestWatchCountsTheCPUsThatThereAre(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		plan := Plan{Request: request.Spec{URL: "http://model/"}}.WithDefaults()
		f := firingOf(t, &plan)
		f.sample = idleSample
		r := new(raising)
		if err := f.fire(t.Context(), new(stats.Run), new(route.Traffic), r, new(keep)); err != nil {
			t.Fatal(err)
		}
		if want := float64(runtime.GOMAXPROCS(0)); r.cpus != want {
			t.Errorf("%v CPUs, want %v", r.cpus, want)
		}
	})
}

// Connections that are opened fast use up ports, where they take any.
func TestPortsAlarm(t *testing.T) {
	for path, want := range map[string][]string{"": {"ports"}, "/run/a.sock": nil} {
		var opened int64
		w := &machine.Watch{Unix: path != "", Opened: func() int64 { return opened }, CPUs: 1}
		g := secondsOf(w, 2, func(*machine.Sample) { opened += 5000 })
		var got []string
		for _, a := range g.Alarms {
			got = append(got, a.Code)
		}
		if !slices.Equal(got, want) {
			t.Errorf("socket %q: alarms %q, want %q", path, got, want)
		}
	}
}

// exhausted is a server that no connection can be opened to, for want of something of this machine's.
type exhausted struct{ errno syscall.Errno }

func (e exhausted) RoundTrip(*http.Request) (*http.Response, error) {
	return nil, &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("connect", e.errno)}
}

// What this machine has run out of makes a run client_limited, however short it is and whatever is looked at each second.
func TestRunningOutIsAnAlarm(t *testing.T) {
	for errno, want := range map[syscall.Errno]string{syscall.EMFILE: "descriptors", syscall.EADDRNOTAVAIL: "ports"} {
		synctest.Test(t, func(t *testing.T) {
			r := fireModel(t, t.Context(), Plan{Load: Load{Requests: 10, Concurrency: 2}}, exhausted{errno})
			if a := r.Generator.Alarms; len(a) != 1 || a[0].Code != want || r.Verdict.Status != stats.ClientLimited {
				t.Errorf("%v: %s, alarms %v, want %s once", errno, r.Verdict.Status, a, want)
			}
		})
	}
}
