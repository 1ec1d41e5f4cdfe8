package flow

import (
	"errors"
	"net/url"
	"time"

	"shotput/loadgen/text"
	"shotput/stats"
)

// An Exchange is one request of a pass. It is not looked at after End or Unsent: it may be another then.
type Exchange struct {
	Template int           // which of the plan's requests it is; the place of its step's row
	At       time.Duration // it is due then; no earlier than the answer before it
	Given    text.Given
	Server   *url.URL // scheme and host, where its URL was taken from an answer; nil: its template's own
	Err      error    // it cannot be made: nothing is sent, and it ends at once. See End

	lane    int
	step    *compiled
	refused stats.Outcome // with Err
	url     string        // its own, where that is needed
	parsed  *url.URL      // that, where it can be read
	aim     text.Aim
	server  url.URL
}

// exchange makes the exchange of a lane.
func (s *Slot) exchange(i int, l *lane) *Exchange {
	var e *Exchange
	if n := len(s.free); n > 0 {
		e, s.free = s.free[n-1], s.free[:n-1]
	} else {
		e = new(Exchange)
	}
	step := s.step()
	*e = Exchange{Template: step.Template, At: max(s.now.due, l.due), lane: i, step: step}
	e.Given.Values, e.Given.At = s.values, s.arrival.Intended
	if step.Parts > 0 {
		e.Given.Part, e.Given.Parts = int64(l.part)+1, int64(step.Parts)
	}
	if step.located {
		s.locate(e)
	}
	return e
}

// locate finds out where an exchange goes, and which cookies it has for that.
func (s *Slot) locate(e *Exchange) {
	f := s.flow
	e.url, e.Err = f.render(e.Template, s.arrival.Number, s.arrival.Intended, &e.Given)
	if e.Err != nil {
		if e.refused = stats.BadHead; errors.As(e.Err, new(text.CaptureError)) {
			e.refused = stats.Uncaptured
		}
		return
	}
	if from := e.step.URLFrom; from != "" {
		var base *url.URL
		if v := e.Given.Of(from); v != nil {
			base = v.Base
		}
		f.hosts.take(e, base)
	} else {
		e.parsed, _ = url.Parse(e.url) // of one that cannot be read nothing is relative
	}
	if f.cookies && e.parsed != nil && e.Err == nil && !e.aim.Foreign {
		s.openJar()
		e.Given.Cookie = s.jar.of(e.parsed)
	}
}

// keepCookies keeps what an answer sets, where that is of one of the plan's own servers.
func (s *Slot) keepCookies(e *Exchange, a *Answer) {
	if !s.flow.cookies || e.parsed == nil {
		return
	}
	from := e.parsed
	if a.URL != "" {
		if u, err := url.Parse(a.URL); err == nil {
			from = u
		}
	}
	if s.flow.hosts.owns(from) {
		s.openJar()
		s.jar.keep(from, a)
	}
}

func (s *Slot) openJar() {
	if s.jar == nil {
		s.jar = newJar()
	}
}
