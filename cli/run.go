package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"shotput/loadgen/fault"

	"shotput/loadgen"
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
	v.typed.rows = append([]row{v.pickRow()}, v.typed.rows...)
	return v
}

// fresh is a request of which nothing has been said.
func (v *planRun) fresh() *request {
	r := newRequest()
	r.verb, r.env, r.in.stdin = verbRun, v.env, v.stdin.again()
	return r
}

func (v *planRun) pickRow() row {
	return row{long: "scenario", arg: "NAME", group: groupPlan, help: "only the scenario of this name; repeat", eg: "warm-up", set: each(&v.picks, asIs)}
}

// groupPlan of the help is what only plan files have.
const groupPlan = "Of plan files"

// isPlanName says whether a word looks like the name of a plan file.
func isPlanName(s string) bool {
	return strings.HasSuffix(s, ".yaml") || strings.HasSuffix(s, ".yml") || strings.HasSuffix(s, ".json")
}

// run reads the plan, finds all that is wrong with any of its runs, and only then fires the first.
func (v *planRun) run(ctx context.Context, s *Stdio, args []string) error {
	v.typed.operands(args)
	if err := v.typed.refused(); err != nil {
		return err
	}
	if v.typed.version {
		return version(s)
	}
	p, err := v.read(s, args)
	if err != nil {
		return err
	}
	picked, err := v.picked(p)
	if err != nil {
		return err
	}
	runs, err := v.requests(p, picked)
	if err != nil {
		return err
	}
	if err := v.apart(runs); err != nil {
		return err
	}
	return v.each(ctx, s, runs)
}

// apart refuses several runs on standard output in a format whose documents cannot stand one behind the other.
func (v *planRun) apart(runs []scenarioRun) error {
	for _, run := range runs {
		format, _ := run.request.out.onStdout()
		extension := strings.Replace(format, "junit", "xml", 1)
		if len(runs) > 1 && !run.request.dryRun && !run.request.once && !report.Continues(format) {
			return usage(Hint{Error: fmt.Sprintf("%s on standard output holds one run, and the plan has %d", format, len(runs)),
				Try: v.typed.without("format", "output").with("output", "run."+extension).String()})
		}
	}
	return nil
}

// read gives the plan of the one operand.
func (v *planRun) read(s *Stdio, args []string) (*planFile, error) {
	if len(args) == 0 {
		return nil, usage(Hint{Error: "which plan? FILE is missing", Try: "shotput init plan.yaml"})
	}
	if len(args) > 1 {
		h := Hint{Error: shown("", args[1]) + ": one plan file at a time", Try: "shotput run " + quote(args[0])}
		if strings.Contains(args[1], "://") {
			h.Error, h.Try = "URL "+shown("url", args[1])+": beside a plan file a URL is given with --url", v.typed.aimedBeside(args[0], args[1])
		}
		return nil, usage(h)
	}
	text, err := v.text(args[0])
	if err != nil {
		try := "shotput init " + quote(args[0])
		if !errors.Is(err, os.ErrNotExist) {
			try = "shotput run plan.yaml"
		}
		return nil, usage(Hint{Error: "read the plan " + shown("", args[0]) + ": " + plainPath(err).Error(), Try: try})
	}
	p := readPlan(args[0], text, v.env)
	p.rows = append(p.rows, v.pickRow())
	return p, nil
}

// aimedBeside is the line with its second operand given as the URL.
func (r *request) aimedBeside(plan, url string) string {
	l := r.commandLine
	l.words = slices.DeleteFunc(slices.Clone(l.words), func(w word) bool { return w.flag == "" })
	l.operands([]string{plan})
	return l.with("url", url).String()
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
	return io.ReadAll(io.LimitReader(f, mostPlanBytes+1))
}

