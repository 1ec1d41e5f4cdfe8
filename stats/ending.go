package stats

import (
	"strings"
	"time"
)

// An Ending is what only the engine knows of how a run went. Instants are time since the start of the run.
type Ending struct {
	Planned  int64         // arrivals of the measured span that the schedule called for; see Totals.Planned
	Due      int64         // of those, due before claiming stopped
	Span     time.Duration // what the measured part of the schedule takes, without warm-up; 0 in closed loop
	Stopped  time.Duration // the instant when claiming ended; before the schedule's own end only when cut short
	LastDone time.Duration // the instant when the last request was done
	Stop     StopReason    // what ended it

	WireBytesSent     int64
	BytesReceived     int64
	ConnectionsOpened int64
	ConnectionsNeeded int64
	Reopened          int64 // before the run
	IdleAnswers       int64 // see Totals.IdleAnswers

	Clock     string // see Run.Clock
	Generator Generator
}

// A StopReason says what ended a run. It is a value, so that nobody who acts on it has to read a sentence.
type StopReason struct {
	Kind StopKind
	Text string // the rule, of ByRule; of BySignal and Halted what is said of it, such as "terminated"; else ""
}

// A StopKind is what there is to end a run.
type StopKind uint8

// The kinds of reasons to stop. From ByRule on the run was cut short; before it, it went on to its own end.
const (
	AsPlanned  StopKind = iota // its own end; a saved run does not say which of the next four it was
	AtDuration                 // the time asked for was over
	AtCount                    // the number of requests asked for was sent
	AtRows                     // each row was used once
	AtSchedule                 // the last stage of a rate that changes was over
	ByRule                     // an abort rule came true
	BySignal                   // a signal, or whoever else may end it: what was in flight could finish
	Halted                     // the same at once: what was in flight was aborted
	BrokenOff                  // nobody knows: the stream that it was saved as has no end
)

// CutShort says whether the run ended before its plan did.
func (s StopReason) CutShort() bool { return s.Kind >= ByRule }

// How a saved run writes reasons that have no text of their own, or share the field with those that have.
const (
	savedRule      = "abort: "
	savedBrokenOff = "stream ended early"
)

// String is the reason as a saved run and a report have it; "" of a run that was not cut short.
func (s StopReason) String() string {
	switch s.Kind {
	case ByRule:
		return savedRule + s.Text
	case BySignal, Halted:
		return s.Text
	case BrokenOff:
		return savedBrokenOff
	}
	return ""
}

// IsZero leaves the field out of the saved form of a run that went on to its own end.
func (s StopReason) IsZero() bool { return s.String() == "" }

// MarshalText writes String.
func (s StopReason) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads what MarshalText wrote, of any version. This is the one place that tells reasons apart by their
// text, since the saved form has nothing else; Halted is read as BySignal.
func (s *StopReason) UnmarshalText(b []byte) error {
	text := string(b)
	rule, byRule := strings.CutPrefix(text, savedRule)
	switch {
	case text == "":
		*s = StopReason{}
	case byRule:
		*s = StopReason{Kind: ByRule, Text: rule}
	case text == savedBrokenOff:
		*s = StopReason{Kind: BrokenOff}
	default:
		*s = StopReason{Kind: BySignal, Text: text}
	}
	return nil
}
