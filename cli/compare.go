package cli

import (
	"context"
	"errors"
	"fmt"
	"io"

	"shotput/cli/advice"
	"shotput/cli/flags"
	"shotput/cli/line"
	"shotput/cli/saved"
	"shotput/report"
	"shotput/stats/compare"
)

// A comparing is `shotput compare`: saved rounds, judged by others.
type comparing struct {
	line.Line
	out            flags.Outputs
	bases          []string
	paired, strict bool
	ab             bool // by shotput ab
}

func beginComparing(s *Stdio) beginning {
	g := newComparing()
	run := func(_ context.Context, operands []string) error { return g.compare(s, operands) }
	return beginning{&g.Line, g.Rows, run}
}

func newComparing() *comparing {
	g := &comparing{}
	g.Verb, g.out.Only = "compare", report.CompareFormats
	g.Rows = append(line.InGroup("Comparison", line.Rows{
		{Long: "base", Arg: "FILE", Eg: "base.json",
			Help: "a file of the base; repeat. Files without a flag\nare then of the new side",
			Set:  line.Each(&g.bases, line.AsIs)},
		{Long: "paired", Help: "the rounds of both sides were made in turn, two by two", Set: line.OnOff(&g.paired)},
		{Long: "ab", Help: "they are of shotput ab: in turn, and what was sent may\ndiffer on purpose",
			Set: line.OnOff(&g.ab)},
		{Long: "strict", Help: "that nothing can be said fails in JUnit, too; the\nexit code is 3 either way",
			Set: line.OnOff(&g.strict)},
	}), comparisonRows(&g.out)...)
	return g
}

// comparisonRows are the flags that say where the documents of a comparison go.
func comparisonRows(out *flags.Outputs) line.Rows {
	return line.InGroup(flags.GroupOutput, line.Rows{
		{Long: "output", Short: "o", Arg: "FILE", Eg: "compare.json",
			Help: "save as .json .md .txt .html .xml (JUnit); - is\nstdout; repeat",
			Set:  line.Each(&out.Files, line.AsIs)},
		{Long: "format", Arg: "FORMAT", Eg: "json", Help: "text, json, md, junit or html, of -o and else of\nstdout",
			Words: report.CompareFormats, Set: line.One(&out.Format, line.AsIs)},
		{Long: "unit", Arg: "UNIT", Eg: "ms", Help: "of every latency: ns, us, ms or s", Set: out.SetUnit},
		{Long: "ascii", Help: "no sign outside ASCII", Set: line.OnOff(&out.ASCII)},
	})
}

// compare reads both sides, has them judged, and gives the exit code. A file that cannot be read, or that is of
// another plan, is found before anything is printed.
func (g *comparing) compare(s *Stdio, args []string) error {
	base, new, err := g.sides(s, args)
	if err != nil {
		return err
	}
	judge := compare.Turns
	if !g.ab {
		judge = func(base, new []compare.Round) (*compare.Comparison, error) {
			return compare.Judge(base, new, g.paired)
		}
	}
	c, err := judge(base, new)
	if err != nil {
		return g.incomparable(err, base, new)
	}
	c.Strict = g.strict
	if err := renderComparison(c).deliver(&g.out, s); err != nil {
		return giveUp(err, advice.Hint{Error: line.Printable(err.Error()),
			Try: g.With("output", "./compare.json").String()})
	}
	return g.conclude(c)
}

// sides takes the files apart: with --base all operands are of the new side, else the first is the base.
func (g *comparing) sides(s *Stdio, args []string) (base, new []compare.Round, err error) {
	g.Operands(args)
	if err := g.Check(); err != nil {
		return nil, nil, err
	}
	bases, news := g.bases, args
	if len(bases) == 0 && len(args) > 0 {
		bases, news = args[:1], args[1:]
	}
	if len(bases) == 0 || len(news) == 0 {
		missing := "NEW is"
		if len(bases) == 0 {
			missing = "BASE and NEW are"
		}
		return nil, nil, usage(advice.Hint{Error: "which saved runs? " + missing + " missing",
			Try: "shotput compare base.json new.json"})
	}
	if err := checkWritable(&g.out, g.Line); err != nil {
		return nil, nil, err
	}
	if base, err = roundsIn(bases, s.In); err != nil {
		return nil, nil, err
	}
	new, err = roundsIn(news, s.In)
	return base, new, err
}

func roundsIn(files []string, stdin io.Reader) (rounds []compare.Round, err error) {
	for _, path := range files {
		runs, err := readRuns(path, stdin)
		if err != nil {
			return nil, err
		}
		for i, run := range runs {
			rounds = append(rounds, compare.Round{Run: run, File: path, Number: i + 1})
		}
	}
	return rounds, nil
}

// incomparable explains why there is no comparison.
func (g *comparing) incomparable(err error, base, new []compare.Round) error {
	var unlike *compare.UnlikeError
	if !errors.As(err, &unlike) {
		return usage(advice.Hint{Error: line.Printable(err.Error()), Try: g.Without("paired", "ab").String()})
	}
	var hints []advice.Hint
	for _, d := range unlike.Differences {
		hints = append(hints, advice.Hint{Error: fmt.Sprintf("the plans differ: %s is %s in %s and %s in %s",
			d.Field, line.Show(d.Base), line.Show(d.BaseFile), line.Show(d.New), line.Show(d.NewFile))})
	}
	last := &hints[len(hints)-1]
	last.Why = "rounds of two plans differ by the plans; what the server did cannot be told from that"
	last.Try = "shotput report --format json " + line.Quote(base[0].File)
	return usage(hints...)
}

func renderComparison(c *compare.Comparison) rendered {
	return func(w io.Writer, format string, opt report.Options) error {
		return report.WriteComparison(w, format, c, opt)
	}
}

// conclude gives the exit code. That nothing can be said is no pass, and is told.
func (g *comparing) conclude(c *compare.Comparison) error {
	told := advice.Hint{Error: saved.NothingSaid(c),
		Why: "the rounds differ too much among themselves, or there are too few: fire both sides again " +
			"with --repeat 10, by the commands that made them",
		Try: "shotput help rounds"}
	switch {
	case isDecided(c):
		return codeOf(c)
	case c.MachineLimited():
		told.Why = machineLimited
	}
	return undecided(told)
}

// isDecided says whether a comparison came to a verdict.
func isDecided(c *compare.Comparison) bool {
	return c.Verdict == compare.Regression || c.Verdict == compare.Pass
}

// codeOf is the exit code of a comparison that is decided.
func codeOf(c *compare.Comparison) error {
	if c.Verdict == compare.Regression {
		return quiet(exitThreshold)
	}
	return nil
}

// machineLimited is why a comparison is not decided whose rounds were this machine's.
const machineLimited = "this machine was the limit in too many rounds: they say more of it than of the server"

const compareHelp = `shotput compare judges saved rounds of a server by those of an earlier state.

  shotput -r 500/s --repeat 10 -o base.json 'http://127.0.0.1:8080/{{seq}}'
  shotput -r 500/s --repeat 10 -o new.json 'http://127.0.0.1:8080/{{seq}}'
  shotput compare base.json new.json
  shotput compare -o compare.xml -o compare.md base.json new.json

A file may hold several rounds, and a side may have several files. Rounds are
what is compared, never pooled requests; it takes four a side, and ten say more.

Usage: shotput compare [flags] BASE NEW...     (- is standard input)
`

const compareTail = `
Exit codes: 0 no regression was found, 1 a regression, 2 usage, or the plans are
not the same, 3 nothing can be said.
`
