// Package arrivals says when requests are due: a law of rates becomes a schedule of intended starts, in virtual time,
// that nothing which happens later moves. It refuses to know requests, engines and the wall clock; whoever fires asks
// for the next arrival and waits for it.
package arrivals

import (
	"errors"
	"fmt"
	"math"
	"time"
)

// A Law says when requests are due, as a value. Exactly one of PerSecond, BytesPerSecond, Stages and Unpaced
// is set.
//
// Uniform arrivals (the default) start at 0 and the k-th is due when the integral of the rate passes k, so that
// a constant rate r over T gives exactly r·T arrivals in [0, T), and none ever falls into a pause. Poisson
// arrivals have gaps drawn from Exp(1) in the same integral, the first gap before the first arrival.
type Law struct {
	PerSecond      float64 // requests a second
	BytesPerSecond float64 // body bytes a second; needs Size
	// body bytes of request k, a pure function; below 1 counts as 1, so that time moves on
	Size    func(k int64) int64
	Stages  []Segment // requests a second, changing; the schedule ends with the last one
	Poisson bool
	Seed    uint64 // of the Poisson gaps: same seed, same schedule
	Unpaced bool   // closed loop: every arrival is at 0, due when a slot is free
}

// A Limit ends a schedule; zero fields do not.
type Limit struct {
	Count int64         // arrivals in all
	Until time.Duration // only arrivals before this instant; no meaning when Unpaced: the caller's clock decides there
}

// Fastest is the highest rate, a second, of requests or bytes: a token each picosecond.
const Fastest = 1e12

const (
	horizon      = 100 * 24 * time.Hour // every schedule ends here: 106 days is what 63 bits of picoseconds hold
	sizesSampled = 1 << 16              // request sizes that Expected and Span add up exactly; beyond, their mean
)

// check names the first fault of the law, field and value.
func (l Law) check() error {
	set := 0
	for _, is := range []bool{l.PerSecond != 0, l.BytesPerSecond != 0, len(l.Stages) > 0, l.Unpaced} {
		if is {
			set++
		}
	}
	switch {
	case set != 1:
		return fmt.Errorf("plan arrivals: exactly one must be set of PerSecond (is %v), BytesPerSecond (is %v), "+
			"Stages (has %d), Unpaced (is %v)",
			l.PerSecond, l.BytesPerSecond, len(l.Stages), l.Unpaced)
	case l.PerSecond != 0 && !(l.PerSecond > 0 && l.PerSecond <= Fastest): // so written, NaN is a fault too
		return fmt.Errorf("plan arrivals: PerSecond is %v, must be above 0 and at most %g", l.PerSecond, Fastest)
	case l.BytesPerSecond != 0 && !(l.BytesPerSecond > 0 && l.BytesPerSecond <= Fastest):
		return fmt.Errorf("plan arrivals: BytesPerSecond is %v, must be above 0 and at most %g", l.BytesPerSecond,
			Fastest)
	case l.BytesPerSecond != 0 && l.Size == nil:
		return fmt.Errorf("plan arrivals: BytesPerSecond is %v and Size is nil, must say each body's bytes",
			l.BytesPerSecond)
	case l.Unpaced && l.Poisson:
		return fmt.Errorf("plan arrivals: Poisson is true and Unpaced is true, " +
			"without a rate there are no gaps to draw")
	}
	if err := CheckStages(l.Stages); err != nil {
		return fmt.Errorf("plan arrivals: %w", err)
	}
	return nil
}

// CheckStages says what is wrong with the first stage that cannot be, counted from 1.
func CheckStages(stages []Segment) error {
	var total time.Duration
	most := 0.0
	for i, s := range stages {
		if s.Duration <= 0 || s.Duration > horizon-total {
			return fmt.Errorf("stage %d lasts %v; it must be above 0, and all together at most %v", i+1, s.Duration,
				horizon)
		}
		if !(min(s.From, s.To) >= 0 && max(s.From, s.To) <= Fastest) {
			return fmt.Errorf("stage %d goes from %v to %v a second; a rate is from 0 to %g", i+1, s.From, s.To,
				Fastest)
		}
		total, most = total+s.Duration, max(most, s.From, s.To)
	}
	if len(stages) > 0 && most == 0 {
		return errors.New("all stages have the rate 0; one must be above it")
	}
	return nil
}

func (l Limit) check() error {
	switch {
	case l.Count < 0:
		return fmt.Errorf("plan arrivals: Count is %d, must be 0 (no limit) or more", l.Count)
	case l.Until < 0 || l.Until > horizon:
		return fmt.Errorf("plan arrivals: Until is %v, must be from 0 (no limit) to %v", l.Until, horizon)
	}
	return nil
}

// segments gives every paced law one shape: a constant rate is one flat segment up to the horizon.
func (l Law) segments() []Segment {
	if len(l.Stages) > 0 {
		return l.Stages
	}
	r := max(l.PerSecond, l.BytesPerSecond)
	return []Segment{{Duration: horizon, From: r, To: r}}
}

