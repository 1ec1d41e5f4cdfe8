package cli

import (
	"context"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"shotput/cli/advice"
	"shotput/cli/flags"
	"shotput/cli/line"
	"shotput/loadgen"
	"shotput/report"
	"shotput/stats"
	"shotput/stats/compare"
	"shotput/stats/search"
	"shotput/trials"
)

// A capacity is `shotput capacity`: trials at one load after another, until it is known up to which every threshold
// holds.
type capacity struct {
	*trying
	asks   flags.Search
	search trials.Search
}

func beginCapacity(s *Stdio) beginning {
	v := newCapacity(s)
	run := func(ctx context.Context, operands []string) error { return v.run(ctx, operands, v) }
	return beginning{&v.asked.Line, v.asks.Rows(), run}
}

func newCapacity(s *Stdio) *capacity {
	v := &capacity{trying: newTrying(s, "capacity", report.SearchFormats)}
	v.asked.Rows = append(v.asks.Rows(), v.asked.Rows...)
	v.asked.Fresh = func() []line.Row { return newCapacity(s).asked.Rows }
	v.name = func(t trials.Trial) string {
		return fmt.Sprintf("trial %d: %s", len(v.search.Trials)+len(v.done)+1, describeLoad(t.Load))
	}
	v.told = func(done []trials.Result) string {
		so := v.soFar(done)
		return report.TrialSentence(so, len(so.Trials)-1, v.options(v.Err, &v.asked.Out))
	}
	v.save = func(done []trials.Result, path string) error {
		return saveRendered(path, func(w io.Writer) error {
			return report.WriteSearch(w, "json", v.soFar(done), report.Options{})
		})
	}
	v.ahead = v.outline
	v.rules = func(load loadgen.Load) loadgen.Rules {
		if v.search.Goal.By != search.Concurrency && load.Rate == (loadgen.Rate{}) {
			return loadgen.Rules{} // a probe: it promises nothing
		}
		return v.asked.Plan.Rules
	}
	return v
}

// begin measures what thresholds follow from, where none was given.
func (v *capacity) begin(w *watch, session *loadgen.Session) error {
	if len(v.search.Goal.Thresholds) > 0 {
		return nil
	}
	return v.measureUnloaded(w, session)
}

// next is the search's.
func (v *capacity) next(done []trials.Result) (trials.Trial, bool) { return v.search.Next(done) }

// settle makes the goal and the plan of what was typed, and of the file that the search goes on from.
func (v *capacity) settle(args []string) error {
	if err := v.aim(args); err != nil {
		return err
	}
	const found = "is what is searched for; --min and --max are its bounds"
	v.refuse(map[string]string{"rate": found, "q": found})
	v.asks.Bound(v.asked)
	if err := v.asked.Settle(); err != nil {
		return err
	}
	if v.asks.Resume != "" {
		return v.goOn(v.asks.Goal(v.asked))
	}
	g := v.asks.Goal(v.asked)
	v.asks.Check(v.asked, g)
	if err := v.asked.Check(); err != nil {
		return err
	}
	v.search.Goal = g
	return v.plan()
}

// plan has the plan with a load of the search's kind, as all that are to come.
func (v *capacity) plan() error {
	g, p := &v.search.Goal, &v.asked.Plan
	v.search.Load = loadgen.Load{Seed: p.Load.Seed}
	p.Load = loadgen.Load{Seed: p.Load.Seed, Concurrency: g.Concurrency, Duration: g.Trial,
		Rate: trials.RateOf(string(g.By), g.Min), Poisson: g.Arrivals == "poisson"}
	if g.By == search.Concurrency {
		p.Load.Concurrency = int(g.Start)
	}
	p.Rules.Thresholds = g.Thresholds
	switch {
	case g.By == search.ByteRate && p.Record().BodyBytes == 0:
		return v.asked.Refuse(line.Fault{Kind: line.Contrary, Flag: "by",
			Why: "byterate is of body bytes, and there is no body", Mends: []line.Mend{line.Set("size", "1KiB")}})
	case g.By == search.Concurrency:
		return v.validate("by", "min", "max")
	}
	return v.validate("threshold", "abort")
}

