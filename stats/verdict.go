package stats

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"
)

// A Verdict says whether a result may be trusted, in one word, and why. See Judge.
type Verdict struct {
	Status            string `json:"status"` // one of those below
	Reason            string `json:"reason"` // one sentence with the figures; "" when kept
	NeededConcurrency int    `json:"needed_concurrency"`
}

// The verdicts.
const (
	NothingMeasured = "nothing_measured"
	Kept            = "kept"
	ClientLimited   = "client_limited"
	PoolLimited     = "pool_limited"
	ServerSaturated = "server_saturated"
	Incomplete      = "incomplete"   // a part of the run is missing
	Inconsistent    = "inconsistent" // its figures contradict each other
)

// # A run in doubt
//
// The last two verdicts are on the run itself, not on its load, and come before what Judge says. A run is incomplete
// whose stream broke off: its tool was killed, or its file was cut. It is inconsistent where counts do not add up that
// are counted once and must: the terms of the conservation law, what has a latency and what was OK, the classes of
// failures and what failed, the windows of a stream and its end. No tool that works makes such a run; a file that
// somebody edited or joined by hand is one. Neither ever passes.

// InDoubt says whether the run itself cannot be trusted.
func (v *Verdict) InDoubt() bool { return v.Status == Incomplete || v.Status == Inconsistent }

// doubt gives the run the verdict, unless the run itself is in doubt. Of one that contradicts itself no threshold is
// judged: nobody knows which of its figures are true.
func (r *Run) doubt(v Verdict) {
	r.Verdict = v
	if reason := r.contradiction(); reason != "" {
		r.contradicts(reason)
	} else if r.Stop.Kind == BrokenOff && v.Status != NothingMeasured {
		r.Verdict = Verdict{Status: Incomplete, Reason: "the stream that it was saved as breaks off after " +
			FormatDuration(r.covered())}
	} else if r.Stop.Kind == BrokenOff {
		r.Verdict.Reason = "the stream that it was saved as breaks off before anything was measured"
	}
	r.OK = r.OK && !r.Verdict.InDoubt()
}

// contradicts makes the verdict inconsistent.
func (r *Run) contradicts(reason string) {
	r.Verdict, r.OK = Verdict{Status: Inconsistent, Reason: reason}, false
	for i := range r.Thresholds {
		t := &r.Thresholds[i]
		t.Result, t.OK, t.Why = RuleNotJudged, false, "the figures of this run contradict each other"
	}
}

// covered is up to where the windows go.
func (r *Run) covered() time.Duration {
	if n := len(r.Windows); n > 0 {
		return r.Windows[n-1].End
	}
	return 0
}

// contradiction says which counts do not add up; "" where all do.
func (r *Run) contradiction() string {
	t, l := &r.Totals, &r.Latency
	var classes int64
	for _, f := range r.Outcomes {
		classes += f.Count
	}
	type sum struct {
		what, is string
		a, b     int64
	}
	sums := []sum{
		{"planned", "ok, failed, timed out, aborted and unsent", t.Planned, t.OK + t.Errors() + t.Unsent},
		{"sent", "ok, failed, timed out and aborted", t.Sent, t.OK + t.Errors()},
		{"what did not succeed", "its classes", t.Errors(), classes},
		{"ok", "service times", t.OK, l.Service.Count()},
	}
	if r.Plan.Open() {
		sums = append(sums, sum{"ok", "response times", t.OK, l.Response.Count()})
	}
	for _, s := range sums {
		if s.a != s.b {
			return fmt.Sprintf("%s: %d, and %s: %d", s.what, s.a, s.is, s.b)
		}
	}
	if t.Unsent < 0 {
		return fmt.Sprintf("planned: %d, and sent: %d", t.Planned, t.Sent)
	}
	return cmp.Or(r.negative(), r.tooManyStatuses(), stepsContradict(r), r.windowsContradict())
}

// negative names the first figure of totals and windows that is below zero; "" where there is none.
func (r *Run) negative() string {
	t := r.Totals
	t.Unsent = 0 // more sent than planned has a sentence of its own
	if said := belowZero(reflect.ValueOf(t)); said != "" {
		return said + ", and it cannot be negative"
	}
	for _, w := range r.Windows {
		w.Sent, w.InFlight = 0, 0 // follow from counts that are read one after the other, while the run goes on
		if said := belowZero(reflect.ValueOf(w)); said != "" {
			name, figure, _ := strings.Cut(said, ":")
			return fmt.Sprintf("%s of the window at %s:%s, and it cannot be negative", name,
				FormatDuration(w.Start), figure)
		}
	}
	return ""
}

