// Package machine is the tool's eye on itself and on the machine that it runs on, so that its own trouble is never read
// as the server's: standstills, CPU, the scheduler, the garbage collector, descriptors, ports, and what a host or a
// container takes away. It refuses to judge a run: it raises alarms, and whoever owns the run weighs them.
package machine

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"shotput/stats"
)

// A Watch is the tool looking at itself while it fires, so that its own trouble is never read as the server's:
// a hiccup meter that beats every 5 ms, and once a second the machine's and the runtime's own figures. Its
// zero value watches nothing yet; run starts it.
type Watch struct {
	Start    time.Time
	Slots    int           // the bound on requests in flight
	Unix     bool          // connections go to a unix socket, and take no port
	Opened   func() int64  // connections so far
	CPUs     float64       // that its threads may use; a loop has GOMAXPROCS raised above that, for a P that is free
	Sample   func() Sample // Take, but in tests
	previous Sample        // owned by run
	first    Sample        // owned by run
	last     Sample        // owned by run

	lastBeat atomic.Int64                 // instant of the meter's last beat; 0 before the first
	hiccups  atomic.Pointer[[]standstill] // copied on write; bounded by mostHiccups

	mu struct {
		sync.Mutex
		generator stats.Generator
		busy      int // seconds in a row in which nearly all of the CPU was in use
		slow      [5]bool
		seconds   int
		brief     bool // the last look was at less than a second
	}
}

// standstill is a span of time in which the whole tool did not run.
type standstill struct{ from, to time.Duration }

const (
	beat        = 5 * time.Millisecond
	hiccup      = 10 * time.Millisecond // overshoot that counts as a standstill
	badHiccup   = 50 * time.Millisecond // overshoot that makes the run client_limited
	mostHiccups = 1000                  // kept to be compared with; later ones are only counted
)

// Run watches until ctx ends.
func (w *Watch) Run(ctx context.Context) {
	w.first = w.Sample()
	w.previous = w.first
	w.lastBeat.Store(int64(time.Since(w.Start)))
	beats := time.NewTicker(beat)
	defer beats.Stop()
	seconds := time.NewTicker(time.Second)
	defer seconds.Stop()
	for {
		select {
		case <-ctx.Done():
			w.beat(time.Since(w.Start))
			w.look(w.Sample())
			return
		case <-seconds.C:
			w.look(w.Sample())
		case <-beats.C:
			w.beat(time.Since(w.Start))
		}
	}
}

