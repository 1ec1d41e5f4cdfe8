package putserver

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// A Law says when the k-th request (from 0) is done, if work on it begins at the instant start. It is a pure
// function: it reads no clock and draws nothing, and its result is never before start.
type Law func(k int64, start time.Duration) (done time.Duration)

// Constant takes d for every request.
func Constant(d time.Duration) Law {
	return func(_ int64, start time.Duration) time.Duration { return start + d }
}

// Bimodal takes long for every n-th request (the n-th, the 2n-th …) and short for all others.
func Bimodal(short, long time.Duration, n int64) Law {
	return func(k int64, start time.Duration) time.Duration {
		if k%n == n-1 {
			return start + long
		}
		return start + short
	}
}

// strata is how many equally likely slices a LogNormal is cut into, and stride the step in which they are
// visited: prime to strata, so that each is met once in every strata requests, and near the golden section of
// it, so that any shorter stretch of requests is spread evenly over the slices as well.
const (
	strata = 10_000
	stride = 6_181
)

// LogNormal takes times whose logarithm is normal, with the given median and standard deviation sigma of the
// logarithm. They are not drawn: in every 10,000 requests the midpoint of each of 10,000 equally likely slices
// occurs once, so quantiles are the distribution's own, to within one slice.
func LogNormal(median time.Duration, sigma float64) Law {
	table := make([]time.Duration, strata)
	for i := range table {
		p := (float64(i) + 0.5) / strata
		z := math.Sqrt2 * math.Erfinv(2*p-1)
		table[i] = time.Duration(float64(median) * math.Exp(sigma*z))
	}
	return func(k int64, start time.Duration) time.Duration {
		return start + table[(k%strata*stride+strata/2)%strata]
	}
}

// Freeze takes service for every request, and lets no answer out while the server is frozen: for the span
// frozen in the middle of every period. What would be done within a freeze, because it arrived in it or shortly
// before, is done when the freeze ends. With arrivals at a uniform rate the p-quantile of the time taken is
// service + frozen − (1−p)·period, and at least service.
func Freeze(service, frozen, period time.Duration) Law {
	return func(_ int64, start time.Duration) time.Duration {
		done := start + service
		into := done % period
		if begin := (period - frozen) / 2; into >= begin && into < begin+frozen {
			done += begin + frozen - into
		}
		return done
	}
}

// lawForms is every form of ParseLaw, by name.
var lawForms = map[string]struct {
	example string
	parse   func(f *fields) Law
}{
	"constant": {"constant:20ms", func(f *fields) Law { return Constant(f.duration()) }},
	"bimodal": {"bimodal:5ms,80ms,20", func(f *fields) Law {
		short, long, n := f.duration(), f.duration(), f.number()
		f.require(n >= 1 && n == math.Trunc(n), "every how many requests must be a whole number from 1")
		return Bimodal(short, long, int64(n))
	}},
	"lognormal": {"lognormal:10ms,0.5", func(f *fields) Law {
		median, sigma := f.duration(), f.number()
		f.require(sigma >= 0 && sigma <= 3, "sigma must be within 0 and 3")
		return LogNormal(median, sigma)
	}},
	"freeze": {"freeze:5ms,1s,10s", func(f *fields) Law {
		service, frozen, period := f.duration(), f.duration(), f.duration()
		f.require(frozen < period, "the freeze must be shorter than its period")
		return Freeze(service, frozen, period)
	}},
}

// ParseLaw reads a law: "constant:20ms", "bimodal:5ms,80ms,20" (short, long, every how many requests),
// "lognormal:10ms,0.5" (median, sigma), "freeze:5ms,1s,10s" (service, frozen, period). "" is no law, nil.
func ParseLaw(text string) (Law, error) {
	if text == "" {
		return nil, nil
	}
	name, args, _ := strings.Cut(text, ":")
	form, ok := lawForms[strings.TrimSpace(name)]
	if !ok {
		return nil, fmt.Errorf(
			"parse latency law %q: no law has that name; try %s, %s, %s or %s",
			text,
			lawForms["constant"].example,
			lawForms["bimodal"].example,
			lawForms["lognormal"].example,
			lawForms["freeze"].example,
		)
	}
	f := fields{rest: strings.Split(args, ",")}
	law := form.parse(&f)
	f.require(len(f.rest) == 0, "it has too many fields")
	if f.err != nil {
		return nil, fmt.Errorf("parse latency law %q: %w; try %s", text, f.err, form.example)
	}
	return law, nil
}

// fields reads comma-separated fields from left to right and keeps the first error.
type fields struct {
	rest []string
	err  error
}

func (f *fields) require(ok bool, why string) {
	if !ok && f.err == nil {
		f.err = fmt.Errorf("%s", why)
	}
}

func (f *fields) next() string {
	f.require(len(f.rest) > 0, "it has too few fields")
	if f.err != nil {
		return ""
	}
	s := strings.TrimSpace(f.rest[0])
	f.rest = f.rest[1:]
	return s
}

func (f *fields) duration() time.Duration {
	s := f.next()
	d, err := time.ParseDuration(s)
	f.require(err == nil && d >= 0 && d <= time.Hour, fmt.Sprintf("%q is not a time within 0s and 1h", s))
	return d
}

func (f *fields) number() float64 {
	s := f.next()
	n, err := strconv.ParseFloat(s, 64)
	f.require(err == nil, fmt.Sprintf("%q is not a number", s))
	return n
}