// belowZero finds a number in the struct's own fields, and names it as a saved run does.
func belowZero(v reflect.Value) string {
	for i := range v.NumField() {
		f := v.Field(i)
		if f.CanInt() && f.Int() < 0 || f.CanFloat() && f.Float() < 0 {
			name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
			if d, is := f.Interface().(time.Duration); is {
				return fmt.Sprintf("%s: %d", name, d.Nanoseconds())
			}
			return fmt.Sprintf("%s: %v", name, f.Interface())
		}
	}
	return ""
}

// tooManyStatuses says that more answers have a status than there were that could have one; "" where it is so.
func (r *Run) tooManyStatuses() string {
	var have, could int64
	for i := range r.Status {
		have += r.Status[i].Latency.Count()
	}
	could = r.Totals.OK
	for _, f := range r.Outcomes {
		if f.Status != 0 || f.Outcome == Other { // classes beyond a bound are counted as that
			could += f.Count
		}
	}
	if have > could {
		return fmt.Sprintf("answers with a status: %d, and answers: %d", have, could)
	}
	return ""
}

// windowsContradict holds the summaries of the measured windows against the totals; "" where they agree, or there are
// none. A window of the warm-up counts that alone, and what was measured and ended in it is missing in the sum.
func (r *Run) windowsContradict() string {
	var sum Window
	warmed := false
	for i := range r.Windows {
		if w := &r.Windows[i]; w.Warmup {
			warmed = true
		} else {
			sum.OK, sum.Failed, sum.TimedOut = sum.OK+w.OK, sum.Failed+w.Failed, sum.TimedOut+w.TimedOut
		}
	}
	if sum.OK == 0 && sum.Failed == 0 && sum.TimedOut == 0 {
		return ""
	}
	t := &r.Totals
	for _, c := range []struct {
		what       string
		sum, whole int64
	}{{"ok", sum.OK, t.OK}, {"failed", sum.Failed, t.Failed}, {"timed out", sum.TimedOut, t.TimedOut}} {
		if c.sum > c.whole || c.sum < c.whole && !warmed {
			return fmt.Sprintf("%s: %d by the windows, and %d in all", c.what, c.sum, c.whole)
		}
	}
	return ""
}

// stepsContradict says which counts of steps and flows do not add up; "" where all do.
func stepsContradict(r *Run) string {
	var all int64
	for i := range r.Steps {
		s := &r.Steps[i]
		if said := s.contradiction(); said != "" {
			return fmt.Sprintf("step %q: %s", s.Name, said)
		}
		all += s.Totals.Done()
	}
	if t := &r.Totals; all != t.Exchanges {
		return fmt.Sprintf("exchanges: %d, and those of the steps: %d", t.Exchanges, all)
	} else if times := r.Latency.Flow.Count(); t.Flows > t.Sent || times > t.Flows {
		return fmt.Sprintf("flows: %d of %d sent, and their times: %d", t.Flows, t.Sent, times)
	}
	return ""
}

func (s *StepTally) contradiction() string {
	var failed int64
	for _, f := range s.Outcomes {
		failed += f.Count
	}
	t := &s.Totals
	switch times := s.Latency.Service.Count(); {
	case t.Errors() != failed:
		return fmt.Sprintf("what did not succeed: %d, and its classes: %d", t.Errors(), failed)
	case t.OK != times:
		return fmt.Sprintf("ok: %d, and service times: %d", t.OK, times)
	case s.Reauth > t.OK:
		return fmt.Sprintf("ok: %d, and of those with a new login: %d", t.OK, s.Reauth)
	}
	if said := belowZero(reflect.ValueOf(*t)); said != "" {
		return said + ", and it cannot be negative"
	}
	return ""
}

// holdAgainst says where the end of a stream has other counts than its windows add up to. One that was made of a
// finished run has nothing in its windows.
func (r *Run) holdAgainst(windows *Tally) {
	t := &r.Totals
	if windows.Done() == 0 {
		return
	}
	sum, end := [...]int64{windows.OK, windows.Failed, windows.TimedOut, windows.Aborted},
		[...]int64{t.OK, t.Failed, t.TimedOut, t.Aborted}
	for i, what := range []string{"ok", "failed", "timed out", "aborted"} {
		if r.Verdict.Status != Inconsistent && sum[i] != end[i] {
			r.contradicts(fmt.Sprintf("%s: %d by the windows of its stream, and %d by its end", what, sum[i], end[i]))
		}
	}
}

// lost says why less was asked of the server than the plan says, or less is known of it; "" where all was.
func (v *Verdict) lost() string {
	switch v.Status {
	case ClientLimited:
		return "less was asked of the server than planned: " + v.Reason
	case Incomplete:
		return "not all of the run is known: " + v.Reason
	}
	return ""
}

