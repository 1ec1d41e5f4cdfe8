package stats

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// flowPlan is what a saved plan says of a flow of three steps and of what is sent once on either side of the load.
func flowPlan() Plan {
	step := func(name, phase string) Step {
		return Step{Name: name, Phase: phase, Method: "PUT", URL: "http://host/" + name}
	}
	p := Plan{Model: "open", RatePerSecond: 10, Concurrency: 8, Warmup: time.Second, Duration: 10 * time.Second,
		Steps: []Step{step("login", StepSlot), step("create", StepFlow), step("wait", StepFlow), step("bucket", StepBefore), step("sweep", StepAfter)}}
	p.Steps[2].Until, p.Steps[2].Within = []string{"200"}, 10*time.Second
	return p
}

// flowRecorder is that of flowPlan.
func flowRecorder(shards int) *Recorder {
	return NewRecorder(RecorderConfig{Shards: shards, Open: true, Warmup: time.Second, SpanEnd: 11 * time.Second, Steps: 5})
}

// exchangeAt is an exchange of an arrival that was due at t: sent so much later, with 2 ms of service.
func exchangeAt(t, later time.Duration) *Observation {
	sent := t + later
	return &Observation{Intended: t, Claimed: t, Sent: sent, Uploaded: sent + ms/2, FirstByte: sent + ms, Done: sent + 2*ms, Status: 200, Attempts: 1,
		BodySent: 10, Stamped: true, ReadLag: 50 * time.Microsecond}
}

// flowAt is an arrival that was due at t and took 50 ms: 1 ms of pool lag, 2 ms of timer lag, two exchanges of 3 and 4 ms,
// and between them 35 ms that it waited by itself and 5 ms that the tool took.
func flowAt(t time.Duration) *Observation {
	return &Observation{Intended: t, Claimed: t + ms, Sent: t + 3*ms, Uploaded: t + 4*ms, FirstByte: t + 49*ms, Done: t + 50*ms,
		Status: 204, Attempts: 2, BodySent: 128, Exchanges: 2, Paused: 35 * ms, Gap: 5 * ms,
		NewConn: true, Connect: ms, Stamped: true, ReadLag: ms, Unstamped: true, Continue: Continued}
}

func TestAFlowIsTimedWithoutWhatItWaits(t *testing.T) {
	for _, open := range []bool{true, false} {
		r := NewRecorder(RecorderConfig{Open: open, Steps: 5})
		o := flowAt(2 * time.Second)
		o.Bounded, o.Floor = open, 42*ms
		r.Shard(0).Record(o)
		w := r.Rotate(3*time.Second, 0)
		l := &w.Tally.Latency
		wantLatency(t, "service", &l.Service, 1, 7*ms)
		wantLatency(t, "flow", &l.Flow, 1, 50*ms)
		if open {
			wantLatency(t, "response", &l.Response, 1, 50*ms)
			wantLatency(t, "punctual", &l.Punctual, 1, 43*ms)
			wantLatency(t, "timer lag", &l.TimerLag, 1, 7*ms)
			wantLatency(t, "pool lag", &l.PoolLag, 1, ms)
			wantLatency(t, "floor", &l.FlowFloor, 1, 42*ms)
		} else {
			wantLatency(t, "floor", &l.FlowFloor, 1, 43*ms)
		}
		for _, h := range []*Histogram{&l.Upload, &l.Wait, &l.Connect, &l.ReadLag, &l.Completion} {
			wantLatency(t, "what is an exchange's", h, 0, 0)
		}
		if w.Tally.Flows != 1 || w.Tally.Paused != 35*ms || w.Tally.Unstamped != 0 || w.Tally.Continues != (continues{}) {
			t.Errorf("%d flows that waited %v, %d unstamped, %+v", w.Tally.Flows, w.Tally.Paused, w.Tally.Unstamped, w.Tally.Continues)
		}
		if got := l.FlowBoundsOf(At(.5)); got.Upper != 50*ms || got.Lower >= got.Upper {
			t.Errorf("bounds %v", got)
		}
	}
}

