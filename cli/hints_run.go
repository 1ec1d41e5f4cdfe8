package cli

import (
	"fmt"
	"net/http"
	"strings"

	"shotput/cli/line"
	"shotput/stats"
)

// runHints is what can be said of a finished run. It notes in each failure the code of the hint that explains
// it. A run that was cut short gets no advice on its rate.
func (r *request) runHints(run *stats.Run) []Hint {
	var hints []Hint
	seen := map[string]bool{}
	add := func(h Hint) {
		if h.Code != "" && !seen[h.Code] {
			seen[h.Code] = true
			hints = append(hints, h)
		}
	}
	for i := range run.Outcomes {
		f := &run.Outcomes[i]
		h := r.failureHint(f, run)
		f.Hint = h.Code
		add(h)
	}
	for _, a := range run.Generator.Alarms {
		if a.Code == "ports" { // they were counted
			add(r.portsHint(a.Text))
		}
	}
	if h, ok := r.rateHint(run); ok {
		add(h)
	}
	if h, ok := r.protocolHint(run.Plan.Protocol); ok && r.plan.NoPreflight { // else it was said when the preflight came back
		add(h)
	}
	return hints
}

// failureHint explains one class of failures by its outcome. What only the preflight's error can tell (which of
// a certificate's faults it was) is read from the example.
func (r *request) failureHint(f *stats.Failure, run *stats.Run) Hint {
	seen := fmt.Sprintf("%d of %d requests", f.Count, run.Totals.Sent)
	h := Hint{Seen: seen}
	switch f.Outcome {
	case stats.BadStatus:
		return r.statusHint(f, seen)
	case stats.Refused:
		h.Code, h.Error, h.Why, h.Try = "refused", "connections were refused during the run", "the server went away, or its backlog was full", r.listen(r.plan.Request.URL)
	case stats.DNS:
		h.Code, h.Error, h.Try = "dns", "the name could not be resolved during the run", "getent hosts "+line.Quote(hostOf(r.plan.Request.URL))
	case stats.TLSFailed:
		h.Code, h.Error, h.Try = tlsCode(f.Example), "TLS handshakes failed during the run", r.With("once", "true").String()
	case stats.ProxyFailed:
		h.Code, h.Error, h.Try = "proxy-refused", "the proxy refused connections", r.With("proxy", "none").String()
	case stats.NoPort:
		return r.portsHint("this machine ran out of local ports")
	case stats.NoFile:
		h.Code, h.Error, h.Why, h.Try = "fd-limit", "this process ran out of open files", "each connection is an open file", "ulimit -n 65536"
	case stats.BadRedirect:
		h.Code, h.Error, h.Try = "redirect", "the server answered with redirects that cannot be followed", r.With("once", "true").String()
	case stats.BadBody:
		h.Code, h.Error, h.Try = "body-file", "the body could not be made: "+f.Example, r.With("once", "true").String()
	case stats.Closed, stats.Reset:
		if lost := run.LostOnReuse(); lost > 0 && f.Reused > 0 {
			return r.keptClosedHint(lost, run.Totals.Sent)
		}
	case stats.Timeout:
		if f.Count == run.Totals.Sent && run.Totals.OK == 0 {
			h.Code, h.Error = "all-timeouts", fmt.Sprintf("every request passed the time limit of %s", run.Plan.Timeout)
			h.Why, h.Try = "the server is silent or far slower than the limit", r.With("once", "true").With("max-time", "120").String()
		}
	}
	return h
}

func (r *request) keptClosedHint(lost, sent int64) Hint {
	return Hint{Code: "kept-closed", Error: "the server closes connections that it kept, and does not say so",
		Seen: fmt.Sprintf("%d of %d requests got no byte of an answer on a connection used before", lost, sent),
		Why:  "it, or a proxy on the way, sends no 'Connection: close' first, and no request is sent twice",
		Try:  r.With("no-keepalive", "true").String()}
}

func (r *request) statusHint(f *stats.Failure, seen string) Hint {
	h := Hint{Seen: seen, Try: r.With("once", "true").String()}
	switch {
	case f.Status == http.StatusMethodNotAllowed:
		h.Code, h.Error = "method-405", fmt.Sprintf("the server refused %s during the run (405 Method Not Allowed)", method(&r.plan))
	case f.Status == http.StatusRequestEntityTooLarge:
		h.Code, h.Error = "too-large-413", "the server refused bodies as too large (413)"
	case f.Status == http.StatusUnauthorized, f.Status == http.StatusForbidden:
		h.Code, h.Error, h.Try = "auth-401", fmt.Sprintf("the server wanted to know who asks (%d)", f.Status), r.With("user", "name:password").String()
	case f.Status >= 300 && f.Status < 400:
		h.Code, h.Error = "redirect", fmt.Sprintf("the server answered with redirects (%d), which are not followed", f.Status)
	case f.Status == http.StatusBadRequest && strings.Contains(f.Example, "HTTPS"):
		return r.schemeHint("https", seen, "that port speaks TLS")
	}
	return h
}

func tlsCode(example string) string {
	switch {
	case strings.Contains(example, "unknown authority"):
		return "tls-authority"
	case strings.Contains(example, "expired or is not yet valid"):
		return "tls-expired"
	case strings.Contains(example, "certificate is valid for"), strings.Contains(example, "doesn't contain any"):
		return "tls-name"
	case strings.Contains(example, "first record does not look like"):
		return "scheme-mismatch"
	}
	return ""
}

// rateHint says that the offered rate was not reached through a fault on this side: too few slots, or too slow
// a machine. A server that cannot keep up is the verdict's to tell.
func (r *request) rateHint(run *stats.Run) (Hint, bool) {
	t, v := &run.Totals, &run.Verdict
	if !run.Plan.Open() || run.Stop.CutShort() || t.OfferedPerSecond <= 0 {
		return Hint{}, false
	}
	h := Hint{Code: "rate-unreachable", Error: fmt.Sprintf("%.0f/s could not be offered with %d requests in flight", t.OfferedPerSecond, run.Plan.Concurrency),
		Seen: fmt.Sprintf("%.0f/s reached", t.AchievedPerSecond)}
	switch {
	case v.Status == stats.PoolLimited && v.NeededConcurrency > run.Plan.Concurrency:
		h.Why = fmt.Sprintf("at the service time seen it takes %d in flight", v.NeededConcurrency)
		h.Try = r.With("concurrency", fmt.Sprint(v.NeededConcurrency)).String()
		return h, true
	case v.Status == stats.ClientLimited && t.AchievedPerSecond < 0.95*t.OfferedPerSecond:
		h.Error = fmt.Sprintf("%.0f/s is more than this machine can offer", t.OfferedPerSecond)
		h.Why, h.Try = "the tool itself was late", r.Without("q").With("rate", fmt.Sprintf("%.0f/s", max(1, 0.8*t.AchievedPerSecond))).String()
		return h, true
	}
	return h, false
}
