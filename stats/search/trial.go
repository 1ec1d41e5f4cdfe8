package search

import (
	"fmt"
	"math"
	"slices"
	"time"

	"shotput/stats"
	"shotput/stats/unit"
)

// A Kind says what a trial is for.
type Kind string

// The kinds.
const (
	Probe   Kind = "probe"   // a closed loop, to find where to start; it has no vote
	Measure Kind = "measure" // a trial
	Confirm Kind = "confirm" // one of three times the length, for the lower bound
)

// A Result is what a trial says of the server at its load.
type Result string

// The results. The first two are votes, the others say nothing of the server.
const (
	Pass          Result = "pass"
	Fail          Result = "fail"
	NotJudged     Result = "not_judged"     // the tool's lateness is too great to tell
	ClientLimited Result = "client_limited" // this tool or its machine did not send the load
	PoolLimited   Result = "pool_limited"   // the bound on requests in flight was too small
	CutShort      Result = "cut_short"      // it was ended before its time: as if it had never been
)

// A Trial is one run of a search.
type Trial struct {
	Kind        Kind          `json:"kind"`
	Load        float64       `json:"load"`        // asked for; of a probe what it reached, 0 where nothing succeeded
	Concurrency int           `json:"concurrency"` // the bound on requests in flight
	Took        time.Duration `json:"took_ns"`     // of the Goal's Budget
	Judgement
	Run *stats.Run `json:"-"` // saved with it, where there is one; see Encode
}

// A Judgement is what the run of a trial says.
type Judgement struct {
	Result Result `json:"result"`
	Reason string `json:"reason,omitempty"` // one sentence with the figures; "" of a pass
	Needed int    `json:"needed_concurrency,omitempty"`
}

// Trial is the trial that the step asked for, with what came of it. took is how long it was busy with it.
func (s Step) Trial(g Goal, r *stats.Run, took time.Duration) Trial {
	t := Trial{Kind: s.Kind, Load: s.Load, Concurrency: s.Concurrency, Took: took, Judgement: Judge(r), Run: r}
	if s.Kind != Probe {
		return t
	}
	t.Load = r.Totals.GoodputPerSecond
	if g.By == ByteRate { // of which those of failed requests are taken off
		t.Load *= r.Totals.UploadPerSecond / max(t.Load, r.Totals.AchievedPerSecond, math.SmallestNonzeroFloat64)
	}
	if t.Result != CutShort { // it is a rate, whatever set it
		t.Judgement = Judgement{Result: Pass}
		if r.Totals.OK == 0 {
			t.Reason = noneSucceeded(r)
		}
	}
	return t
}

// Judge says what a run says of the server at the load that was asked for. It passes where every threshold is kept,
// 99 % were sent in time, and no backlog is left; it fails where one is broken or the server is behind. Both by
// bounds: the tool's own lateness neither keeps a promise nor breaks one.
//
// What the tool did wrong comes first: under a load that was not sent, or with too few slots, even a broken promise
// says nothing of the server.
func Judge(r *stats.Run) Judgement {
	v := &r.Verdict
	switch {
	case r.Hopeless(): // it was ended since nothing else was to be expected
		return Judgement{Result: Fail, Reason: r.Stop.String()}
	case r.Stop.CutShort() && !r.AbortedByRule():
		return Judgement{Result: CutShort, Reason: "it was cut short: " + r.Stop.String()}
	case v.Status == stats.ClientLimited:
		return Judgement{Result: ClientLimited, Reason: v.Reason}
	case v.Status == stats.Incomplete, v.Status == stats.Inconsistent:
		return Judgement{Result: NotJudged, Reason: v.Reason}
	case v.Status == stats.PoolLimited:
		return Judgement{Result: PoolLimited, Reason: v.Reason, Needed: v.NeededConcurrency}
	case r.AbortedByRule():
		return Judgement{Result: Fail, Reason: "the abort rule came true: " + r.Stop.Text}
	case v.Status == stats.NothingMeasured && r.Totals.Due > 0 && r.Totals.Warmup > 0:
		return judgeUnbegun(r)
	case v.Status == stats.NothingMeasured:
		return Judgement{Result: NotJudged, Reason: v.Reason}
	case v.Status == stats.ServerSaturated:
		return Judgement{Result: Fail, Reason: v.Reason}
	case r.Totals.OK == 0:
		return Judgement{Result: Fail, Reason: noneSucceeded(r)}
	}
	return judgePromises(r)
}

