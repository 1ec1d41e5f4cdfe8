package loadgen

import (
	"time"

	"shotput/loadgen/request"

	"shotput/stats"
)

// A Probe is what a moment's trying tells of how truly this machine can time requests.
type Probe struct {
	Ordinary stats.Histogram // how much too long sleeps of ProbedSleep were, by Go's own timers
	Precise  stats.Histogram // the same by the wait that keeps schedules; empty where there is none
	Stamps   bool            // the kernel stamps what it receives
	Engine   string          // that a plain plan would run on: "wire" or "http"
	Poll     string          // how that one waits in closed loop: "io_uring" or "epoll"; "" for the portable one
	Reason   string          // why, where that is not the fast one
}

// ProbedSleep is how long a Probe means to sleep, and probedFor how long it tries either way.
const (
	ProbedSleep = 200 * time.Microsecond
	probedFor   = 50 * time.Millisecond
)

// ProbeMachine measures for about a tenth of a second. Nothing leaves this machine.
func ProbeMachine() Probe {
	p := Probe{Ordinary: overshoots(time.Sleep), Precise: preciseOvershoots(), Stamps: stampsReceived()}
	plain := Plan{Request: request.Spec{URL: "http://127.0.0.1/"}}.WithDefaults()
	p.Engine, p.Reason = engineFor(&plain)
	p.Poll = pollOf(&plain)
	return p
}

// overshoots sleeps again and again, and gives how much too long each sleep was.
func overshoots(sleep func(time.Duration)) (late stats.Histogram) {
	began := time.Now()
	for before := began; before.Sub(began) < probedFor; {
		sleep(ProbedSleep)
		after := time.Now()
		late.Record(max(0, after.Sub(before)-ProbedSleep))
		before = after
	}
	return late
}