// Judge says who set the pace of a run: the plan (kept), this tool or its machine (client_limited), too few
// slots (pool_limited) or the server (server_saturated). It is a pure function of the run's plan, totals,
// latency, windows and generator.
//
// The order is the point: whatever the tool did wrong comes first, since it may look like any of the others, and
// the server is blamed last, when nothing else explains what was seen. In a closed loop nothing is due, so there
// are only the first three. A run that was cut short is judged on what was due by then.
func Judge(r *Run) Verdict {
	if r.Totals.Sent == 0 {
		return Verdict{Status: NothingMeasured, Reason: "nothing was sent in the measured span"}
	}
	if reason := clientLimit(r); reason != "" {
		return Verdict{Status: ClientLimited, Reason: withThrottle(r, reason)}
	}
	if !r.Plan.Open() || r.Totals.sentInTime() {
		return Verdict{Status: Kept}
	}
	service := serviceOver(r)
	if pool, limit := poolLag(r); pool > limit && !service.grew() {
		needed := neededConcurrency(r)
		return Verdict{Status: PoolLimited, NeededConcurrency: needed, Reason: fmt.Sprintf(
			"pool lag p99 %s is above %s while service time stays at %s%s: %d slots are too few, %d are needed",
			FormatDuration(pool), FormatDuration(limit), FormatDuration(service.last), pausedToo(r), r.Plan.Concurrency,
			needed)}
	}
	return Verdict{Status: ServerSaturated, Reason: fmt.Sprintf("%d of %d requests due were sent in time; %s",
		r.Totals.OnTime(), r.Totals.Due, service.sentence())}
}

// pausedToo says what else slots are held for, where flows wait by themselves.
func pausedToo(r *Run) string {
	paused := r.meanHeld() - r.meanService()
	if paused == 0 {
		return ""
	}
	return fmt.Sprintf(", and flows hold their slots for %s more, on average, that they wait by themselves",
		FormatDuration(paused))
}

// Limits of what a tool may do wrong before its figures are its own. A goroutine wakes in whole milliseconds,
// so the portable engine is later than the event loop by nature. A flow of several exchanges is started as often.
const (
	timerLagLimit         = time.Millisecond
	portableTimerLagLimit = 2500 * time.Microsecond
	hiccupLimit           = 50 * time.Millisecond
)

func (p *Plan) timerLagLimit(response time.Duration, arrivals, exchanges int64) time.Duration {
	limit := timerLagLimit
	if p.Engine == "http" {
		limit = portableTimerLagLimit
	}
	limit *= time.Duration(max(1, (exchanges+arrivals-1)/max(1, arrivals)))
	return max(limit, response/10)
}

// ClientLimit says why the tool itself was the limit in this window, by the rule for a whole run's timer lag; "" when
// it was not. Of one second it is a sign, not yet a verdict.
func (w *Window) ClientLimit(p *Plan) string {
	if limit := p.timerLagLimit(w.P50, w.Done, w.Exchanges); w.TimerLagP99 > limit {
		return lateness(w.TimerLagP99, limit)
	}
	return ""
}

func lateness(lag, limit time.Duration) string {
	return fmt.Sprintf("timer lag p99 %s is above %s", FormatDuration(lag), FormatDuration(limit))
}

// clientLimit says why the load was not the one asked for, where this tool or its machine is why. That the tool was
// late, or the machine busy, does not say that: as long as all was sent, it only widens bounds.
func clientLimit(r *Run) string {
	for _, f := range r.Outcomes {
		if f.Outcome == NoFile || f.Outcome == NoPort {
			return cmp.Or(alarmOf(r, "descriptors", "ports"), "this machine had no descriptor or port left")
		}
	}
	switch {
	case !r.Plan.Open():
		return alarmOf(r, "cpu", "descriptors", "ports")
	case r.Totals.sentInTime():
		return ""
	}
	return disquiet(r)
}

// withThrottle is a reason with the limit that held the tool back, where one did: it may be why.
func withThrottle(r *Run, reason string) string {
	if held := alarmOf(r, "throttled"); held != "" && held != reason {
		return reason + "; " + held
	}
	return reason
}

// alarmOf is the text of the first alarm with one of the codes.
func alarmOf(r *Run, codes ...string) string {
	for _, a := range r.Generator.Alarms {
		if slices.Contains(codes, a.Code) {
			return a.Text
		}
	}
	return ""
}

// disquiet is what the tool, or its machine, did wrong.
func disquiet(r *Run) string {
	limit := r.Plan.timerLagLimit(r.Latency.Response.Quantile(.5), r.Totals.Flows, r.Totals.Exchanges)
	lag, g := r.Latency.TimerLag.Quantile(.99), &r.Generator
	switch {
	case lag > limit:
		return lateness(lag, limit)
	case g.HiccupMax > hiccupLimit:
		return fmt.Sprintf("this machine held the tool up for %s, more than %s",
			FormatDuration(g.HiccupMax), FormatDuration(hiccupLimit))
	case len(g.Alarms) > 0:
		return g.Alarms[0].Text
	}
	return ""
}
