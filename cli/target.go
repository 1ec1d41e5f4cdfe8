package cli

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"net"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"shotput/cli/advice"
	"shotput/cli/flags"
	"shotput/cli/line"
	"shotput/loadgen/fault"
	"shotput/putserver"
	"shotput/stats"
)

// A serving is `shotput target`: the built-in server alone.
type serving struct {
	line.Line
	config    putserver.Config
	listen    string
	cert, key string
	onStdin   bool
}

const groupTarget = "Target"

// listening is the line by which the target says where it is.
const listening = "listening on "

func beginServing(s *Stdio) beginning {
	v := newServing()
	run := func(ctx context.Context, operands []string) error { return v.serve(ctx, s, operands) }
	return beginning{&v.Line, v.Rows, run}
}

func newServing() *serving {
	v := &serving{listen: "127.0.0.1:8080"}
	v.Verb = "target"
	c := &v.config
	v.Rows = line.InGroup(groupTarget, line.Rows{
		{Long: "listen", Arg: "ADDRESS", Eg: "127.0.0.1:8080",
			Help: "host:port (127.0.0.1:8080); port 0 is any free one", Set: line.Filled(&v.listen)},
		{Long: "law", Arg: "LAW", Eg: "constant:20ms",
			Help: "how long a request takes: constant:20ms,\nbimodal:5ms,80ms,20, lognormal:10ms,0.5,\n" +
				"freeze:5ms,1s,10s", Set: line.One(&c.Law, putserver.ParseLaw)},
		{Long: "servers", Arg: "N", Eg: "1", Help: "requests worked on at once, first in first out (all)",
			Set: line.One(&c.Servers, wholeNumber)},
		{Long: "token-rate", Arg: "RATE", Eg: "1000/s", Help: "above so many a second the answer is 429",
			Set: v.tokenRate},
		{Long: "token-burst", Arg: "N", Eg: "20", Help: "of these, how many may come at once (1)",
			Set: line.One(&c.TokenBurst, wholeNumber)},
		{Long: "fail-share", Arg: "SHARE", Eg: "1%", Help: "0 to 1 or 5%: answered with 503",
			Set: line.One(&c.FailShare, flags.ParseShare)},
		{Long: "reset-share", Arg: "SHARE", Eg: "1%", Help: "whose connection is reset",
			Set: line.One(&c.ResetShare, flags.ParseShare)},
		{Long: "silent-share", Arg: "SHARE", Eg: "1%", Help: "never answered",
			Set: line.One(&c.SilentShare, flags.ParseShare)},
		{Long: "max-body", Arg: "SIZE", Eg: "1MiB", Help: "larger bodies are answered with 413",
			Set: line.One(&c.MaxBody, flags.ParseSize)},
		{Long: "wrong", Arg: "MANNER", Eg: "append", Help: "be wrong about PUT, in one of the manners below",
			Set: v.wrong},
		{Long: "user", Short: "u", Arg: "NAME:PASSWORD", Eg: "name:password",
			Help: "Basic authorization is asked for, else 401",
			Hide: line.HideAll, Elsewhere: []string{"auth"}, Set: v.user},
		{Long: "tls-cert", Arg: "FILE", Eg: "server.pem", Help: "speak TLS with this certificate, PEM",
			Set: line.Filled(&v.cert)},
		{Long: "tls-key", Arg: "FILE", Eg: "server.key", Help: "its key", Set: line.Filled(&v.key)},
		{Long: "until-stdin-closes", Help: "end when standard input does; ignore Ctrl-C", Set: line.OnOff(&v.onStdin)},
	})
	v.Rows = append(v.Rows, v.flowRows()...)
	return v
}

// flowRows are the flags of what there is for flows.
func (v *serving) flowRows() line.Rows {
	c := &v.config
	return line.InGroup("Flows", line.Rows{
		{Long: "work-law", Arg: "LAW", Eg: "lognormal:50ms,0.5",
			Help: "how long the work lasts that a 202 promises (as --law)",
			Set:  line.One(&c.WorkLaw, putserver.ParseLaw)},
		{Long: "retry-after", Arg: "TIME", Eg: "1s", Help: "what a running work's status says, in whole seconds",
			Set: line.One(&c.RetryAfter, someTime)},
		{Long: "session-time", Arg: "TIME", Eg: "60s", Help: "how long a session is good (an hour)",
			Set: line.One(&c.SessionTime, someTime)},
		{Long: "session-uses", Arg: "N", Eg: "100", Help: "requests that a session is good for (all)",
			Set: line.One(&c.SessionUses, wholeNumber)},
		{Long: "url-time", Arg: "TIME", Eg: "60s", Help: "how long a presigned URL is good (15 minutes)",
			Set: line.One(&c.URLTime, someTime)},
	})
}

