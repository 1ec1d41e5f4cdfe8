package flow

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"shotput/loadgen/answer"
	"shotput/stats"
)

// An Answer is what came of an exchange, beside its observation.
type Answer struct {
	answer.Seen
	URL string // where redirects led; "": where it was sent
}

// End takes in an exchange that has ended and been judged; a is nil where no whole answer came. It may change the
// outcome of what it is told: what cannot be captured is a failure of the exchange, a 401 that a slot answers with a
// new login is none, and one with an Err has the outcome that this stands for. So it comes before the exchange is
// recorded.
func (s *Slot) End(e *Exchange, o *stats.Observation, a *Answer) {
	if e.Err != nil {
		o.Outcome, o.Detail = e.refused, e.Err.Error()
	}
	if o.Outcome == stats.Timeout && s.isLate(o) {
		o.Detail = s.limitPassed()
		s.expire(e.step, o.Done, o.Stage)
	}
	if a == nil {
		s.none = Answer{}
		a = &s.none
	}
	l := &s.now.lanes[e.lane]
	s.underWay--
	s.now.begun = true
	s.free = append(s.free, e)
	s.count(e, o)
	l.underWay, l.due = false, o.Done
	s.keepCookies(e, a)
	switch {
	case s.isDenied(l, o):
		o.Outcome, o.Detail, o.Answer, o.Reauth = stats.OK, "", "", true
		l.denied, s.relogin = true, true
	case o.Outcome == stats.OK && s.polls(e, l, o, a):
	default:
		l.busy, l.denied = false, false
		if o.Outcome == stats.OK {
			s.capture(e, l, o, a)
		}
		if o.Outcome != stats.OK {
			s.fail(e.step, o, o.Done)
		}
		if o.Outcome == stats.Aborted && s.stopped == "" {
			s.stopped = "aborted" // the run is halted: nothing more is sent
		}
	}
	s.settle(o.Done)
}

// isDenied says whether an exchange is to be sent once more when the slot has logged in again.
func (s *Slot) isDenied(l *lane, o *stats.Observation) bool {
	return o.Outcome == stats.BadStatus && o.Status == http.StatusUnauthorized && s.login != nil &&
		s.now.phase == passing && !l.denied && !s.failed
}

// polls says whether a lane asks again: the step's condition does not hold yet. Where time is up for it, the pass has
// failed.
func (s *Slot) polls(e *Exchange, l *lane, o *stats.Observation, a *Answer) bool {
	step := e.step
	if step.until == nil {
		return false
	}
	if l.denied = false; !l.polled {
		l.polled, l.first, l.overdue = true, o.Sent, 0
	} else {
		l.overdue += max(0, o.Sent-e.At)
	}
	judged := *o
	step.until.Judge(&judged, &a.Seen)
	if judged.Outcome == stats.OK {
		o.Completion, o.Overdue = o.Done-l.first, l.overdue
		return false
	}
	end := l.first + step.Within
	if o.Done < end && e.At < end {
		wait := min(max(step.Every, retryAfter(&a.Seen)), step.Within) // a date may be any number of years away
		l.due = min(o.Done+wait, end)
		return true
	}
	l.busy = false
	late := *o
	late.Outcome, late.Detail = stats.Timeout, fmt.Sprintf("until did not hold within %v: %s", step.Within,
		whyNot(&judged))
	s.fail(step, &late, o.Done)
	return true
}

// whyNot is why a condition does not hold.
func whyNot(judged *stats.Observation) string {
	if judged.Outcome == stats.BadStatus {
		return "status " + strconv.Itoa(judged.Status)
	}
	return judged.Detail
}

// retryAfter is how long an answer asks to wait: in seconds, or as a date, which is told by the answer's own clock.
func retryAfter(a *answer.Seen) time.Duration {
	value, found := a.First("Retry-After")
	if !found {
		return 0
	}
	n, err := strconv.ParseUint(strings.TrimSpace(value), 10, 31)
	if err == nil || errors.Is(err, strconv.ErrRange) { // whose n is the longest there is
		return time.Duration(n) * time.Second
	}
	date, _ := a.First("Date")
	at, err := http.ParseTime(value)
	now, err2 := http.ParseTime(date)
	if err != nil || err2 != nil {
		return 0
	}
	return max(0, at.Sub(now))
}

// capture takes from an answer what its step captures. What is not there fails the exchange.
func (s *Slot) capture(e *Exchange, l *lane, o *stats.Observation, a *Answer) {
	step := e.step
	if len(step.takers) == 0 {
		return
	}
	at, from := e.url, e.parsed
	switch {
	case a.URL != "" && step.located:
		at = a.URL
		from, _ = url.Parse(at)
	case step.URLFrom != "" && from != nil: // what was captured may be relative
		at = from.String()
	}
	texts := s.textsOf(step)
	for i, t := range step.takers {
		value, why := t.Take(&a.Seen, o.Status, at)
		if why != "" {
			if o.Outcome == stats.OK {
				o.Outcome, o.Detail = stats.Uncaptured, step.Captures[i].Name+": "+why
			}
			continue
		}
		texts[step.texts[i]+l.part] = value
		if step.bases[i] {
			s.now.bases[i] = from
		}
		if step.parts() == 1 {
			s.define(step, i)
		}
	}
}
