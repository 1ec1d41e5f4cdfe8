// Package exchange is a request and its answer as text for a person, as curl -v has them, secrets hidden. It refuses to
// send, and to judge.
package exchange

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"shotput/cli/line"
	"shotput/loadgen"
	"shotput/stats"
)

// Text shows a request and its answer as curl -v does, > for what went out and < for what came back,
// with the instants of both. Secrets are redacted.
func Text(x *loadgen.Exchange) string {
	var b strings.Builder
	for text := range strings.SplitSeq(strings.TrimSpace(string(x.RequestHead)), "\r\n") {
		fmt.Fprintf(&b, "> %s\n", line.Printable(text))
	}
	fmt.Fprintf(&b, "> (%s of body)\n", stats.Plural(x.BodyBytes, "byte"))
	writeAnswerHead(&b, x)
	if len(x.Body) > 0 {
		fmt.Fprintf(&b, "\n%s\n", Printable(string(x.Body)))
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

// Printable keeps line ends and tabs, and shows other control bytes as a dot.
func Printable(s string) string {
	lines := strings.Split(strings.ReplaceAll(strings.TrimRight(s, "\r\n"), "\r\n", "\n"), "\n")
	for i, l := range lines {
		lines[i] = line.Printable(strings.ReplaceAll(l, "\t", "    "))
	}
	return strings.Join(lines, "\n")
}

// Error is the transport's own text, which may have in it all that a server sent.
func Error(x *loadgen.Exchange) string {
	if x.Err == nil {
		return "none; the server answered " + line.Printable(x.Status)
	}
	return line.Brief(x.Err.Error())
}
