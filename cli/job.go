package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"regexp"
	"runtime/debug"
	"slices"
	"strings"

	"shotput/cli/advice"
	"shotput/cli/doctor"
	"shotput/cli/exchange"
	"shotput/cli/flags"
	"shotput/cli/foreign"
	"shotput/cli/line"
	"shotput/loadgen"
	"shotput/loadgen/fault"
	"shotput/report"
	"shotput/report/live"
	"shotput/stats"
)

// A job is the main job under way: what was asked for, and what has become of it so far.
type job struct {
	asked *flags.Asked
	*Stdio
	said   []advice.Hint // before anything else
	verbs  []string      // first words that are no URL
	label  string        // which of several runs it is
	whole  bool          // the plan is made
	shown  *screen
	notes  []advice.Hint // said before the run; each round's run keeps them
	rounds []round

	fleeting bool // the target is a demo's, and ends with it
}

// A round is one of the equal runs of a job, and what there is to say of it.
type round struct {
	run   *stats.Run
	hints []advice.Hint
}

// newJob is a job of which hints are to be said first.
func newJob(s *Stdio, asked *flags.Asked, said []advice.Hint) *job {
	return &job{asked: asked, Stdio: s, said: said, shown: new(screen)}
}

// run is the way of a job, from what was asked to the exit code, which its error carries: plan, then show it, send one
// request, or prepare, run in rounds, advise, write, report.
func (j *job) run(parent context.Context, args []string) error {
	j.note(j.said)
	if err := j.plan(args); err != nil {
		return err
	}
	if err := j.checkOnce(); err != nil {
		return err
	}
	if j.asked.Once && !j.asked.DryRun {
		return j.sendOnce(parent)
	}
	if err := j.checkOutputs(); err != nil {
		return err
	}
	figures, err := j.openMetrics()
	if err != nil {
		return err
	}
	defer figures.close()
	if j.asked.DryRun {
		return show(j.asked, j.Stdio)
	}
	j.noteAhead(advice.OfPlan(j.asked, doctor.OpenFiles()))
	if j.asked.Verbose {
		explain(j.asked, j.Stdio)
	}
	return j.withSession(parent, func(w *watch, session *loadgen.Session) error {
		streams := openStreams(&j.asked.Out, j.Stdio)
		err, unsaved := writeSamples(&j.asked.Out, w, func(sinks ...stats.Sink) error {
			return j.runRounds(w.ctx, session, figures, append(sinks, asSinks(streams)...))
		})
		if len(j.rounds) > 0 {
			unsaved = errors.Join(unsaved, deliver(&j.asked.Out, j.runs(), streams, w))
			if told := j.conclude(unsaved); err == nil {
				err = told
			}
		}
		return err
	})
}

// withSession waits for the server as long as asked, prepares the plan and does with the session whatever there is to
// do. A signal that comes meanwhile decides on the error.
func (j *job) withSession(parent context.Context, do func(*watch, *loadgen.Session) error) error {
	w := j.interruptible(parent, j.shown.note)
	defer w.done()
	if err := j.await(w); err != nil {
		return preferSignal(w.ctx, j.Stdio, j.explainRefusal(err))
	}
	j.showRound(0)
	session, err := j.prepare(w)
	if err != nil {
		return preferSignal(w.ctx, j.Stdio, j.explainRefusal(err))
	}
	defer session.Close()
	j.tellFirst(session.First())
	return preferSignal(w.ctx, j.Stdio, do(w, session))
}

// plan makes the plan of all that was typed, unless a file has made it.
func (j *job) plan(args []string) error {
	if j.whole {
		return nil
	}
	if err := j.checkFile(args); err != nil {
		return err
	}
	if err := j.checkVerb(args); err != nil {
		return err
	}
	j.asked.Operands(args)
	j.asked.Aim(args)
	if err := j.asked.Settle(); err != nil {
		return err
	}
	return j.asked.Validate()
}

// checkFile refuses a file in the place of a URL.
func (j *job) checkFile(args []string) error {
	if len(args) != 1 || strings.Contains(args[0], "://") {
		return nil
	}
	path := args[0]
	f := flags.Recognise(path)
	if f != nil {
		return usage(advice.Hint{Error: line.Show(path) + " is " + f.What + ", and no URL", Why: f.Note,
			Try: f.Try(j.asked.Without(foreign.Places...))})
	}
	if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() && planName.MatchString(path) {
		return usage(advice.Hint{Error: line.Show(path) + " is a file, and no URL",
			Why: "a plan is fired by shotput run", Try: "shotput run " + line.Quote(path)})
	}
	return nil
}

var planName = regexp.MustCompile(`\.ya?ml$`)

