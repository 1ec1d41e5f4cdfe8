package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"slices"
	"sync"

	"shotput/cli/line"
	"shotput/loadgen"
	"shotput/report"
	"shotput/report/live"
	"shotput/stats"
)

// fire is the main job: a Plan from the line, the run, the report, the exit code.
func fire(ctx context.Context, s *Stdio, r *request, args []string) error {
	if r.version {
		return version(s)
	}
	if len(args) == 0 && r.plan.Request.URL == "" {
		if err := r.CheckLast(); err != nil {
			return err
		}
		if len(r.Faults) == 0 && !r.dryRun {
			return demo(ctx, s, r)
		}
	}
	return r.fire(ctx, s, r.TakeURL(args))
}

// fire settles the plan, checks all that can be checked without sending anything, and then runs it.
func (r *request) fire(ctx context.Context, s *Stdio, args []string) error {
	r.note(s, r.said)
	if err := r.settle(args, s.In); err != nil {
		return err
	}
	if err := r.validated(); err != nil {
		return err
	}
	return r.launch(ctx, s)
}

// launch does with a plan that is whole what was asked for.
func (r *request) launch(ctx context.Context, s *Stdio) error {
	switch {
	case r.dryRun:
		return r.show(s)
	case r.once:
		return r.sendOnce(ctx, s)
	}
	for _, d := range r.out.documents() {
		if r.repeat > 1 && !report.HoldsRounds(d.format) {
			return usage(Hint{Error: "-o " + line.Show(d.path) + ": " + d.format + " holds one run, and --repeat makes several",
				Try: r.With("output", "run.json").String()})
		}
	}
	if r.repeat > 1 && r.out.samples != "" {
		return usage(Hint{Error: "--samples " + line.Show(r.out.samples) + ": it holds one run, and --repeat makes several",
			Try: r.Without("repeat").String()})
	}
	if err := r.out.check(); err != nil {
		return err
	}
	notes := r.planHints(openFiles())
	r.note(s, notes)
	if r.verbose {
		r.explain(s)
	}
	return r.run(ctx, s, notes)
}

// note prints hints that stop nothing.
func (r *request) note(s *Stdio, hints []Hint) {
	if r.silent {
		return
	}
	for _, h := range hints {
		h.write(s.Err, "note")
	}
}

// run fires the plan, as often as asked, and delivers what was measured, whatever ended it.
func (r *request) run(parent context.Context, s *Stdio, notes []Hint) error {
	shown := new(screen)
	ctx, done := s.interruptible(parent, shown.note)
	defer done()
	streams := r.out.streamed(s)
	var rounds []*collector
	err, unsaved := r.out.sampled(func(sinks ...stats.Sink) (err error) {
		for _, t := range streams {
			sinks = append(sinks, t)
		}
		rounds, err = repetition{r, s, notes, sinks, shown}.fire(ctx)
		return err
	})
	if len(rounds) > 0 {
		failed := errors.Join(unsaved, r.out.deliver(runsOf(rounds), streams, s))
		if told := r.conclude(s, rounds, failed); err == nil {
			err = told
		}
	}
	return signalled(ctx, s, err)
}

// signalled is err, or the signal that ended the run: it decides on the exit code. What could not be saved is told all
// the same; that the first request got no answer is the signal's doing.
func signalled(ctx context.Context, s *Stdio, err error) error {
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
			h.write(s.Err, "error")
		}
	}
	return i
}

// watched runs the plan and draws its live view, and waits for both.
func (r *request) watched(ctx context.Context, s *Stdio, view *live.View, sinks fan) error {
	if s.env("GOGC") == "" {
		percent := 400 // memory is small and bounded; each collection stops the tool for a moment
		if r.plan.Samples {
			percent = 100 // the room for samples is 60 MB
		}
		debug.SetGCPercent(percent)
	}
	quietQUIC()
	drawing, stop := context.WithCancel(context.WithoutCancel(ctx))
	var drawn sync.WaitGroup
	drawn.Go(func() { view.Run(drawing) })
	_, err := loadgen.Run(ctx, r.plan, sinks)
	stop()
	drawn.Wait()
	return err
}

// view is how progress is shown, of the run or round that the label names.
func (r *request) view(s *Stdio, label string) live.Config {
	return live.Config{Mode: r.mode(s), Label: label, Size: terminalSize(s.Err), Options: s.options(s.Err, &r.out)}
}

// mode draws a panel only where nothing else is written while it stands: a stream on the same terminal would tear it.
func (r *request) mode(s *Stdio) string {
	format, _ := r.out.onStdout()
	switch {
	case r.silent:
		return live.None
	case r.out.progress != "" && r.out.progress != "auto":
		return r.out.progress
	case format == "ndjson" && isTerminal(s.Out):
		return live.Lines
	case isTerminal(s.Err) && s.env("TERM") != "dumb":
		return live.Panel
	}
	return live.Lines
}

