package loadgen

import (
	"context"
	"net"
	"net/http"
	"os"
	"runtime"
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
	return machine.Sample{At: time.Now()}
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
		if _, err := f.fire(t.Context(), new(stats.Run), new(route.Traffic), r, new(keep)); err != nil {
			t.Fatal(err)
		}
		if want := float64(runtime.GOMAXPROCS(0)); r.cpus != want {
			t.Errorf("%v CPUs, want %v", r.cpus, want)
		}
	})
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