// checkVerb refuses a command, or what looks like one, in the place of a URL.
func (j *job) checkVerb(args []string) error {
	if len(args) == 0 {
		return nil
	}
	word := args[0]
	if slices.Contains(j.verbs, word) {
		return usage(advice.Hint{Error: "the command " + word + " stands first, before any flag",
			Try: "shotput " + word + " --help"})
	}
	if s := j.asked.CommandElsewhere(word); s != nil {
		try := j.asked.AimAt(flags.ExampleURL)
		if len(args) == 2 && line.LooksLikeURL(args[1]) {
			try = j.asked.AimAt(args[1])
		}
		says := " is no command here: " + s.Why
		if s.Tool {
			says = " " + s.Why
		}
		return usage(advice.Hint{Error: line.Show(word) + says, Try: try.String()})
	}
	meant := fault.Nearest(word, j.verbs)
	if meant == "" || strings.ContainsAny(word, "./:{") || word == "localhost" {
		return nil
	}
	return usage(advice.Hint{Error: line.Show(word) + " is no command; did you mean " + meant + "? (a host is http://" +
		line.Printable(word) + "/)", Try: "shotput " + meant + " --help"})
}

// tries is the hints with the lines to try that a person can copy: of a demo there are none, since its target ends with
// it, and no line has its URL.
func (j *job) tries(hints []advice.Hint) []advice.Hint {
	if !j.fleeting {
		return hints
	}
	for i := range hints {
		hints[i].Try = ""
	}
	return hints
}

// note prints hints that stop nothing.
func (j *job) note(hints []advice.Hint) {
	if j.asked.Silent {
		return
	}
	for _, h := range hints {
		h.Write(j.Err, "note")
	}
}

// noteAhead prints hints on the plan, and keeps them for the runs.
func (j *job) noteAhead(hints []advice.Hint) {
	hints = j.tries(hints)
	j.notes = append(j.notes, hints...)
	j.note(hints)
}

// checkOutputs finds out, before anything is sent, whether all that was asked for can be saved.
func (j *job) checkOutputs() error {
	out := &j.asked.Out
	alone := func(what, try string) error {
		return usage(advice.Hint{Error: what + " holds one run, and --repeat makes several", Try: try})
	}
	for _, d := range out.Documents() {
		if j.asked.Schedule.Rounds > 1 && !report.HoldsRounds(d.Format) {
			return alone("-o "+line.Show(d.Path)+": "+d.Format, j.asked.With("output", "run.json").String())
		}
	}
	if j.asked.Schedule.Rounds > 1 && out.Samples != "" {
		return alone("--samples "+line.Show(out.Samples)+": it", j.asked.Without("repeat").String())
	}
	if err := checkWritable(out, j.asked.Line, loadgen.RowFiles(j.asked.Plan)...); err != nil {
		return err
	}
	if format, _ := out.OnStdout(); j.asked.Schedule.Rounds > 1 && !report.HoldsRounds(format) {
		return alone("--format "+line.Show(format)+": it", j.asked.With("format", "json").String())
	}
	return nil
}

// prepare makes the plan ready, once for all rounds.
func (j *job) prepare(w *watch) (s *loadgen.Session, err error) {
	if j.env("GOGC") == "" {
		percent := 400 // memory is small and bounded; each collection stops the tool for a moment
		if j.asked.Plan.Samples {
			percent = 100 // the room for samples is 60 MB
		}
		debug.SetGCPercent(percent)
	}
	quietQUIC()
	w.during(func() { s, err = loadgen.Prepare(w.ctx, j.asked.Plan) })
	return s, err
}

// await waits for the server as long as asked. That it is not there then is for the first request to explain.
func (j *job) await(w *watch) (err error) {
	if j.asked.Wait == 0 {
		return nil
	}
	quietQUIC()
	tell := func(server string, why error) {
		if !j.asked.Silent {
			fmt.Fprintf(j.Err, "waiting up to %s for %s (%s)\n", j.asked.Wait, line.Printable(server),
				line.Printable(plainNet(why)))
		}
	}
	w.during(func() { err = loadgen.Await(w.ctx, j.asked.Plan, j.asked.Wait, tell) })
	var i interrupted
	if errors.As(err, &i) {
		fmt.Fprintf(j.Err, "%s while the server was waited for\n", i)
	}
	return err
}

// tellFirst says when another protocol was spoken than was asked for, and shows the first exchanges for -v.
func (j *job) tellFirst(exchanges []*loadgen.Exchange) {
	for _, x := range exchanges {
		if h, ok := advice.OfProtocol(j.asked, x.Proto); ok {
			j.noteAhead([]advice.Hint{h})
		}
		if j.asked.Verbose {
			fmt.Fprintln(j.Err, exchange.Text(x))
		}
	}
}