// judgeUnbegun is of a run that had not done with its warm-up when it was over. That is the server's doing where the
// slots were busy to the end; with slots free it was the tool that did not come to send. (Seen: asked for three times
// what the machine can do, 4 of 50 were busy.)
func judgeUnbegun(r *stats.Run) Judgement {
	busy := int64(r.Plan.Concurrency)
	for i := range r.Windows {
		if w := &r.Windows[i]; !w.Warmup && !w.Drain {
			busy = w.InFlight
		}
	}
	if 2*busy < int64(r.Plan.Concurrency) { // some of them are done by the time that they are counted
		return Judgement{Result: ClientLimited, Reason: fmt.Sprintf("nothing was sent of %d requests due, with %d of "+
			"%d slots free: this tool was still behind with the warm-up", r.Totals.Due,
			int64(r.Plan.Concurrency)-busy, r.Plan.Concurrency)}
	}
	return Judgement{Result: Fail, Reason: fmt.Sprintf(
		"nothing was sent of %d requests due: every slot was still busy with the warm-up", r.Totals.Due)}
}

// judgePromises goes by the thresholds, of a run that sent what it was to send.
func judgePromises(r *stats.Run) Judgement {
	broken, latencies := firstThat(r, stats.RuleBroken)
	if broken != nil && latencies {
		if needed := stats.PoolHeldUp(r); needed > 0 {
			return Judgement{Result: PoolLimited, Needed: needed, Reason: fmt.Sprintf(
				"%s, and with %d slots requests waited for one while service time stayed as it was",
				sayBroken(broken), r.Plan.Concurrency)}
		}
	}
	late := sentInBunches(r)
	if broken != nil && late >= max(1, r.Totals.Errors()) && onlyCounts(r) && !brokenOnTime(r) {
		return Judgement{Result: NotJudged, Reason: fmt.Sprintf(
			"%s, but this tool was late with %d requests, which it sent several at once: as many as failed",
			sayBroken(broken), late)}
	}
	if broken != nil {
		reason := sayBroken(broken)
		if onlyCounts(r) {
			reason += inBrackets(r.HowFailed())
		}
		return Judgement{Result: Fail, Reason: reason}
	}
	if doubtful, _ := firstThat(r, stats.RuleNotJudged); doubtful != nil {
		if more := fellBehind(r); more > 0 {
			return Judgement{Result: Fail, Reason: fmt.Sprintf("%s may be broken, and the server fell behind: %s "+
				"more were under way at the end than at the beginning, and by this tool's lateness at most %d of them",
				doubtful.Rule, stats.Plural(more, "request"), byLateness(r))}
		}
		return Judgement{Result: NotJudged, Reason: doubtful.Rule + ": " + doubtful.Why}
	}
	t := &r.Totals
	left := t.InFlightEnd + t.Due - t.OnTime()
	if most := max(int64(r.Plan.Concurrency), t.Due/100); r.Plan.Open() && left > most {
		return Judgement{Result: Fail, Reason: fmt.Sprintf(
			"a backlog of %d requests was left at the end, more than %d", left, most)}
	}
	return Judgement{Result: Pass}
}

// noneSucceeded says how: a server that refuses what is too much is another matter than one that is gone.
func noneSucceeded(r *stats.Run) string {
	switch r.Totals.Sent {
	case 0:
		return "nothing succeeded" + inBrackets(r.HowFailed())
	case 1:
		return "the only request failed" + inBrackets(r.HowFailed())
	}
	return fmt.Sprintf("none of %d requests succeeded", r.Totals.Sent) + inBrackets(r.HowFailed())
}

func inBrackets(text string) string {
	if text == "" {
		return ""
	}
	return " (" + text + ")"
}

