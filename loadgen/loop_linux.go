package loadgen

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"sync"
	"time"

	"shotput/loadgen/wire"
	"shotput/stats"
)

// loops is the fast engine: event loops that share the arrivals, and split the slots.
//
// They claim from the same schedule, one lock for all, and not each a stripe of its own: with stripes, an arrival of a
// loop whose slots are all busy would wait although another loop has a slot free, and would be called pool lag.
// The lock is held for 0.1 µs of the 8 µs that a request takes.
type loops struct {
	plan    *Plan
	traffic *traffic
	all     []*wire.Loop
	drivers []*driver
	halted  chan struct{}
}

// A driver is what one loop asks for: requests, and somebody to tell. It is used by its loop's thread alone.
type driver struct {
	firing  *firing
	shard   *stats.Shard
	whole   [][]byte // of each template, the whole request, where all are the same and short
	scratch []byte
}

// mostLoops bounds the loops that are used without being asked for. Measured on two cores, closed loop, nginx on the
// same machine: 68 800 PUTs a second with one loop, 66 900 with two (medians), since a second loop only takes
// the server's core. So there is one for every two cores, and the server, or the kernel's network work, has the
// other half. More than four were not measured.
const mostLoops = 4

func loopCount(p *Plan) int {
	if p.Loops > 0 {
		return p.Loops
	}
	return min(p.Concurrency, max(1, min(mostLoops, runtime.GOMAXPROCS(0)/2)))
}

func newLoops(p *Plan, t *traffic) (engine, error) {
	location, err := compileURL(p.Each()[0].URL)
	if err != nil {
		return nil, err
	}
	origin := (&Template{location: location}).originURL()
	d, err := newDialler(p, origin, t)
	if err != nil {
		return nil, err
	}
	e := &loops{plan: p, traffic: t, halted: make(chan struct{})}
	n := loopCount(p)
	for i := range n {
		drive := new(driver)
		l, err := wire.New(e.config(drive, d, slotsOf(p.Concurrency, i, n)))
		if err != nil {
			e.close()
			return nil, err
		}
		e.all, e.drivers = append(e.all, l), append(e.drivers, drive)
	}
	return e, nil
}

// slotsOf is the share of loop i of n.
func slotsOf(slots, i, n int) int { return (slots + n - 1 - i) / n }

func (e *loops) config(d *driver, dial *dialler, slots int) wire.Config {
	p := e.plan
	return wire.Config{Slots: slots, Scheduled: p.open(), Keepalive: !p.NoKeepalive, Timeout: p.Timeout, Quiet: p.ReadTimeout,
		Spin: p.Spin == "on" || p.Spin == "auto" && runtime.GOMAXPROCS(0) > 1, UserClock: p.Clock == "user",
		Now:   func() time.Duration { return d.firing.now() },
		Claim: d.claim, Unclaim: d.unclaim, Began: func() { d.firing.rise() }, Record: d.record,
		Failed: failedOnWire, Render: d.render, Dial: dial.dial, Halt: e.halted}
}

// open opens the connections that the run will use, and lets each loop find out how fast it wakes.
func (e *loops) open(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, min(e.plan.Timeout, 5*time.Second))
	defer cancel()
	var opening sync.WaitGroup
	for i, l := range e.all {
		opening.Go(func() {
			if !e.plan.NoKeepalive {
				l.Open(ctx, slotsOf(e.plan.Concurrency, i, len(e.all)))
			}
			l.Calibrate()
		})
	}
	opening.Wait()
}

func (e *loops) fire(halt context.Context, f *firing) {
	if need := len(e.all) + 1; runtime.GOMAXPROCS(0) < need {
		// A loop that returns from a wait needs a free P, or it waits for the scheduler to notice.
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(need))
	}
	undo := context.AfterFunc(halt, func() { close(e.halted) })
	defer undo()
	var running sync.WaitGroup
	for i, l := range e.all {
		d := e.drivers[i]
		d.firing, d.shard, d.whole = f, f.recorder.Shard(i), f.mixture.wholeRequests()
		running.Go(func() { l.Run(f.stopped) })
	}
	running.Wait()
	for _, l := range e.all {
		sent, received := l.Traffic()
		e.traffic.sent.Add(sent)
		e.traffic.received.Add(received)
	}
}

