package loadgen

import (
	"slices"
	"sync"
	"time"

	"shotput/loadgen/wire/poll"
)

// A releaser lets workers wait for their arrivals to the microsecond. Go's timers wake a sleeping process in whole
// milliseconds, so that workers which sleep by themselves are half a millisecond late in the median. Here one
// thread sleeps for all of them and releases each when its arrival is due: what is left is the time that Go takes
// to run a goroutine that has become ready.
type releaser struct {
	now   func() time.Duration
	alarm *poll.Alarm
	mu    struct {
		sync.Mutex
		queue []waiting // by due; nearly so as it comes, since arrivals are claimed in order
		over  bool
	}
}

// wakes is how precisely workers are woken.
const wakes = 100 * time.Microsecond

// waiting is a worker whose arrival is not due yet.
type waiting struct {
	due  time.Duration
	free chan<- struct{} // of capacity 1
}

// startReleaser begins to release; stop waits for its thread to end.
func startReleaser(now func() time.Duration) (r *releaser, stop func()) {
	alarm, err := poll.NewAlarm()
	if err != nil {
		return nil, func() {} // out of descriptors: workers sleep by themselves
	}
	r = &releaser{now: now, alarm: alarm}
	var running sync.WaitGroup
	running.Go(r.run)
	return r, func() {
		r.mu.Lock()
		r.mu.over = true
		r.mu.Unlock()
		alarm.Wake()
		running.Wait()
		alarm.Close()
	}
}

// add asks for a token on free when due.
func (r *releaser) add(due time.Duration, free chan<- struct{}) {
	r.mu.Lock()
	q := r.mu.queue
	i := len(q)
	for i > 0 && q[i-1].due > due {
		i--
	}
	r.mu.queue = slices.Insert(q, i, waiting{due, free})
	r.mu.Unlock()
	if i == 0 {
		r.alarm.Wake()
	}
}

func (r *releaser) run() {
	r.alarm.Own()
	for {
		next, over := r.release()
		if over {
			return
		}
		r.alarm.Sleep(next - r.now())
	}
}

// release lets go whoever is due, and says when the next one will be.
func (r *releaser) release() (next time.Duration, over bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.now()
	n := 0
	for ; n < len(r.mu.queue) && r.mu.queue[n].due <= now; n++ {
		r.mu.queue[n].free <- struct{}{}
	}
	r.mu.queue = slices.Delete(r.mu.queue, 0, n)
	if len(r.mu.queue) == 0 {
		return now + time.Minute, r.mu.over
	}
	return r.mu.queue[0].due, r.mu.over
}