// fellBehind is how many more requests were under way at the end of the measured span than at its beginning, where that
// is a part of the load that a search tells from another, and more than the tool's lateness explains: then the server
// did less than was asked of it. 0 where it did not, or where all slots were busy from the beginning.
//
// Bounds of latency often leave that open: just above the capacity the backlog grows slowly, so that for all of a trial
// it is not far above what the promise allows. Sent in time the requests would have been no fewer: a server that
// works whenever there is something to do has done as much a longest lag earlier as it has when they come late.
func fellBehind(r *stats.Run) (more int64) {
	const fewest = 10 // of which, and less, one says nothing
	begun := int64(-1)
	for i := range r.Windows {
		if w := &r.Windows[i]; w.Warmup {
			begun = w.InFlight
		}
	}
	if !r.Plan.Open() || begun < 0 || begun >= int64(r.Plan.Concurrency) {
		return 0
	}
	more = r.Totals.InFlightEnd + r.Totals.Due - r.Totals.OnTime() - begun
	if more-byLateness(r) <= max(fewest, r.Totals.Due/100) {
		return 0
	}
	return more
}

// byLateness is how many requests are due within the longest lag of the tool.
func byLateness(r *stats.Run) int64 {
	return int64(math.Ceil(r.Totals.OfferedPerSecond * r.Latency.TimerLag.Max().Seconds()))
}

// Bounds take the tool's lateness out of a time, but not out of what the server made of it: requests that were held up
// and then sent at once are more a second than was asked for, and a server that refuses what is too much refuses them.
// Seen on a busy machine: a bucket of 1000 tokens a second, asked for 740/s, had 12 refusals of 1480,
// and 24 ms of timer lag.
//
// inBunch is the timer lag from which on a request counts as such.
const inBunch = time.Millisecond

// sentInBunches is how many requests the tool sent so late.
func sentInBunches(r *stats.Run) (late int64) {
	if !r.Plan.Open() {
		return 0
	}
	for lag, n := range r.Latency.TimerLag.Buckets {
		if lag > inBunch {
			late += n
		}
	}
	return late
}

// onlyCounts says whether all that is broken counts answers: of times, bounds have taken the lateness out.
func onlyCounts(r *stats.Run) bool {
	return !slices.ContainsFunc(r.Thresholds, func(t stats.Threshold) bool {
		return t.Judged() == stats.RuleBroken && t.Unit != "ratio" && t.Unit != "count"
	})
}

// brokenOnTime says whether a promise is broken by the errors alone of requests that were sent on time: by that part of
// what was measured which they are of all errors.
func brokenOnTime(r *stats.Run) bool {
	part := float64(r.Totals.PunctualErrors) / float64(max(1, r.Totals.Errors()))
	return slices.ContainsFunc(r.Thresholds, func(t stats.Threshold) bool {
		objectives, err := stats.ParseObjectives(t.Rule)
		return err == nil && t.Judged() == stats.RuleBroken && len(objectives) == 1 &&
			objectives[0].BrokenBy(part*t.Measured)
	})
}

// firstThat is the first threshold with the result; latencies says whether all with it are times.
func firstThat(r *stats.Run, result stats.Result) (first *stats.Threshold, latencies bool) {
	latencies = true
	for i := range slices.Backward(r.Thresholds) {
		if t := &r.Thresholds[i]; t.Judged() == result {
			first, latencies = t, latencies && t.Unit == "ns"
		}
	}
	return first, latencies
}

func sayBroken(t *stats.Threshold) string {
	switch {
	case t.Why != "":
		return fmt.Sprintf("%s is broken: %s", t.Rule, t.Why)
	case t.Lower < t.Upper:
		return fmt.Sprintf("%s is broken: it is between %s and %s", t.Rule, figure(t.Lower, t.Unit),
			figure(t.Upper, t.Unit))
	}
	return fmt.Sprintf("%s is broken: it is %s", t.Rule, figure(t.Measured, t.Unit))
}

func figure(value float64, in string) string {
	switch in {
	case "ns":
		return stats.FormatDuration(time.Duration(value))
	case "ratio":
		return fmt.Sprintf("%.3g %%", 100*value)
	case "per_second":
		return fmt.Sprintf("%.4g/s", value)
	case "bytes_per_second":
		return unit.FormatBytes(value) + "/s"
	case "bytes":
		return unit.FormatBytes(value)
	}
	return fmt.Sprintf("%g", value)
}
