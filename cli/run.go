package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"shotput/cli/advice"
	"shotput/cli/flags"
	"shotput/cli/flows"
	"shotput/cli/foreign"
	"shotput/cli/line"
	"shotput/cli/planfile"
	"shotput/loadgen"
	"shotput/loadgen/fault"
	"shotput/report"
)

// verbRun fires the runs of a plan file.
const verbRun = "run"

// A planRun is `shotput run`: the scenarios of a file, each a run of its own, one after another.
type planRun struct {
	typed *flags.Asked // what stood on the command line
	picks []string     // --scenario
	stdin *replay
	env   func(string) (string, bool)
}

func beginRun(s *Stdio) beginning {
	v := newPlanRun(s)
	run := func(ctx context.Context, operands []string) error { return v.run(ctx, s, operands) }
	return beginning{&v.typed.Line, v.typed.Rows[:1], run}
}

func newPlanRun(s *Stdio) *planRun {
	v := &planRun{stdin: &replay{from: s.In}, env: s.Env}
	if v.env == nil {
		v.env = func(string) (string, bool) { return "", false }
	}
	v.typed = v.fresh()
	v.typed.Rows = append(line.Rows{v.pickRow()}, v.typed.Rows...)
	v.typed.Fresh = func() []line.Row { return append(v.fresh().Rows, v.pickRow()) }
	return v
}

// fresh is a line of which nothing has been said.
func (v *planRun) fresh() *flags.Asked {
	a := flags.New(flags.NewWorld(v.stdin.again(), v.env))
	a.Verb, a.Layered = verbRun, true
	return a
}

// blank is a line that takes what a file says, of which nothing has been said: it has the keys that are no flags too.
func (v *planRun) blank() *flags.Asked {
	a := v.fresh()
	a.Step = new(loadgen.Step)
	a.Rows = slices.Concat(a.Rows, flows.StepRows(&a.Step.How), flows.SharedRows(&a.Plan.Flows))
	return a
}

func (v *planRun) pickRow() line.Row {
	return line.Row{Long: "scenario", Arg: "NAME", Group: flows.GroupPlan, Eg: "warm-up",
		Help:       "only the scenario of this name; repeat",
		NotInFiles: "picks from this file, and stands on the command line",
		Set:        line.Each(&v.picks, line.AsIs)}
}

// run reads the plan, finds all that is wrong with any of its runs, and only then fires the first.
func (v *planRun) run(ctx context.Context, s *Stdio, args []string) error {
	v.typed.Operands(args)
	if err := v.typed.Check(); err != nil {
		return err
	}
	if v.typed.Version {
		return version(s, nil)
	}
	runs, err := v.runs(args)
	if err != nil {
		return err
	}
	return v.each(ctx, s, runs)
}

// runs reads the plan, and gives what is to be fired.
func (v *planRun) runs(args []string) ([]scenarioRun, error) {
	p, err := v.read(args)
	if err != nil {
		return nil, err
	}
	picked, err := v.pick(p)
	if err != nil {
		return nil, err
	}
	runs, err := v.requests(p, picked)
	if err != nil {
		return nil, err
	}
	return runs, v.checkApart(runs)
}

// rereadRun reads lines of `shotput run` from their beginnings, with the plan that they name, and gives what is wrong
// with them. A plan on standard input is read once, and what is wrong with a file no word on the line mends.
func rereadRun(s *Stdio) func(line.Line) []line.Fault {
	return func(l line.Line) (all []line.Fault) {
		v := newPlanRun(s)
		args := v.typed.TakeWords(l)
		err := v.typed.Check()
		var r *line.Refusal
		if errors.As(err, &r) {
			return r.Faults
		}
		if len(args) != 1 || args[0] == "-" {
			return nil
		}
		if _, absent := os.Stat(args[0]); absent != nil {
			return nil // which no word on the line mends: whoever tries it is told
		}
		if err == nil {
			_, err = v.runs(args)
		}
		if err == nil {
			return nil
		}
		for _, h := range refusals(err) {
			all = append(all, h.About)
		}
		return all
	}
}

// checkApart refuses several runs on standard output in a format whose documents cannot stand one behind the other.
func (v *planRun) checkApart(runs []scenarioRun) error {
	for _, run := range runs {
		format, _ := run.asked.Out.OnStdout()
		extension := strings.Replace(format, "junit", "xml", 1)
		if len(runs) > 1 && !run.asked.DryRun && !run.asked.Once && !report.Continues(format) {
			return usage(advice.Hint{
				Error: fmt.Sprintf("%s on standard output holds one run, and the plan has %d", format,
					len(runs)),
				Try: v.typed.Without("format", "output").With("output", "run."+extension).String()})
		}
	}
	return nil
}

