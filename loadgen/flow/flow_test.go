package flow

import (
	"strings"
	"testing"
	"time"

	"shotput/loadgen/answer"
	"shotput/stats"
)

func step(name string, s Step) Named { return Named{Name: name, Step: s} }

func captures(all ...string) (c []answer.Capture) {
	for _, s := range all {
		name, from, _ := strings.Cut(s, ": ")
		one, err := answer.ParseCapture(name, from)
		if err != nil {
			panic(err)
		}
		c = append(c, one)
	}
	return c
}

// A script is a flow, what its server says, and what then happens. Instants are in milliseconds; of each exchange there
// is when it was sent and when it ended.
type script struct {
	steps  []Named
	limit  time.Duration
	passes int // 0: one
	lag    time.Duration
	stop   time.Duration
	halt   time.Duration
	says   map[string][]reply // by step, the last again and again; 200 within 10 ms where there is none
	want   string             // exchanges, and behind "=" each pass
}

func (c *script) run(t *testing.T) string {
	d := newDriver(t, Config{Steps: c.steps, Limit: c.limit})
	d.lag, d.stop, d.halt = c.lag, c.stop, c.halt
	said := map[string]int{}
	d.server = func(name string, _ *Exchange) reply {
		all := c.says[name]
		if len(all) == 0 {
			return reply{after: 10 * ms}
		}
		i := min(said[name], len(all)-1)
		said[name]++
		if all[i].after == 0 {
			all[i].after = 10 * ms
		}
		return all[i]
	}
	for range max(1, c.passes) {
		o := d.pass(d.now)
		d.holds(o)
		d.story = append(d.story, "= "+d.tell(o))
	}
	return strings.Join(d.story, "\n")
}

var (
	again = Step{Until: mustStatus("200"), Every: 20 * ms, Within: 100 * ms}
	logIn = step("login", Step{PerSlot: true, Captures: captures("token: json .token")})
)

func mustStatus(s string) answer.Spec {
	set, err := answer.ParseStatusSet(s)
	if err != nil {
		panic(err)
	}
	return answer.Spec{Status: set}
}

func onFailure(name string, needs ...string) Named {
	return Named{Name: name, Step: Step{OnFailure: true}, Needs: needs}
}

