package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"shotput/cli/advice"
	"shotput/cli/doctor"
	"shotput/cli/files"
	"shotput/cli/flags"
	"shotput/cli/line"
	"shotput/loadgen"
	"shotput/loadgen/fault"
	"shotput/report/live"
	"shotput/stats"
	"shotput/stats/compare"
	"shotput/trials"
)

// A trying is a job that is several trials over one session: a search or a sweep. Each is shown while it goes on, and
// told in a line when it has ended; what is known by then is saved.
type trying struct {
	*job
	name  func(trials.Trial) string                     // of the trial to come, for the live view
	told  func(done []trials.Result) string             // of the last one
	save  func(done []trials.Result, path string) error // in the form in which it can be read again
	rules func(loadgen.Load) loadgen.Rules              // that a trial must keep
	ahead func() string                                 // of --dry-run: which trials there will be
	begun int64
	done  []trials.Result // of a sweep with those of a file
}

// newTrying is a job of a verb with rows of its own, and with those of the main job. Documents are of these formats.
func newTrying(s *Stdio, verb string, formats []string) *trying {
	t := &trying{job: newJob(s, flags.New(s.world()), nil)}
	a := t.asked
	a.Verb, a.Out.Only = verb, formats
	a.Row("format").Words = formats
	return t
}

// refuseWords notes the flags that say how one run is fired, or that only one run can have, each with the reason.
func refuseWords(a *flags.Asked, reasons ...map[string]string) {
	seen := map[string]bool{}
	for _, w := range a.Words {
		why := ""
		for _, of := range reasons {
			if r := a.Row(w.Flag); r != nil && why == "" {
				why = cmp.Or(of[w.Flag], of[r.Long])
			}
		}
		if why != "" && !seen[w.Flag] {
			seen[w.Flag] = true
			a.Note(line.Fault{Kind: line.Contrary, Flag: w.Flag, Why: why, Mends: []line.Mend{line.Drop(w.Flag)}})
		}
	}
}

// ofOneRun are flags of which there is nothing to be made in several trials.
var ofOneRun = map[string]string{
	"requests": "bounds one run, and here each trial lasts as long as --trial says",
	"duration": "is how long one run is, and here each trial lasts as long as --trial says",
	"stages":   "has rates of its own, and here the rate of each trial is decided",
	"warmup":   "is a fifth of --trial here",
	"repeat":   "makes rounds of one load, and here loads are repeated where it is of use",
	"strict":   "is of one run",
}

// inOneReport are flags of what only the report on one run has, or whoever watches it.
var inOneReport = map[string]string{
	"samples":     "holds one run, and here there are several",
	"percentiles": "are of a run's table, which is not printed here",
	"prom-listen": watchesOne, "prom-file": watchesOne, "prom-push": watchesOne, "otlp": watchesOne,
}

// watchesOne: what counts up over a run would fall back to 0 with each of several, and what is shown as one latency
// would be of other loads, or sides, every few seconds.
const watchesOne = "has the figures of one run while it goes on, and here there are several; -o FILE.json has them all"

func (t *trying) refuse(instead map[string]string) {
	refuseWords(t.asked, instead, ofOneRun, inOneReport)
}

// isGiven says whether the flag stands on the line.
func (t *trying) isGiven(flag string) bool {
	return slices.ContainsFunc(t.asked.Words, func(w line.Word) bool { return w.Flag == flag })
}

// aim takes the operands, of which one is the URL.
func (t *trying) aim(args []string) error {
	args = t.asked.TakeURL(args)
	if err := t.checkFile(args); err != nil {
		return err
	}
	t.asked.Operands(args)
	t.asked.Aim(args)
	return nil
}

// validate asks the plan. What would be mended by a rate, such as a rule on response time in a closed loop, is mended
// here by leaving those flags out.
func (t *trying) validate(instead ...string) error {
	err := t.asked.Validate()
	var r *line.Refusal
	if errors.As(err, &r) && r.Mended != nil && slices.ContainsFunc(r.Mended.Words, isRate) {
		mended := r.Mended.Without("rate").Without(instead...)
		r.Mended, r.Try = &mended, mended.String()
	}
	return err
}

// reread takes the words of a line from its beginning, and gives what is wrong with them.
func (t *trying) reread(l line.Line, v kind) []line.Fault {
	if slices.ContainsFunc(l.Words, readsInput) {
		return nil
	}
	if err := v.settle(t.asked.TakeWords(l)); err != nil {
		return faultsOf(err)
	}
	return faultsOf(t.asked.Explain(loadgen.Check(t.asked.Plan)))
}

func isRate(w line.Word) bool { return w.Flag == "rate" }

// ready ends the job where it is only shown or sent once; done says so. It finds out ahead what can be saved.
func (t *trying) ready(parent context.Context) (done bool, err error) {
	if t.asked.Once && !t.asked.DryRun {
		return true, t.sendOnce(parent)
	}
	if err := checkWritable(&t.asked.Out, t.asked.Line, loadgen.RowFiles(t.asked.Plan)...); err != nil {
		return true, err
	}
	if t.asked.DryRun {
		fmt.Fprintf(t.Out, "trials\n%s\n", t.ahead())
		return true, show(t.asked, t.Stdio)
	}
	t.noteAhead(advice.OfPlan(t.asked, doctor.OpenFiles()))
	if t.asked.Verbose {
		explain(t.asked, t.Stdio)
	}
	return false, nil
}

