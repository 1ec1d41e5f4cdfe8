package cli

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
		d := &delivery{flag: "otlp", to: "http://127.0.0.1:4318", every: 10 * time.Second, next: 10 * time.Second, due: make(chan struct{}, 1),
			send: func(context.Context) error {
				if sent++; sent == 3 {
					<-hold
					return errors.New("too late")
				}
				return nil
			}}
		all := deliveries{d}
		var started sync.WaitGroup
		started.Go(func() { d.run(t.Context()) })
		all.Start(nil)
		for second := 1; second <= 65; second++ {
			all.Window(&stats.Window{End: time.Duration(second) * time.Second})
			synctest.Wait()
			if want := min(3, second/10); sent != want {
				t.Fatalf("after %d s %d were sent, want %d", second, sent, want)
			}
		}
		close(hold)
		all.close()
		started.Wait()
		if sent != 5 || d.tried != 5 || d.failed != 1 { // three, the one that waited, the last
			t.Errorf("%d sent, %d of %d failed", sent, d.failed, d.tried)
		}
	})
}

// A run that never began has nothing to deliver.
func TestNothingIsDeliveredOfNoRun(t *testing.T) {
	o := metricsOut{otlp: "http://127.0.0.1:1", push: "http://127.0.0.1:1", file: "/nowhere/x"}
	all := o.deliveries(nil)
	all.close()
	for _, d := range all {
		d.run(t.Context())
		if d.tried != 0 {
			t.Errorf("%s was tried", d.flag)
		}
	}
}

func TestMetricsAddresses(t *testing.T) {
	for typed, want := range map[string]string{"9464": "127.0.0.1:9464", ":9464": "127.0.0.1:9464", "0.0.0.0:1": "0.0.0.0:1",
		"[::1]:9": "[::1]:9", "localhost:0": "localhost:0", "": "", "x": "", "h:x": "", "h:70000": "", "::1": "", "h:": ""} {
		if got, err := parseListen(typed); got != want || (err == nil) != (want != "") {
			t.Errorf("listen at %q is %q, %v", typed, got, err)
		}
	}
	for typed, want := range map[string][2]string{
		"127.0.0.1:9091":              {"http://127.0.0.1:9091/metrics/job/shotput", "http://127.0.0.1:9091/v1/metrics"},
		"https://h/":                  {"https://h/metrics/job/shotput", "https://h/v1/metrics"},
		"http://h/sub?a=b":            {"http://h/sub/metrics/job/shotput?a=b", "http://h/sub?a=b"},
		"http://h/metrics/job/a/b/c":  {"http://h/metrics/job/a/b/c", "http://h/metrics/job/a/b/c"},
		"":                            {},
		"ftp://h":                     {},
		"http://:80":                  {},
		"http://h:0":                  {},
		"http://h:70000":              {},
		"http://h/%zz":                {},
		"unix:///run/metrics/x":       {},
		"http://user:pw@h/v1/metrics": {"http://user:pw@h/v1/metrics/metrics/job/shotput", "http://user:pw@h/v1/metrics"},
	} {
		for i, parse := range []func(string) (string, error){parsePush, parseOTLP} {
			if got, err := parse(typed); got != want[i] || (err == nil) != (want[i] != "") {
				t.Errorf("%q is %q, %v, want %q", typed, got, err, want[i])
			}
		}
	}
}