func (e *loops) clock() string { return e.plan.Clock }

func (e *loops) close() {
	for _, l := range e.all {
		l.Close()
	}
}

func (d *driver) claim(now time.Duration) (wire.Arrival, bool) {
	a, ok := d.firing.claim(now)
	return wire.Arrival{Number: a.number, Template: a.template, Method: d.firing.mixture.all[a.template].method,
		Intended: a.intended, Claimed: a.claimed}, ok
}

func (d *driver) unclaim(a wire.Arrival) {
	d.firing.unclaim(arrival{number: a.Number, intended: a.Intended, claimed: a.Claimed})
}

// record judges and counts what the loop observed.
func (d *driver) record(o *stats.Observation) {
	f := d.firing
	if o.Outcome == stats.OK {
		if !f.plan.Expect.Contains(o.Status) {
			o.Outcome = stats.BadStatus
			o.Detail = redactNote(o.Detail)
		} else {
			o.Detail = ""
		}
	}
	f.book(o)
	d.shard.Record(o)
	f.release()
}

// redactNote hides the secrets in what an answer says of itself, such as "Location: http://host/?token=x".
func redactNote(note string) string {
	if name, value, ok := strings.Cut(note, ": "); ok {
		return name + ": " + redactURL(value)
	}
	return note
}

// failedOnWire names a failure of the event loop's.
func failedOnWire(err error, stage stats.Stage) (stats.Outcome, stats.Stage, string) {
	var o stats.Outcome
	switch {
	case err == wire.ErrTimeLimit:
		o = stats.Timeout
	case err == wire.ErrHalted:
		o = stats.Aborted
	case wire.IsProtocol(err):
		o = stats.Protocol
	case errors.Is(err, wire.ErrBody):
		o = stats.BadBody
	default:
		o = outcomeOf(err, stage)
	}
	return o, failedStage(o, stage), plainDetail(err)
}

// inlineBody bounds the bodies that are copied behind the head, to go out in one plain write.
const inlineBody = 4 << 10

// render gives the request as the event loop wants it.
func (d *driver) render(dst []byte, a wire.Arrival) (head []byte, shared bool, b wire.Body) {
	t := d.firing.mixture.all[a.Template]
	if whole := d.whole[a.Template]; whole != nil {
		return whole, true, wire.Body{Inline: int(t.body.size)}
	}
	r := t.request(a.Number, a.Intended)
	if t.body.size < 0 {
		d.scratch = t.body.text.append(d.scratch[:0], r)
		head = t.AppendHead(dst, a.Number, a.Intended, int64(len(d.scratch)))
		return append(head, d.scratch...), false, wire.Body{Inline: len(d.scratch)}
	}
	head = t.AppendHead(dst, a.Number, a.Intended, t.body.size)
	if t.body.file != nil {
		return head, false, wire.Body{File: t.body.file, Size: t.body.size}
	}
	at := 0
	if t.body.made {
		at = t.body.window(r)
	}
	if t.body.size <= inlineBody {
		return append(head, t.body.data[at:][:t.body.size]...), false, wire.Body{Inline: int(t.body.size)}
	}
	return head, false, wire.Body{Data: t.body.data, At: at, Size: t.body.size}
}

// sharedBody bounds the bodies that stand behind a head which all requests share.
const sharedBody = 64 << 10

func (m *mixture) wholeRequests() (all [][]byte) {
	for _, t := range m.all {
		all = append(all, t.wholeRequest())
	}
	return all
}

// wholeRequest is the request with its body, where all are the same and short; else nil.
func (t *Template) wholeRequest() []byte {
	if t.whole == "" || t.body.size < 0 || t.body.size > sharedBody || t.body.made || t.body.file != nil {
		return nil
	}
	return append([]byte(t.whole), t.body.data...)
}
