package cli

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"

	"shotput/putserver"
	"shotput/stats"
)

// A serving is `shotput target`: the built-in server alone.
type serving struct {
	commandLine
	config    putserver.Config
	listen    string
	cert, key string
	onStdin   bool
}

const groupTarget = "Target"

func newServing() *serving {
	v := &serving{listen: "127.0.0.1:8080"}
	v.verb = "target"
	c := &v.config
	v.rows = grouped(groupTarget, []row{
		{long: "listen", arg: "ADDRESS", help: "host:port (127.0.0.1:8080); port 0 is any free one", eg: "127.0.0.1:8080", set: filled(&v.listen)},
		{long: "law", arg: "LAW", help: "how long a request takes: constant:20ms,\nbimodal:5ms,80ms,20, lognormal:10ms,0.5,\nfreeze:5ms,1s,10s", eg: "constant:20ms", set: one(&c.Law, putserver.ParseLaw)},
		{long: "servers", arg: "N", help: "requests worked on at once, first in first out (all)", eg: "1", set: one(&c.Servers, wholeNumber)},
		{long: "token-rate", arg: "RATE", help: "above so many a second the answer is 429", eg: "1000/s", set: v.tokenRate},
		{long: "fail-share", arg: "SHARE", help: "0 to 1 or 5%: answered with 503", eg: "1%", set: one(&c.FailShare, parseShare)},
		{long: "reset-share", arg: "SHARE", help: "whose connection is reset", eg: "1%", set: one(&c.ResetShare, parseShare)},
		{long: "silent-share", arg: "SHARE", help: "never answered", eg: "1%", set: one(&c.SilentShare, parseShare)},
		{long: "max-body", arg: "SIZE", help: "larger bodies are answered with 413", eg: "1MiB", set: one(&c.MaxBody, parseSize)},
		{long: "user", short: "u", arg: "NAME:PASSWORD", help: "Basic authorization is asked for, else 401", eg: "name:password", set: v.user},
		{long: "tls-cert", arg: "FILE", help: "speak TLS with this certificate, PEM", eg: "server.pem", set: filled(&v.cert)},
		{long: "tls-key", arg: "FILE", help: "its key", eg: "server.key", set: filled(&v.key)},
		{long: "until-stdin-closes", help: "end when standard input does; ignore Ctrl-C", set: onoff(&v.onStdin)},
	})
	return v
}

func (v *serving) tokenRate(s string) error {
	rate, err := parseRate(s)
	if err == nil && rate.PerSecond == 0 {
		err = errors.New("it is requests a second, such as 1000/s")
	}
	v.config.TokenRate = rate.PerSecond
	return err
}

func (v *serving) user(s string) error {
	v.config.User = s
	if !strings.Contains(s, ":") {
		return errors.New("a user is name:password")
	}
	return nil
}

func wholeNumber(s string) (int, error) {
	n, err := parseCount(s)
	return int(n), err
}

// parseShare reads 0.05 or 5%.
func parseShare(s string) (float64, error) {
	number, percent := strings.CutSuffix(s, "%")
	n, rest, err := leadingNumber(number)
	if percent {
		n /= 100
	}
	if err != nil || rest != "" || n > 1 {
		return 0, errors.New("a share is from 0 to 1, or from 0% to 100%")
	}
	return n, nil
}

// serve runs the target until a signal, or until standard input ends, and says what it saw.
func (v *serving) serve(ctx context.Context, s *Stdio, args []string) error {
	if len(args) > 0 {
		v.fault(Hint{Error: shown("", args[0]) + " is not read here"}, func(l commandLine) commandLine { return l })
	}
	if err := v.refused(); err != nil {
		return err
	}
	server, err := putserver.New(v.config)
	if err != nil {
		return usage(Hint{Error: printable(err.Error()), Try: v.help()})
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
	fmt.Fprintf(s.Out, "%s%s://%s\n", listening, map[bool]string{false: "http", true: "https"}[secure != nil], l.Addr())
	v.untilTold(ctx, s, ended)
	err = server.Close()
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
			return nil, nil, usage(Hint{Error: "--tls-cert " + shown("", v.cert) + " --tls-key " + shown("", v.key) + ": " + plainPath(err).Error(),
				Try: v.without("tls-cert", "tls-key").String()})
		}
		secure = &tls.Config{Certificates: []tls.Certificate{pair}}
	}
	l, err := net.Listen("tcp", v.listen)
	if err != nil {
		return nil, nil, usage(Hint{Error: "--listen " + shown("", v.listen) + ": " + reason(err), Try: v.with("listen", "127.0.0.1:0").String()})
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
	fmt.Fprintf(w, "%d requests", t.Requests)
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
		fmt.Fprintf(w, "\nheld p50 %s, p99 %s, max %s", stats.FormatDuration(h.P50), stats.FormatDuration(h.P99), stats.FormatDuration(h.Max))
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
