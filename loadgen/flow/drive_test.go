package flow

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"shotput/loadgen/answer"
	"shotput/loadgen/text"
	"shotput/stats"
)

const ms = time.Millisecond

// A reply is what the fake server, or the way to it, makes of an exchange.
type reply struct {
	after   time.Duration // of its being sent
	status  int           // 0: 200
	header  string        // "Name: value" each, one on a line
	body    string
	outcome stats.Outcome // of an exchange without an answer
	url     string        // where redirects led
}

// A driver is an engine in virtual time, whose clock begins where it is told, that fires one slot.
type driver struct {
	t       *testing.T
	flow    *Flow
	slot    *Slot
	number  int64
	now     time.Duration
	lag     time.Duration                          // between an exchange being due and being sent
	stop    time.Duration                          // 0: never
	halt    time.Duration                          // of what is under way; 0: never
	server  func(name string, e *Exchange) reply   // called when an exchange is sent
	recount func(e *Exchange, o stats.Observation) // called when it is recorded; nil: nobody is
	names   []string                               // of steps, by their template
	given   []*fired
	ended   int
	story   []string
	after   bool // Stop was called
}

// A fired is an exchange that was given.
type fired struct {
	*Exchange
	isSent bool
	sent   time.Duration
	done   time.Duration
	reply  reply
}

// pass drives one arrival to its end, and gives what the run would count.
func (d *driver) pass(intended time.Duration) *stats.Observation {
	d.t.Helper()
	d.number++
	d.now = max(d.now, intended)
	d.slot.Begin(d.flow, d.number, intended, d.now)
	d.after = false
	for steps := 0; !d.slot.Over(); steps++ {
		if steps > 100_000 {
			d.t.Fatalf("the pass does not end: %s", d.story)
		}
		d.ask()
		d.step()
	}
	if len(d.given) > 0 {
		d.t.Errorf("over, and %d exchanges are under way", len(d.given))
	}
	if e := d.slot.Next(d.now); e != nil {
		d.t.Errorf("over, and %s is due", d.names[e.Template])
	}
	return d.slot.Arrival()
}

// ask takes all that is to be sent.
func (d *driver) ask() {
	for len(d.given) < d.flow.Parallel() {
		e := d.slot.Next(d.now)
		if e == nil {
			return
		}
		if d.after {
			d.t.Errorf("%s is due after the pass was stopped", d.names[e.Template])
		}
		if d.slot.failed && !e.step.OnFailure {
			d.t.Errorf("%s is due after a step has failed", d.names[e.Template])
		}
		d.given = append(d.given, &fired{Exchange: e})
	}
}

// step lets the next thing happen: the run is stopped or halted, the pass's limit passes, an exchange is sent or ends.
func (d *driver) step() {
	at, what := time.Duration(1<<62), func() {}
	next := func(when time.Duration, do func()) {
		if when = max(when, d.now); when < at {
			at, what = when, do
		}
	}
	if d.stop > 0 && !d.after {
		next(d.stop, d.cut)
	}
	if d.halt > 0 {
		next(d.halt, d.abort)
	}
	if limit := d.slot.deadline; limit > 0 && d.slot.Deadline(0) > 0 && !slices.ContainsFunc(d.given, func(f *fired) bool { return f.isSent }) {
		next(limit, func() { d.unsend(); d.slot.Expire(limit) })
	}
	for _, f := range d.given {
		if f.isSent {
			next(f.done, func() { d.end(f, f.reply) })
		} else if f.Err != nil {
			next(f.At, func() { f.sent, f.isSent, f.done = d.now, true, d.now; d.end(f, reply{outcome: stats.BadHead}) })
		} else {
			next(f.At+d.lag, func() { d.send(f) })
		}
	}
	if at == 1<<62 {
		d.t.Fatalf("nothing happens, and the pass is not over: %s", d.story)
	}
	d.now = at
	what()
}

func (d *driver) send(f *fired) {
	f.isSent, f.sent = true, d.now
	f.reply = d.server(d.names[f.Template], f.Exchange)
	f.done = f.sent + f.reply.after
	if limit := d.slot.Deadline(f.sent); limit > 0 && f.done > limit {
		f.done, f.reply = max(limit, f.sent), reply{outcome: stats.Timeout}
	}
}

