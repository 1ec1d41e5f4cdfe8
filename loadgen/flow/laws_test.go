package flow

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"shotput/stats"
)

// A drawn is a random flow, and the random engine and server that it meets. Of the same seed all is the same, whatever
// happens to the pass meanwhile, so that it can be stopped at any instant of its life.
type drawn struct {
	*rand.Rand
	config Config
	seed   uint64
}

func draw(seed uint64) *drawn {
	d := &drawn{Rand: rand.New(rand.NewPCG(seed, 1)), seed: seed}
	for i := range d.IntN(2) {
		s := step(fmt.Sprintf("login%d", i), Step{PerSlot: true, Parts: d.IntN(3), Parallel: d.IntN(3)})
		s.Captures = captures("token: json .token")
		d.config.Steps = append(d.config.Steps, s)
	}
	for i := range 1 + d.IntN(4) {
		s := step(fmt.Sprintf("step%d", i), Step{Parts: d.IntN(6), Parallel: d.IntN(4)})
		s.Captures = captures(fmt.Sprintf("value%d: json .token", i))[:d.IntN(2)]
		if d.IntN(3) == 0 {
			s.Until, s.Every, s.Within = mustStatus("200"), time.Duration(d.IntN(20))*ms, time.Duration(1+d.IntN(100))*ms
		}
		if d.IntN(3) == 0 {
			s.Think = Think{From: time.Duration(d.IntN(10)) * ms, To: time.Duration(d.IntN(20)) * ms}
		}
		d.config.Steps = append(d.config.Steps, s)
	}
	for i := range d.IntN(3) {
		s := onFailure(fmt.Sprintf("undo%d", i))
		s.Parts = d.IntN(3)
		d.config.Steps = append(d.config.Steps, s)
	}
	if d.IntN(3) == 0 {
		d.config.Limit = time.Duration(1+d.IntN(200)) * ms
	}
	d.config.Seed = seed
	return d
}

// says is what the server makes of an exchange: the n-th of its part.
func (d *drawn) says(name string, part int64, n int) reply {
	var h uint64
	for _, c := range []byte(fmt.Sprint(name, part, n)) {
		h = h*31 + uint64(c)
	}
	r := rand.New(rand.NewPCG(d.seed, h))
	answered := reply{after: time.Duration(r.IntN(30_000)) * time.Microsecond, body: `{"token":"t"}`}
	switch p := r.IntN(60); {
	case p == 0:
		answered.status = 500
	case p == 1:
		answered.outcome = stats.Reset
	case p == 2:
		answered.outcome = stats.Timeout
	case p == 3:
		answered.body = ""
	case p < 10:
		answered.status = 401
	case p < 30:
		answered.status = 202
		answered.header = []string{"", "Retry-After: 0", "Retry-After: 1"}[r.IntN(3)]
	}
	return answered
}

// A ledger counts exchanges and arrivals as a run does, and remembers when something was under way.
type ledger struct {
	t         *testing.T
	started   map[string]int
	ended     map[string]map[stats.Outcome]int
	spans     []span // of the pass at hand, those of steps on failure aside
	exchanges int    // of the pass at hand
	passes    int
	arrivals  map[stats.Outcome]int
}

// check holds a pass's observation against what was under way when.
func (l *ledger) check(o *stats.Observation) {
	l.t.Helper()
	slices.SortFunc(l.spans, func(a, b span) int { return cmp.Compare(a.sent, b.sent) })
	var service, until time.Duration
	for _, s := range l.spans {
		from, to := max(s.sent, until), min(s.done, o.Done)
		service += max(0, to-from)
		until = max(until, to)
	}
	if o.Service() != service {
		l.t.Errorf("%v of service, and exchanges were under way for %v: %+v", o.Service(), service, o)
	}
	if len(l.spans) > 0 && o.Sent != l.spans[0].sent {
		l.t.Errorf("sent %v, and its first exchange %v", o.Sent, l.spans[0].sent)
	}
	if o.Exchanges != l.exchanges {
		l.t.Errorf("%d exchanges, and there were %d", o.Exchanges, l.exchanges)
	}
	l.arrivals[o.Outcome]++
	l.spans, l.exchanges = l.spans[:0], 0
}

// driveDrawn drives a few passes of a random flow, and gives how long they took. They are stopped, or halted, at an
// instant; 0: they are not.
func driveDrawn(t *testing.T, d *drawn, stop, halt time.Duration) (took time.Duration) {
	t.Helper()
	drive := newDriver(t, d.config)
	drive.now = 1 * ms
	drive.lag = time.Duration(d.seed%3) * 100 * time.Microsecond
	drive.stop, drive.halt = stop, halt
	book := &ledger{t: t, started: map[string]int{}, ended: map[string]map[stats.Outcome]int{}, arrivals: map[stats.Outcome]int{}}
	times := map[string]int{}
	drive.server = func(name string, e *Exchange) reply {
		key := fmt.Sprint(name, e.Given.Part)
		times[key]++
		book.started[name]++
		return d.says(name, e.Given.Part, times[key])
	}
	drive.recount = func(e *Exchange, o stats.Observation) {
		name := drive.names[e.Template]
		if book.ended[name] == nil {
			book.ended[name] = map[stats.Outcome]int{}
		}
		book.ended[name][o.Outcome]++
		if book.exchanges++; !e.step.OnFailure {
			book.spans = append(book.spans, span{0, o.Sent, o.Done})
		}
	}
	for range 3 {
		book.passes++
		o := drive.pass(drive.now)
		drive.holds(o)
		book.check(o)
		if drive.after {
			break
		}
	}
	book.conserved(drive.names)
	if t.Failed() {
		for _, line := range drive.story {
			t.Log(line)
		}
	}
	return drive.now
}

// conserved checks both laws: each exchange that was started has one end, and each arrival one outcome.
func (l *ledger) conserved(names []string) {
	l.t.Helper()
	for _, name := range names {
		sum := 0
		for _, n := range l.ended[name] {
			sum += n
		}
		if sum != l.started[name] {
			l.t.Errorf("%s: %d started, and %d ended", name, l.started[name], sum)
		}
	}
	sum := 0
	for _, n := range l.arrivals {
		sum += n
	}
	if sum != l.passes {
		l.t.Errorf("%d passes, and %d arrivals", l.passes, sum)
	}
}

// Whatever the flow, the engine and the server do, and whenever it is stopped: each pass ends, nothing is due behind a
// stop, all is counted, and the parts of the response time add up to it.
func TestLaws(t *testing.T) {
	flows, instants := 100, 50
	if testing.Short() {
		flows = 20
	}
	for seed := range uint64(flows) {
		took := driveDrawn(t, draw(seed), 0, 0)
		at := rand.New(rand.NewPCG(seed, 2))
		for range instants {
			instant := 1*ms + time.Duration(at.Int64N(int64(took)))
			driveDrawn(t, draw(seed), instant, 0)
			driveDrawn(t, draw(seed), instant, instant+time.Duration(at.IntN(5))*ms)
			driveDrawn(t, draw(seed), 0, instant)
		}
		if t.Failed() {
			t.Fatalf("flow %d", seed)
		}
	}
}
