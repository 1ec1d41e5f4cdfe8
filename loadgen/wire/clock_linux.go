package wire

import (
	"time"

	"shotput/loadgen/wire/poll"
)

// # Whose time
//
// The kernel's stamp of what was received is true however late the loop wakes: on a busy machine the wake-up is most of
// what a client measures of a fast server.
//
// Stamps are CLOCK_REALTIME, which may be set and is slewed; the run's clock is monotonic. The difference is
// read anew every 100 ms, so that a slewed clock (at most 500 ppm) is off by at most 50 ns. A clock that is set
// makes stamps that cannot be: before the request was sent, or after the read. Such a stamp, and one that is
// missing, gives way to the loop's own clock, and is counted.

const refreshEvery = 100 * time.Millisecond

// A clock is the run's, and carries kernel stamps to it. Owned by the loop.
type clock struct {
	now     func() time.Duration // Config.Now
	last    time.Duration        // when it was last read by tick
	offset  int64                // realtime − run clock, ns
	checked time.Duration        // when the offset was read
}

// tick reads the clock. A reading costs 30 ns, so one serves as long as nothing that takes time lies between.
func (c *clock) tick() time.Duration {
	c.last = c.now()
	return c.last
}

// refresh reads the difference.
func (c *clock) refresh() {
	var best int64 = 1 << 62
	for range 3 { // the narrowest bracket is the least disturbed
		before := c.now()
		t := poll.Realtime()
		after := c.now()
		if gap := int64(after - before); gap < best {
			best = gap
			c.offset = t - int64(before+after)/2
			c.checked = after
		}
	}
}

// keep refreshes the difference when it is old: before stamps are read with it, however long nothing happened.
func (c *clock) keep() {
	if c.last-c.checked > refreshEvery {
		c.refresh()
	}
}

// of carries a stamp to the run's clock.
func (c *clock) of(stamp int64) time.Duration { return time.Duration(stamp - c.offset) }

// date says when bytes with this stamp arrived: the kernel's time where it can be true, else the loop's own.
// A stamp from before the turn began needs no other reading of the clock.
func (c *clock) date(stamp int64, sent time.Duration) (at time.Duration, stamped bool) {
	if stamp != 0 {
		at = c.of(stamp)
	}
	if at > c.last || at < sent {
		c.tick()
	}
	if at >= sent && at <= c.last {
		return at, true
	}
	return c.last, false
}