var scripts = map[string]script{
	"steps go one after the other": {
		steps: []Named{step("a", Step{}), step("b", Step{}), step("c", Step{})},
		lag:   1 * ms,
		want: `
a 1-11 ok
b 12-22 ok
c 23-33 ok
= 1-33 ok paused 0 gap 2`,
	},
	"what is thought is waited behind a step, and not behind the last": {
		steps: []Named{step("a", Step{Think: Think{From: 5 * ms}}), step("b", Step{Think: Think{From: 5 * ms}})},
		lag:   1 * ms,
		want: `
a 1-11 ok
b 17-27 ok
= 1-27 ok paused 5 gap 1`,
	},
	"a step that fails ends the flow": {
		steps: []Named{step("a", Step{}), step("b", Step{})},
		says:  map[string][]reply{"a": {{status: 503}}},
		want: `
a 0-10 status
= 0-10 status at a`,
	},
	"a flow without an answer": {
		steps: []Named{step("a", Step{}), step("b", Step{})},
		says:  map[string][]reply{"b": {{outcome: stats.Reset}}},
		want: `
a 0-10 ok
b 10-20 reset
= 0-20 reset at b`,
	},
	"what is not there cannot be captured": {
		steps: []Named{step("a", Step{Captures: captures("id: json .id", "tag: header ETag")}), step("b", Step{})},
		says:  map[string][]reply{"a": {{body: `{"id":"7"}`}}},
		want: `
a 0-10 capture (tag: header ETag is missing)
= 0-10 capture at a (tag: header ETag is missing)`,
	},
	"a slot's own steps are sent once": {
		steps:  []Named{logIn, step("a", Step{})},
		says:   map[string][]reply{"login": {{body: `{"token":"t1"}`}}},
		passes: 2,
		want: `
login 0-10 ok
a 10-20 ok
= 0-20 ok
a 20-30 ok
= 20-30 ok`,
	},
	"a slot that could not log in tries again": {
		steps:  []Named{logIn, step("a", Step{})},
		says:   map[string][]reply{"login": {{status: 500}, {body: `{"token":"t1"}`}}},
		passes: 2,
		want: `
login 0-10 status
= 0-10 status at login
login 10-20 ok
a 20-30 ok
= 10-30 ok`,
	},
	"a 401 makes a slot log in again, and the step is sent once more": {
		steps:  []Named{logIn, step("a", Step{}), step("b", Step{})},
		says:   map[string][]reply{"login": {{body: `{"token":"t1"}`}}, "b": {{}, {status: 401}, {}}},
		passes: 2,
		want: `
login 0-10 ok
a 10-20 ok
b 20-30 ok
= 0-30 ok
a 30-40 ok
b 40-50 ok reauth
login 50-60 ok
b 60-70 ok
= 30-70 ok`,
	},
	"a second 401 fails": {
		steps: []Named{logIn, step("a", Step{})},
		says:  map[string][]reply{"login": {{body: `{"token":"t1"}`}}, "a": {{status: 401}}},
		want: `
login 0-10 ok
a 10-20 ok reauth
login 20-30 ok
a 30-40 status
= 0-40 status at a`,
	},
	"a 401 is a failure where nobody can log in": {
		steps: []Named{step("a", Step{})},
		says:  map[string][]reply{"a": {{status: 401}}},
		want: `
a 0-10 status
= 0-10 status at a`,
	},
	"a 401 to logging in is a failure, also in the middle": {
		steps: []Named{logIn, step("a", Step{})},
		says:  map[string][]reply{"login": {{body: `{"token":"t1"}`}, {status: 401}, {body: `{"token":"t1"}`}}, "a": {{status: 401}, {}}},
		want: `
login 0-10 ok
a 10-20 ok reauth
login 20-30 status
= 0-30 status at login
login 30-40 ok
a 40-50 ok
= 30-50 ok`,
		passes: 2,
	},
	"parts go in turn": {
		steps: []Named{step("p", Step{Parts: 3}), step("z", Step{})},
		want: `
p#1 0-10 ok
p#2 10-20 ok
p#3 20-30 ok
z 30-40 ok
= 0-40 ok`,
	},
	"parts go in parallel": {
		steps: []Named{step("p", Step{Parts: 3, Parallel: 2, Think: Think{From: 4 * ms}}), step("z", Step{})},
		says:  map[string][]reply{"p": {{after: 30 * ms}, {after: 10 * ms}}},
		lag:   1 * ms,
		want: `
p#2 1-11 ok
p#3 12-22 ok
p#1 1-31 ok
z 36-46 ok
= 1-46 ok paused 4 gap 1`,
	},
	"a part that fails ends the flow when it ends, and the others end": {
		steps: []Named{step("p", Step{Parts: 4, Parallel: 2}), step("z", Step{}), onFailure("undo")},
		says:  map[string][]reply{"p": {{after: 30 * ms}, {status: 500}}},
		want: `
p#2 0-10 status
p#1 0-30 ok
undo 30-40 ok
= 0-10 status at p`,
	},
	"parts that are denied wait for the login": {
		steps: []Named{logIn, step("p", Step{Parts: 3, Parallel: 2})},
		says: map[string][]reply{"login": {{body: `{"token":"t1"}`}},
			"p": {{status: 401}, {status: 401, after: 15 * ms}, {}}},
		want: `
login 0-10 ok
p#1 10-20 ok reauth
p#2 10-25 ok reauth
login 25-35 ok
p#1 35-45 ok
p#2 35-45 ok
p#3 45-55 ok
= 0-55 ok`,
	},
	"a step asks again until its condition holds": {
		steps: []Named{step("wait", again), step("z", Step{})},
		says:  map[string][]reply{"wait": {{status: 202}, {status: 202}, {}}},
		lag:   1 * ms,
		want: `
wait 1-11 ok
wait 32-42 ok
wait 63-73 ok held in 72
z 74-84 ok
= 1-84 ok paused 40 gap 3`,
	},
	"Retry-After is waited where it is longer, but no longer than is left": {
		steps: []Named{step("wait", Step{Until: mustStatus("200"), Every: 20 * ms, Within: 3 * time.Second})},
		says: map[string][]reply{"wait": {{status: 202, header: "Retry-After: 0"}, {status: 202, header: "Retry-After: 1"},
			{status: 202, header: "Date: Mon, 02 Jan 2006 15:04:05 GMT\nRetry-After: Mon, 02 Jan 2006 15:04:06 GMT"},
			{status: 202, header: "Retry-After: 99999999999999999999"}, {}}},
		want: `
wait 0-10 ok
wait 30-40 ok
wait 1040-1050 ok
wait 2050-2060 ok
wait 3000-3010 ok held in 3010
= 0-3010 ok paused 2960 gap 0`,
	},
	"a Retry-After of thousands of years is waited as long as is left": {
		steps: []Named{step("wait", Step{Until: mustStatus("200"), Every: 20 * ms, Within: time.Second})},
		says: map[string][]reply{"wait": {{status: 202,
			header: "Date: Mon, 02 Jan 2006 15:04:05 GMT\nRetry-After: Fri, 31 Dec 9999 23:59:59 GMT"}, {}}},
		want: `
wait 0-10 ok
wait 1000-1010 ok held in 1010
= 0-1010 ok paused 990 gap 0`,
	},
	"a condition that does not hold in time is a timeout": {
		steps: []Named{step("wait", Step{Until: answer.Spec{JSON: `status == "done"`}, Every: 40 * ms, Within: 100 * ms}), onFailure("undo")},
		says:  map[string][]reply{"wait": {{body: `{"status":"busy"}`}}},
		want: `
wait 0-10 ok
wait 50-60 ok
wait 100-110 ok
undo 110-120 ok
= 0-110 timeout at wait paused 80 gap 0 (until did not hold within 100ms: json status is "busy", expected == "done")`,
	},
	"an answer that is no success ends a wait": {
		steps: []Named{step("wait", again)},
		says:  map[string][]reply{"wait": {{status: 202}, {status: 500}}},
		want: `
wait 0-10 ok
wait 30-40 status
= 0-40 status at wait paused 20 gap 0`,
	},
	"a 401 between two polls": {
		steps: []Named{logIn, step("wait", again)},
		says:  map[string][]reply{"login": {{body: `{"token":"t1"}`}}, "wait": {{status: 202}, {status: 401}, {status: 202}, {status: 401}, {}}},
		want: `
login 0-10 ok
wait 10-20 ok
wait 40-50 ok reauth
login 50-60 ok
wait 60-70 ok
wait 90-100 ok reauth
login 100-110 ok
wait 110-120 ok held in 110
= 0-120 ok paused 40 gap 0`,
	},
	"steps on failure are sent, those that can be": {
		steps: []Named{step("a", Step{Captures: captures("id: json .id")}), step("b", Step{Captures: captures("tag: json .tag")}),
			onFailure("first", "id"), onFailure("second", "id", "tag"), onFailure("third")},
		says: map[string][]reply{"a": {{body: `{"id":1}`}}, "b": {{status: 500}}, "first": {{status: 500}}},
		want: `
a 0-10 ok
b 10-20 status
first 20-30 status
third 30-40 ok
= 0-20 status at b`,
	},
	"steps on failure have what was captured when the rest was not": {
		steps: []Named{step("a", Step{Captures: captures("tag: json .tag", "id: json .id")}), onFailure("undo", "id"), onFailure("never", "tag")},
		says:  map[string][]reply{"a": {{body: `{"id":1}`}}},
		want: `
a 0-10 capture (tag: json .tag is missing)
undo 10-20 ok
= 0-10 capture at a (tag: json .tag is missing)`,
	},
	"the limit passes while an exchange is under way": {
		steps: []Named{step("a", Step{}), step("b", Step{}), onFailure("undo")},
		limit: 15 * ms,
		want: `
a 0-10 ok
b 10-15 timeout (flow-timeout 15ms passed)
undo 15-25 ok
= 0-15 timeout at b (flow-timeout 15ms passed)`,
	},
	"the limit passes in a pause": {
		steps: []Named{step("a", Step{Think: Think{From: 10 * ms}}), step("b", Step{}), onFailure("undo")},
		limit: 15 * ms,
		lag:   1 * ms,
		want: `
a 1-11 ok
undo 17-27 ok
= 1-16 timeout at b paused 5 gap 0 (flow-timeout 15ms passed)`,
	},
	"the limit passes when one part waits to ask again, and the other has ended": {
		steps: []Named{step("p", Step{Parts: 2, Parallel: 2, Until: mustStatus("200"), Every: 50 * ms, Within: time.Second})},
		says:  map[string][]reply{"p": {{status: 202}, {after: 15 * ms}}},
		limit: 40 * ms,
		want: `
p#1 0-10 ok
p#2 0-15 ok held in 15
= 0-40 timeout at p paused 25 gap 0 (flow-timeout 40ms passed)`,
	},
	"the limit passes in the first exchange": {
		steps: []Named{step("a", Step{})},
		limit: 5 * ms,
		lag:   1 * ms,
		want: `
a 1-6 timeout (flow-timeout 5ms passed)
= 1-6 timeout at a (flow-timeout 5ms passed)`,
	},
	"an interrupt lets a step finish": {
		steps: []Named{step("a", Step{}), step("b", Step{}), onFailure("undo")},
		stop:  5 * ms,
		want: `
a 0-10 ok
= 0-10 aborted at b (interrupted before step b)`,
	},
	"an interrupt in the last step is none": {
		steps: []Named{step("a", Step{}), step("b", Step{})},
		stop:  15 * ms,
		want: `
a 0-10 ok
b 10-20 ok
= 0-20 ok`,
	},
	"an interrupt ends a pause": {
		steps: []Named{step("a", Step{Think: Think{From: 50 * ms}}), step("b", Step{})},
		stop:  25 * ms,
		want: `
a 0-10 ok
= 0-25 aborted at b paused 15 gap 0 (interrupted before step b)`,
	},
	"an interrupt between two polls": {
		steps: []Named{step("wait", again)},
		says:  map[string][]reply{"wait": {{status: 202}}},
		stop:  15 * ms,
		want: `
wait 0-10 ok
= 0-15 aborted at wait paused 5 gap 0 (interrupted in step wait)`,
	},
	"an interrupt among parts": {
		steps: []Named{step("p", Step{Parts: 4, Parallel: 2})},
		says:  map[string][]reply{"p": {{after: 12 * ms}, {}}},
		stop:  5 * ms,
		want: `
p#2 0-10 ok
p#1 0-12 ok
= 0-12 aborted at p (interrupted in step p)`,
	},
	"what fails behind an interrupt has failed": {
		steps: []Named{step("a", Step{}), onFailure("undo")},
		says:  map[string][]reply{"a": {{status: 500}}},
		stop:  5 * ms,
		want: `
a 0-10 status
= 0-10 status at a`,
	},
	"an interrupt before a slot logs in again": {
		steps: []Named{logIn, step("a", Step{})},
		says:  map[string][]reply{"login": {{body: `{"token":"t1"}`}}, "a": {{status: 401}}},
		stop:  15 * ms,
		want: `
login 0-10 ok
a 10-20 ok reauth
= 0-20 aborted at login (interrupted before step login)`,
	},
	"an interrupt ends the steps on failure": {
		steps: []Named{step("a", Step{}), onFailure("undo"), onFailure("more")},
		says:  map[string][]reply{"a": {{status: 500}}},
		stop:  15 * ms,
		want: `
a 0-10 status
undo 10-20 ok
= 0-10 status at a`,
	},
	"what was aborted without another word ends the pass": {
		steps: []Named{step("a", Step{}), onFailure("undo")},
		says:  map[string][]reply{"a": {{outcome: stats.Aborted}}},
		want: `
a 0-10 aborted
= 0-10 aborted at a`,
	},
	"a halt aborts what is under way": {
		steps: []Named{step("p", Step{Parts: 3, Parallel: 2}), onFailure("undo")},
		halt:  5 * ms,
		want: `
p#1 0-5 aborted
p#2 0-5 aborted
= 0-5 aborted at p`,
	},
}

