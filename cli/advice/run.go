package advice

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"shotput/cli/address"
	"shotput/cli/flags"
	"shotput/cli/line"
	"shotput/stats"
)

// OfRun is what can be said of a finished run, and for each of its classes of failures the code of the hint that
// explains it, or nothing. A run that was cut short gets no advice on its rate.
func OfRun(a *flags.Asked, run *stats.Run) (hints []Hint, codes []string) {
	seen := map[string]bool{}
	add := func(h Hint) {
		if h.Code != "" && !seen[h.Code] {
			seen[h.Code] = true
			hints = append(hints, h.unlessTyped(a))
		}
	}
	for i := range run.Outcomes {
		h := failureHint(a, &run.Outcomes[i], run)
		codes = append(codes, h.Code)
		add(h)
	}
	for _, alarm := range run.Generator.Alarms {
		if alarm.Code == "ports" { // they were counted
			add(portsHint(a, alarm.Text))
		}
	}
	if h, ok := rateHint(a, run); ok {
		add(h)
	}
	if h, ok := OfProtocol(a, run.Plan.Protocol); ok && a.Plan.NoPreflight { // else it was said of the first answer
		add(h)
	}
	return hints, codes
}

// failureHint explains one class of failures by its outcome. What only a request's error can tell (which of
// a certificate's faults it was) is read from the example.
func failureHint(a *flags.Asked, f *stats.Failure, run *stats.Run) Hint {
	sent := sentFor(a, f, run)
	a = sent[0]
	h := Hint{Seen: fmt.Sprintf("%d of %d requests", f.Count, run.Totals.Sent), Try: sendAlone(a)}
	switch f.Outcome {
	case stats.BadStatus:
		if usedSeed(a, f) {
			return seedHint(a, f, run, h)
		}
		return statusHint(sent, f, h)
	case stats.TLSFailed:
		h.Code, h.Error = tlsCode(f.Example), "TLS handshakes failed during the run"
	case stats.BadRedirect:
		h.Code, h.Error = "redirect", "the server answered with redirects that cannot be followed"
		h.Why = line.Printable(f.Example)
	case stats.BadBody:
		h.Code, h.Error = "body-file", "the body could not be made: "+line.Printable(f.Example)
	case stats.BadHead:
		h.Code, h.Error = "template", "the URL or a header could not be made: "+line.Printable(f.Example)
	case stats.NoPort:
		return portsHint(a, "this machine ran out of local ports")
	case stats.Closed, stats.Reset:
		if lost := run.LostOnReuse(); lost > 0 && (f.Reused > 0 || f.Step != "") {
			return keptClosedHint(a, lost, run.Totals.Sent)
		}
		return Hint{}
	case stats.Uncaptured, stats.ForeignHost:
		seen := h.Seen
		h = flowHint(a, f.Outcome, f.Step, f.Example)
		h.Seen = seen
	default:
		return connectionHint(a, f, run, h)
	}
	return h
}

// connectionHint is for requests that no answer came to.
func connectionHint(a *flags.Asked, f *stats.Failure, run *stats.Run, h Hint) Hint {
	switch f.Outcome {
	case stats.Refused:
		h.Code, h.Error = "refused", "connections were refused during the run"
		h.Why, h.Try = "the server went away, or its backlog was full", ""
	case stats.DNS:
		h.Code, h.Error, h.Why = "dns", "the name could not be resolved during the run", line.Printable(f.Example)
		h.Try = "getent hosts " + line.Quote(address.Host(targetOf(a)))
	case stats.ProxyFailed:
		h.Code, h.Error = "proxy-refused", "the proxy gave no connection during the run"
		h.Why, h.Try = line.Printable(f.Example), ""
	case stats.NoFile:
		h.Code, h.Error = "fd-limit", "this process ran out of open files"
		h.Why, h.Try = "each connection is an open file", "ulimit -n 65536"
	case stats.Timeout:
		if f.Step == "" && f.Count == run.Totals.Sent && run.Totals.OK == 0 { // a flow has limits of its own
			h.Code, h.Error = "all-timeouts", fmt.Sprintf("every request passed the time limit of %s", run.Plan.Timeout)
			h.Why = "the server is silent or far slower than the limit"
			h.Try = sendAlone(a, "max-time", "120")
		}
	}
	return h
}

func keptClosedHint(a *flags.Asked, lost, sent int64) Hint {
	return keptClosed(a, fmt.Sprintf("%d of %d requests %s", lost, sent, unanswered))
}

const unanswered = "got no byte of an answer on a connection used before"

