package cli

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"shotput/cli/advice"
	"shotput/cli/flags"
	"shotput/cli/line"
	"shotput/loadgen"
	"shotput/report"
	"shotput/stats"
	"shotput/stats/compare"
	"shotput/stats/curve"
	"shotput/trials"
)

// A sweeping is `shotput curve`: one run at each of several loads.
type sweeping struct {
	*trying
	asks  flags.Sweep
	own   line.Rows
	sweep trials.Sweep

	before []trials.Result // of the file from which it goes on
}

func beginCurve(s *Stdio) beginning {
	v := newCurve(s)
	run := func(ctx context.Context, operands []string) error { return v.run(ctx, operands, v) }
	return beginning{&v.asked.Line, v.own, run}
}

func newCurve(s *Stdio) *sweeping {
	v := &sweeping{trying: newTrying(s, "curve", report.CurveFormats)}
	v.own = v.asks.Rows(v.asked)
	v.asked.Rows = append(v.own, v.asked.Rows...)
	v.asked.Fresh = func() []line.Row { return newCurve(s).asked.Rows }
	v.name = func(t trials.Trial) string {
		return fmt.Sprintf("load %d of %d: %s", len(v.done)+1, len(v.sweep.Loads), describeLoad(t.Load))
	}
	v.told = func(done []trials.Result) string {
		return fmt.Sprintf("%d of %d  %s", len(done), len(v.sweep.Loads),
			report.PointSentence(done[len(done)-1].Run, v.options(v.Err, &v.asked.Out)))
	}
	v.save = func(done []trials.Result, path string) error {
		return saveRendered(path, func(w io.Writer) error {
			return report.WriteCurve(w, "json", runsOf(done), v.asked.Without("resume").String(), report.Options{})
		})
	}
	v.ahead = v.outline
	v.rules = func(loadgen.Load) loadgen.Rules { return v.asked.Plan.Rules }
	return v
}

// next is the sweep's, behind what a file has.
func (v *sweeping) next(done []trials.Result) (trials.Trial, bool) {
	return trials.From(v.before, v.sweep.Next)(done)
}

// settle makes the loads and the plan of what was typed. The plan has the greatest load, so that its connections are
// open for all.
func (v *sweeping) settle(args []string) error {
	if err := v.aim(args); err != nil {
		return err
	}
	const given = "is given by --rates here"
	v.refuse(map[string]string{"rate": given, "q": given,
		"threshold": "judges one run; the highest load that keeps it is found by shotput capacity"})
	sweep, trial := v.asks.Sweep(v.asked)
	if err := v.asked.Settle(); err != nil {
		return err
	}
	loads, err := sweep.Points()
	if err != nil {
		return err
	}
	p := &v.asked.Plan
	p.Load.Duration, p.Load.Warmup = trial, max(200*time.Millisecond, trial/5)
	v.sweep = trials.Sweep{By: v.asks.By, Loads: loads, Load: p.Load}
	if p.Load.Rate = trials.RateOf(v.asks.By, sweep.Hi); v.asks.By == curve.ByConcurrency {
		p.Load.Concurrency = int(sweep.Hi)
	}
	if err := v.validate("abort"); err != nil || v.asks.Resume == "" {
		return err
	}
	return v.goOn()
}

// outline says which loads are fired, in their order.
func (v *sweeping) outline() string {
	var loads []string
	for _, load := range v.sweep.Loads {
		loads = append(loads, report.Load(v.sweep.By, load))
	}
	text := fmt.Sprintf("  each          measures %s, behind %s of warm-up\n  in this order %s\n",
		v.sweep.Load.Duration, v.sweep.Load.Warmup, strings.Join(loads, ", "))
	if n := len(v.before); n > 0 {
		text += fmt.Sprintf("  made before   %d\n", n)
	}
	return text
}