func TestScripts(t *testing.T) {
	for name, c := range scripts {
		t.Run(name, func(t *testing.T) {
			if got, want := c.run(t), strings.TrimSpace(c.want); got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

// What the tool is late by when it asks again is told beside the completion, and is none of the step's first exchange.
func TestCompletionTellsHowLateTheToolAsked(t *testing.T) {
	d := newDriver(t, Config{Steps: []Named{{Name: "wait", Step: again}}})
	polls := 0
	d.lag = 3 * ms
	d.server = func(string, *Exchange) reply {
		if polls++; polls < 3 {
			return reply{after: ms, status: 202}
		}
		return reply{after: ms}
	}
	var last stats.Observation
	d.recount = func(_ *Exchange, o stats.Observation) { last = o }
	d.pass(0)
	if want := 3*ms + 2*(20+3)*ms; last.Completion != want || last.Overdue != 6*ms {
		t.Errorf("completion %v, of it overdue %v, want %v and 6ms", last.Completion, last.Overdue, want)
	}
}

// A limit that passes is told alike whether the engine says so first, or the exchange that ended by it comes first.
func TestLimitInEitherOrder(t *testing.T) {
	var told []stats.Observation
	for _, first := range []bool{true, false} {
		d := newDriver(t, Config{Limit: 15 * ms, Steps: []Named{step("a", Step{})}})
		d.slot.Begin(d.flow, 1, 1*ms, 1*ms)
		e := d.slot.Next(1 * ms)
		if first {
			d.slot.Expire(16 * ms)
		}
		o := stats.Observation{Sent: 1 * ms, Done: 16 * ms, Attempts: 1, Outcome: stats.Timeout, Stage: stats.InWait, Detail: "of the engine"}
		d.slot.End(e, &o, nil)
		if !first {
			d.slot.Expire(16 * ms)
		}
		if o.Detail != "flow-timeout 15ms passed" || o.Stage != stats.InWait || !d.slot.Over() {
			t.Errorf("%+v, over: %v", o, d.slot.Over())
		}
		told = append(told, *d.slot.Arrival())
	}
	if told[0] != told[1] || told[0].Stage != stats.InWait {
		t.Errorf("%+v\nand\n%+v", told[0], told[1])
	}
}
