package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	"shotput/cli/advice"
	"shotput/cli/checks"
	"shotput/cli/files"
	"shotput/cli/flags"
	"shotput/cli/line"
	"shotput/cli/prober"
	"shotput/cli/setup"
	"shotput/loadgen"
	"shotput/loadgen/fault"
	"shotput/report"
	"shotput/report/live"
	"shotput/stats"
	"shotput/verify"
)

// A verification is `shotput verify`: whether PUT behaves at a URL as clients rely on.
type verification struct {
	*job
	asks    checks.Asked
	options verify.Options
	at      prober.Aim
	url     string // as given, secrets hidden
	unready error  // what came of the command that was to restart the server
}

func beginVerifying(s *Stdio) beginning {
	v := newVerification(s)
	run := func(ctx context.Context, operands []string) error { return v.run(ctx, operands) }
	return beginning{&v.asked.Line, v.own(), run}
}

func newVerification(s *Stdio) *verification {
	v := &verification{job: newJob(s, flags.New(s.world()), nil)}
	v.asked.Verb, v.asked.Out.Only = "verify", report.VerifyFormats
	v.asked.Rows = checks.Instead(v.asked.Rows, v.own())
	v.asked.Fresh = func() []line.Row { return newVerification(s).asked.Rows }
	return v
}

// own are the flags that a run has not.
func (v *verification) own() line.Rows {
	return append(v.asks.Rows(), checks.OutputRows(&v.asked.Out)...)
}

// run is the way of a verification.
func (v *verification) run(parent context.Context, args []string) error {
	switch {
	case v.asked.Version:
		return version(v.Stdio, nil)
	case v.asks.Listing:
		v.asked.Operands(args)
		return cmp.Or(v.asked.Check(), v.asks.List(v.Out))
	}
	checks.Refuse(v.asked)
	stop, err := v.demo(parent, args)
	if err != nil {
		return err
	}
	defer stop()
	if err := v.settle(args); err != nil {
		return err
	}
	if err := v.checkFiles(); err != nil {
		return err
	}
	switch {
	case v.asked.DryRun:
		return v.show()
	case v.asked.Once:
		return v.sendOnce(parent)
	}
	w := v.interruptible(parent, func(said string) { fmt.Fprintln(v.Err, said) })
	defer w.done()
	return preferSignal(w.ctx, v.Stdio, v.verify(w))
}

// settle makes the plan of what was typed, or of a request of a plan file, and finds out where names go.
func (v *verification) settle(args []string) error {
	if len(args) == 1 && planName.MatchString(args[0]) && !strings.Contains(args[0], "://") {
		if err := v.takePlan(args); err != nil {
			return err
		}
	} else if err := v.take(args); err != nil {
		return err
	}
	if err := v.aim(); err != nil {
		return err
	}
	return v.settleOptions()
}

// take makes the plan of what was typed.
func (v *verification) take(args []string) error {
	args = v.asked.TakeURL(args)
	if err := v.checkFile(args); err != nil {
		return err
	}
	v.asked.Operands(args)
	v.asked.Aim(args)
	if v.asked.Plan.Request.URL == "" {
		v.asked.Plan.Request.URL = v.asks.Into
	}
	return v.asked.Settle()
}

// aim finds out where names go, and has the plan as single requests have it.
func (v *verification) aim() error {
	p := &v.asked.Plan
	v.url = line.ShowURL(cmp.Or(v.asks.Into, p.Request.URL))
	to := prober.PlaceIn(cmp.Or(v.asks.Into, p.Request.URL))
	v.at = prober.Aim{Write: to, Read: to, Prefix: prober.NewPrefix(), Rows: v.asked.Rows}
	if v.asks.ReadURL != "" {
		v.at.Read = prober.PlaceIn(v.asks.ReadURL)
	}
	if err := v.refuseVarying("into", v.asks.Into, to); err != nil {
		return err
	}
	if err := v.refuseVarying("read-url", v.asks.ReadURL, v.at.Read); err != nil {
		return err
	}
	if left := prober.LeftOut(p); len(left) > 0 {
		names := line.Printable(strings.Join(left, ", "))
		v.note([]advice.Hint{{Error: "left out, since checks say it themselves: " + names}})
	}
	body := putAside(p.Request.Body)
	for _, place := range []prober.Place{v.at.Read, v.at.Write} { // both are looked at; the last one stays
		*p = prober.PlanOf(*p, place)
		p.Request.URL, p.Request.Body = place.URL(v.at.Prefix+"0", ""), body
		if err := v.asked.Validate(); err != nil {
			return err
		}
	}
	return nil
}

// refuseVarying refuses a place in which a name would have another URL each time. It was given by a flag, or by the URL
// where that is not there.
func (v *verification) refuseVarying(flag, given string, place prober.Place) error {
	const better = "http://127.0.0.1:8080/objects/{{key}}"
	action, why := place.Varies(), "would make another URL of a name each time; one {{key}} in it says where names go"
	switch {
	case action == "":
		return nil
	case given == "":
		return usage(advice.Hint{Code: "bad-url", Error: "URL: " + line.Show(action) + " " + why,
			Try: v.asked.AimAt(better).String()})
	}
	return v.asked.Refuse(line.Fault{Kind: line.Contrary, Flag: flag, Shown: line.Show(action), Why: why,
		Mends: []line.Mend{line.Set(flag, better)}})
}

