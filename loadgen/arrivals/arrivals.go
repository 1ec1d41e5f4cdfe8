package arrivals

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"golang.org/x/time/rate"
)

// # Why virtual time
//
// The obvious way to use a rate limiter is as a brake: call Wait before each request. As a load generator that
// is wrong three times. A limiter forgets what it could not hold: with a burst of 1, a caller who is stalled for
// 100 ms at 10 000/s finds one token, not 1000, and the other 999 requests are never sent, just when they would
// have shown the stall. A larger burst sends them, but no longer says when each was due, and so their waiting
// is in no number. And callers that read the clock themselves, out of order, are credited twice for one stretch.
//
// So the limiter here never sees the wall clock. It is asked at the instant of the last arrival when the next
// one may be, and that answer is the next instant at which it is asked. Nothing that happens to the caller can
// move, lose or add an arrival: a late caller finds the same instants, in the past. The schedule is a pure
// function of the law.
//
// # Invariants
//
//   - The limiter is drained at 0 and is empty after each arrival but for a fraction of a picosecond's tokens,
//     which it carries over. Rounding down to its clock's tick therefore never adds up.
//   - Its clock ticks in picoseconds: its nanosecond is a thousandth of ours. With true nanoseconds, 73 arrivals
//     at 7.3/s end at 9.999999999 s or at 10 s as rounding falls, and "10 s at 7.3/s" would be 74 requests or 73.
//     In picoseconds that error is far below fuzz, which is added before the result is cut to nanoseconds: an
//     instant that is a whole nanosecond by the law is that one, for runs of days.
//   - A reservation never spans two rates. One that reaches the end of its step is cancelled, time moves to that
//     end, what was earned until then is kept, and it is made again at the next rate. A step of rate 0 is passed
//     over unasked: the limiter would call the reservation fine, with an infinite delay.
//   - A reservation never exceeds the burst, which the limiter would refuse; a cost above it is paid in parts.
const (
	tick         = 1000               // picoseconds in our nanosecond; the limiter's clock counts the former
	fuzz         = tick / 10          // in picoseconds; float error reaches it after some days of schedule
	requestCost  = 1_000_000          // tokens; of a byte rate, a byte costs one
	burstTokens  = 100 * requestCost  // far above what Exp(1) draws, and an int on every machine
	arrivalsWord = 0x6172726976616c73 // "arrivals": keeps these draws apart from others of the same seed
)

// Arrivals is the schedule of a Law, arrival by arrival. Not safe for concurrent use: give each user a Stripe.
type Arrivals struct {
	law      Law
	limit    Limit
	until    time.Duration // only arrivals before it
	segments []Segment
	of, n    int64 // which stripe, of how many

	limiter *rate.Limiter
	source  *rand.PCG // draw's, kept to be copied
	draw    *rand.Rand

	k       int64         // the next arrival, of all stripes
	over    bool          // no more to come
	now     time.Duration // the last arrival, in picoseconds
	segment int           // the index of the one that now is in
	start   time.Duration // of the segment
	stepEnd time.Duration // of the step that now is in, in picoseconds
	flowing bool          // that step's rate is not 0
}

// NewArrivals gives the schedule of the law, up to the limit. The error names the first wrong field and its value.
func NewArrivals(law Law, limit Limit) (*Arrivals, error) {
	if err := law.check(); err != nil {
		return nil, err
	}
	if err := limit.check(); err != nil {
		return nil, err
	}
	law.Stages = slices.Clone(law.Stages)
	return begin(law, limit), nil
}

func begin(law Law, limit Limit) *Arrivals {
	a := &Arrivals{law: law, limit: limit, until: cmp.Or(limit.Until, horizon), segments: law.segments(), n: 1}
	a.source = rand.NewPCG(law.Seed, arrivalsWord)
	a.draw = rand.New(a.source)
	a.limiter = rate.NewLimiter(0, burstTokens)
	a.limiter.ReserveN(virtual(0), burstTokens)
	a.enterStep()
	return a
}

// Stripe is a generator of its own for the arrivals k with k mod n = i of the whole schedule, from its start.
// All n together give each arrival once, at the same instant as one alone. Each walks the whole schedule, so
// that this holds to the nanosecond; passing over an arrival costs as much as Next.
func (a *Arrivals) Stripe(i, n int) *Arrivals {
	if i < 0 || i >= n {
		panic(fmt.Sprintf("stripe %d of %d: no such stripe; the caller counts from 0 to n-1", i, n))
	}
	s := begin(a.law, a.limit)
	s.of, s.n = int64(i), int64(n)
	return s
}

// Next gives the next arrival: its number, counted from 0 over all stripes, and the instant at which it is due,
// since the start of the schedule. ok is false when there are no more, and stays so. It does not allocate.
func (a *Arrivals) Next() (k int64, at time.Duration, ok bool) {
	for {
		k, at, ok = a.next()
		if !ok || k%a.n == a.of {
			return k, at, ok
		}
	}
}