// read gives the plan of the one operand.
func (v *planRun) read(args []string) (*planfile.File, error) {
	if len(args) == 0 {
		return nil, usage(advice.Hint{Error: "which plan? FILE is missing", Try: "shotput init plan.yaml"})
	}
	if len(args) > 1 {
		h := advice.Hint{Error: line.Show(args[1]) + ": one plan file at a time",
			Try: "shotput run " + line.Quote(args[0])}
		if strings.Contains(args[1], "://") {
			h.Error, h.Try = "URL "+v.typed.Show("url", args[1])+": beside a plan file a URL is given with --url",
				aimBeside(v.typed.Line, args[0], args[1])
		}
		return nil, usage(h)
	}
	text, err := v.text(args[0])
	if err != nil {
		try := "shotput init " + line.Quote(args[0])
		if !errors.Is(err, os.ErrNotExist) {
			try = "shotput run plan.yaml"
		}
		return nil, usage(advice.Hint{Error: "read the plan " + line.Show(args[0]) + ": " + fault.Plain(err).Error(),
			Try: try})
	}
	if f := foreign.Recognise(args[0], text); f != nil {
		return nil, usage(advice.Hint{Error: line.Show(args[0]) + " is " + f.What + ", and no plan", Why: f.Note,
			Try: f.Try(line.Line{Rows: flags.Rows()})})
	}
	var none string
	rows := append(append(flows.PlanRows(), v.pickRow()), setupRows(&none, &none, new(time.Duration))...)
	in := planfile.Language{Rows: rows, Strangers: flags.Strangers, Env: v.env}
	return planfile.Read(args[0], text, in), nil
}

// aimBeside is the line with its second operand given as the URL.
func aimBeside(l line.Line, plan, url string) string {
	l = l.Mend(line.Mend{How: line.DropOperands})
	l.Operands([]string{plan})
	return l.With("url", url).String()
}

// text reads no more of a file than a plan may have, and one byte, by which it is seen to have more.
func (v *planRun) text(name string) ([]byte, error) {
	if name == "-" {
		text, err := io.ReadAll(v.stdin.again())
		v.stdin.err = errors.New("standard input was the plan, and is read once")
		return text, err
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, planfile.MostBytes+1))
}

// pick gives the scenarios to be run, in the order of the file.
func (v *planRun) pick(p *planfile.File) ([]planfile.Scenario, error) {
	var names []string
	for _, c := range p.Scenarios {
		names = append(names, c.Name)
	}
	for _, pick := range v.picks {
		if slices.Contains(names, pick) || len(p.Faults()) > 0 {
			continue
		}
		known := slices.DeleteFunc(slices.Clone(names), func(n string) bool { return n == "" })
		h := advice.Hint{Error: "--scenario " + line.Show(pick) + ": there is none of that name in " + p.Name(),
			Try: v.typed.With("scenario", fault.Nearest(pick, known)).String()}
		if len(known) > 0 {
			h.Seen = strings.Join(known, ", ")
		}
		if fault.Nearest(pick, known) == "" {
			h.Try = v.typed.Without("scenario").String()
		}
		return nil, usage(h)
	}
	if len(v.picks) == 0 {
		return p.Scenarios, nil
	}
	return slices.DeleteFunc(slices.Clone(p.Scenarios),
		func(c planfile.Scenario) bool { return !slices.Contains(v.picks, c.Name) }), nil
}

const runHelp = `shotput run fires the runs of a plan file, one after another.

  shotput init plan.yaml            an example, to begin with
  shotput run plan.yaml
  shotput run plan.yaml --scenario warm-up -r 100/s -H 'X-Try: 2'
  shotput run plan.yaml --dry-run   what would be sent

The keys of the file are the long names of the flags (shotput --help). A flag
on the command line stands in the place of the file's, in every scenario; -H
replaces the header of its name, a body replaces the body. With -o run.json
several scenarios are saved as run-NAME.json. ${VAR} and ${VAR:-default} are
the environment's. Relative paths in the file are relative to the file. The
exit code is that of the worst scenario.

Usage: shotput run [flags] PLAN.yaml     (- is standard input)
`