func TestFailedFlowsAreNamedByTheirStep(t *testing.T) {
	r := flowRecorder(1)
	for i, step := range []string{"create", "wait", "create", "login"} {
		o := flowAt(2 * time.Second)
		o.Outcome, o.Step, o.Status, o.Stage = Uncaptured, step, 200, InWait
		if i == 3 { // it ended before its first exchange
			o.Exchanges, o.Paused, o.Gap, o.NewConn, o.Status = 0, 0, 0, false, 0
		}
		r.Shard(0).Record(o)
	}
	w := r.Rotate(3*time.Second, 0)
	got := map[string]int64{}
	for i := range w.Tally.Failures {
		f := &w.Tally.Failures[i]
		if f.Reused != 0 {
			t.Errorf("%+v: nobody knows the connection", f)
		}
		got[f.class().String()] = f.Count
	}
	want := map[string]int64{`capture in step "create"`: 2, `capture in step "wait"`: 1, `capture in step "login"`: 1}
	if !reflect.DeepEqual(got, want) || w.Tally.Flows != 4 {
		t.Errorf("%v, %d flows, want %v", got, w.Tally.Flows, want)
	}
	if min, max := w.Tally.Latency.Failed.Min(), w.Tally.Latency.Failed.Max(); min != 7*ms || max != 47*ms {
		t.Errorf("failed %v to %v", min, max)
	}
	if ends := w.Tally.Ends(); !slices.Equal(ends, []OutcomeCount{{Uncaptured, 200, 3}, {Uncaptured, 0, 1}}) {
		t.Errorf("ends %v", ends)
	}
}

func TestExchangesAreCountedByStep(t *testing.T) {
	r := flowRecorder(2)
	late := 2 * time.Second
	r.Shard(0).RecordExchange(exchangeAt(500*ms, 0), 1) // of the warm-up, though it ended later
	ok, poll, held, again, failed := exchangeAt(late, 0), exchangeAt(late, 3*ms), exchangeAt(late, 9*ms), exchangeAt(late, ms), exchangeAt(late, 2*ms)
	ok.NewConn, ok.Connect, ok.TLS = true, 3*ms, 2*ms
	poll.Unstamped, poll.Stamped, poll.Continue = true, false, Continued
	held.Completion, held.Overdue = 8*ms, ms
	again.Status, again.Reauth = 401, true
	failed.Status, failed.Outcome, failed.Detail = 503, BadStatus, "busy"
	for i, o := range []*Observation{poll, held} {
		r.Shard(i).RecordExchange(o, 2)
	}
	for i, o := range []*Observation{ok, again, failed} {
		r.Shard(i).RecordExchange(o, 1)
	}
	w := r.Rotate(3*time.Second, 0)
	create, wait, l := &w.Tally.Steps[1], &w.Tally.Steps[2], &w.Tally.Latency
	if create.Totals != (Counts{OK: 2, Failed: 1, BodySent: 30}) || create.Reauth != 1 || create.Example != "busy" || create.ExampleAt != failed.Done {
		t.Errorf("create %+v", create)
	}
	wantLatency(t, "service", &create.Latency.Service, 2, 2*ms)
	wantLatency(t, "completion of the step", &wait.Completion, 1, 8*ms)
	wantLatency(t, "completion", &l.Completion, 1, 8*ms)
	wantLatency(t, "its floor", &l.CompletionFloor, 1, 7*ms)
	wantLatency(t, "connect", &l.Connect, 1, 3*ms)
	wantLatency(t, "tls", &l.TLS, 1, 2*ms)
	wantLatency(t, "read lag", &l.ReadLag, 3, 50*time.Microsecond)
	wantLatency(t, "response of no arrival", &l.Response, 0, 0)
	if w.Exchanges != 5 || w.Done != 0 || w.Tally.Unstamped != 1 || w.Tally.Continues == (continues{}) {
		t.Errorf("%d exchanges, %d requests, %d unstamped, %+v", w.Exchanges, w.Done, w.Tally.Unstamped, w.Tally.Continues)
	}
	if got := create.Ends(); !slices.Equal(got, []OutcomeCount{{OK, 200, 1}, {OK, 401, 1}, {BadStatus, 503, 1}}) {
		t.Errorf("ends %v", got)
	}
	if w = r.Rotate(4*time.Second, 0); w.Exchanges != 0 || w.Tally.Steps[1].Example != "" || w.Tally.Steps[1].Reauth != 0 {
		t.Errorf("the next window has %+v", w.Tally.Steps[1])
	}
}

