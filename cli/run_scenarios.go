package cli

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"shotput/cli/advice"
	"shotput/cli/files"
	"shotput/cli/flags"
	"shotput/cli/line"
	"shotput/cli/planfile"
	"shotput/loadgen"
)

// A scenarioRun is a scenario that is ready to be fired.
type scenarioRun struct {
	name  string
	label string // which of several it is
	asked *flags.Asked
}

// requests makes every run, and tells the faults of all at once.
func (v *planRun) requests(p *planfile.File, picked []planfile.Scenario) (runs []scenarioRun, err error) {
	var typed []advice.Hint
	for _, c := range picked {
		r, hints := v.settle(p, c, len(p.Scenarios) > 1)
		runs = append(runs, scenarioRun{name: c.Name, asked: r})
		for _, h := range hints {
			if !slices.ContainsFunc(typed, func(t advice.Hint) bool { return t.Error == h.Error }) {
				typed = append(typed, h)
			}
		}
	}
	if err := refuse(p, typed...); err != nil {
		return nil, err
	}
	if len(runs) > 1 {
		nameOutputs(p, picked, runs)
	}
	return runs, refuse(p)
}

// refuse is every fault of the file in its order, and behind them what was typed; nil when there is none.
func refuse(p *planfile.File, typed ...advice.Hint) error {
	var hints []advice.Hint
	for _, f := range p.Faults() {
		hints = append(hints, advice.Hint{Code: f.Code, Error: f.Sentence(), Try: f.Try, Excerpt: f.Excerpt})
	}
	if hints = append(hints, typed...); len(hints) == 0 {
		return nil
	}
	return usage(hints...)
}

// settle makes the request of a scenario: what was typed stands over what the file says.
func (v *planRun) settle(p *planfile.File, c planfile.Scenario, several bool) (*flags.Asked, []advice.Hint) {
	words := v.typed.Words
	if several && len(v.picks) == 0 && c.Name != "" {
		words = append([]line.Word{{Flag: "scenario", Value: c.Name}},
			words...) // what a hint says to try is for this one
	}
	if len(c.Mix) == 0 && !c.HasSteps() {
		return v.build(p.From(p.Over(c.Entries, v.overrides()), c.Place), words)
	}
	if c.HasSteps() {
		return v.settleFlows(p, c, words)
	}
	var all flags.Several
	var typed []advice.Hint
	listed := func(m planfile.Weighted) bool { return slices.ContainsFunc(m.Entries, isList) }
	for _, m := range c.Mix {
		from := p.From(p.Over(p.Over(c.Entries, m.Entries), v.overrides()), m.Place)
		from.BesideList = slices.ContainsFunc(c.Mix, listed)
		r, hints := v.build(from, words)
		all.Mix = append(all.Mix, loadgen.Request{Name: m.Name, Weight: m.Weight})
		all.Each, typed = append(all.Each, []*flags.Asked{r}), append(typed, hints...)
	}
	return all.Join(), typed
}

func isList(e planfile.Entry) bool { return e.Flag == "urls" }

// nameOutputs keeps one scenario from overwriting what another has saved.
func nameOutputs(p *planfile.File, picked []planfile.Scenario, runs []scenarioRun) {
	taken := map[string]string{}
	for i, run := range runs {
		for _, f := range run.asked.Out.Saved() {
			if !slices.Contains(picked[i].Own, f.Flag) {
				*f.Path = nameOutput(*f.Path, run.name)
			}
			if other, found := taken[*f.Path]; found && *f.Path != "-" && !files.IsSpecial(*f.Path) {
				p.Fault(picked[i].Place, f.Flag+" "+line.Show(*f.Path)+" is that of the scenario "+other+" too",
					f.Flag+": "+nameOutput("run"+extension(*f.Path), run.name))
			}
			taken[*f.Path] = run.name
		}
	}
}

// nameOutput puts the name of a scenario into an output that several share: run.json is run-NAME.json.
func nameOutput(path, scenario string) string {
	if path == "-" || files.IsSpecial(path) {
		return path
	}
	ext := extension(path)
	return fmt.Sprintf("%s-%s%s", strings.TrimSuffix(path, ext), scenario, ext)
}

// extension is the end of a file's name by which its form is known.
func extension(path string) string {
	if strings.HasSuffix(path, flags.SamplesEnd) {
		return flags.SamplesEnd
	}
	return filepath.Ext(path)
}