// goOn takes the goal and the trials of the file. What is typed beside it must be the same, but for the time that there
// is: another goal would be another search.
func (v *capacity) goOn(typed search.Goal) error {
	saved, err := readSaved(v.asks.Resume, v.In, search.Decode)
	if err != nil {
		return unresumed(v.asked.Line, v.asks.Resume, err)
	}
	for flag, same := range map[string]bool{
		"by": typed.By == saved.Goal.By, "min": typed.Min == saved.Goal.Min, "max": typed.Max == saved.Goal.Max,
		"precision": typed.Precision == saved.Goal.Precision, "trial": typed.Trial == saved.Goal.Trial,
		"concurrency": typed.Concurrency == saved.Goal.Concurrency, "arrivals": typed.Arrivals == saved.Goal.Arrivals,
		"max-concurrency": typed.MostConcurrency == saved.Goal.MostConcurrency,
		"threshold":       fmt.Sprint(typed.Thresholds) == fmt.Sprint(saved.Goal.Thresholds),
	} {
		if v.isGiven(flag) && !same {
			v.asked.Note(line.Fault{Kind: line.Contrary, Flag: flag,
				Why:   "is another one in " + line.Show(v.asks.Resume) + ", from which the search goes on",
				Mends: []line.Mend{line.Drop(flag)}})
		}
	}
	if err := v.asked.Check(); err != nil {
		return err
	}
	v.search.Goal, v.search.Trials = saved.Goal, saved.Trials
	if v.isGiven("budget") {
		v.search.Goal.Budget = typed.Budget
	}
	if err := v.plan(); err != nil {
		return err
	}
	return v.checkSame(saved)
}

// decidedByTrial are the fields of a plan that the search decides for each trial, or that its goal has.
var decidedByTrial = []string{"model", "rate_per_second", "bytes_per_second", "arrivals", "concurrency", "requests",
	"duration_ns", "warmup_ns", "thresholds"}

// checkSame refuses to go on with another plan than the file's, of which the last trial has all: a probe, with which a
// search begins, has no rules, and is of a closed loop.
func (v *capacity) checkSame(saved *search.Search) error {
	for i := range slices.Backward(saved.Trials) {
		t := &saved.Trials[i]
		if t.Run == nil {
			continue
		}
		but := slices.Clone(decidedByTrial)
		if t.Kind == search.Probe {
			but = append(but, "aborts", "poll")
		}
		return checkResumed(v.asked.Line, v.asks.Resume, compare.Changes(t.Run.Plan, v.asked.Plan.Record(), but...))
	}
	return nil
}

// soFar is the search with what these results add.
func (v *capacity) soFar(done []trials.Result) *search.Search {
	s := &search.Search{Goal: v.search.Goal, Trials: v.search.After(done), Command: v.command()}
	s.Result = search.SoFar(s.Goal, s.Trials)
	return s
}

// command is the line that makes the search again, with the thresholds that were chosen for it.
func (v *capacity) command() string {
	l := v.asked.Without("resume")
	if !v.isGiven("threshold") {
		for _, rule := range v.search.Goal.Thresholds {
			l.Words = slices.Insert(slices.Clone(l.Words), 0, line.Word{Flag: "threshold", Value: rule.String()})
		}
	}
	return l.String()
}

// outline says which trials there will be, and by what they are judged.
func (v *capacity) outline() string {
	g := &v.search.Goal
	by := string(g.By)
	rules := fmt.Sprintf("%s, and p99 below %d times that of the unloaded server", usualErrors, timesIdle)
	if len(g.Thresholds) > 0 {
		var all []string
		for _, rule := range g.Thresholds {
			all = append(all, rule.String())
		}
		rules = strings.Join(all, ", ")
	}
	text := fmt.Sprintf("  the load      from %s to %s, found within %g %%\n"+
		"  each          measures %s, and %s to confirm\n  together      %d at most that pass or fail, in %s\n"+
		"  thresholds    %s\n", report.Load(by, g.Min),
		report.Load(by, g.Max), 100*g.Precision, g.Trial, 3*g.Trial, g.MostTrials, g.Budget, line.Printable(rules))
	if n := len(v.search.Trials); n > 0 {
		text += fmt.Sprintf("  made before   %d\n", n)
	}
	return text
}

// Without a threshold there is no capacity: any server answers any load in the end. So a usual one is taken, by what
// the server does where nothing else is asked of it.
const (
	usualErrors = "error_rate < 0.1%"
	timesIdle   = 3
)

// measureUnloaded sends one request at a time, and takes thresholds that follow from its latency.
func (v *capacity) measureUnloaded(w *watch, session *loadgen.Session) error {
	g := &v.search.Goal
	one := trials.Sweep{By: string(search.Concurrency), Loads: []float64{1}, Load: v.search.Load}
	one.Load.Duration, one.Load.Warmup = min(2*time.Second, g.Trial), min(200*time.Millisecond, g.Trial)
	told := v.told
	idle := *v.trying
	idle.name = func(trials.Trial) string { return "unloaded: one request at a time" }
	idle.rules = func(loadgen.Load) loadgen.Rules { return loadgen.Rules{} }
	idle.save = func([]trials.Result, string) error { return nil }
	idle.told = func(done []trials.Result) string {
		run := done[0].Run
		if run.Totals.OK == 0 {
			return "unloaded: nothing succeeded"
		}
		return fmt.Sprintf("unloaded p99 %s, of %s one at a time", stats.FormatDuration(idleP99(run)),
			stats.Plural(run.Totals.OK, "answer"))
	}
	if err := idle.drive(w, session, one.Next); err != nil {
		return err
	}
	v.begun, v.told = idle.begun, told
	run := idle.done[0].Run
	if run.Totals.OK == 0 {
		return giveUp(nil, advice.Hint{Error: "nothing succeeded where one request was sent at a time",
			Seen: line.Printable(run.HowFailed()), Try: v.asked.With("once", "true").String()})
	}
	for _, text := range []string{"p99 < " + roundedUp(timesIdle*idleP99(run)), usualErrors} {
		rule, err := stats.ParseRule(text)
		if err != nil {
			return err
		}
		g.Thresholds = append(g.Thresholds, rule)
	}
	v.asked.Plan.Rules.Thresholds = g.Thresholds
	v.note([]advice.Hint{{Error: fmt.Sprintf("no threshold was given: taken are %s, and %s (%d times the unloaded p99)",
		g.Thresholds[1], g.Thresholds[0], timesIdle)}})
	return nil
}