// A window of the warm-up is cut a little late: exchanges of the first measured flow are the next window's.
func TestExchangesOfALateCutAreCarried(t *testing.T) {
	r := flowRecorder(1)
	r.Shard(0).RecordExchange(exchangeAt(time.Second, 0), 1)
	if w := r.Rotate(time.Second, 1); w.Exchanges != 0 || w.Tally.exchanges() != 0 {
		t.Errorf("the warm-up has %d exchanges", w.Tally.exchanges())
	}
	if w := r.Rotate(2*time.Second, 1); w.Exchanges != 1 {
		t.Errorf("the first window has %d exchanges", w.Exchanges)
	}
}

func TestRecordExchangeDoesNotAllocate(t *testing.T) {
	r := flowRecorder(1)
	s := r.Shard(0)
	ok, failed, poll, arrival := exchangeAt(2*time.Second, 0), exchangeAt(2*time.Second, 0), exchangeAt(2*time.Second, 0), flowAt(2*time.Second)
	failed.Outcome, failed.Status, failed.Detail = BadStatus, 503, "busy"
	poll.Completion = 5 * ms
	record := func() {
		s.RecordExchange(ok, 1)
		s.RecordExchange(failed, 1)
		s.RecordExchange(poll, 2)
		s.Record(arrival)
	}
	record()
	if n := testing.AllocsPerRun(100, record); n != 0 {
		t.Errorf("%v allocations", n)
	}
	r.Rotate(3*time.Second, 0)
	record()
	r.Rotate(4*time.Second, 0) // what was made stays
	if n := testing.AllocsPerRun(100, record); n != 0 {
		t.Errorf("%v allocations after windows", n)
	}
}

// A pass is an arrival of flowPlan with its exchanges, and the steps that they are of.
type pass struct {
	arrival   *Observation
	exchanges []*Observation
	steps     []int
}

// drawPass draws one as an engine would tell it.
func drawPass(rnd *rand.Rand) (p pass) {
	due := time.Duration(rnd.Int64N(int64(10 * time.Second)))
	at, begun := due, time.Duration(0)
	arrival := flowAt(due)
	arrival.Exchanges, arrival.Paused, arrival.Gap, arrival.Sent, arrival.Claimed, arrival.Status = 0, 0, 0, due, due, 0
	for step := range 3 {
		for polls := rnd.IntN(3); ; polls-- {
			o := exchangeAt(due, at-due)
			begun = max(begun, o.Sent)
			o.Completion = 0
			switch {
			case step == 2 && polls <= 0:
				o.Completion = o.Done - begun + 1
			case rnd.IntN(12) == 0:
				o.Outcome, o.Status, o.Detail = []Outcome{BadStatus, Timeout, Aborted, Closed, Uncaptured}[rnd.IntN(5)], 404, fmt.Sprint("failed at ", o.Done)
			case rnd.IntN(12) == 0:
				o.Status, o.Reauth = 401, true
			}
			o.NewConn, o.Stage = rnd.IntN(4) == 0, []Stage{NoStage, InWait}[rnd.IntN(2)]
			p.exchanges, p.steps = append(p.exchanges, o), append(p.steps, step)
			arrival.Exchanges++
			arrival.Done, arrival.Status, arrival.Outcome = o.Done, o.Status, o.Outcome
			if o.Outcome != OK {
				arrival.Step, arrival.Stage, arrival.Detail = flowPlan().Steps[step].Name, o.Stage, o.Detail
				p.arrival = arrival
				return p
			}
			pause, gap := time.Duration(rnd.IntN(3))*ms, time.Duration(rnd.IntN(100))*time.Microsecond
			at = o.Done + pause + gap
			if step != 2 || polls <= 0 {
				if step == 2 {
					p.arrival = arrival
					return p
				}
				arrival.Paused, arrival.Gap = arrival.Paused+pause, arrival.Gap+gap
				break
			}
			arrival.Paused, arrival.Gap = arrival.Paused+pause, arrival.Gap+gap
		}
	}
	panic("a pass ends with its last step")
}

func (p *pass) recordIn(s *Shard) {
	for i, o := range p.exchanges {
		s.RecordExchange(o, p.steps[i])
	}
	s.Record(p.arrival)
}

// sameTally compares tallies, however their histograms are kept and their lists ordered.
func sameTally(t *testing.T, what string, a, b *Tally) {
	t.Helper()
	text := func(of *Tally) string {
		of.sort()
		for i := range of.Steps {
			of.Steps[i].sort()
		}
		out, err := json.Marshal(of)
		if err != nil {
			t.Fatal(err)
		}
		return string(out)
	}
	if x, y := text(a), text(b); x != y {
		at := 0
		for at < min(len(x), len(y)) && x[at] == y[at] {
			at++
		}
		from := max(0, at-80)
		t.Errorf("%s: …%.200s, and …%.200s", what, x[from:], y[from:])
	}
}