func someTime(s string) (time.Duration, error) {
	d, err := flags.ParseSpan(s)
	if err == nil && d == 0 {
		err = errors.New("it is a time above 0")
	}
	return d, err
}

func (v *serving) tokenRate(s string) error {
	rate, err := flags.ParseRate(s)
	if err == nil && rate.PerSecond == 0 {
		err = errors.New("it is requests a second, such as 1000/s")
	}
	v.config.TokenRate = rate.PerSecond
	return err
}

// wrong reads a manner, and knows the misspelt.
func (v *serving) wrong(s string) (err error) {
	name, arg, given := strings.Cut(s, ":")
	var names []string
	var known *putserver.Manner
	for _, m := range putserver.Manners() {
		names = append(names, m.Name)
		if m.Name == name {
			known = &m
		}
	}
	switch {
	case s == "":
		return errors.New("it is a manner, such as append")
	case known == nil:
		meant := line.Nearest(name, names)
		if meant != "" && given {
			meant += ":" + arg
		}
		return line.Otherwise("no manner has that name", meant)
	}
	if v.config.Wrong, err = putserver.ParseWrong(s); err != nil {
		return line.Otherwise(wrongArgument(known), manner(known))
	}
	return nil
}

// checkWrong holds a manner against the flags that it needs or cannot be with.
func (v *serving) checkWrong() error {
	switch w := v.config.Wrong.String(); {
	case w == "413-late" && v.config.MaxBody == 0:
		return usage(advice.Hint{Error: "--wrong " + w + " has no effect without --max-body",
			Try: v.With("max-body", "1MiB").String()})
	case w == "no-100" && v.cert+v.key != "":
		return usage(advice.Hint{Error: "--wrong " + w + " is not known over TLS",
			Try: v.Without("tls-cert", "tls-key").String()})
	}
	return nil
}

// manner is how a manner is written.
func manner(m *putserver.Manner) string {
	if m.Arg == "" {
		return m.Name
	}
	return m.Name + ":" + m.Arg
}

func wrongArgument(m *putserver.Manner) string {
	if m.Arg == "" {
		return m.Name + " takes nothing behind a colon"
	}
	return "what stands behind the colon is not read"
}

// targetTail lists the manners of --wrong, and what there is for flows.
func targetTail() string {
	var b strings.Builder
	b.WriteString("\nManners of --wrong (without one, PUT is right)\n")
	for _, m := range putserver.Manners() {
		fmt.Fprintf(&b, "  %-21s %s\n", manner(&m), m.Does)
	}
	fmt.Fprintf(&b, "\nBelow %s, for clients that send several requests for one purpose\n", putserver.FlowPath)
	for _, k := range putserver.FlowKinds() {
		fmt.Fprintf(&b, "  %-22s %s\n", k.Path, k.Does)
	}
	return b.String()
}

func (v *serving) user(s string) error {
	v.config.User = s
	if !strings.Contains(s, ":") {
		return errors.New("a user is name:password")
	}
	return nil
}

func wholeNumber(s string) (int, error) {
	n, err := flags.ParseCount(s)
	return int(n), err
}