// picked gives the scenarios to be run, in the order of the file.
func (v *planRun) picked(p *planFile) ([]scenario, error) {
	var names []string
	for _, c := range p.scenarios {
		names = append(names, c.name)
	}
	for _, pick := range v.picks {
		if slices.Contains(names, pick) || len(p.faults) > 0 {
			continue
		}
		known := slices.DeleteFunc(slices.Clone(names), func(n string) bool { return n == "" })
		h := Hint{Error: "--scenario " + shown("", pick) + ": there is none of that name in " + p.name, Try: v.typed.with("scenario", fault.Nearest(pick, known)).String()}
		if len(known) > 0 {
			h.Seen = strings.Join(known, ", ")
		}
		if fault.Nearest(pick, known) == "" {
			h.Try = v.typed.without("scenario").String()
		}
		return nil, usage(h)
	}
	if len(v.picks) == 0 {
		return p.scenarios, nil
	}
	return slices.DeleteFunc(slices.Clone(p.scenarios), func(c scenario) bool { return !slices.Contains(v.picks, c.name) }), nil
}

// A scenarioRun is a scenario that is ready to be fired.
type scenarioRun struct {
	name    string
	request *request
}

// requests makes every run, and tells the faults of all at once.
func (v *planRun) requests(p *planFile, picked []scenario) (runs []scenarioRun, err error) {
	var typed []Hint
	for _, c := range picked {
		r, hints := v.settled(p, c, len(p.scenarios) > 1)
		runs = append(runs, scenarioRun{c.name, r})
		for _, h := range hints {
			if !slices.ContainsFunc(typed, func(t Hint) bool { return t.Error == h.Error }) {
				typed = append(typed, h)
			}
		}
	}
	if err := p.refused(typed...); err != nil {
		return nil, err
	}
	if len(runs) > 1 {
		p.nameOutputs(picked, runs)
	}
	return runs, p.refused()
}

// settled makes the request of a scenario: what was typed stands over what the file says.
func (v *planRun) settled(p *planFile, c scenario, several bool) (*request, []Hint) {
	words := v.typed.words
	if several && len(v.picks) == 0 && c.name != "" {
		words = append([]word{{"scenario", c.name}}, words...) // what a hint says to try is for this one
	}
	if len(c.mix) == 0 {
		return v.build(p, words, origin{entries: over(c.entries, v.overrides()), at: c.place})
	}
	var each []*request
	var typed []Hint
	for _, m := range c.mix {
		r, hints := v.build(p, words, origin{entries: over(over(c.entries, m.entries), v.overrides()), at: m.place})
		each, typed = append(each, r), append(typed, hints...)
	}
	return mixture(c.mix, each), typed
}

// mixture makes one request of several: all of them are the first's in what is of the whole run.
func mixture(mix []mixed, each []*request) *request {
	whole := *each[0]
	whole.mixed = each
	for i, r := range each {
		q := &r.plan
		whole.plan.Mix = append(whole.plan.Mix, loadgen.Request{Name: mix[i].name, Weight: mix[i].weight, Request: loadgen.RequestSpec{Method: q.Request.Method, URL: q.Request.URL, Header: q.Request.Header, Body: q.Request.Body}})
		if len(whole.posted) == 0 {
			whole.posted = r.posted // of a mix it is said that it has no body when none has
		}
	}
	whole.plan.Request.Header, whole.plan.Request.Body = nil, loadgen.Body{}
	return &whole
}

// overrides are the flags of the command line as entries that stand nowhere in the file.
func (v *planRun) overrides() (all []entry) {
	for _, w := range v.typed.words {
		if long := aliases[w.flag]; long != "" {
			w.flag = long
		}
		if w.flag != "" && w.flag != "scenario" {
			all = append(all, entry{flag: w.flag, value: w.value})
		}
	}
	return all
}