// Merging is associative, and to record in shards is to record in one.
func TestStepsMerge(t *testing.T) {
	for seed := range uint64(5) {
		rnd := rand.New(rand.NewPCG(seed, 7))
		one, parts := newTally(&RecorderConfig{Steps: 5}), [3]Tally{}
		for i := range parts {
			parts[i] = newTally(&RecorderConfig{Steps: 5})
		}
		for range 300 {
			p := drawPass(rnd)
			at := &parts[rnd.IntN(3)]
			for i, o := range p.exchanges {
				one.recordExchange(o, p.steps[i])
				at.recordExchange(o, p.steps[i])
			}
			one.record(p.arrival, true, 0)
			at.record(p.arrival, true, 0)
		}
		var left, right, inner Tally
		left.Merge(&parts[0])
		left.Merge(&parts[1])
		left.Merge(&parts[2])
		inner.Merge(&parts[1])
		inner.Merge(&parts[2])
		right.Merge(&parts[0])
		right.Merge(&inner)
		sameTally(t, "(a+b)+c and a+(b+c)", &left, &right)
		sameTally(t, "the sum and all at once", &left, &one)
		for i := range left.Steps {
			left.Steps[i].resetStep()
		}
		if left.exchanges() != 0 || left.Steps[1].Completion.Count() != 0 {
			t.Error("a reset leaves something")
		}
	}
}

// flowRun is a run of flowPlan with so many passes, its document and its stream.
func flowRun(t *testing.T, seed uint64, passes int) (run *Run, document, stream []byte) {
	t.Helper()
	rnd := rand.New(rand.NewPCG(seed, 9))
	head := Run{Started: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), Plan: flowPlan()}
	head.AddExchange(exchangeAt(0, 0), 3)
	var doc, lines bytes.Buffer
	sink := NewStream(&lines)
	sink.Start(&head)
	run = NewRun(head)
	r := flowRecorder(2)
	var wg sync.WaitGroup
	var measured int64
	all := make([]pass, passes)
	for i := range all {
		all[i] = drawPass(rnd)
		if all[i].arrival.Intended >= time.Second {
			measured++
		}
	}
	for shard := range 2 {
		wg.Go(func() {
			for i := shard; i < passes; i += 2 {
				all[i].recordIn(r.Shard(shard))
			}
		})
	}
	wg.Wait()
	w := r.Rotate(11*time.Second, 0)
	run.Add(&w)
	sink.Window(&w)
	swept := exchangeAt(11*time.Second, 0)
	swept.Outcome, swept.Status, swept.Detail = BadStatus, 404, "not there"
	run.AddExchange(swept, 4)
	if err := run.Finish(Ending{Planned: measured, Due: measured, Span: 10 * time.Second, Stopped: 11 * time.Second, LastDone: 11 * time.Second}); err != nil {
		t.Fatal(err)
	}
	sink.End(run)
	if err := Encode(&doc, run); err != nil {
		t.Fatal(err)
	}
	return run, doc.Bytes(), lines.Bytes()
}

// wantStepsConserved holds that all that was started ended in one of four ways, and has its class, its status and its time.
func wantStepsConserved(t *testing.T, r *Run) {
	t.Helper()
	var all int64
	for i := range r.Steps {
		s := &r.Steps[i]
		var ends int64
		for _, e := range s.Ends() {
			ends += e.Count
		}
		if n := s.Totals.Done(); n != ends || n != s.Totals.OK+s.Totals.Failed+s.Totals.TimedOut+s.Totals.Aborted {
			t.Errorf("%s: %+v, and its ends are %d", s.Name, s.Totals, ends)
		}
		all += s.Totals.Done()
	}
	if all != r.Totals.Exchanges || r.Totals.Flows != r.Totals.Sent || r.Verdict.Status == Inconsistent {
		t.Errorf("%d exchanges of %d, %d flows of %d: %v", all, r.Totals.Exchanges, r.Totals.Flows, r.Totals.Sent, r.Verdict)
	}
}

