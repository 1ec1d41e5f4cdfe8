package flow

import (
	"net/url"
	"time"

	"shotput/loadgen/answer"
	"shotput/loadgen/text"
	"shotput/stats"
)

// A Flow is a list of steps, compiled. Safe for concurrent use.
type Flow struct {
	steps   []compiled
	limit   time.Duration
	seed    uint64
	hosts   Hosts
	cookies bool
	render  func(template int, number int64, given *text.Given) (string, error)
}

type compiled struct {
	Step
	name     string
	template int
}

// A Config is what a flow is made of.
type Config struct {
	Steps   []Named
	Limit   time.Duration // on a pass, from its first exchange being sent; 0: none
	Seed    uint64        // of think times
	Hosts   Hosts
	Cookies bool // each slot keeps the cookies that it is given
	// Render gives the URL of one of the requests, whole: absolute, or as it was captured and written. The error says
	// why it cannot be made.
	Render func(template int, number int64, given *text.Given) (string, error)
}

// A Named is a step with its name, and which of the plan's compiled requests it sends.
type Named struct {
	Step
	Name     string
	Template int    // in the plan's order, and the place of its row
	URLFrom  string // the capture that its URL begins with; "": it begins as it is written
}

// New compiles a flow whose steps have been checked. The error joins all faults.
func New(c Config) (*Flow, error) { panic("not yet") }

// A Slot is what one slot keeps from pass to pass: who it is logged in as, its cookies. It has one pass at a time. Its
// Pass, and what that gives, is owned by whoever fires the slot's exchanges.
type Slot struct{}

// NewSlot makes one. Shared are values that all passes have, of what was sent once before the load.
func NewSlot(shared []text.Value) *Slot { panic("not yet") }

// An Exchange is one request of a pass. It is the pass's until End.
type Exchange struct {
	Template int           // which of the plan's requests it is; the place of its step's row
	At       time.Duration // it is due then; no earlier than the answer before it
	Given    text.Given
	Server   *url.URL // scheme and host, where its URL was taken from an answer; nil: its template's own

	part int
}

// Begin begins a pass for an arrival.
func (s *Slot) Begin(f *Flow, number int64, intended, claimed time.Duration) { panic("not yet") }

// Next gives an exchange that may be sent as soon as it is due; nil: none before another one has ended, or the pass is
// over. now is what the clock says.
func (s *Slot) Next(now time.Duration) *Exchange { panic("not yet") }

// An Answer is what came of an exchange, beside its observation.
type Answer struct {
	answer.Seen
	URL string // where redirects led; "": where it was sent
}

// End takes in an exchange that has ended and been judged. It may change the outcome of what it is told: what cannot
// be captured is a failure of the exchange, and a 401 that a slot answers with a new login is none. So it comes before
// the exchange is recorded.
func (s *Slot) End(e *Exchange, o *stats.Observation, a *Answer) { panic("not yet") }

// Stop ends a pass that is not over: nothing more of it is due. What is under way is still to End. The pass is aborted,
// unless a step has failed before.
func (s *Slot) Stop(now time.Duration, why string) { panic("not yet") }

// Deadline is when the pass is to be over by its limit; 0: there is none, or it has not begun.
func (s *Slot) Deadline() time.Duration { panic("not yet") }

// Over says whether nothing of the pass is under way, and nothing will be.
func (s *Slot) Over() bool { panic("not yet") }

// Arrival is what the run counts of a pass that is over.
func (s *Slot) Arrival() *stats.Observation { panic("not yet") }

// Secrets are all that was captured, for whoever shows what a server said.
func (s *Slot) Secrets() []string { panic("not yet") }
