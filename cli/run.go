package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

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
	typed *request // what stood on the command line
	picks []string // --scenario
	stdin *replay
	env   func(string) (string, bool)
}

func newPlanRun(s *Stdio) *planRun {
	v := &planRun{stdin: &replay{from: s.In}, env: s.Env}
	if v.env == nil {
		v.env = func(string) (string, bool) { return "", false }
	}
	v.typed = v.fresh()
	v.typed.Rows = append(line.Rows{v.pickRow()}, v.typed.Rows...)
	v.typed.Fresh = func() []line.Row { return append(newRequest().Rows, v.pickRow()) }
	return v
}

// fresh is a request of which nothing has been said.
func (v *planRun) fresh() *request {
	r := newRequest()
	r.Verb, r.Layered, r.env, r.in.stdin = verbRun, true, v.env, v.stdin.again()
	return r
}

func (v *planRun) pickRow() line.Row {
	return line.Row{Long: "scenario", Arg: "NAME", Group: groupPlan, Eg: "warm-up",
		Help:       "only the scenario of this name; repeat",
		NotInFiles: "picks from this file, and stands on the command line",
		Set:        line.Each(&v.picks, line.AsIs)}
}

// groupPlan of the help is what only plan files have.
const groupPlan = "Of plan files"

// run reads the plan, finds all that is wrong with any of its runs, and only then fires the first.
func (v *planRun) run(ctx context.Context, s *Stdio, args []string) error {
	v.typed.Operands(args)
	if err := v.typed.Check(); err != nil {
		return err
	}
	if v.typed.version {
		return version(s)
	}
	p, err := v.read(s, args)
	if err != nil {
		return err
	}
	picked, err := v.pick(p)
	if err != nil {
		return err
	}
	runs, err := v.requests(p, picked)
	if err != nil {
		return err
	}
	if err := v.checkApart(runs); err != nil {
		return err
	}
	return v.each(ctx, s, runs)
}

// checkApart refuses several runs on standard output in a format whose documents cannot stand one behind the other.
func (v *planRun) checkApart(runs []scenarioRun) error {
	for _, run := range runs {
		format, _ := run.request.out.onStdout()
		extension := strings.Replace(format, "junit", "xml", 1)
		if len(runs) > 1 && !run.request.dryRun && !run.request.once && !report.Continues(format) {
			return usage(Hint{Error: fmt.Sprintf("%s on standard output holds one run, and the plan has %d", format,
				len(runs)),
				Try: v.typed.Without("format", "output").With("output", "run."+extension).String()})
		}
	}
	return nil
}

// read gives the plan of the one operand.
func (v *planRun) read(s *Stdio, args []string) (*planfile.File, error) {
	if len(args) == 0 {
		return nil, usage(Hint{Error: "which plan? FILE is missing", Try: "shotput init plan.yaml"})
	}
	if len(args) > 1 {
		h := Hint{Error: line.Show(args[1]) + ": one plan file at a time", Try: "shotput run " + line.Quote(args[0])}
		if strings.Contains(args[1], "://") {
			h.Error, h.Try = "URL "+v.typed.Show("url", args[1])+": beside a plan file a URL is given with --url",
				v.typed.aimBeside(args[0], args[1])
		}
		return nil, usage(h)
	}
	text, err := v.text(args[0])
	if err != nil {
		try := "shotput init " + line.Quote(args[0])
		if !errors.Is(err, os.ErrNotExist) {
			try = "shotput run plan.yaml"
		}
		return nil, usage(Hint{Error: "read the plan " + line.Show(args[0]) + ": " + plainPath(err).Error(), Try: try})
	}
	in := planfile.Language{Rows: append(newRequest().Rows, v.pickRow()), Strangers: strangers, Env: v.env}
	return planfile.Read(args[0], text, in), nil
}

