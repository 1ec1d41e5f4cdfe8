package loadgen

import (
	"encoding/base64"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"shotput/loadgen/answer"
	"shotput/loadgen/secret"
	"shotput/loadgen/transport"
	"shotput/stats"
)

// # What is told of single requests
//
// A run tells the slowest requests by the ids of their traces, and holds the first answers that were failures whole,
// where it is asked to.

// nameTraces says of the slowest requests by which ids they can be found at the server. An id is a function of the
// request's number, so that none has to be kept while requests are on their way.
func (m *mixture) nameTraces(slowest []stats.Slow) {
	for i := range slowest {
		s := &slowest[i]
		s.Trace = m.all[m.entries[s.Template].first].TraceID(s.Number, s.Intended)
	}
}

// Bounds of what is captured: how many answers may be asked for, bytes of each one's body and header, and of all
// bodies.
const (
	mostCaptures   = 1000
	captureBody    = transport.AnswerKept
	captureHeader  = 8 << 10
	captureInTotal = 8 << 20
)

// captures are the first failed answers of a run. Safe for concurrent use; once there are enough, to ask costs a load.
type captures struct {
	most int64 // 0: none is wanted
	full atomic.Bool
	mu   struct {
		sync.Mutex
		all   []stats.Captured
		bytes int
	}
}

// want says whether the answer to a request is to be captured.
func (c *captures) want(o *stats.Observation) bool {
	return c.most > 0 && !c.full.Load() &&
		(o.Outcome == stats.BadStatus || o.Outcome == stats.CheckFailed || o.Outcome == stats.Uncaptured)
}

// add captures an answer, whose texts are hidden already: the beginning of its body, and whether it had more.
func (c *captures) add(o *stats.Observation, header []string, body []byte, cut bool) {
	one := stats.Captured{Number: o.Number, Template: o.Template, Done: o.Done, Outcome: o.Outcome, Status: o.Status,
		Detail: o.Detail}
	room := captureHeader
	for _, line := range header {
		if room -= len(line); room >= 0 {
			one.Header = append(one.Header, line)
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if int64(len(c.mu.all)) >= c.most {
		return
	}
	kept := body[:min(len(body), captureBody, captureInTotal-c.mu.bytes)]
	c.mu.bytes += len(kept)
	one.Cut = cut || len(kept) < len(body)
	if text, ok := answer.Text(kept, one.Cut); ok {
		one.Body = text
	} else {
		one.Base64 = base64.StdEncoding.EncodeToString(kept)
	}
	c.mu.all = append(c.mu.all, one)
	c.full.Store(int64(len(c.mu.all)) >= c.most)
}

// told are those that there are, in the order in which they came.
func (c *captures) told() []stats.Captured {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.mu.all
}

// capture keeps an answer that is wanted, without these secrets.
func (f *firing) capture(o *stats.Observation, header []string, body []byte, cut bool, secrets []string) {
	secrets = secret.Sorted(secrets)
	for i, line := range header {
		name, value, _ := strings.Cut(line, ": ")
		header[i] = name + ": " + secret.HideIn(secret.Header(name, value), secrets)
	}
	own := *o
	own.Template = f.mixture.units[o.Template].entry
	f.captures.add(&own, header, secret.Hide(body, secrets), cut)
}

// captureFirst keeps the answer to a request that was sent ahead, in which everything is hidden already.
func (f *firing) captureFirst(o *stats.Observation, x *Exchange) {
	if f.captures.want(o) {
		f.captures.add(o, linesOf(x.Header), x.Body, len(x.Body) >= transport.AnswerKept)
	}
}

// linesOf writes a header as lines, by name.
func linesOf(h http.Header) (lines []string) {
	for name, values := range h {
		for _, value := range values {
			lines = append(lines, name+": "+secret.Header(name, value))
		}
	}
	slices.Sort(lines)
	return lines
}

// linesIn splits a header that came as lines, each with its end, by name.
func linesIn(header []byte) []string {
	lines := strings.Split(strings.TrimSuffix(string(header), "\r\n"), "\r\n")
	for i, line := range lines {
		name, value, _ := strings.Cut(line, ": ")
		lines[i] = http.CanonicalHeaderKey(name) + ": " + value
	}
	slices.Sort(lines)
	return lines
}