// A kind of trials says what is asked, tries, and reports.
type kind interface {
	settle(args []string) error
	begin(w *watch, session *loadgen.Session) error // before the first trial
	next(done []trials.Result) (trials.Trial, bool) // a trials.Stepper
	conclude(err error) error                       // err is why the trials ended before they were over
}

// run is the way of all trials: settle, then show it, or prepare, try, report. Where all were made before, nothing is
// sent.
func (t *trying) run(parent context.Context, args []string, v kind) error {
	if t.asked.Version {
		return version(t.Stdio, nil)
	}
	if err := v.settle(args); err != nil {
		return err
	}
	if done, err := t.ready(parent); done {
		return err
	}
	if _, more := v.next(nil); !more {
		return v.conclude(nil)
	}
	return t.withSession(parent, func(w *watch, session *loadgen.Session) error {
		if err := v.begin(w, session); err != nil {
			return err
		}
		return v.conclude(t.drive(w, session, v.next))
	})
}

// begin has nothing to do, but for who has.
func (t *trying) begin(*watch, *loadgen.Session) error { return nil }

// drive runs trials over the session until the stepper has no more. The error is explained to a person; a signal is
// none of them, and is given as it is.
func (t *trying) drive(w *watch, session *loadgen.Session, next trials.Stepper) error {
	_, err := trials.Drive(w.ctx, []trials.Runner{&shown{session, t}}, next, t)
	if err != nil && context.Cause(w.ctx) == nil {
		return t.explainRefusal(err)
	}
	return err
}

// Begin shows a trial from now on.
func (t *trying) Begin(trial trials.Trial) stats.Sink {
	t.begun++
	t.label = t.name(trial)
	if t.progress() == live.Lines {
		return nil // one for each trial, when it has ended, is what a log needs
	}
	return t.showRound(t.begun)
}

// End tells of a trial, and saves all that are known. One that was cut short is as if it had never been.
func (t *trying) End(r trials.Result, cut bool) error {
	if cut {
		return nil
	}
	t.done = append(t.done, r)
	if mode := t.progress(); mode == live.Panel || mode == live.Lines {
		fmt.Fprintln(t.Err, t.told(t.done))
	}
	for _, path := range savedIn(&t.asked.Out) {
		if err := t.save(t.done, path); err != nil {
			return giveUp(err, advice.Hint{Error: line.Printable(err.Error()),
				Try: t.asked.With("output", "./"+t.asked.Verb+".json").String()})
		}
	}
	return nil
}

// savedIn are the files in which trials are saved as they are made, and from which they can go on.
func savedIn(o *flags.Outputs) (paths []string) {
	for _, d := range o.Documents() {
		if d.Format == "json" && d.Path != "-" && !files.IsSpecial(d.Path) {
			paths = append(paths, d.Path)
		}
	}
	return paths
}

// hintSaved says how trials go on that were ended before they were over, where they are saved.
func hintSaved(l line.Line, out *flags.Outputs) (hints []advice.Hint) {
	if paths := savedIn(out); len(paths) > 0 {
		hints = append(hints, advice.Hint{Error: "what is known is saved, and goes on from there",
			Try: l.With("resume", paths[0]).String()})
	}
	return hints
}

// unresumed says why trials cannot go on from a file.
func unresumed(l line.Line, path string, err error) error {
	return usage(advice.Hint{Error: "--resume " + line.Show(path) + ": " + line.Printable(fault.Plain(err).Error()),
		Try: l.Without("resume").String()})
}

// checkResumed refuses to go on with another plan than that of a file: what both find would be an answer to nothing.
func checkResumed(l line.Line, path string, changes []compare.Difference) error {
	var hints []advice.Hint
	for _, d := range changes {
		hints = append(hints, advice.Hint{Error: fmt.Sprintf("--resume %s: %s is %s there, and %s here",
			line.Show(path), d.Field, line.Show(d.Base), line.Show(d.New))})
	}
	if len(hints) == 0 {
		return nil
	}
	last := &hints[len(hints)-1]
	last.Why = "trials of two plans have no answer in common; give the flags that the file was made by"
	last.Try = l.Without("resume").String()
	return usage(hints...)
}

// readSaved reads what was saved of trials; - is standard input.
func readSaved[T any](path string, stdin io.Reader, decode func(io.Reader) (T, error)) (saved T, err error) {
	if path == "-" {
		return decode(stdin)
	}
	f, err := os.Open(path)
	if err != nil {
		return saved, err
	}
	defer f.Close()
	return decode(f)
}

// A shown is a session whose runs are drawn while they go on, and held against rules of their own.
type shown struct {
	*loadgen.Session
	of *trying
}

// Run fires a load.
func (s *shown) Run(ctx context.Context, load loadgen.Load, sink stats.Sink) (run *stats.Run, err error) {
	s.SetRules(s.of.rules(load))
	fire := func() { run, err = s.Session.Run(ctx, load, sink) }
	if view, ok := sink.(*live.View); ok {
		s.of.shown.during(ctx, view, fire)
	} else {
		fire()
	}
	return run, err
}