// goOn takes the runs of a file, each of which must be the one that the sweep would have made.
func (v *sweeping) goOn() error {
	path := v.asks.Resume
	runs, err := readSaved(path, v.In, func(r io.Reader) ([]*stats.Run, error) {
		runs, _, err := curve.Decode(r)
		return runs, err
	})
	if err != nil {
		return unresumed(v.asked.Line, path, err)
	}
	for _, run := range runs {
		t, more := v.next(nil)
		if !more {
			return unresumed(v.asked.Line, path, fmt.Errorf("it has %d runs, and there are %d loads", len(runs),
				len(v.sweep.Loads)))
		}
		plan := v.asked.Plan
		plan.Load = t.Load
		if err := checkResumed(v.asked.Line, path, compare.Changes(run.Plan, plan.Record())); err != nil {
			return err
		}
		v.before = append(v.before, trials.Result{Trial: t, Run: run})
	}
	v.done = v.before[:len(v.before):len(v.before)]
	return nil
}

func runsOf(done []trials.Result) (runs []*stats.Run) {
	for _, r := range done {
		runs = append(runs, r.Run)
	}
	return runs
}

// conclude reports the loads that were fired, and gives the exit code. err is why they are not all.
func (v *sweeping) conclude(err error) error {
	runs := runsOf(v.done)
	if len(runs) == 0 {
		return err
	}
	c, unlike := curve.Of(runs)
	if unlike != nil {
		return giveUp(unlike, advice.Hint{Error: line.Printable(unlike.Error()), Try: v.asked.Help()})
	}
	write := rendered(func(w io.Writer, format string, opt report.Options) error {
		return report.WriteCurve(w, format, runs, v.asked.Without("resume").String(), opt)
	})
	failed := write.deliver(&v.asked.Out, v.Stdio)
	switch {
	case failed != nil:
		return giveUp(failed, advice.Hint{Error: line.Printable(failed.Error()),
			Try: v.asked.With("output", "./curve.json").String()})
	case err != nil:
		v.note(hintSaved(v.asked.Line, &v.asked.Out))
		return err
	}
	return v.judge(c)
}

// judge gives the exit code of a curve that has all its points.
func (v *sweeping) judge(c *curve.Curve) error {
	failed := 0
	for i := range c.Points {
		switch p := &c.Points[i]; {
		case p.Failed():
			failed++
		case p.Counts():
			return nil
		}
	}
	if failed == 0 {
		return undecided(advice.Hint{Error: "no load could be judged: this machine was the limit at each",
			Try: v.asked.With("trial", (2 * v.sweep.Load.Duration).String()).String()})
	}
	h := advice.Hint{Error: "nothing succeeded at any load", Try: v.asked.With("once", "true").String()}
	if failed < len(c.Points) {
		h.Error = fmt.Sprintf("nothing succeeded at %d of %d loads, and at the others this machine was the limit",
			failed, len(c.Points))
	}
	for i := range v.done {
		if how := v.done[i].Run.HowFailed(); how != "" {
			h.Seen = line.Printable(how)
		}
	}
	return giveUp(nil, h)
}

const curveHelp = `shotput curve measures latency against load: one run at each of several loads.

  shotput curve --rates 500..8000/s --steps 8 'http://127.0.0.1:8080/{{seq}}'
  shotput curve -c 1..64 'http://127.0.0.1:8080/{{seq}}'
  shotput curve --rates 500..8000/s -o curve.csv http://127.0.0.1:8080/
  shotput curve --rates 500..8000/s -o curve.json URL     Ctrl-C, and then
  shotput curve --rates 500..8000/s --resume curve.json -o curve.json URL
  shotput report curve.json

Loads are tried in a shuffled order (--seed), so that what drifts meanwhile does
not look like the doing of the load. The knee is where latency takes off, or
goodput no longer follows. A sweep of concurrency has the Universal Scalability
Law fitted to it. See docs/capacity.md.

Usage: shotput curve [flags] URL     (the request flags: shotput help all)
`

const curveTail = `
Exit codes: 0 measured, 2 usage, 3 nothing could be judged.
`