// settleOptions makes what the verification is to do.
func (v *verification) settleOptions() error {
	o, faults, err := v.asks.Options()
	if len(faults) > 0 {
		var hints []advice.Hint
		for _, f := range faults {
			hints = append(hints, advice.Hint{Error: f.Sentence(), Excerpt: f.Excerpt, Try: f.Try})
		}
		return usage(hints...)
	}
	if errors.Is(err, checks.ErrUnread) {
		return usage(advice.Hint{Error: err.Error(), Try: v.asked.Without("contract").String()})
	}
	if err != nil {
		return v.asked.Explain(err)
	}
	// or the whole would end in the first request, without a word of why
	limits := &v.asked.Plan.Transport
	limits.Timeout = min(limits.WithDefaults().Timeout, v.asks.Limit)
	o.Method, o.Prefix, o.Told = v.asked.Plan.Request.Method, v.at.Prefix, v.tell
	if err := v.takeSample(&o); err != nil {
		return err
	}
	if v.asks.Restart != "" {
		o.Restart = v.restart
	}
	if v.options = o; len(o.Checks()) == 0 {
		return usage(advice.Hint{Error: "--skip leaves out every check that would be made",
			Try: v.asked.Without("skip").String()})
	}
	return nil
}

// checkFiles finds out ahead whether all can be saved.
func (v *verification) checkFiles() error {
	if err := checkWritable(&v.asked.Out, v.asked.Line); err != nil || v.asks.Save == "" {
		return err
	}
	if err := files.Check(v.asks.Save); err != nil {
		return usage(advice.Hint{Error: "--save " + line.Show(v.asks.Save) + ": " + fault.Plain(err).Error(),
			Try: v.asked.With("save", "./contract.yaml").String()})
	}
	return nil
}

// demo starts the built-in target where nothing says what is to be verified, and nothing is said of a request.
func (v *verification) demo(ctx context.Context, args []string) (stop func(), err error) {
	stop = func() {}
	if len(args) > 0 || v.asked.Plan.Request.URL != "" || v.asks.Into != "" || len(v.asked.Faults) > 0 {
		return stop, nil
	}
	own := v.own()
	ofRequest := func(w line.Word) bool {
		return own.Row(w.Flag) == nil && !slices.Contains([]string{"silent", "verbose", "progress"}, w.Flag)
	}
	if v.env("CI") != "" || v.asked.DryRun || slices.ContainsFunc(v.asked.Words, ofRequest) {
		return stop, usage(advice.Hint{Code: "bad-url", Error: "URL: is missing",
			Try: v.asked.AimAt("http://127.0.0.1:8080/objects/{{key}}").String()})
	}
	url, stop, err := demoTarget(ctx, v.job)
	v.asked.Plan.Request.URL = url + "/objects/{{key}}"
	return stop, err
}

// takePlan makes the plan of a request of a file. Beside a file, --request is the name of one of its requests; where
// there is one alone, it needs none.
func (v *verification) takePlan(args []string) error {
	p, typed := newPlanRun(v.Stdio), *v.asked
	own, name := v.own(), ""
	typed.Words = slices.DeleteFunc(slices.Clone(typed.Words), func(w line.Word) bool {
		if w.Flag == "request" {
			name = w.Value
		}
		return w.Flag == "request" || w.Flag != "" && own.Row(w.Flag) != nil
	})
	p.typed = &typed
	v.asked.Operands(args)
	if err := v.asked.Check(); err != nil {
		return err
	}
	plan, err := p.one(args, name, v.asked.Line)
	if err == nil {
		v.asked.Plan = plan
	}
	return err
}

// show is --dry-run: what would be checked, and nothing sent.
func (v *verification) show() error {
	_, err := fmt.Fprintf(v.Out, "%s\nwould make %s; nothing was sent\n", v.at.Tell(v.asks.Cleanup),
		stats.Plural(len(v.options.Checks()), "check"))
	return err
}

// verify makes the checks, and reports what was found, also where they end early.
func (v *verification) verify(w *watch) error {
	quietQUIC()
	if err := v.await(w); err != nil {
		return err
	}
	if !v.asked.Silent {
		fmt.Fprintln(v.Err, v.at.Tell(v.asks.Cleanup))
	}
	server := prober.New(v.asked.Plan, v.at)
	defer server.Close()
	ctx, cancel := context.WithTimeout(w.ctx, v.asks.Limit)
	defer cancel()
	var r *verify.Report
	var err error
	w.during(func() {
		if err = v.reach(w.ctx); err == nil {
			r = verify.Run(ctx, server, v.options)
		}
	})
	if err != nil {
		return err
	}
	v.progressDone()
	r.Tool, r.URL, r.Command = "shotput "+loadgen.Version, v.url, v.asked.String()
	server.HideIn(r)
	return v.conclude(r)
}