// runRounds runs the session as often as asked, each round with a live view of its own. What ends a round early ends
// them all. The error is of a round that did not begin.
func (j *job) runRounds(ctx context.Context, session *loadgen.Session, e *exporter, sinks []stats.Sink) error {
	for i := range max(1, j.asked.Schedule.Rounds) {
		view := j.showRound(i)
		err := e.during(ctx, func(figures ...stats.Sink) error {
			told := append(audience(figures), append(sinks, view)...)
			return j.runRound(ctx, session, view, told)
		})
		if err != nil {
			return correctRefusal(j.explainRefusal(err), i)
		}
		if context.Cause(ctx) != nil || j.rounds[i].run.Stop.CutShort() {
			break
		}
	}
	return nil
}

// runRound runs one round while its live view is drawn, and waits for both. What there is to say of the run is added to
// it before any document is told of its end.
func (j *job) runRound(ctx context.Context, session *loadgen.Session, view *live.View, told audience) error {
	load := j.asked.Plan.Load
	load.Round = len(j.rounds) // what is drawn is another
	fire := session.RunRound   // what cuts one short ends them all
	if int64(load.Round)+1 >= j.asked.Schedule.Rounds {
		fire = session.RunLast // with what is sent once after the load
	}
	var err error
	j.shown.during(ctx, view, func() {
		var run *stats.Run
		if run, err = fire(ctx, load, told); run != nil {
			j.rounds = append(j.rounds, round{run, j.advise(run)})
			told.close(run)
		}
	})
	return err
}

// advise adds to a run what was said before it and what is to be said after it, which it gives.
func (j *job) advise(run *stats.Run) []advice.Hint {
	hints, codes := advice.OfRun(j.asked, run)
	hints = j.tries(hints)
	for i, code := range codes {
		run.Outcomes[i].Hint = code
	}
	run.Warnings = advice.Warnings(run.Warnings, append(slices.Clone(j.notes), hints...)...)
	return hints
}

func (j *job) runs() (all []*stats.Run) {
	for _, r := range j.rounds {
		all = append(all, r.run)
	}
	return all
}

// explainRefusal explains a run that did not begin.
func (j *job) explainRefusal(err error) error {
	var p *loadgen.PreflightError
	var token *loadgen.TokenError
	switch {
	case errors.As(err, &token):
		return &refusal{code: exitUnmeasured, hints: []advice.Hint{advice.OfToken(token)}, cause: token,
			last: "exit 3 before any load was sent"}
	case !errors.As(err, &p):
		return j.asked.Explain(err)
	}
	h := advice.OfExchange(j.asked, j.see(p.Exchange))
	switch {
	case p.Step != "" && p.Exchange.Observation.Outcome == stats.OK:
		h = advice.OfPass(p.Step, p.Detail)
	case p.Step != "":
		h.Seen = strings.TrimSuffix(advice.InStep(p.Step)+h.Seen, ": ")
	case p.Request != "":
		h.Seen = "request " + line.Printable(p.Request) + ": " + h.Seen
	}
	refused := &refusal{code: exitUnmeasured, hints: []advice.Hint{h}, cause: p,
		last: "exit 3 before any load was sent"}
	if j.asked.Verbose {
		refused.last = exchange.Text(p.Exchange) + "raw error: " + exchange.Error(p.Exchange) + "\n" + refused.last
	}
	return refused
}

// correctRefusal corrects what is said of a refusal when there were rounds before it.
func correctRefusal(err error, round int64) error {
	var r *refusal
	if round > 0 && errors.As(err, &r) && r.last != "" {
		r.last = fmt.Sprintf("exit 3 before round %d; the rounds before it are reported", round+1)
	}
	return err
}

// preferSignal gives err, or the signal that ended the run: it decides on the exit code. What could not be saved is
// told all the same; that the first request got no answer is the signal's doing.
func preferSignal(ctx context.Context, s *Stdio, err error) error {
	var i interrupted
	if !errors.As(context.Cause(ctx), &i) {
		return err
	}
	var first *loadgen.PreflightError
	var lost *refusal
	switch {
	case errors.As(err, &first):
		fmt.Fprintf(s.Err, "%s before the first request was answered\n", i)
	case errors.As(err, &lost) && lost.cause != nil:
		for _, h := range lost.hints {
			h.Write(s.Err, "error")
		}
	}
	return i
}

// quietQUIC keeps the library of HTTP/3 from writing to the standard error stream where the kernel's limit on buffers
// is low: that stream is ours, and the variable is the only way to say so.
func quietQUIC() { os.Setenv("QUIC_GO_DISABLE_RECEIVE_BUFFER_WARNING", "true") }