// aimBeside is the line with its second operand given as the URL.
func (r *request) aimBeside(plan, url string) string {
	l := r.Line
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
		h := Hint{Error: "--scenario " + line.Show(pick) + ": there is none of that name in " + p.Name(),
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

// A scenarioRun is a scenario that is ready to be fired.
type scenarioRun struct {
	name    string
	request *request
}

// requests makes every run, and tells the faults of all at once.
func (v *planRun) requests(p *planfile.File, picked []planfile.Scenario) (runs []scenarioRun, err error) {
	var typed []Hint
	for _, c := range picked {
		r, hints := v.settle(p, c, len(p.Scenarios) > 1)
		runs = append(runs, scenarioRun{c.Name, r})
		for _, h := range hints {
			if !slices.ContainsFunc(typed, func(t Hint) bool { return t.Error == h.Error }) {
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
func refuse(p *planfile.File, typed ...Hint) error {
	var hints []Hint
	for _, f := range p.Faults() {
		hints = append(hints, Hint{Code: f.Code, Error: f.Sentence(), Try: f.Try, excerpt: f.Excerpt})
	}
	if hints = append(hints, typed...); len(hints) == 0 {
		return nil
	}
	return usage(hints...)
}

// settle makes the request of a scenario: what was typed stands over what the file says.
func (v *planRun) settle(p *planfile.File, c planfile.Scenario, several bool) (*request, []Hint) {
	words := v.typed.Words
	if several && len(v.picks) == 0 && c.Name != "" {
		words = append([]line.Word{{Flag: "scenario", Value: c.Name}},
			words...) // what a hint says to try is for this one
	}
	if len(c.Mix) == 0 {
		return v.build(p.From(p.Over(c.Entries, v.overrides()), c.Place), words)
	}
	var each []*request
	var typed []Hint
	for _, m := range c.Mix {
		r, hints := v.build(p.From(p.Over(p.Over(c.Entries, m.Entries), v.overrides()), m.Place), words)
		each, typed = append(each, r), append(typed, hints...)
	}
	return mixAll(c.Mix, each), typed
}

// mixAll makes one request of several: all of them are the first's in what is of the whole run.
func mixAll(mix []planfile.Weighted, each []*request) *request {
	whole := *each[0]
	whole.mixed = each
	for i, r := range each {
		q := &r.plan
		spec := loadgen.RequestSpec{Method: q.Request.Method, URL: q.Request.URL, Header: q.Request.Header, Body: q.Request.Body}
		whole.plan.Mix = append(whole.plan.Mix, loadgen.Request{Name: mix[i].Name, Weight: mix[i].Weight, Request: spec})
		if len(whole.posted) == 0 {
			whole.posted = r.posted // of a mix it is said that it has no body when none has
		}
	}
	whole.plan.Request.Header, whole.plan.Request.Body = nil, loadgen.Body{}
	return &whole
}

// overrides are the flags of the command line as entries that stand nowhere in the file.
func (v *planRun) overrides() (all []planfile.Entry) {
	for _, w := range v.typed.Words {
		if w.Flag == "" || w.Flag == "scenario" {
			continue
		}
		if r := v.typed.Row(w.Flag); r.Alias != "" {
			w.Flag = r.Alias
		}
		all = append(all, planfile.Entry{Flag: w.Flag, Value: w.Value})
	}
	return all
}

// build reads entries through the rows, as if they had been typed, and gives the hints of what was typed. What is
// wrong with what the file says is noted there.
func (v *planRun) build(from *planfile.Origin, words []line.Word) (*request, []Hint) {
	r, typed := v.takeEntries(from, words)
	// What settle finds in values it notes among the faults; what it finds in files ends it.
	if err := r.settle(nil, r.in.stdin); err != nil && len(r.Faults) == 0 {
		typed = append(typed, blame(err, from)...)
		if len(r.posted) > 0 && r.plan.Request.Body.File == "" {
			r.plan.Request.Body = loadgen.Body{Text: "text"}
		}
	}
	typed = append(typed, v.point(r, from)...)
	r.validate()
	r.whole = true
	typed = append(typed, v.point(r, from)...)
	return r, append(typed, blame(r.out.check(), from)...)
}

// takeEntries gives every entry to its row. It is done twice: what is refused in the first reading is replaced by a value
// that works in the second, so that no later check trips over its absence and tells a fault that there is not.
func (v *planRun) takeEntries(from *planfile.Origin, words []line.Word) (*request, []Hint) {
	first := v.fresh()
	entries, refused := slices.Clone(from.Entries), []string(nil)
	for i, e := range entries {
		row := rowCalled(first.Rows, e.Flag)
		before := len(first.Faults)
		if row.Arg != "" || e.Value != "false" {
			first.Take(row, e.Value)
		}
		if e.Broken {
			first.Faults = first.Faults[:before]
		}
		if e.Broken || len(first.Faults) > before {
			refused = append(refused, e.Flag)
			entries[i].Value = row.Eg
		}
		if len(first.Faults) > before && first.Faults[before].Kind == line.TwoBodies {
			entries[i].Flag = "" // an example would be a second body as well
		}
	}
	first.Rows, first.Words = append(first.Rows, v.pickRow()), words
	typed := v.point(first, from)
	from.Refuse(refused...)
	second := v.fresh()
	for _, e := range entries {
		if e.Flag == "" {
			continue
		}
		if row := rowCalled(second.Rows, e.Flag); row.Arg != "" || e.Value == "true" {
			second.Take(row, e.Value)
		}
	}
	second.Rows, second.Words = append(second.Rows, v.pickRow()), words
	second.Faults = nil // a second body is one still
	return second, typed
}

// point moves the request's faults to where their values were written, and gives those that were typed. Of a flag that
// has been refused nothing more is told.
func (v *planRun) point(r *request, from *planfile.Origin) (typed []Hint) {
	var refused []string
	for _, f := range r.Faults {
		if from.HasRefused(f.Flag) {
			continue
		}
		refused = append(refused, f.Flag)
		if !from.Blame(f) {
			h := hintOf(f)
			h.Try = r.Mend(f.Mends...).String()
			typed = append(typed, h)
		}
	}
	from.Refuse(refused...)
	r.Faults = nil
	return typed
}

// blame points at where the flags of an error's hints were written, unless they have been refused already, and gives
// those of typed flags.
func blame(err error, from *planfile.Origin) (typed []Hint) {
	if err == nil {
		return nil
	}
	for _, h := range refusals(err) {
		f := h.about
		if from.HasRefused(f.Flag) {
			continue
		}
		f.Code, f.Why = h.Code, cmp.Or(f.Why, h.Error)
		if !from.Blame(f) {
			typed = append(typed, h)
		}
		from.Refuse(f.Flag)
	}
	return typed
}

// refusals gives the hints of an error, whatever it is.
func refusals(err error) []Hint {
	if r := asRefusal(err); r != nil {
		return r.hints
	}
	return []Hint{{Error: err.Error()}}
}

// rowCalled is the flag of that long name; every entry has one.
func rowCalled(rows []line.Row, long string) *line.Row {
	return &rows[slices.IndexFunc(rows, func(r line.Row) bool { return r.Long == long })]
}

// nameOutputs keeps one scenario from overwriting what another has saved.
func nameOutputs(p *planfile.File, picked []planfile.Scenario, runs []scenarioRun) {
	taken := map[string]string{}
	for i, run := range runs {
		for _, f := range run.request.out.saved() {
			if !slices.Contains(picked[i].Own, f.flag) {
				*f.path = nameOutput(*f.path, run.name)
			}
			if other, found := taken[*f.path]; found && *f.path != "-" && !special(*f.path) {
				p.Fault(picked[i].Place, f.flag+" "+line.Show(*f.path)+" is that of the scenario "+other+" too",
					f.flag+": "+nameOutput("run"+extension(*f.path), run.name))
			}
			taken[*f.path] = run.name
		}
	}
}

// each fires the runs in turn. A run that fails does not keep the next from being fired; a signal does. The exit
// code is that of the worst.
func (v *planRun) each(ctx context.Context, s *Stdio, runs []scenarioRun) error {
	worst := exitDone
	for i, run := range runs {
		if len(runs) > 1 {
			run.request.label = fmt.Sprintf("scenario %s (%d of %d)", run.name, i+1, len(runs))
			run.announce(s)
		}
		code := s.tell(newJob(s, run.request).do(ctx, nil))
		if code >= 128 || ctx.Err() != nil {
			return quiet(code)
		}
		if severity(code) > severity(worst) {
			worst = code
		}
	}
	return quiet(worst)
}

// severity orders exit codes: a run without a measurement is worse than one that failed a threshold.
func severity(code int) int {
	return slices.Index([]int{exitDone, exitThreshold, exitUnmeasured, exitUsage}, code)
}

// announce writes the line above a run, where its table will be.
func (run scenarioRun) announce(s *Stdio) {
	r, out := run.request, s.Out
	if format, asked := r.out.onStdout(); asked || format != "text" {
		if out = s.Err; r.silent {
			return
		}
	}
	text := r.label
	if files := slices.DeleteFunc(slices.Clone(r.out.files),
		func(f string) bool { return f == "-" }); len(files) > 0 && !r.dryRun && !r.once {
		text += ", saved as " + strings.Join(files, ", ")
	}
	fmt.Fprintln(out, text)
}

// nameOutput puts the name of a scenario into an output that several share: run.json is run-NAME.json.
func nameOutput(path, scenario string) string {
	if path == "-" || special(path) {
		return path
	}
	ext := extension(path)
	return fmt.Sprintf("%s-%s%s", strings.TrimSuffix(path, ext), scenario, ext)
}

// extension is the end of a file's name by which its form is known.
func extension(path string) string {
	if strings.HasSuffix(path, samplesEnd) {
		return samplesEnd
	}
	return filepath.Ext(path)
}