func (d *driver) end(f *fired, r reply) {
	i := slices.Index(d.given, f)
	d.given = slices.Delete(d.given, i, i+1)
	o := stats.Observation{Number: d.number, Sent: f.sent, Done: d.now, Attempts: 1, Outcome: r.outcome}
	var a *Answer
	if r.outcome == stats.OK {
		if o.Status = r.status; o.Status == 0 {
			o.Status = 200
		}
		a = &Answer{Seen: answer.Seen{Body: []byte(r.body), Header: http.Header{}}, URL: r.url}
		for line := range strings.SplitSeq(r.header, "\n") {
			if name, value, ok := strings.Cut(line, ": "); ok {
				a.Header.Add(name, value)
			}
		}
		if o.Status/100 != 2 {
			o.Outcome = stats.BadStatus
		}
	}
	d.slot.End(f.Exchange, &o, a)
	d.ended++
	if d.recount != nil {
		d.recount(f.Exchange, o)
	}
	line := d.names[f.Template]
	if f.Given.Part > 0 {
		line += fmt.Sprintf("#%d", f.Given.Part)
	}
	line += fmt.Sprintf(" %v-%v %v", int64(f.sent/ms), int64(o.Done/ms), o.Outcome)
	if o.Reauth {
		line += " reauth"
	}
	if o.Completion > 0 {
		line += fmt.Sprintf(" held in %v", int64(o.Completion/ms))
	}
	if o.Detail != "" {
		line += " (" + o.Detail + ")"
	}
	d.story = append(d.story, line)
}

// unsend takes back what was not sent.
func (d *driver) unsend() {
	d.given = slices.DeleteFunc(d.given, func(f *fired) bool {
		if !f.isSent {
			d.slot.Unsent(f.Exchange)
		}
		return !f.isSent
	})
}

// cut stops the pass: what is under way ends by itself.
func (d *driver) cut() {
	d.after = true
	d.unsend()
	d.slot.Stop(d.now, "interrupted")
}

// abort ends what is under way at once, as a halt does.
func (d *driver) abort() {
	d.halt = 0
	d.cut()
	for len(d.given) > 0 {
		d.end(d.given[0], reply{outcome: stats.Aborted})
	}
}

// newDriver drives a flow; all its requests go to http://own/NAME.
func newDriver(t *testing.T, c Config) *driver {
	t.Helper()
	d := &driver{t: t, slot: NewSlot(nil)}
	for i := range c.Steps {
		c.Steps[i].Template = i
		d.names = append(d.names, c.Steps[i].Name)
	}
	if c.Render == nil {
		c.Render = func(template int, _ int64, _ time.Duration, given *text.Given) (string, error) {
			if from := c.Steps[template].URLFrom; from != "" {
				return given.Of(from).Texts[0], nil
			}
			return "http://own/" + c.Steps[template].Name, nil
		}
	}
	var err error
	if d.flow, err = New(c); err != nil {
		t.Fatal(err)
	}
	return d
}

// holds checks what must be true of every arrival, and that the exchanges were counted.
func (d *driver) holds(o *stats.Observation) {
	d.t.Helper()
	if sum := o.PoolLag() + o.TimerLag() + o.Service() + o.Paused; sum != o.Response() {
		d.t.Errorf("%v of pool, timer, service and pause is not the response time of %v: %+v", sum, o.Response(), o)
	}
	if o.Paused < 0 || o.Gap < 0 || o.Service() < 0 || o.Sent > o.Done || (o.Step == "") != (o.Outcome == stats.OK) {
		d.t.Errorf("no arrival can be like this: %+v", o)
	}
	if (o.Outcome == stats.Uncaptured || o.Outcome == stats.ForeignHost) && o.Detail == "" {
		d.t.Errorf("nothing is said of why: %+v", o)
	}
}

// tell is a pass in one line.
func (d *driver) tell(o *stats.Observation) string {
	line := fmt.Sprintf("%v-%v %v", int64(o.Sent/ms), int64(o.Done/ms), o.Outcome)
	if o.Step != "" {
		line += " at " + o.Step
	}
	if o.Paused+o.Gap > 0 {
		line += fmt.Sprintf(" paused %v gap %v", int64(o.Paused/ms), int64(o.Gap/ms))
	}
	if o.Detail != "" {
		line += " (" + o.Detail + ")"
	}
	return line
}
