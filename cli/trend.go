package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"shotput/cli/advice"
	"shotput/cli/flags"
	"shotput/cli/line"
	"shotput/loadgen/fault"
	"shotput/report"
	"shotput/stats"
	"shotput/stats/compare"
	"shotput/stats/trend"
)

// A tracing is `shotput trend`: saved runs of one plan over time.
type tracing struct {
	line.Line
	out    flags.Outputs
	by     string
	fail   bool
	newest int

	runs    []trend.Run
	skipped []trend.Skipped
	files   map[sameness]string // where each run was read from
	sources []string            // files with a run
}

// A sameness is what only one run has: one that was saved in two forms is still one.
type sameness struct {
	started int64 // in nanoseconds
	url     string
	totals  stats.Totals
}

// trendSeed makes the same answer of the same runs, whoever asks.
const trendSeed = 1

func beginTracing(s *Stdio) beginning {
	g := newTracing()
	run := func(_ context.Context, operands []string) error { return g.trace(s, operands) }
	return beginning{&g.Line, g.Rows, run}
}

func newTracing() *tracing {
	g := &tracing{newest: 5, files: map[sameness]string{}}
	g.Verb, g.out.Only = "trend", report.TrendFormats
	g.Rows = append(line.InGroup("Trend", line.Rows{
		{Long: "by", Arg: "LABEL", Eg: "commit", Set: line.Filled(&g.by),
			Help: "runs that have the same value of this label (as in\n--label commit=a1b2c3) are one point of a line"},
		{Long: "fail-on-change", Set: line.OnOff(&g.fail),
			Help: "exit 1 if the last change is for the worse and\namong the newest, 3 if that may be the machine's\n" +
				"doing, or a metric is not judged"},
		{Long: "newest", Arg: "N", Eg: "5", Set: g.setNewest,
			Help: "how many points --fail-on-change looks at (5); a\nchange shows with its fourth at the earliest"},
	}), line.InGroup(flags.GroupOutput, line.Rows{
		{Long: "output", Short: "o", Arg: "FILE", Eg: "trend.html",
			Help: "save as .html .json .md .txt .csv; - is stdout;\nrepeat", Set: line.Each(&g.out.Files, line.AsIs)},
		{Long: "format", Arg: "FORMAT", Eg: "json", Words: report.TrendFormats,
			Help: "text, json, md, csv or html, of -o and else of\nstdout", Set: line.One(&g.out.Format, line.AsIs)},
		{Long: "unit", Arg: "UNIT", Eg: "ms", Help: "of every latency: ns, us, ms or s", Set: g.out.SetUnit},
		{Long: "ascii", Help: "no sign outside ASCII", Set: line.OnOff(&g.out.ASCII)},
	})...)
	return g
}

func (g *tracing) setNewest(s string) (err error) {
	if g.newest, err = strconv.Atoi(s); err != nil || g.newest < trend.LeastLevel {
		return fmt.Errorf("it is a number from %d up: no change shows with fewer points", trend.LeastLevel)
	}
	return nil
}

// trace reads the runs, and says where they changed.
func (g *tracing) trace(s *Stdio, args []string) error {
	g.Operands(args)
	if err := g.Check(); err != nil {
		return err
	}
	if len(args) == 0 {
		return usage(advice.Hint{Error: "which saved runs? DIR or FILE is missing", Try: "shotput trend runs"})
	}
	if err := checkWritable(&g.out, g.Line); err != nil {
		return err
	}
	if err := g.read(args, s.In); err != nil {
		return err
	}
	if err := checkWritable(&g.out, g.Line, g.sources...); err != nil { // what of a folder is read is known only now
		return err
	}
	t, err := trend.Of(g.runs, g.by, trendSeed)
	if err != nil {
		return giveUp(err, advice.Hint{Error: line.Printable(err.Error()), Try: "shotput trend --help"})
	}
	t.Skipped = g.skipped
	write := rendered(func(w io.Writer, format string, opt report.Options) error {
		return report.WriteTrend(w, format, t, opt)
	})
	if err := write.deliver(&g.out, s); err != nil {
		return giveUp(err, advice.Hint{Error: line.Printable(err.Error()),
			Try: g.With("output", "./trend.json").String()})
	}
	g.annotate(t, s)
	return g.conclude(t)
}

// read reads every file that is named, and those of every folder.
func (g *tracing) read(args []string, stdin io.Reader) error {
	for _, path := range args {
		info, err := os.Stat(path)
		if err == nil && info.IsDir() {
			err = g.readFolder(path)
		} else {
			var runs []*stats.Run
			if runs, err = readRuns(path, stdin); err == nil {
				g.add(path, runs)
			}
		}
		if err != nil {
			return err
		}
	}
	if len(g.runs) == 0 {
		return usage(advice.Hint{Error: "there is no saved run in " + line.Show(args[0]),
			Seen: fmt.Sprintf("%s, and none is one", stats.Plural(len(g.skipped), "file")),
			Try: "shotput --label commit=a1b2c3 -o " + line.Quote(filepath.Join(args[0], "run.json")) + " " +
				flags.ExampleURL})
	}
	return g.checkLabel()
}