// serve runs the target until a signal, or until standard input ends, and says what it saw.
func (v *serving) serve(ctx context.Context, s *Stdio, args []string) error {
	if len(args) > 0 {
		v.Note(line.Fault{Kind: line.Misplaced, Why: line.Show(args[0]) + " is not read here"})
	}
	if err := v.Check(); err != nil {
		return err
	}
	if err := v.checkWrong(); err != nil {
		return err
	}
	server, err := putserver.New(v.config)
	if err != nil {
		return usage(advice.Hint{Error: line.Printable(err.Error()), Try: v.Help()})
	}
	if debug.SetMemoryLimit(-1) == math.MaxInt64 { // the environment says nothing of it
		debug.SetMemoryLimit(server.MemoryLimit())
	}
	l, secure, err := v.open()
	if err != nil {
		return err
	}
	var serving sync.WaitGroup
	var failed error
	ended := make(chan struct{})
	serving.Go(func() {
		defer close(ended)
		failed = v.on(server, l, secure)
	})
	s.catch(true)
	defer s.catch(false)
	scheme := map[bool]string{false: "http", true: "https"}[secure != nil]
	serving.Go(func() { fmt.Fprintf(s.Out, "%s%s://%s\n", listening, scheme, l.Addr()) }) // which somebody may not read
	v.untilTold(ctx, s, ended)
	err = server.Close()
	s.endIn(readersTime, exitDone)
	serving.Wait()
	summarize(s.Out, server.Stats())
	return errors.Join(failed, err)
}

// open listens, and reads the certificate if there is one.
func (v *serving) open() (net.Listener, *tls.Config, error) {
	var secure *tls.Config
	if v.cert != "" || v.key != "" {
		pair, err := tls.LoadX509KeyPair(v.cert, v.key)
		if err != nil {
			given := "--tls-cert " + line.Show(v.cert) + " --tls-key " + line.Show(v.key)
			return nil, nil, usage(advice.Hint{Error: given + ": " + fault.Plain(err).Error(),
				Try: v.Without("tls-cert", "tls-key").String()})
		}
		secure = &tls.Config{Certificates: []tls.Certificate{pair}}
	}
	l, err := net.Listen("tcp", v.listen)
	if err != nil {
		return nil, nil, usage(advice.Hint{Error: "--listen " + line.Show(v.listen) + ": " + reason(err),
			Try: v.With("listen", "127.0.0.1:0").String()})
	}
	return l, secure, nil
}

func (v *serving) on(server *putserver.Server, l net.Listener, secure *tls.Config) error {
	if secure != nil {
		return server.ServeTLS(l, secure)
	}
	return server.Serve(l)
}

// untilTold waits for whatever ends the target. With --until-stdin-closes signals are caught and left alone: a
// Ctrl-C in the terminal reaches this process as well as the one that started it, which still has requests here.
func (v *serving) untilTold(ctx context.Context, s *Stdio, ended <-chan struct{}) {
	signals := s.Signals
	var closed chan struct{}
	if v.onStdin {
		signals, closed = nil, make(chan struct{})
		go func() { // ends with the process at the latest: nothing can interrupt a read of standard input
			defer close(closed)
			io.Copy(io.Discard, s.In)
		}()
	}
	select {
	case <-signals:
	case <-closed:
	case <-ended:
	case <-ctx.Done():
	}
}

// summarize prints what the target saw.
func summarize(w io.Writer, t putserver.LogStats) {
	io.WriteString(w, stats.Plural(t.Requests, "request"))
	for _, code := range slices.Sorted(maps.Keys(t.Status)) {
		fmt.Fprintf(w, " · %d × %d", t.Status[code], code)
	}
	for _, n := range []struct {
		count int64
		word  string
	}{{t.Reset, "reset"}, {t.Silent, "silent"}, {t.Broken, "broken"}} {
		if n.count > 0 {
			fmt.Fprintf(w, " · %s %s", strconv.FormatInt(n.count, 10), n.word)
		}
	}
	if h := t.Held; h.Count > 0 {
		fmt.Fprintf(w, "\nheld p50 %s, p99 %s, max %s", stats.FormatDuration(h.P50), stats.FormatDuration(h.P99),
			stats.FormatDuration(h.Max))
	}
	fmt.Fprintln(w)
}

// reason is the innermost text of a network error.
func reason(err error) string {
	for inner := err; inner != nil; inner = errors.Unwrap(inner) {
		err = inner
	}
	return err.Error()
}

const targetHelp = `shotput target is an in-memory PUT server with manners that you set.

  shotput target
  shotput target --law lognormal:10ms,0.5 --servers 4
  shotput target --listen 127.0.0.1:0 --fail-share 1% --max-body 1MiB
  shotput target --wrong lost-update

It prints the address it listens on, and on Ctrl-C what it saw. PUT anything
anywhere; below /readonly/ the answer is 405. What several requests are needed
for (uploads in parts, presigned URLs, sessions …) is below /_flow/; /_log has
what arrived and when.

Usage: shotput target [flags]
`
