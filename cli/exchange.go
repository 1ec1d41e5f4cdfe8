package cli

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"maps"
	"net"
	"slices"
	"strings"
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

// exchangeText shows a request and its answer as curl -v does, > for what went out and < for what came back,
// with the instants of both. Secrets are redacted.
func exchangeText(x *loadgen.Exchange) string {
	var b strings.Builder
	for text := range strings.SplitSeq(strings.TrimSpace(string(x.RequestHead)), "\r\n") {
		fmt.Fprintf(&b, "> %s\n", line.Printable(text))
	}
	fmt.Fprintf(&b, "> (%s of body)\n", stats.Plural(x.BodyBytes, "byte"))
	writeAnswerHead(&b, x)
	if len(x.Body) > 0 {
		fmt.Fprintf(&b, "\n%s\n", printableText(string(x.Body)))
	}
	b.WriteString("\n" + timingText(x))
	return b.String()
}

// writeAnswerHead shows the head of the answer as it came, interim answers before it; of HTTP/2 and 3, where it does
// not come as text, its fields in order of name.
func writeAnswerHead(b *strings.Builder, x *loadgen.Exchange) {
	if len(x.AnswerHead) > 0 {
		for text := range strings.SplitSeq(strings.TrimRight(string(x.AnswerHead), "\r\n"), "\n") {
			text = hideValue(x, strings.TrimRight(text, "\r"))
			fmt.Fprintln(b, strings.TrimRight("< "+line.Printable(text), " "))
		}
		return
	}
	if x.Status != "" {
		fmt.Fprintf(b, "< %s %s\n", line.Printable(x.Proto), line.Printable(x.Status))
	}
	for _, name := range slices.Sorted(maps.Keys(x.Header)) {
		for _, value := range x.Header[name] {
			if isSecretHeader(name, value) {
				value = "REDACTED"
			}
			fmt.Fprintf(b, "< %s: %s\n", line.Printable(name), line.Printable(value))
		}
	}
}

// isSecretHeader says whether a header's value is hidden. A challenge is none, whatever its name says.
func isSecretHeader(name, value string) bool {
	return line.IsSecret(name) && line.HidesHeader(name, value) && !isChallenge(name)
}

func isChallenge(name string) bool {
	return strings.EqualFold(name, "WWW-Authenticate") || strings.EqualFold(name, "Proxy-Authenticate")
}

// hideValue is a line of a head without its secret, and a challenge with its own text, which was hidden with the
// secrets.
func hideValue(x *loadgen.Exchange, text string) string {
	name, value, found := strings.Cut(text, ":")
	switch asked := x.Header.Get(name); {
	case found && isSecretHeader(name, strings.TrimSpace(value)):
		return name + ": REDACTED"
	case found && isChallenge(name) && asked != "":
		return name + ": " + asked
	}
	return text
}

// timingText lists the spans of one request.
func timingText(x *loadgen.Exchange) string {
	o := &x.Observation
	var b strings.Builder
	say := func(name string, d time.Duration) { fmt.Fprintf(&b, "%-12s %10s\n", name, stats.FormatDuration(d)) }
	if x.Remote != "" {
		fmt.Fprintln(&b, strings.TrimSpace(fmt.Sprintf("%-12s %s %s", "connected", x.Remote, x.TLS)))
	}
	if o.NewConn {
		say("connect", o.Connect)
	}
	if o.TLS > 0 {
		say("tls", o.TLS)
	}
	if o.Uploaded > 0 {
		say("upload", o.Upload())
	}
	if o.FirstByte > 0 {
		say("wait", o.Wait())
		say("download", o.Done-o.FirstByte)
	}
	say("service", o.Service())
	return b.String()
}

// printableText keeps line ends and tabs, and shows other control bytes as a dot.
func printableText(s string) string {
	lines := strings.Split(strings.ReplaceAll(strings.TrimRight(s, "\r\n"), "\r\n", "\n"), "\n")
	for i, l := range lines {
		lines[i] = line.Printable(strings.ReplaceAll(l, "\t", "    "))
	}
	return strings.Join(lines, "\n")
}

// showError is the transport's own text, which may have in it all that a server sent.
func showError(x *loadgen.Exchange) string {
	if x.Err == nil {
		return "none; the server answered " + line.Printable(x.Status)
	}
	return line.Brief(x.Err.Error())
}