// each fires the runs in turn. A run that fails does not keep the next from being fired; a signal does. The exit
// code is that of the worst.
func (v *planRun) each(ctx context.Context, s *Stdio, runs []scenarioRun) error {
	worst, failed := exitDone, []string(nil)
	for i, run := range runs {
		if len(runs) > 1 {
			run.label = fmt.Sprintf("scenario %s (%d of %d)", run.name, i+1, len(runs))
			run.announce(s)
		}
		j := newJob(s, run.asked, nil)
		j.label, j.whole = run.label, true
		code := s.tell(j.run(ctx, nil))
		if code >= 128 || ctx.Err() != nil {
			return quiet(code)
		}
		if severity(code) > severity(worst) {
			worst, failed = code, nil
		}
		if code == worst {
			failed = append(failed, run.name)
		}
	}
	if len(runs) > 1 {
		runs[len(runs)-1].sum(s, worst, failed, len(runs))
	}
	return quiet(worst)
}

// sum writes the last line of all, below the table of the last, whose own last line is of it alone. It has those that
// fared worst, as the exit code does.
func (run scenarioRun) sum(s *Stdio, worst int, failed []string, all int) {
	a := run.asked
	if a.DryRun || a.Once {
		return
	}
	word := "FAILED"
	if worst == exitUnmeasured {
		word = "NOT JUDGED"
	}
	text := fmt.Sprintf("%s: %d of %d scenarios (%s) · exit %d", word, len(failed), all,
		line.Printable(strings.Join(failed, ", ")), worst)
	if worst == exitDone {
		text = fmt.Sprintf("PASSED: %d of %d scenarios", all, all)
	}
	run.say(s, "\n "+text)
	s.summarize(func(w io.Writer) error {
		_, err := fmt.Fprintf(w, "`%s`\n", strings.ReplaceAll(text, "`", "'"))
		return err
	})
}

// severity orders exit codes: a run without a measurement is worse than one that failed a threshold.
func severity(code int) int {
	return slices.Index([]int{exitDone, exitThreshold, exitUnmeasured, exitUsage}, code)
}

// announce writes the line above a run, where its table will be.
func (run scenarioRun) announce(s *Stdio) {
	a, text := run.asked, run.label
	if files := slices.DeleteFunc(slices.Clone(a.Out.Files),
		func(f string) bool { return f == "-" }); len(files) > 0 && !a.DryRun && !a.Once {
		text += ", saved as " + strings.Join(files, ", ")
	}
	run.say(s, text)
}

// say writes a line where the run's table is, or would be.
func (run scenarioRun) say(s *Stdio, text string) {
	out := s.Out
	if format, asked := run.asked.Out.OnStdout(); asked || format != "text" {
		if out = s.Err; run.asked.Silent {
			return
		}
	}
	fmt.Fprintln(out, text)
}

// one gives the plan of one request of a file: that of this name, which is its own in a mix and else its scenario's.
// Where there is one alone, it needs no name. typed is the line that asks for it.
func (v *planRun) one(args []string, name string, typed line.Line) (none loadgen.Plan, err error) {
	file, err := v.read(args)
	if err != nil {
		return none, err
	}
	runs, err := v.requests(file, file.Scenarios)
	if err != nil {
		return none, err
	}
	var names, parts []string // parts of flows are nothing by themselves
	var plans []loadgen.Plan
	for _, run := range runs {
		for _, one := range run.asked.Alone() {
			called := run.name
			if len(run.asked.Mixed) > 0 {
				called = cmp.Or(one.Called, one.Plan.Request.Label())
			}
			if one.Plan.Request.UsesFlow() {
				parts = append(parts, called)
				continue
			}
			names, plans = append(names, called), append(plans, one.Plan)
		}
	}
	alone := len(names) == 1 && len(parts) == 0 // a flow's is not what its plan is about
	if i := slices.Index(names, name); i >= 0 || name == "" && alone {
		return plans[max(i, 0)], nil
	}
	h := advice.Hint{Error: "which request of the plan?", Seen: "there is " + line.Printable(strings.Join(names, ", ")),
		Try: typed.With("request", cmp.Or(append([]string{line.Nearest(name, names)}, names...)...)).String()}
	if len(names) == 0 {
		h = advice.Hint{Error: "every request of the plan reads what others capture, and is nothing by itself"}
	} else if slices.Contains(parts, name) {
		h.Error = "--request " + line.Show(name) + ": it reads what other steps capture, and is nothing by itself"
	} else if name != "" {
		h.Error = "--request " + line.Show(name) + ": there is none of that name in the plan"
	}
	return none, usage(h)
}
