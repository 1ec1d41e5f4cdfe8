package wire

import (
	"time"

	"shotput/loadgen/wire/poll"
)

// # Whose time
//
// The kernel stamps each packet when it arrives (SO_TIMESTAMPING, software receive). A read gives the stamp of
// the last packet that it took bytes from. That instant is true however late the loop wakes: on a busy machine
// the wake-up is most of what a client measures of a fast server.
//
// Stamps are CLOCK_REALTIME, which may be set and is slewed; the run's clock is monotonic. The difference is
// read anew every 100 ms, so that a slewed clock (at most 500 ppm) is off by at most 50 ns. A clock that is set
// makes stamps that cannot be: before the request was sent, or after the read. Such a stamp, and one that is
// missing, gives way to the loop's own clock, and is counted.

const refreshEvery = 100 * time.Millisecond

// wall carries kernel stamps to the run's clock. Owned by the loop.
type wall struct {
	offset  int64 // realtime − run clock, ns
	checked time.Duration
}

func (w *wall) refresh(now func() time.Duration) {
	var best int64 = 1 << 62
	for range 3 { // the narrowest bracket is the least disturbed
		before := now()
		t := poll.Realtime()
		after := now()
		if gap := int64(after - before); gap < best {
			best = gap
			w.offset = t - int64(before+after)/2
			w.checked = after
		}
	}
}

// keep refreshes the difference when it is old: before stamps are read with it, however long nothing happened.
func (w *wall) keep(at time.Duration, now func() time.Duration) {
	if at-w.checked > refreshEvery {
		w.refresh(now)
	}
}

// instant is a stamp on the run's clock; 0 for none.
func (w *wall) instant(stamp int64) time.Duration {
	if stamp == 0 {
		return 0
	}
	return time.Duration(stamp - w.offset)
}