// size is the body bytes of request k, at least 1.
func (l Law) size(k int64) int64 { return max(1, l.Size(k)) }

// Expected is how many arrivals the law calls for by then, in the mean: the integral of the rate. Uniform
// arrivals in [0, until) are that number, rounded up. Of a byte rate, the first 65 536 sizes are added up and
// their mean stands for the rest. Unpaced, it is +Inf.
func (l Law) Expected(until time.Duration) float64 {
	if l.Unpaced {
		return math.Inf(1)
	}
	sum := 0.0
	for _, s := range l.segments() {
		sum += s.integral(max(0, min(until, s.Duration)).Seconds())
		until -= s.Duration
	}
	if l.BytesPerSecond > 0 {
		return l.requests(sum)
	}
	return sum
}

// Due is Expected as a whole number: exact for uniform requests, the nearest for Poisson arrivals.
func (l Law) Due(until time.Duration) int64 {
	e := l.Expected(until)
	if l.Poisson {
		return toCount(math.Round(e))
	}
	return toCount(math.Ceil(e * (1 - 1e-14))) // without what float error may have added to a whole number
}

// toCount is n as an integer, with a ceiling where a plain conversion is undefined.
func toCount(n float64) int64 {
	if n >= math.MaxInt64 {
		return math.MaxInt64
	}
	return int64(n)
}

// Span is how long the law takes for so many arrivals: the inverse of Expected, to the nearest nanosecond, and
// the law's own end if it never calls for so many. Uniform arrival k is due at Span(k), unless a pause begins
// at that very instant: then when the pause ends.
func (l Law) Span(count int64) time.Duration { return l.span(float64(count)) }

func (l Law) span(count float64) time.Duration {
	if l.Unpaced || count <= 0 {
		return 0
	}
	if l.BytesPerSecond > 0 {
		count = l.bytes(count)
	}
	var start time.Duration
	for _, s := range l.segments() {
		whole := s.integral(s.Duration.Seconds())
		if count <= whole {
			return start + min(s.Duration, time.Duration(math.Round(s.inverse(count)*1e9)))
		}
		count, start = count-whole, start+s.Duration
	}
	return start
}

// bytes is what the first count bodies take together.
func (l Law) bytes(count float64) float64 {
	sum := 0.0
	for k := range int64(sizesSampled) {
		if count <= float64(k)+1 {
			return sum + (count-float64(k))*float64(l.size(k))
		}
		sum += float64(l.size(k))
	}
	return sum + (count-sizesSampled)*sum/sizesSampled
}

// requests is how many bodies so many bytes hold: the inverse of bytes.
func (l Law) requests(bytes float64) float64 {
	sum := 0.0
	for k := range int64(sizesSampled) {
		size := float64(l.size(k))
		if bytes <= sum+size {
			return float64(k) + (bytes-sum)/size
		}
		sum += size
	}
	return sizesSampled + (bytes-sum)*sizesSampled/sum
}

// slope is the change of the rate, per second².
func (s Segment) slope() float64 { return (s.To - s.From) / s.Duration.Seconds() }

// integral is the area under the rate over the segment's first x seconds.
func (s Segment) integral(x float64) float64 { return x * (s.From + s.slope()*x/2) }

// inverse is the x, in seconds, at which integral reaches the area, which is above 0 and within the segment's.
// This form of the quadratic's root stays precise where the slope is small or 0.
func (s Segment) inverse(area float64) float64 {
	return 2 * area / (s.From + math.Sqrt(max(0, s.From*s.From+2*s.slope()*area)))
}

// A ramp is given to the limiter as a staircase. With the rate of each step's middle, every step holds exactly
// the ramp's area, so at the edges nothing is off, and the error does not add up. Inside a step of length h an
// arrival is off by at most h²/8u, u being how far away in time the ramp (or its extension) is 0. Steps of
// flat 10 ms keep rampError only for u above 150 ms, so steps shrink near 0 with the square root of u.
// Note: tried without that, ramps that begin or end at 0 were off by up to 2.2 ms at that end.
const (
	longestStep = 10e-3 // seconds
	rampError   = 85e-6 // seconds; 90 µs is what is promised
	finestStep  = 2 * rampError
)

// step is the part of the segment from x seconds on that the limiter sees as one rate: its end, as time since
// the segment's start, and that rate.
func (s Segment) step(x time.Duration) (end time.Duration, perSecond float64) {
	if s.From == s.To {
		return s.Duration, s.From
	}
	from := s.From + s.slope()*x.Seconds()
	u := max(0, from/math.Abs(s.slope()))
	h := min(max(math.Sqrt(8*rampError*u)-finestStep, finestStep), longestStep)
	end = min(s.Duration, x+time.Duration(h*1e9))
	return end, s.From + s.slope()*(x.Seconds()+end.Seconds())/2
}
