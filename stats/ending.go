package stats

import (
	"fmt"
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
	Unknown  int64         // of those that count as aborted: how they ended, nobody knows

	WireBytesSent     int64
	BytesReceived     int64
	ConnectionsOpened int64
	ConnectionsNeeded int64
	Reopened          int64 // before the run
	IdleAnswers       int64 // see Totals.IdleAnswers
	Overlong          int64 // see Totals.Overlong

	Clock     string    // see Run.Clock
	ReadLag   Histogram // where nobody stamps answers: how late they may have been read
	Generator Generator
}

// A StopReason says what ended a run. It is a value, so that nobody who acts on it has to read a sentence.
type StopReason struct {
	Kind StopKind `json:"kind"`
	Text string   `json:"text,omitempty"` // the rule, the signal, the rows; else ""
}

// A StopKind is what there is to end a run.
type StopKind uint8

// The kinds of reasons to stop. From ByRule on the run was cut short; before it, it went on to its own end.
const (
	AsPlanned  StopKind = iota // its own end; nobody said which of the next four it was
	AtDuration                 // the time asked for was over
	AtCount                    // the number of requests asked for was sent
	AtRows                     // each row was used once; Text says of what
	AtSchedule                 // the last stage of a rate that changes was over
	ByRule                     // an abort rule came true, which is Text
	BySignal                   // a signal, or whoever else may end it: what was in flight could finish
	Halted                     // the same at once: what was in flight was aborted
	BrokenOff                  // nobody knows: the stream that it was saved as has no end
	ByFailure                  // the first answers were all the same failure; see Opening
	stopKinds
)

var stopNames = [stopKinds]string{"", "duration", "count", "rows", "schedule", "abort_rule", "signal", "halted",
	"broken_off", "same_failure"}

// String gives the kind's name as it stands in saved runs.
func (k StopKind) String() string { return name(stopNames[:], int(k)) }

// MarshalText writes the kind's name.
func (k StopKind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText reads a name that String gives; any other is an error.
func (k *StopKind) UnmarshalText(b []byte) error {
	i, err := index(stopNames[:], string(b), "kind of end")
	*k = StopKind(i)
	return err
}

// CutShort says whether the run ended before its plan did.
func (s StopReason) CutShort() bool { return s.Kind >= ByRule }

// How the older schema writes reasons that have no text of their own, or share the field with those that have.
const (
	savedRule      = "abort: "
	savedBrokenOff = "stream ended early"
)

// String is the reason in words, of a run that was cut short or whose rows were used up; of any other "".
func (s StopReason) String() string {
	switch s.Kind {
	case ByRule:
		return savedRule + s.Text
	case AtRows, BySignal, Halted, ByFailure:
		return s.Text
	case BrokenOff:
		return savedBrokenOff
	}
	return ""
}

// IsZero says that nothing is known of how the run ended.
func (s StopReason) IsZero() bool { return s == StopReason{} }

// olderReason is a reason as the older schema has it: as one text. This is the one place that tells reasons apart by
// their text, since there is nothing else; Halted is read as BySignal.
func olderReason(text string) StopReason {
	rule, byRule := strings.CutPrefix(text, savedRule)
	switch {
	case text == "":
		return StopReason{}
	case byRule:
		return StopReason{Kind: ByRule, Text: rule}
	case text == savedBrokenOff:
		return StopReason{Kind: BrokenOff}
	}
	return StopReason{Kind: BySignal, Text: text}
}

// # Runs that only fail
//
// A run whose first answers are all the same failure, mostLike of them or those of its first second, tells nothing that
// a longer one would tell better: a token has expired, a bucket is not there, nobody listens any more. Fewer than
// leastLike in a second may be a moment's trouble, such as a restart, and say nothing yet.
const (
	mostLike  = 100
	leastLike = 10
)

// An Opening looks at how requests end from the start of a run on. Requests that were aborted say nothing.
type Opening struct {
	n     int64
	class failureClass
	mixed bool // one succeeded, or failed in another way
}

// Note takes in a request that ended; settled says that nothing it is told from now on makes a difference.
func (p *Opening) Note(o *Observation) (settled bool) {
	class := failureClass{o.Outcome, o.Stage, o.Status, o.Step}
	switch {
	case p.mixed || p.n >= mostLike:
		return true
	case o.Outcome == Aborted:
		return false
	case o.Outcome == OK || p.n > 0 && class != p.class:
		p.mixed = true
		return true
	}
	p.class, p.n = class, p.n+1
	return p.n >= mostLike
}

// Failure is in what way all of them failed, where they are enough to say so; over is that the first second is.
func (p *Opening) Failure(over bool) (StopReason, bool) {
	if p.mixed || p.n < leastLike || p.n < mostLike && !over {
		return StopReason{}, false
	}
	return StopReason{Kind: ByFailure, Text: fmt.Sprintf("the first %d answers were all the same failure: %s",
		p.n, p.class)}, true
}
