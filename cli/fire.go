package cli

import (
	"bufio"
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"time"

	"shotput/cli/advice"
	"shotput/cli/exchange"
	"shotput/cli/flags"
	"shotput/cli/flows"
	"shotput/cli/line"
	"shotput/loadgen"
	"shotput/stats"
)

// fire is the main verb: what the line asks for is done; a bare command is the demo.
func fire(ctx context.Context, j *job, args []string) error {
	a := j.asked
	if a.Version {
		return version(j.Stdio, nil)
	}
	if len(args) == 0 && a.Plan.Request.URL == "" && a.Plan.Request.URLs == "" {
		if err := cmp.Or(a.CheckLast(), a.CheckForeign()); err != nil {
			return err
		}
		if len(a.Faults) == 0 && !a.DryRun {
			if err := checkDemo(a, j.env("CI") != ""); err != nil {
				return err
			}
			return demo(ctx, j)
		}
	}
	return j.run(ctx, a.TakeURL(args))
}

// checkDemo refuses a demo where a URL was forgotten, such as by a variable that is empty: what judges, saves or
// describes a request was not meant for the built-in target, and neither is a step of a pipeline.
func checkDemo(a *flags.Asked, inCI bool) error {
	if len(a.Words) == 0 {
		return nil
	}
	h := advice.Hint{Code: "bad-url", Error: "URL: is missing", Try: a.AimAt(flags.ExampleURL).String()}
	if other := a.BeyondLoad(); other != "" {
		h.Why = "beside " + other + " there is no demo; is the URL a variable that is empty?"
		return usage(h)
	}
	if inCI {
		h.Why = "where CI is set flags fire no demo; is the URL a variable that is empty?"
		return usage(h)
	}
	return nil
}

// sendOnce sends one request and shows it whole on standard output.
func (j *job) sendOnce(parent context.Context) error {
	w := j.interruptible(parent, func(string) {})
	defer w.done()
	if err := j.await(w); err != nil {
		return preferSignal(w.ctx, j.Stdio, err)
	}
	quietQUIC()
	if j.asked.Plan.HasFlows() {
		return j.sendPass(w)
	}
	var x *loadgen.Exchange
	var err error
	w.during(func() { x, err = loadgen.Once(w.ctx, j.asked.Plan, 1) })
	if err != nil {
		return j.explainRefusal(err)
	}
	if _, err := fmt.Fprint(j.Out, exchange.Text(x)); err != nil {
		return giveUp(err, advice.Hint{Error: "write the exchange: " + err.Error(), Try: j.asked.Help()})
	}
	if h, ok := advice.OfProtocol(j.asked, x.Proto); ok {
		j.note([]advice.Hint{h})
	}
	var i interrupted
	switch {
	case errors.As(context.Cause(w.ctx), &i):
		return i
	case x.Observation.Outcome == stats.OK:
		return nil
	}
	h := advice.OfOne(j.asked, j.see(x))
	if j.asked.Verbose && x.Err != nil {
		return &refusal{code: exitUnmeasured, hints: []advice.Hint{h}, cause: x.Err,
			last: "raw error: " + exchange.Error(x)}
	}
	return giveUp(x.Err, h)
}

// sendPass sends arrival 1 of a plan with flows, with what is sent once around it, and shows all of it.
func (j *job) sendPass(w *watch) error {
	var p *loadgen.Passage
	var err error
	w.during(func() { p, err = loadgen.OncePass(w.ctx, j.asked.Plan, 1) })
	if err != nil {
		return j.explainRefusal(err)
	}
	if _, err := io.WriteString(j.Out, flows.Text(p, j.asked.ShowCaptures)); err != nil {
		return giveUp(err, advice.Hint{Error: "write the exchanges: " + err.Error(), Try: j.asked.Help()})
	}
	var i interrupted
	switch {
	case errors.As(context.Cause(w.ctx), &i):
		return i
	case p.Arrival.Outcome == stats.OK:
		return nil
	}
	for _, x := range p.Exchanges {
		if o := &x.Observation; x.Step == p.Arrival.Step && o.Outcome != stats.OK && !o.Reauth {
			h := advice.OfOne(j.asked, j.see(x))
			h.Seen = strings.TrimSuffix(advice.InStep(x.Step)+h.Seen, ": ")
			return giveUp(x.Err, h)
		}
	}
	// each answer is sound, and a limit of the whole has passed
	return giveUp(nil, advice.OfPass(p.Arrival.Step, p.Arrival.Detail))
}

