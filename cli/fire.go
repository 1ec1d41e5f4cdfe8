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

	"shotput/loadgen"
	"shotput/report"
	"shotput/stats"
)

// fire is the main job: a Plan from the line, the run, the report, the exit code.
func fire(ctx context.Context, s *Stdio, r *request, args []string) error {
	if r.version {
		return version(s)
	}
	if len(args) == 0 && r.plan.URL == "" && len(r.faults) == 0 && !r.dryRun {
		return demo(ctx, s, r)
	}
	return r.fire(ctx, s, args)
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

// run fires the plan and delivers what was measured, whatever ended it.
func (r *request) run(parent context.Context, s *Stdio, notes []Hint) error {
	live := report.NewLive(s.Err, r.view(s))
	ctx, done := s.interruptible(parent, live.Note)
	defer done()
	last := &collector{request: r, notes: notes, stderr: s.Err}
	sinks, streams := []stats.Sink{last}, r.out.streamed(s)
	for _, t := range streams {
		sinks = append(sinks, t)
	}
	sinks = append(sinks, live) // last: its end shows what the collector added to the run
	err := r.refusedRun(r.watched(ctx, s, live, sinks))
	if last.run != nil {
		for _, t := range streams {
			err = errors.Join(err, t.close())
		}
		err = r.conclude(s, last, err)
	}
	var i interrupted
	if errors.As(context.Cause(ctx), &i) {
		return i
	}
	return err
}

// watched runs the plan and draws its live view, and waits for both.
func (r *request) watched(ctx context.Context, s *Stdio, live *report.Live, sinks fan) error {
	if s.env("GOGC") == "" {
		debug.SetGCPercent(400) // memory is small and bounded; each collection stops the tool for a moment
	}
	drawing, stop := context.WithCancel(context.WithoutCancel(ctx))
	var view sync.WaitGroup
	view.Go(func() { live.Run(drawing) })
	err := loadgen.Run(ctx, r.plan, sinks)
	stop()
	view.Wait()
	return err
}

// view is how progress is shown.
func (r *request) view(s *Stdio) report.View {
	return report.View{Mode: r.mode(s), Label: r.label, Size: terminalSize(s.Err), Options: s.options(s.Err, &r.out)}
}

// mode draws a panel only where nothing else is written while it stands: a stream on the same terminal would tear it.
func (r *request) mode(s *Stdio) string {
	format, _ := r.out.onStdout()
	switch {
	case r.silent:
		return report.LiveNone
	case r.out.progress != "" && r.out.progress != "auto":
		return r.out.progress
	case format == "ndjson" && isTerminal(s.Out):
		return report.LiveLines
	case isTerminal(s.Err) && s.env("TERM") != "dumb":
		return report.LivePanel
	}
	return report.LiveLines
}

// conclude delivers a finished run and gives its exit code.
func (r *request) conclude(s *Stdio, last *collector, failed error) error {
	failed = errors.Join(failed, r.out.deliver(last.run, s))
	r.note(s, last.hints)
	run := last.run
	switch {
	case failed != nil:
		return unmeasured(failed, Hint{Error: printable(failed.Error()), Try: r.with("output", "./run.json").String()})
	case run.Totals.OK == 0 && run.Interrupted == "":
		return unmeasured(nil, Hint{Error: fmt.Sprintf("nothing succeeded: 0 of %d requests were OK", run.Totals.Sent), Try: r.with("once", "true").String()})
	case r.strict && run.Verdict.Status != stats.Kept:
		return unmeasured(nil, Hint{Error: "the verdict is " + run.Verdict.Status + ", and --strict asks for kept", Why: run.Verdict.Reason,
			Try: r.without("strict").String()})
	case slices.ContainsFunc(run.Thresholds, func(t stats.Threshold) bool { return !t.OK }):
		return quiet(exitThreshold)
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
		h.Seen = "request " + printable(p.Request) + ": " + h.Seen
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

func (f fan) End(r *stats.Run) {
	for _, s := range f {
		s.End(r)
	}
}

// A collector keeps the whole run and adds what only cli knows: the hints. It comes before whatever writes the run.
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

func (c *collector) End(r *stats.Run) {
	c.hints = c.request.runHints(r)
	warn(r, c.notes)
	warn(r, c.hints)
	c.run = r
}

// A stream is a document that grows during the run. It goes straight to its name: whoever follows it wants to
// see it grow, and what is there when the machine dies is all there is. It is opened when the run starts, so
// that a run that the preflight stops leaves the file of the one before.
type stream struct {
	*stats.Stream
	path string
	out  io.Writer // instead of path
	file *os.File
	err  error // of opening
}

// streamed is every document that is to grow.
func (o *outputs) streamed(s *Stdio) (all []*stream) {
	if format, _ := o.onStdout(); format == "ndjson" {
		all = append(all, &stream{out: s.Out})
	}
	for _, d := range o.documents() {
		if d.format == "ndjson" && d.path != "-" {
			all = append(all, &stream{path: d.path})
		}
	}
	return all
}

func (t *stream) Start(head *stats.Run) {
	if t.out == nil {
		t.file, t.err = os.Create(t.path)
		t.out = t.file
	}
	if t.err != nil {
		t.out = io.Discard
	}
	t.Stream = stats.NewStream(t.out)
	t.Stream.Start(head)
}

// close ends the file; its error is the first of opening, writing and closing.
func (t *stream) close() error {
	if t.err != nil {
		return t.err
	}
	if t.file == nil {
		return t.Err()
	}
	return errors.Join(t.Err(), t.file.Close())
}