func keptClosed(a *flags.Asked, seen string) Hint {
	return Hint{Code: "kept-closed", Error: "the server closes connections that it kept, and does not say so",
		Seen: seen,
		Why:  "it, or a proxy on the way, sends no 'Connection: close' first, and no request is sent twice",
		Try:  a.With("no-keepalive", "true").String()}
}

// usedSeed says whether a server may know what the run was to create, since a run with the same seed was fired before.
func usedSeed(a *flags.Asked, f *stats.Failure) bool {
	taken := f.Status == http.StatusConflict || f.Status == http.StatusPreconditionFailed
	return taken && a.Plan.DrawsNames()
}

func seedHint(a *flags.Asked, f *stats.Failure, run *stats.Run, h Hint) Hint {
	h.Code, h.Error = "same-seed", fmt.Sprintf("the server knows what this run creates (%d)", f.Status)
	h.Why = fmt.Sprintf("seed %d was used before, and the same seed draws the same names", run.Plan.Seed)
	h.Try = a.With("seed", strconv.FormatUint(run.Plan.Seed+1, 10)).String()
	return h
}

func statusHint(sent []*flags.Asked, f *stats.Failure, h Hint) Hint {
	a := sent[0]
	if f.Answer != "" {
		h.Seen += "; the first says: " + line.Printable(f.Answer)
	}
	switch {
	case f.Status == http.StatusMethodNotAllowed:
		h.Code = "method-405"
		h.Error = fmt.Sprintf("the server refused %s during the run (405 Method Not Allowed)", methodsOf(sent))
	case f.Status == http.StatusRequestEntityTooLarge:
		h.Code, h.Error = "too-large-413", "the server refused bodies as too large (413)"
	case f.Status == http.StatusUnauthorized, f.Status == http.StatusForbidden:
		h.Code, h.Error = "auth-401", fmt.Sprintf("the server did not accept the user or the token (%d)", f.Status)
	case f.Status >= 300 && f.Status < 400 && strings.HasPrefix(f.Example, "Location: "):
		h.Code = "redirect"
		h.Error = fmt.Sprintf("the server answered with redirects (%d), which are not followed", f.Status)
	case f.Status == http.StatusBadRequest && speaksTLS([]byte(f.Answer)):
		return schemeHint(a, "https", h.Seen, "that port speaks TLS")
	}
	return h
}

// rateHint says that the offered rate was not reached through a fault on this side: too few slots, or too slow
// a machine. A server that cannot keep up is the verdict's to tell.
func rateHint(a *flags.Asked, run *stats.Run) (Hint, bool) {
	t, v := &run.Totals, &run.Verdict
	if !run.Plan.Open() || run.Stop.CutShort() || t.OfferedPerSecond <= 0 {
		return Hint{}, false
	}
	h := Hint{Code: "rate-unreachable", Seen: fmt.Sprintf("%.0f/s reached", t.SentPerSecond())}
	switch {
	case v.Status == stats.PoolLimited && v.NeededConcurrency > run.Plan.Concurrency:
		h.Error = fmt.Sprintf("%.0f/s could not be offered with %d requests in flight", t.OfferedPerSecond,
			run.Plan.Concurrency)
		h.Why = fmt.Sprintf("at the service time seen it takes %d in flight", v.NeededConcurrency)
		h.Try = a.With("concurrency", fmt.Sprint(v.NeededConcurrency)).String()
		return h, true
	case v.Status == stats.ClientLimited && t.SentPerSecond() < 0.95*t.OfferedPerSecond:
		h.Error = fmt.Sprintf("%.0f/s is more than this machine can offer", t.OfferedPerSecond)
		h.Why = "the tool itself was late"
		if len(a.Plan.Load.Stages) == 0 { // which have rates of their own
			h.Try = a.Without("q").With("rate", fmt.Sprintf("%.0f/s", max(1, 0.8*t.SentPerSecond()))).String()
		}
		return h, true
	}
	return h, false
}

// OfDoubt says of a run that measured nothing, or that is in doubt itself, what is the matter.
func OfDoubt(run *stats.Run) Hint {
	reason := line.Printable(run.Verdict.Reason)
	switch run.Verdict.Status {
	case stats.Incomplete:
		return Hint{Error: "a part of the run is missing: " + reason,
			Why: "the tool was killed, or the file was cut; by the part that is left no threshold is kept"}
	case stats.Inconsistent:
		return Hint{Error: "the figures of the run contradict each other: " + reason,
			Why: "somebody changed the file, or made it of parts of several: nobody knows which figure is true"}
	}
	return Hint{Error: "nothing was measured: " + reason}
}