// build reads entries through the rows, as if they had been typed, and gives the hints of what was typed. What is
// wrong with what the file says is noted there.
func (v *planRun) build(p *planFile, words []word, from origin) (*request, []Hint) {
	r, typed := v.reading(p, words, &from)
	// What settle finds in values it notes among the faults; what it finds in files ends it.
	if err := r.settle(nil, r.in.stdin); err != nil && len(r.faults) == 0 {
		typed = append(typed, p.blamed(err, &from)...)
		if len(r.posted) > 0 && r.plan.Request.Body.File == "" {
			r.plan.Request.Body = loadgen.Body{Text: "text"}
		}
	}
	typed = append(typed, v.told(p, r, &from)...)
	r.validate()
	typed = append(typed, v.told(p, r, &from)...)
	return r, append(typed, p.blamed(r.out.check(), &from)...)
}

// reading gives every entry to its row. It is done twice: what is refused in the first reading is replaced by a value
// that works in the second, so that no later check trips over its absence and tells a fault that there is not.
func (v *planRun) reading(p *planFile, words []word, from *origin) (*request, []Hint) {
	first := v.fresh()
	entries, refused := slices.Clone(from.entries), []string(nil)
	for i, e := range entries {
		row := exactly(first.rows, e.flag)
		before := len(first.faults)
		if row.arg != "" || e.value != "false" {
			first.took(row, e.value)
		}
		if e.broken {
			first.faults, first.mends = first.faults[:before], first.mends[:before]
		}
		if e.broken || len(first.faults) > before {
			refused = append(refused, e.flag)
			entries[i].value = row.eg
		}
		if len(first.faults) > before && strings.Contains(first.faults[before].about.why, errTwoBodies.Error()) {
			entries[i].flag = "" // an example would be a second body as well
		}
	}
	first.rows, first.words = append(first.rows, v.pickRow()), words
	typed := v.told(p, first, from)
	from.refused = refused
	second := v.fresh()
	for _, e := range entries {
		if e.flag == "" {
			continue
		}
		if row := exactly(second.rows, e.flag); row.arg != "" || e.value == "true" {
			second.took(row, e.value)
		}
	}
	second.rows, second.words = append(second.rows, v.pickRow()), words
	second.faults, second.mends = nil, nil // a second body is one still
	return second, typed
}

// told moves the request's faults to where their values were written, and gives those that were typed. Of a flag that
// has been refused nothing more is told.
func (v *planRun) told(p *planFile, r *request, from *origin) (typed []Hint) {
	var refused []string
	for i, h := range r.faults {
		h.Try = r.mends[i](r.commandLine).String()
		if h.about = p.aboutOf(h); !from.hasRefused(h.about.flag) {
			typed = append(typed, p.blame(h, r.mends[i], *from)...)
			refused = append(refused, h.about.flag)
		}
	}
	from.refused = append(from.refused, refused...)
	r.faults, r.mends = nil, nil
	return typed
}

func exactly(rows []row, long string) *row {
	return &rows[slices.IndexFunc(rows, func(r row) bool { return r.long == long })]
}

// nameOutputs keeps one scenario from overwriting what another has saved.
func (p *planFile) nameOutputs(picked []scenario, runs []scenarioRun) {
	taken := map[string]string{}
	for i, run := range runs {
		for _, f := range run.request.out.saved() {
			if !slices.Contains(picked[i].own, f.flag) {
				*f.path = outputNamed(*f.path, run.name)
			}
			if other, found := taken[*f.path]; found && *f.path != "-" && !special(*f.path) {
				p.fault(picked[i].place, f.flag+" "+shown(f.flag, *f.path)+" is that of the scenario "+other+" too",
					f.flag+": "+outputNamed("run"+extension(*f.path), run.name))
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
		code := s.tell(run.request.launch(ctx, s))
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
	line := r.label
	if files := slices.DeleteFunc(slices.Clone(r.out.files), func(f string) bool { return f == "-" }); len(files) > 0 && !r.dryRun && !r.once {
		line += ", saved as " + strings.Join(files, ", ")
	}
	fmt.Fprintln(out, line)
}