// reach finds out whether there is somebody to ask, by a request that changes nothing.
func (v *verification) reach(ctx context.Context) error {
	plan := v.asked.Plan
	plan.Request.Method, plan.Request.Body = http.MethodHead, loadgen.Body{}
	x, err := loadgen.Once(ctx, plan, 1)
	if err == nil && x.Err != nil {
		err = &loadgen.PreflightError{Exchange: x}
	}
	if err == nil || ctx.Err() != nil {
		return nil
	}
	err = v.explainRefusal(err)
	if r := asRefusal(err); r != nil && r.code == exitUnmeasured {
		r.last = "exit 3 before any check was made"
	}
	return err
}

// restart runs the command that restarts the server, and waits until that is there again.
func (v *verification) restart(ctx context.Context) error {
	c := setup.Command{Text: v.asks.Restart, Limit: v.asks.RestartLimit, Out: v.Err}
	if err := c.Run(ctx); err != nil {
		v.unready = err
		return err
	}
	if err := loadgen.Await(ctx, v.asked.Plan, v.asks.RestartLimit, func(string, error) {}); err != nil {
		return err
	}
	return v.reach(ctx)
}

// tell shows a finding as it comes: in a line that changes on a terminal, in one of its own where lines are asked for.
func (v *verification) tell(done, of int, f *verify.Finding) {
	switch v.progress() {
	case live.Panel:
		fmt.Fprintf(v.Err, "\r\x1b[K%d of %d  %s: %s", done, of, f.Check, f.Result)
	case live.Lines:
		if v.asked.Out.Progress == live.Lines {
			fmt.Fprintf(v.Err, "%d of %d  %s: %s\n", done, of, f.Check, f.Result)
		}
	}
}

// progressDone takes back the line that changed.
func (v *verification) progressDone() {
	if v.progress() == live.Panel {
		fmt.Fprint(v.Err, "\r\x1b[K")
	}
}

// conclude writes what was found, and gives the exit code.
func (v *verification) conclude(r *verify.Report) error {
	write := rendered(func(w io.Writer, format string, opt report.Options) error {
		return report.WriteVerification(w, r, report.VerifyOptions{Options: opt, Format: format})
	})
	failed := write.deliver(&v.asked.Out, v.Stdio)
	if v.asks.Save != "" && r.Stopped == "" {
		if err := files.Save(v.asks.Save, checks.Promise(r)); err != nil {
			failed = errors.Join(failed, fmt.Errorf("write %s: %w", v.asks.Save, fault.Plain(err)))
		}
	}
	switch {
	case failed != nil:
		return giveUp(failed, advice.Hint{Error: line.Printable(failed.Error()),
			Try: v.asked.With("output", "./verify.json").String()})
	case v.unready != nil:
		return giveUp(v.unready, advice.Hint{Error: "--restart: " + line.Printable(v.unready.Error()),
			Try: v.asked.Without("restart").String()})
	case r.Outcome() == verify.Failed:
		return quiet(exitThreshold)
	case r.Outcome() == verify.NotJudged:
		h := advice.Hint{Error: "could not be judged: " + line.Printable(r.Unjudged())}
		if longer := checks.LongerLimit(r, v.asks.Limit); longer > 0 {
			h.Try = v.asked.With("timeout", longer.String()).String()
		}
		return giveUp(nil, h)
	}
	return nil
}

const verifyHelp = `shotput verify asks whether PUT behaves at a URL as clients rely on.

  shotput verify                    a built-in target, to see what it does
  shotput verify 'http://127.0.0.1:8080/objects/{{key}}'
  shotput verify --json @body.json -u me:pass -o verify.html 'https://host/{{uuid}}'
  shotput verify plan.yaml --request upload
  shotput verify --list             the checks, and the clause of each
  shotput verify --only races,create --cleanup 'http://127.0.0.1:8080/{{key}}'
  shotput verify --save contract.yaml 'http://127.0.0.1:8080/{{key}}'
  shotput verify --contract contract.yaml 'http://127.0.0.1:8080/{{key}}'

It writes new names where {{key}} or {{uuid}} stands in the URL, else behind its
path. They all begin with one prefix, which is told first; no other name is
touched, and nothing is deleted without --cleanup. Bodies are of the kind of
yours, if that is a JSON object; of any other kind, {{seq}} in it is a number
that makes them differ, and {{key}} the name. A check holds, is broken, differs
(allowed, and worth knowing), is not offered, or could not tell. In less than a
minute it sends about 5000 small requests, most of them in races of eight.

Usage: shotput verify [flags] URL | PLAN.yaml   (and the request, connection and
authentication flags: shotput help all)
`

const verifyTail = `
Exit codes: 0 nothing is broken, 1 something is, 3 it could not be judged: the
server is not there, was gone midway, or what it stores cannot be read; 2 usage.
`
