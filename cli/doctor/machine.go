package doctor

import (
	"runtime"
	"time"

	"shotput/loadgen"
	"shotput/loadgen/machine"
	"shotput/stats"
)

// A host is what there is to know of a machine before it fires. What is not known is zero, and is not judged.
type host struct {
	OS string `json:"os"` // such as "linux/amd64"
	machine.Limits
	SleepP50   time.Duration `json:"sleep_overshoot_p50_ns"` // of Go's own timers
	SleepP99   time.Duration `json:"sleep_overshoot_p99_ns"`
	PreciseP50 time.Duration `json:"precise_overshoot_p50_ns"` // of the wait that keeps schedules
	PreciseP99 time.Duration `json:"precise_overshoot_p99_ns"`
	Precise    bool          `json:"precise"` // there is such a wait
	Stamps     bool          `json:"receive_stamps"`
	Engine     string        `json:"engine"`
	Reason     string        `json:"engine_reason,omitempty"`
	Poll       string        `json:"poll,omitempty"` // how a closed loop waits: "io_uring" or "epoll"
}

// thisHost reads and measures, for about a tenth of a second.
func thisHost() host {
	h := host{OS: runtime.GOOS + "/" + runtime.GOARCH, Limits: machine.ReadLimits()}
	p := loadgen.ProbeMachine()
	h.SleepP50, h.SleepP99 = halfAndMost(&p.Ordinary)
	h.PreciseP50, h.PreciseP99 = halfAndMost(&p.Precise)
	h.Precise, h.Stamps, h.Engine, h.Reason, h.Poll = p.Precise.Count() > 0, p.Stamps, p.Engine, p.Reason, p.Poll
	return h
}

// OpenFiles is how many files this process may have open; 0 when not known.
func OpenFiles() uint64 { return machine.ReadLimits().FilesSoft }

func halfAndMost(h *stats.Histogram) (p50, p99 time.Duration) { return h.Quantile(.5), h.Quantile(.99) }
