package stats

import (
	"fmt"
	"time"
)

// Threshold is an objective held against the run.
type Threshold struct {
	Rule      string        `json:"rule"`
	Measured  float64       `json:"measured"`                 // of a rule with For: the longest stretch in which it did not hold
	Unit      string        `json:"unit"`                     // "ns", "ratio", "per_second", "bytes_per_second", "bytes", "count"
	Result    Result        `json:"result"`                   // see Judged
	Lower     float64       `json:"lower"`                    // of a latency: Measured without the tool's lateness, at least
	Upper     float64       `json:"upper"`                    // and with it: what Measured is
	OK        bool          `json:"ok"`                       // it was kept
	Why       string        `json:"why,omitempty"`            // it was not, where Measured alone does not say it
	Means     string        `json:"means,omitempty"`          // the rule by the name of what is read, where that is another
	NoSamples bool          `json:"no_samples,omitempty"`     // Measured means nothing
	AtLeast   bool          `json:"at_least,omitempty"`       // Measured is a lower bound: requests were open at the end
	AtMost    bool          `json:"at_most,omitempty"`        // Measured is an upper bound: the tool was late; see Bounds.Marked
	Samples   int64         `json:"samples,omitempty"`        // of a percentile of so few values that it is the greatest of them: how many
	Needed    int64         `json:"samples_needed,omitempty"` // and how many it takes for one to lie above it
	For       time.Duration `json:"for_ns,omitempty"`         // the rule speaks of stretches of windows of this length
}

// A Result is what came of an objective.
type Result string

// The results. The tool's own lateness makes a latency no smaller: a bound that response time keeps is kept, one that
// its floor breaks is broken, and of one between the two nobody can say.
const (
	RuleKept      Result = "kept"
	RuleBroken    Result = "broken"
	RuleNotJudged Result = "not_judged"
)

// Judged is the result, also of a run of an older version, which said only whether it was kept.
func (t *Threshold) Judged() Result {
	switch {
	case t.Result != "":
		return t.Result
	case t.OK:
		return RuleKept
	}
	return RuleBroken
}

// A tracker follows the rules of a plan through a run: it is shown every window, and asked in between and at the end.
type tracker struct {
	plan       *Plan
	thresholds []track
	aborts     [][]track // one list for each of the plan's rules
}

// A track is one objective on its way through a run.
type track struct {
	objective Objective
	text      string
	err       error   // the saved plan has a rule that this version cannot read
	broken    stretch // of windows in which it was broken
	doubtful  stretch // of windows in which it was not surely kept; of an abort rule, in which it came true
}

func newTracker(p *Plan) *tracker {
	k := &tracker{plan: p}
	for _, rule := range p.Thresholds {
		k.thresholds = append(k.thresholds, tracksOf(rule)...)
	}
	for _, rule := range p.Aborts {
		k.aborts = append(k.aborts, tracksOf(rule))
	}
	return k
}

func tracksOf(rule Rule) (all []track) {
	objectives, err := rule.Objectives()
	if err != nil {
		return []track{{text: rule.String(), err: err}}
	}
	for _, o := range objectives {
		all = append(all, track{objective: o, text: o.String(), broken: stretch{required: o.span},
			doubtful: stretch{required: o.span}})
	}
	return all
}

// add shows a window to every rule that speaks of windows.
func (k *tracker) add(w *Window) {
	s := liveScope(k.plan, w.Tally, part{w.Sent, w.End - w.Start})
	s.busy = s.totals.Sent > 0 || w.InFlight > 0
	if w.Warmup || w.Drain || !s.busy {
		return
	}
	for i := range k.thresholds {
		if t := &k.thresholds[i]; t.objective.span > 0 {
			result := t.result(s)
			t.broken.add(w, result == RuleBroken)
			t.doubtful.add(w, result != RuleKept)
		}
	}
	for _, rule := range k.aborts {
		for i := range rule {
			if t := &rule[i]; t.objective.span > 0 {
				t.doubtful.add(w, t.result(s) == RuleKept)
			}
		}
	}
}

func (t *track) result(s *scope) Result { return t.objective.judge(t.objective.read(s)) }

// extend makes the last window as long as the run's schedule: it was closed with the last answer, and a fast server
// gives that a moment before the last second is over. Without this no rule for the whole run could be kept.
func (k *tracker) extend(last *Window, stopped time.Duration) {
	if last.Warmup || last.Drain || last.End >= stopped || last.Done+last.InFlight == 0 {
		return
	}
	for i := range k.thresholds {
		k.thresholds[i].broken.extend(stopped - last.End)
		k.thresholds[i].doubtful.extend(stopped - last.End)
	}
}

// strike gives the first abort rule that holds now, of the part of the span that is over; "" when none does.
func (k *tracker) strike(total *Tally, of part) string {
	if len(k.aborts) == 0 {
		return ""
	}
	s := liveScope(k.plan, total, of)
	for i, rule := range k.aborts {
		if strikes(rule, s) {
			return k.plan.Aborts[i].String()
		}
	}
	return ""
}