// beat notes how much later than 5 ms after the last one it comes.
func (w *Watch) beat(now time.Duration) {
	last := time.Duration(w.lastBeat.Swap(int64(now)))
	over := now - last - beat
	if over <= hiccup {
		w.mu.Lock()
		w.mu.generator.HiccupMax = max(w.mu.generator.HiccupMax, over)
		w.mu.Unlock()
		return
	}
	var kept []standstill
	if old := w.hiccups.Load(); old != nil {
		kept = *old
	}
	if len(kept) < mostHiccups {
		grown := append(kept[:len(kept):len(kept)], standstill{last, now})
		w.hiccups.Store(&grown)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.mu.generator.HiccupMax = max(w.mu.generator.HiccupMax, over)
	if over > badHiccup {
		w.alarm("hiccup", fmt.Sprintf("the tool stood still for %s", stats.FormatDuration(over)),
			"leave the generator a core of its own; stop what else runs on this machine")
	}
}

// Standstill is how much of the span from..to overlaps hiccups, the one that may be under way among them: after
// a pause a worker may run before the meter does.
func (w *Watch) Standstill(from, to time.Duration) (sum time.Duration) {
	if last := time.Duration(w.lastBeat.Load()); last > 0 && to-last > beat+hiccup {
		sum += max(0, to-max(from, last))
	}
	if all := w.hiccups.Load(); all != nil {
		for _, h := range *all {
			sum += max(0, min(to, h.to)-max(from, h.from))
		}
	}
	return min(sum, to-from)
}

// look compares a sample with the one a second before, and raises what alarms follow from it.
func (w *Watch) look(s Sample) {
	w.mu.Lock()
	defer w.mu.Unlock()
	g := &w.mu.generator
	elapsed := max(1e-9, s.At.Sub(w.first.At).Seconds())
	g.CPUs = w.allowed(&s)
	g.CPURatio = (s.cpu - w.first.cpu).Seconds() / elapsed / g.CPUs
	g.PeakResident = s.peakResident
	w.last = s
	p := w.previous
	span := s.At.Sub(p.At)
	if span < 100*time.Millisecond {
		return // too short for a rate
	}
	w.previous = s
	w.mu.brief = span < leastSpan
	w.mu.seconds++
	w.lookAtCPU(s, p, span)
	w.lookAtRuntime(s, p, span)
	w.lookAtDescriptors(s)
	if s.ports.full() && w.Opened() > int64(w.Slots) && !w.Unix {
		w.raise("ports", s.ports.String(), "keep connections alive, or fire from more addresses")
	}
}

// allowed is how many CPUs the tool may use: its threads', or fewer by a container's limit.
func (w *Watch) allowed(s *Sample) float64 {
	if s.quota > 0 {
		return min(w.CPUs, s.quota)
	}
	return w.CPUs
}

// lookAtCPU: the tool's own share, what the machine's owner took away, what the container was denied.
func (w *Watch) lookAtCPU(s, p Sample, span time.Duration) {
	own := (s.cpu - p.cpu).Seconds() / span.Seconds() / w.allowed(&s)
	if w.mu.busy++; own <= 0.85 {
		w.mu.busy = 0
	}
	if w.mu.busy >= 3 {
		try := "lower the rate or the concurrency, or give the generator more cores"
		if w.allowed(&s) < w.CPUs {
			try = "lower the rate or the concurrency, or raise the CPU limit of this container"
		}
		w.raise("cpu", fmt.Sprintf("the tool itself used %.0f %% of the CPU that it may use", own*100), try)
	}
	if total := s.ticks - p.ticks; total > 0 {
		steal := float64(s.steal-p.steal) / float64(total)
		w.mu.generator.StealRatio = max(w.mu.generator.StealRatio, steal)
		if steal > 0.02 {
			w.raise("steal", fmt.Sprintf("the host took %.0f %% of the CPU away", steal*100),
				"measure on a machine with cores of its own")
		}
	}
	if s.throttled > p.throttled {
		limit, held := "CPU limit", stats.FormatDuration(s.throttled-p.throttled)
		if s.quota > 0 {
			limit = fmt.Sprintf("limit of %.3g CPUs", s.quota)
		}
		w.raise("throttled", fmt.Sprintf("the container's %s held the tool back for %s", limit, held),
			"raise the CPU limit of this container")
	}
}

// lookAtRuntime: goroutines that are ready and find no thread, and the garbage collector.
func (w *Watch) lookAtRuntime(s, p Sample, span time.Duration) {
	g := &w.mu.generator
	sched := p99Between(p.sched, s.sched)
	g.SchedP99 = max(g.SchedP99, sched)
	w.mu.slow[w.mu.seconds%len(w.mu.slow)] = sched > time.Millisecond
	var slow int
	for _, b := range w.mu.slow {
		if b {
			slow++
		}
	}
	if slow >= 3 {
		w.raise("scheduler", fmt.Sprintf("goroutines that were ready waited %s (p99) for a thread",
			stats.FormatDuration(sched)),
			"lower the rate or the concurrency, or give the generator more cores")
	}
	pause := maxBetween(p.pauses, s.pauses)
	g.GCPauseMax = max(g.GCPauseMax, pause)
	if pause > time.Millisecond {
		w.raise("gc_pause", fmt.Sprintf("the garbage collector stopped the tool for %s", stats.FormatDuration(pause)),
			"set GOGC=400")
	}
	gc := (s.gcCPU - p.gcCPU) / (span.Seconds() * w.allowed(&s))
	g.GCRatio = max(g.GCRatio, gc)
	if gc > 0.10 {
		w.raise("gc_cpu", fmt.Sprintf("the garbage collector used %.0f %% of the CPU", gc*100), "set GOGC=400")
	}
}

func (w *Watch) lookAtDescriptors(s Sample) {
	g := &w.mu.generator
	g.Descriptors = max(g.Descriptors, s.descriptors)
	if s.descriptorLimit > 0 && float64(s.descriptors) > 0.9*float64(s.descriptorLimit) {
		w.raise("descriptors", fmt.Sprintf("%d of %d file descriptors are in use", s.descriptors, s.descriptorLimit),
			"raise the limit: ulimit -n 65536")
	}
}

// ReadLag is how long goroutines that were ready waited for a thread, over the whole run: where no kernel stamps an
// answer, it is read so late. It is to be asked once Run has returned.
func (w *Watch) ReadLag() (lag stats.Histogram) {
	a, b := w.first.sched, w.last.sched
	if a == nil || b == nil {
		return lag
	}
	for i := range b.Counts {
		lag.RecordN(edge(b, i), int64(b.Counts[i]-a.Counts[i]))
	}
	return lag
}

// RanOut notes that a request failed for want of something of this machine's.
func (w *Watch) RanOut(o stats.Outcome) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if o == stats.NoFile {
		w.alarm("descriptors", "no file descriptor was left for a new connection", "raise the limit: ulimit -n 65536")
	} else {
		w.alarm("ports", "no local port was left for a new connection",
			"keep connections alive, or fire from more addresses")
	}
}

// leastSpan is how long something must have been seen to raise an alarm: a second, less what a ticker is early.
const leastSpan = 900 * time.Millisecond

// raise is alarm, of what was seen over a second; the caller holds mu.
func (w *Watch) raise(code, text, try string) {
	if !w.mu.brief {
		w.alarm(code, text, try)
	}
}

// alarm notes each code once; the caller holds mu.
func (w *Watch) alarm(code, text, try string) {
	for _, a := range w.mu.generator.Alarms {
		if a.Code == code {
			return
		}
	}
	w.mu.generator.Alarms = append(w.mu.generator.Alarms, stats.Warning{Code: code, Text: text, Try: try})
}

// Seen is what was seen so far.
func (w *Watch) Seen() stats.Generator {
	w.mu.Lock()
	defer w.mu.Unlock()
	g := w.mu.generator
	g.Alarms = append([]stats.Warning{}, g.Alarms...)
	return g
}