// idleP99 is the most that it may be: what is late by this tool's doing is no reason for a stricter promise.
func idleP99(run *stats.Run) time.Duration {
	return run.Latency.BoundsOf(run.Plan.Open(), stats.At(.99)).Upper
}

// roundedUp writes a time in milliseconds with two digits, as a person would.
func roundedUp(d time.Duration) string {
	ms := max(float64(d)/1e6, 1e-3)
	unit := math.Pow10(int(math.Floor(math.Log10(ms))) - 1)
	digits, _ := strconv.ParseFloat(strconv.FormatFloat(math.Ceil(ms/unit)*unit, 'g', 2, 64), 64)
	return strconv.FormatFloat(digits, 'f', -1, 64) + "ms"
}

// conclude reports what is known, and gives the exit code. err is why the trials ended before the search did.
func (v *capacity) conclude(err error) error {
	so := v.soFar(v.done)
	write := rendered(func(w io.Writer, format string, opt report.Options) error {
		return report.WriteSearch(w, format, so, opt)
	})
	failed := write.deliver(&v.asked.Out, v.Stdio)
	switch {
	case failed != nil:
		return giveUp(failed, advice.Hint{Error: line.Printable(failed.Error()),
			Try: v.asked.With("output", "./capacity.json").String()})
	case err != nil:
		v.note(hintSaved(v.asked.Line, &v.asked.Out))
		return err
	case so.Result.Found():
		return nil
	}
	h := advice.Hint{Error: "irregular: " + report.Irregular(so), Try: v.after(&so.Result)}
	if so.Result.Irregular == search.MinFails {
		return giveUp(nil, h) // that is the server's doing
	}
	return undecided(h)
}

// after is what may bring a search to its end that came to none.
func (v *capacity) after(end *search.Capacity) string {
	g, a := &v.search.Goal, v.asked.Without("resume")
	switch end.Irregular {
	case search.MaxReached:
		return a.With("max", flags.WriteLoad(string(g.By), 4*g.Max)).String()
	case search.MinFails:
		return a.With("once", "true").String()
	case search.TrialsSpent:
		return a.With("precision", fmt.Sprintf("%g%%", min(100, 200*g.Precision))).String()
	case search.TimeSpent:
		a = a.With("budget", (2 * g.Budget).String())
		if paths := savedIn(&v.asked.Out); len(paths) > 0 {
			a = a.With("resume", paths[0])
		}
		return a.String()
	case search.BlindPool:
		return a.With("max-concurrency", strconv.Itoa(2*g.MostConcurrency)).String()
	}
	return a.With("trial", (2 * g.Trial).String()).String()
}

func describeLoad(l loadgen.Load) string {
	switch {
	case l.Rate.BytesPerSecond > 0:
		return report.Load("byterate", l.Rate.BytesPerSecond)
	case l.Rate.PerSecond > 0:
		return report.Load("rate", l.Rate.PerSecond)
	}
	return report.Load("concurrency", float64(l.Concurrency))
}

const capacityHelp = `shotput capacity finds the highest load at which every threshold holds.

  shotput capacity --threshold 'p99 < 50ms' 'http://127.0.0.1:8080/{{seq}}'
  shotput capacity --by concurrency --max 256 http://127.0.0.1:8080/
  shotput capacity -o cap.json http://127.0.0.1:8080/     Ctrl-C, and then
  shotput capacity --resume cap.json -o cap.json http://127.0.0.1:8080/
  shotput report cap.json

A trial at one load passes or fails by the thresholds; where this machine was
the limit it says nothing, and is repeated. Loads that bound the answer are
tried again before it is given. Without --threshold it is error_rate < 0.1%
and p99 < 3 times that of the unloaded server. See docs/capacity.md.

Usage: shotput capacity [flags] URL     (the request flags: shotput help all)
`

const capacityTail = `
Exit codes: 0 found, 2 usage, 3 irregular: there is no number, and why.
`
