package cli

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"slices"
	"time"

	"shotput/cli/advice"
	"shotput/cli/flags"
	"shotput/cli/line"
	"shotput/loadgen"
	"shotput/stats"
)

// sendOnce sends one request and shows it whole on standard output.
func (j *job) sendOnce(parent context.Context) error {
	w := j.interruptible(parent, func(string) {})
	defer w.done()
	if err := j.await(w); err != nil {
		return preferSignal(w.ctx, j.Stdio, err)
	}
	quietQUIC()
	var x *loadgen.Exchange
	var err error
	w.during(func() { x, err = loadgen.Once(w.ctx, j.asked.Plan, 1) })
	if err != nil {
		return j.explainRefusal(err)
	}
	if _, err := fmt.Fprint(j.Out, exchangeText(x)); err != nil {
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
			last: "raw error: " + showError(x)}
	}
	return giveUp(x.Err, h)
}

// checkOnce refuses to save a run beside --once, which makes none. What a plan file says that is to be saved is of its
// runs, and stays.
func (j *job) checkOnce() error {
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