// strikes says whether every part of the rule holds now, whatever the tool's lateness has to do with it.
func strikes(rule []track, s *scope) bool {
	for i := range rule {
		t := &rule[i]
		switch {
		case t.err != nil:
			return false
		case t.objective.span > 0 && t.doubtful.now < t.objective.span:
			return false
		case t.objective.span == 0 && t.result(s) != RuleKept:
			return false
		}
	}
	return true
}

// judge holds the plan's thresholds against the whole run. Where less was asked of the server than the plan says, or
// less is known, which limit tells of, no latency and no rate is kept: under the whole load it might not have been.
//
// Of unknown ones nobody knows how they ended: a rule is judged where it makes no difference whether they ended well.
// Of a run in which nothing was measured no rule is judged, and of one whose end is not known none that speaks of that.
func (k *tracker) judge(total *Tally, totals *Totals, limit string, e *Ending) (all []Threshold) {
	s := &scope{plan: k.plan, tally: total, totals: *totals, sent: totals.SentPerSecond(), busy: totals.Sent > 0,
		unknown: e.Unknown}
	for i := range k.thresholds {
		t := &k.thresholds[i]
		th := t.threshold(s)
		if unknown := e.Unknown; unknown > 0 && th.Result != t.threshold(s.without(unknown)).Result {
			th.Result, th.Why = RuleNotJudged, fmt.Sprintf("nobody knows how the requests ended that were under way "+
				"at the end (%d)", unknown)
		}
		switch {
		case t.err != nil:
		case totals.Sent == 0:
			th.Result, th.Why = RuleNotJudged, "nothing was measured"
		case e.Stop.Kind == BrokenOff && t.objective.metric.ofEnd():
			th.Result, th.Why = RuleNotJudged, "nobody knows it of a run that breaks off"
		case !totals.HasRate() && t.objective.ofRate():
			th.Result, th.NoSamples, th.Why = RuleNotJudged, true, "one request has no rate"
		case limit != "" && th.Result == RuleKept && t.objective.ofLoad():
			th.Result, th.Why = RuleNotJudged, limit
		}
		th.OK = th.Result == RuleKept
		all = append(all, th)
	}
	return all
}

func (t *track) threshold(s *scope) Threshold {
	if t.err != nil {
		return Threshold{Rule: t.text, Unit: t.objective.unit(), NoSamples: true, Result: RuleBroken,
			Why: "the rule cannot be read: " + t.err.Error()}
	}
	th := Threshold{Rule: t.text, Unit: t.objective.unit(), Means: t.objective.means()}
	if t.objective.span > 0 {
		t.judgeStretches(&th)
		return th
	}
	read := t.objective.read(s)
	th.Measured, th.NoSamples, th.AtLeast, th.Result = read.value, read.none, read.atLeast, t.objective.judge(read)
	th.Samples, th.Needed = s.samples(&t.objective.metric)
	th.Lower, th.Upper, th.AtMost = read.lower, read.value, s.marked(&t.objective.metric, read)
	switch {
	case th.Result == RuleNotJudged:
		th.Why = fmt.Sprintf("it is between %s and %s: this tool was late, and may have made it greater than it was",
			FormatDuration(time.Duration(th.Lower)), FormatDuration(time.Duration(th.Upper)))
	case th.NoSamples:
		th.Why = "there are no samples"
	case th.AtLeast && th.Result != RuleKept:
		_, open := s.histogram(&t.objective.metric)
		th.Why = fmt.Sprintf("requests were still open at the end (%d), so it may be more", open)
	}
	return th
}

// judgeStretches says how long the objective did not hold.
func (t *track) judgeStretches(th *Threshold) {
	worst, required := &t.broken, t.objective.span
	if worst.longest < required {
		worst = &t.doubtful
	}
	th.Unit, th.For, th.Measured = "ns", required, float64(worst.longest)
	switch {
	case worst.seen < required:
		th.Result, th.NoSamples = RuleBroken, true
		th.Why = fmt.Sprintf("only %s of windows were measured, and it speaks of %s",
			FormatDuration(worst.seen), FormatDuration(required))
	case worst.longest < required:
		th.Result = RuleKept
	case worst == &t.doubtful:
		th.Result = RuleNotJudged
		th.Why = fmt.Sprintf("for %s, from %s of the run on, this tool was late, and nobody knows whether it held",
			FormatDuration(worst.longest), FormatDuration(worst.worst))
	default:
		th.Result = RuleBroken
		th.Why = fmt.Sprintf("it did not hold for %s, from %s of the run on",
			FormatDuration(worst.longest), FormatDuration(worst.worst))
	}
}

// A stretch counts the windows, one after the other, in which an objective holds, or in which it does not.
type stretch struct {
	now, longest   time.Duration
	from, worst    time.Duration // where the current and the longest one began
	seen, required time.Duration // all windows; those of a rule's "for"
}

func (s *stretch) add(w *Window, counts bool) {
	span := w.End - w.Start
	s.seen += span
	if !counts {
		s.now = 0
		return
	}
	if s.now == 0 {
		s.from = w.Start
	}
	s.grow(span)
}

func (s *stretch) grow(span time.Duration) {
	if s.now += span; s.now > s.longest {
		s.longest, s.worst = s.now, s.from
	}
}

// extend makes the last window longer.
func (s *stretch) extend(more time.Duration) {
	s.seen += more
	if s.now > 0 {
		s.grow(more)
	}
}