func (a *Arrivals) next() (int64, time.Duration, bool) {
	if a.over || a.limit.Count > 0 && a.k >= a.limit.Count {
		return 0, 0, false
	}
	if !a.law.Unpaced {
		a.over = !a.advance(a.cost()) || a.at() >= a.until
		if a.over {
			return 0, 0, false
		}
	}
	a.k++
	return a.k - 1, a.at(), true
}

// at is now in nanoseconds.
func (a *Arrivals) at() time.Duration { return (a.now + fuzz) / tick }

// virtual is an instant of the limiter's clock. That clock starts in the year 1, as the limiter itself does.
func virtual(picoseconds time.Duration) time.Time { return time.Time{}.Add(picoseconds) }

// cost is the tokens from the last arrival to the next one. Uniform, the gap pays for the request before it,
// and the first has none to pay for; Poisson, it pays for the request after it.
func (a *Arrivals) cost() int64 {
	paid := a.k
	if !a.law.Poisson {
		if paid--; paid < 0 {
			return 0
		}
	}
	tokens := int64(requestCost)
	if a.law.BytesPerSecond > 0 {
		tokens = a.law.size(paid)
	}
	if a.law.Poisson {
		tokens = int64(math.Round(a.draw.ExpFloat64() * float64(tokens)))
	}
	return tokens
}

// advance moves now to where the tokens are earned; false when the law ends before.
func (a *Arrivals) advance(tokens int64) bool {
	for tokens > burstTokens {
		if !a.earn(burstTokens) {
			return false
		}
		tokens -= burstTokens
	}
	return a.earn(int(tokens))
}

func (a *Arrivals) earn(tokens int) bool {
	for {
		if a.flowing {
			t := virtual(a.now)
			r := a.limiter.ReserveN(t, tokens)
			if d := r.DelayFrom(t); d < a.stepEnd-a.now-fuzz {
				a.now += d
				return true
			}
			r.CancelAt(t)
		}
		if !a.nextStep() {
			return false
		}
	}
}

// nextStep moves now to the end of the step and enters the one that follows, if there is one.
func (a *Arrivals) nextStep() bool {
	if a.stepEnd == (a.start+a.segments[a.segment].Duration)*tick {
		if a.segment+1 == len(a.segments) {
			return false
		}
		a.start += a.segments[a.segment].Duration
		a.segment++
	}
	a.now = a.stepEnd
	a.enterStep()
	return true
}

func (a *Arrivals) enterStep() {
	end, perSecond := a.segments[a.segment].step(a.now/tick - a.start)
	a.stepEnd = (a.start + end) * tick
	a.flowing = perSecond > 0
	if a.law.BytesPerSecond == 0 {
		perSecond *= requestCost
	}
	a.limiter.SetLimitAt(virtual(a.now), rate.Limit(perSecond/tick))
}

// Rest says how many arrivals Next will still give, and the instant of the last one (0 if none), without
// disturbing a. It walks up to bound of them; if that is not all, the rest follows from the integral of the
// law: exact for uniform requests, the expectation for Poisson arrivals and for byte rates. Unpaced and without
// a count there is no end, and it says math.MaxInt64.
func (a *Arrivals) Rest(bound int) (n int64, last time.Duration) {
	c := a.clone()
	for range bound {
		_, at, ok := c.Next()
		if !ok {
			return n, last
		}
		n, last = n+1, at
	}
	if more, at := c.estimate(); more > 0 {
		return n + min(more, math.MaxInt64-n), at
	}
	return n, last
}

// estimate is Rest from the law's integral alone. The integral at uniform arrival k is k; Poisson arrivals are
// expected from here on.
func (a *Arrivals) estimate() (n int64, last time.Duration) {
	end, base := a.law.Due(a.until), 0.0 // the first arrival not to come; the integral at arrival k, less k
	if a.law.Poisson {
		here := a.law.Expected(a.at())
		end = a.k + int64(math.Round(a.law.Expected(a.until)-here))
		base = here + 1 - float64(a.k)
	}
	if a.limit.Count > 0 {
		end = min(end, a.limit.Count)
	}
	first := a.k + (a.of-a.k%a.n+a.n)%a.n
	switch {
	case a.over || first >= end:
		return 0, 0
	case end == math.MaxInt64:
		return end, 0
	}
	n = (end-1-first)/a.n + 1
	return n, min(a.law.span(base+float64(first+(n-1)*a.n)), a.until)
}

// clone is a generator at the same place. A Limiter holds a lock and may not be copied, so the copy is brought
// to the same state: owing the same fraction of a picosecond's tokens. It earns, within its first second, what
// makes the difference between that fraction and the next whole number, which is what it can be made to spend.
func (a *Arrivals) clone() *Arrivals {
	c, source := *a, *a.source
	c.source, c.draw = &source, rand.New(&source)

	t := virtual(a.now)
	owed := -a.limiter.TokensAt(t)
	whole := math.Ceil(owed)
	c.limiter = rate.NewLimiter(rate.Limit(whole-owed), burstTokens)
	c.limiter.ReserveN(t.Add(-time.Second), burstTokens)
	c.limiter.ReserveN(t.Add(-time.Second), int(whole))
	c.limiter.SetLimitAt(t, a.limiter.Limit())
	return &c
}