// conclude gives the exit code of rounds that were delivered, but for what failed: that of the round that fared worst.
func (r *request) conclude(s *Stdio, rounds []*collector, failed error) error {
	runs := runsOf(rounds)
	for _, run := range runs {
		s.publish(run)
	}
	r.note(s, hintsOf(rounds))
	if failed != nil {
		return unmeasured(failed, Hint{Error: line.Printable(failed.Error()), Try: r.With("output", "./run.json").String()})
	}
	for _, run := range runs {
		switch {
		case run.Totals.OK == 0 && !run.Stop.CutShort():
			return unmeasured(nil, Hint{Error: fmt.Sprintf("nothing succeeded: 0 of %d requests were OK", run.Totals.Sent), Try: r.With("once", "true").String()})
		case run.Untrusted():
			return unmeasured(nil, Hint{Error: "the verdict is " + run.Verdict.Status + ", and --strict asks for kept", Why: run.Verdict.Reason,
				Try: r.Without("strict").String()})
		}
	}
	for _, run := range runs {
		if run.AbortedByRule() || slices.ContainsFunc(run.Thresholds, func(t stats.Threshold) bool { return !t.OK }) {
			return quiet(exitThreshold)
		}
	}
	return nil
}

// refusedRun explains a run that did not begin.
func (r *request) refusedRun(err error) error {
	var p *loadgen.PreflightError
	var token *loadgen.TokenError
	switch {
	case errors.As(err, &token):
		return refusedToken(token)
	case !errors.As(err, &p):
		return err
	}
	h := r.exchangeHint(p.Exchange)
	if p.Request != "" {
		h.Seen = "request " + line.Printable(p.Request) + ": " + h.Seen
	}
	refused := &refusal{code: exitUnmeasured, hints: []Hint{h}, cause: p, last: "exit 3 before any load was sent"}
	if r.verbose {
		refused.last = exchangeText(p.Exchange) + "raw error: " + shownError(p.Exchange) + "\n" + refused.last
	}
	return refused
}

// A fan tells several sinks, in order.
type fan []stats.Sink

func (f fan) Start(head *stats.Run) {
	for _, s := range f {
		s.Start(head)
	}
}

// Preflight is called by loadgen.Run with the request that it sent ahead of the load.
func (f fan) Preflight(x *loadgen.Exchange) {
	for _, s := range f {
		if told, ok := s.(interface{ Preflight(*loadgen.Exchange) }); ok {
			told.Preflight(x)
		}
	}
}

// Alarm is called by loadgen.Run with what the tool noticed about itself.
func (f fan) Alarm(a stats.Warning) {
	for _, s := range f {
		if told, ok := s.(interface{ Alarm(stats.Warning) }); ok {
			told.Alarm(a)
		}
	}
}

func (f fan) Window(w *stats.Window) {
	for _, s := range f {
		s.Window(w)
	}
}

// End completes the run before any sink is told of it: what a sink has to say of the run becomes a warning of it here,
// since a sink only reads. So each is told of the same run, in whatever order they stand.
func (f fan) End(r *stats.Run) {
	for _, s := range f {
		if told, ok := s.(interface {
			Advise(*stats.Run) []stats.Warning
		}); ok {
			addWarnings(r, told.Advise(r))
		}
	}
	for _, s := range f {
		s.End(r)
	}
}

// A collector keeps the whole run and gives what only cli knows: the hints.
type collector struct {
	request *request
	notes   []Hint // said before the run
	hints   []Hint // to be said after it
	run     *stats.Run
	stderr  io.Writer
}

// Preflight shows the first exchange, for -v, and says when its protocol is not the one that was asked for.
func (c *collector) Preflight(x *loadgen.Exchange) {
	if h, ok := c.request.protocolHint(x.Proto); ok {
		c.notes = append(c.notes, h)
		if !c.request.silent {
			h.write(c.stderr, "note")
		}
	}
	if c.request.verbose {
		fmt.Fprintln(c.stderr, exchangeText(x))
	}
}

func (c *collector) Start(*stats.Run)     {}
func (c *collector) Window(*stats.Window) {}

// Advise is what was said before the run and what is to be said after it.
func (c *collector) Advise(r *stats.Run) (all []stats.Warning) {
	c.hints = c.request.runHints(r)
	for _, h := range c.notes {
		all = append(all, h.warning())
	}
	for _, h := range c.hints {
		all = append(all, h.warning())
	}
	return all
}

func (c *collector) End(r *stats.Run) { c.run = r }

// quietQUIC keeps the library of HTTP/3 from writing to the standard error stream where the kernel's limit on buffers is
// low: that stream is ours, and the variable is the only way to say so.
func quietQUIC() { os.Setenv("QUIC_GO_DISABLE_RECEIVE_BUFFER_WARNING", "true") }