// checkOnce refuses to save a run beside --once, which makes none. What a plan file says that is to be saved is of its
// runs, and stays.
func (j *job) checkOnce() error {
	if a := j.asked; a.ShowCaptures && !a.Once && !a.DryRun {
		return usage(advice.Hint{Error: "--show-captures is for --once, which shows one pass through a flow",
			Try: j.asked.AsOnce().String()})
	}
	typed := func(w line.Word) bool { return slices.Contains(flags.OfRuns, w.Flag) }
	if at := slices.IndexFunc(j.asked.Words, typed); j.asked.Once && at >= 0 {
		name := j.asked.Row(j.asked.Words[at].Flag).Name()
		return usage(advice.Hint{Error: name + " saves a run, and --once makes none",
			Why: "one request is shown on standard output", Try: j.asked.AsOnce().String()})
	}
	return nil
}

// helloTime bounds how long a ClientHello may take: it is sent to explain a failure, and a person waits.
const helloTime = 500 * time.Millisecond

// see gives an exchange with what else can be found out of why it failed: whether TLS is spoken where it was asked
// without.
func (j *job) see(x *loadgen.Exchange) advice.Exchange {
	at := advice.AskTLS(j.asked, x)
	if at == "" {
		return advice.Exchange{Exchange: x}
	}
	ctx, done := context.WithTimeout(context.Background(), helloTime)
	defer done()
	// Nothing is sent over it: whose certificate it is does not matter.
	asked := false
	dialler := tls.Dialer{Config: &tls.Config{InsecureSkipVerify: true,
		GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
			asked = true
			return new(tls.Certificate), nil
		}}}
	c, err := dialler.DialContext(ctx, "tcp", at)
	if err == nil {
		c.Close()
	}
	// An alert is TLS too; whoever speaks something else sends no record, or nothing.
	var failed *net.OpError
	alerted := errors.As(err, &failed) && failed.Op == "remote error"
	return advice.Exchange{Exchange: x, SpeaksTLS: err == nil || alerted, AskedCert: asked}
}

// demoRate is one that two cores carry with ease, target and all.
const demoRate = 2000

// demo fires at a target of its own, in a child process: in the same one each would stand in the other's way.
// The keys are drawn from few enough that some are written twice, so both 201 and 204 are seen.
func demo(ctx context.Context, j *job) error {
	a := j.asked
	url, stop, err := demoTarget(ctx, j)
	if err != nil {
		return err
	}
	defer stop()
	j.fleeting = true
	a.Plan.Request.URL = url + "/objects/{{randInt 1 10000}}"
	a.Schedule.Default(&a.Plan.Load, demoRate)
	a.Body.Default("json", `{"shot":{{seq}},"distance_m":{{randInt 12 23}}}`)
	err = j.run(ctx, nil)
	var r *refusal
	if errors.As(err, &r) {
		r.hints = j.tries(r.hints)
	}
	if !a.Silent && err == nil {
		fmt.Fprintln(j.Err, "your own endpoint: shotput --json @body.json -r 100/s 'http://HOST/PATH/{{seq}}'")
	}
	return err
}

// demoTarget starts a target for a demo, and says so.
func demoTarget(ctx context.Context, j *job) (url string, stop func(), err error) {
	t, err := startTarget(ctx, j.Err)
	if err != nil {
		return "", func() {}, giveUp(err, advice.Hint{
			Error: "start the built-in target: " + line.Printable(err.Error()), Try: "shotput target"})
	}
	if !j.asked.Silent {
		fmt.Fprintf(j.Err, "demo: PUTs to a target of its own, in a child process: %s\n", t.url)
	}
	return t.url, func() { t.stop() }, nil
}

// A childTarget is the target in a process of its own. It ends when its standard input does, so it never outlives
// this process, however that ends.
type childTarget struct {
	url     string
	command *exec.Cmd
	stdin   io.Closer
	reading sync.WaitGroup
}

// startTarget starts this program again as a target on a free port, and waits until it says which.
func startTarget(ctx context.Context, stderr io.Writer) (*childTarget, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	command := exec.CommandContext(ctx, self, "target", "--listen", "127.0.0.1:0", "--until-stdin-closes")
	t := &childTarget{command: command}
	t.command.Stderr = stderr
	stdin, err := t.command.StdinPipe()
	if err != nil {
		return nil, err
	}
	stdout, err := t.command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := t.command.Start(); err != nil {
		return nil, err
	}
	t.stdin = stdin
	lines := bufio.NewReader(stdout)
	line, err := lines.ReadString('\n')
	url, found := strings.CutPrefix(strings.TrimSpace(line), listening)
	if err != nil || !found {
		return nil, errors.Join(fmt.Errorf("it said %q instead of its address", line), t.stop())
	}
	t.url = url
	t.reading.Go(func() { io.Copy(io.Discard, lines) }) // its summary is not for this reader
	return t, nil
}

// stop ends the child and waits for it.
func (t *childTarget) stop() error {
	err := t.stdin.Close()
	t.reading.Wait()
	return errors.Join(err, t.command.Wait())
}