func TestSavedFlows(t *testing.T) {
	for seed := range uint64(3) {
		run, document, stream := flowRun(t, seed, 200)
		wantStepsConserved(t, run)
		wantConserved(t, run)
		if before, after := &run.Steps[3], &run.Steps[4]; before.Totals.OK != 1 || after.Totals.Failed != 1 {
			t.Errorf("sent once: %+v and %+v", before, after)
		}
		for what, encoded := range map[string][]byte{"document": document, "stream": stream} {
			r := mustDecode(t, encoded)
			wantStepsConserved(t, r)
			var again bytes.Buffer
			if what == "document" {
				if err := Encode(&again, r); err != nil || !bytes.Equal(again.Bytes(), document) {
					t.Errorf("decoded and encoded again the document is another: %v", err)
				}
			}
			if !reflect.DeepEqual(run.Steps[1].Totals, r.Steps[1].Totals) || run.Steps[1].Example != r.Steps[1].Example || run.Totals != r.Totals {
				t.Errorf("%s: %+v", what, r.Steps[1])
			}
			wantSame(t, what, run.Steps[2].Completion, r.Steps[2].Completion)
			wantSame(t, what, run.Latency.Flow, r.Latency.Flow)
		}
	}
}

// Rounds of a plan with flows are a group as any are.
func TestGroupsOfFlows(t *testing.T) {
	a, _, _ := flowRun(t, 1, 50)
	b, _, _ := flowRun(t, 2, 50)
	var saved, again bytes.Buffer
	if err := EncodeGroup(&saved, []*Run{a, b}); err != nil {
		t.Fatal(err)
	}
	rounds, err := DecodeAll(bytes.NewReader(saved.Bytes()))
	if err != nil || len(rounds) != 2 {
		t.Fatal(rounds, err)
	}
	for _, r := range rounds {
		wantStepsConserved(t, r)
	}
	if err := EncodeGroup(&again, rounds); err != nil || !bytes.Equal(saved.Bytes(), again.Bytes()) {
		t.Errorf("decoded and encoded again the group is another: %v", err)
	}
}

// A stream that breaks off has the exchanges of its windows, and those that were sent before the load.
func TestFlowsOfAStreamThatEndsEarly(t *testing.T) {
	run, _, stream := flowRun(t, 1, 200)
	r := mustDecode(t, stream[:len(stream)-10])
	if r.Verdict.Status != Incomplete || r.Totals.Exchanges != run.Totals.Exchanges-1 || r.Steps[3].Totals.OK != 1 || r.Totals.Flows != run.Totals.Flows {
		t.Errorf("%v, %d exchanges, %+v", r.Verdict, r.Totals.Exchanges, r.Steps[3].Totals)
	}
	wantStepsConserved(t, r)
}

func TestRunsOfFlowsThatContradictThemselves(t *testing.T) {
	for want, spoil := range map[string]func(*Run){
		`step "create": ok`:                   func(r *Run) { r.Steps[1].Totals.OK++ },
		`step "create": what did not succeed`: func(r *Run) { r.Steps[1].Totals.Aborted++ },
		`step "wait": ok: `:                   func(r *Run) { r.Steps[2].Reauth = 1e6 },
		"exchanges: ":                         func(r *Run) { r.Totals.Exchanges++ },
		"flows: ":                             func(r *Run) { r.Totals.Flows = r.Totals.Sent + 1 },
		`step "create": ok: -1, and it cannot`: func(r *Run) {
			r.Steps[1].StepTally = StepTally{}
			r.Steps[1].Totals.OK = -1
			r.Steps[1].Totals.Failed = 0
		},
	} {
		run, _, _ := flowRun(t, 2, 50)
		spoil(run)
		if got := run.contradiction(); !strings.HasPrefix(got, want) && !strings.Contains(want, "-1") || got == "" {
			t.Errorf("want %q, got %q", want, got)
		}
	}
}

// Exchanges show whether a server closes what it kept, as plain requests do.
func TestLostOnReuseByExchanges(t *testing.T) {
	run, _, _ := flowRun(t, 4, 50)
	for i := range run.Steps {
		run.Steps[i].LostReused, run.Steps[i].LostFirst = 0, 0
	}
	run.Outcomes, run.Totals.ConnectionsNeeded = nil, 4
	var connects Histogram
	connects.RecordN(ms, 500)
	run.Latency.Connect = connects
	run.Steps[1].Totals, run.Steps[1].LostReused = Counts{OK: 900, Failed: 100}, 100
	if got := run.LostOnReuse(); got != 100 {
		t.Errorf("%d, want 100", got)
	}
	if run.Steps[1].LostFirst = 50; run.LostOnReuse() != 0 {
		t.Error("as many were lost on new ones")
	}
}