// readFolder reads what is below a folder, but for what is hidden. Beside runs there is whatever else was saved of
// them: that is no fault, and is named.
func (g *tracing) readFolder(root string) error {
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case path != root && strings.HasPrefix(d.Name(), "."):
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		case d.IsDir():
			return nil
		}
		info, err := os.Stat(path) // of what a link leads to
		if err != nil || !info.Mode().IsRegular() {
			g.skip(path, "it is no file")
			return nil
		}
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		runs, err := stats.DecodeAll(f)
		if err = errors.Join(err, f.Close()); err != nil {
			g.skip(path, strings.TrimPrefix(fault.Plain(err).Error(), "read run: "))
			return nil
		}
		g.add(path, runs)
		return nil
	})
	if err != nil {
		why := line.Printable(fault.Plain(err).Error())
		return usage(advice.Hint{Error: "read the folder " + line.Show(root) + ": " + why, Try: "shotput trend ."})
	}
	return nil
}

// skip notes a file once, however many of its runs are known already.
func (g *tracing) skip(path, why string) {
	if strings.HasPrefix(why, notJSON) {
		why = notJSON // at which sign it shows is of no interest in a file that was not meant
	}
	if n := len(g.skipped); n > 0 && g.skipped[n-1].File == path {
		return
	}
	g.skipped = append(g.skipped, trend.Skipped{File: path, Why: why})
}

const notJSON = "it is no JSON"

// add takes the runs of a file, but for those that another file had.
func (g *tracing) add(path string, runs []*stats.Run) {
	g.sources = append(g.sources, path)
	for i, run := range runs {
		same := sameness{run.Started.UnixNano(), run.Plan.URL, run.Totals}
		if first, had := g.files[same]; had && first != path {
			g.skip(path, "it holds a run that is in "+first+" too")
			continue
		}
		g.files[same] = path
		round := compare.Round{Run: run, File: path, Number: i + 1}
		g.runs = append(g.runs, trend.Run{Round: round, Label: run.Labels[g.by]})
	}
}

// checkLabel refuses a label that no run has: what was typed is another one than was meant.
func (g *tracing) checkLabel() error {
	known := map[string]bool{}
	for _, r := range g.runs {
		for name := range r.Labels {
			known[name] = true
		}
	}
	if g.by == "" || known[g.by] {
		return nil
	}
	names := slices.Sorted(maps.Keys(known))
	h := advice.Hint{Error: "--by " + line.Show(g.by) + ": no run has such a label", Seen: "there is none at all",
		Try: g.Without("by").String()}
	if len(names) > 0 {
		h.Seen = "there is " + line.Printable(strings.Join(names, ", "))
	}
	if meant := fault.Nearest(g.by, names); meant != "" {
		h.Error, h.Try = h.Error+"; did you mean "+line.Printable(meant)+"?", g.With("by", meant).String()
	}
	return usage(h)
}

// annotate tells the people who look at a workflow what became worse: it is a warning there, or, where the step fails
// by it, an error.
func (g *tracing) annotate(t *trend.Trend, s *Stdio) {
	if !s.inActions() {
		return
	}
	level := report.LevelWarning
	if g.fail {
		level = report.LevelError
	}
	for _, said := range report.TrendAlarms(t, g.newest, documentOptions(&g.out)) {
		switch {
		case said.Odd:
			s.annotate(report.Annotation{Level: report.LevelWarning, Title: "outside the noise", Text: said.Text})
		case said.Doubtful:
			s.annotate(report.Annotation{Level: report.LevelWarning, Title: "doubtful", Text: said.Text})
		default:
			s.annotate(report.Annotation{Level: level, Title: "worse", Text: said.Text})
		}
	}
}

// conclude gives the exit code: a history is no gate, unless it is asked to be. The plan with the newest run is the one
// that is judged.
func (g *tracing) conclude(t *trend.Trend) error {
	newest := &t.Groups[0]
	if !g.fail {
		return nil
	}
	worse := newest.Worsened(g.newest)
	if slices.ContainsFunc(worse, func(s *trend.Series) bool { return !s.Wanders }) {
		return quiet(exitThreshold)
	}
	h := advice.Hint{Try: g.Without("fail-on-change").String()}
	if len(worse) > 0 {
		h.Error = "not judged: " + worse[0].Metric + " became worse, and it may be the machine"
		h.Why = "runs that follow each other are more alike than chance would have them"
		return undecided(h)
	}
	if open := newest.Unjudged(); len(open) > 0 {
		h.Error, h.Why = "not judged: "+open[0].Metric, line.Printable(open[0].Reason)
		return undecided(h)
	}
	if newest.Behind {
		last := &newest.Excluded[len(newest.Excluded)-1]
		h.Error, h.Why = "not judged: the newest run, "+line.Show(last.File), line.Printable(last.Why)
		return undecided(h)
	}
	return nil
}

const trendHelp = `shotput trend shows saved runs of one plan over time, and where they changed.

  mkdir runs
  shotput -r 500/s --label commit=a1b2c3 -o runs/1.json \
    'http://127.0.0.1:8080/{{seq}}'
  shotput trend runs
  shotput trend --by commit -o trend.html runs
  shotput trend --fail-on-change --newest 8 runs/*.json

Each run is a point of a line for each metric. Runs of unlike plans are shown
apart. A judgement takes 12 points, and a change shows with the fourth point of
its own at the earliest. In a DIR, what is no saved run is skipped, and named.

Usage: shotput trend [flags] DIR|FILE...     (- is standard input)
`

const trendTail = `
Exit codes: 0 shown, whatever it shows; with --fail-on-change 1 the last change
of a metric is for the worse and new, 3 that may be the machine's doing, or a
metric is not judged; 2 usage.
`
