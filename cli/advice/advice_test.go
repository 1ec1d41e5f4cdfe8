package advice

import (
	"slices"
	"strings"
	"testing"
	"time"

	"shotput/cli/flags"
	"shotput/cli/line"
	"shotput/loadgen"
	"shotput/stats"
)

// What a machine seldom shows is given as data: each class of failure has its code.
func TestFailuresHaveHints(t *testing.T) {
	for _, c := range []struct {
		failure stats.Failure
		want    string
	}{
		{stats.Failure{Outcome: stats.NoPort}, "ports"},
		{stats.Failure{Outcome: stats.NoFile}, "fd-limit"},
		{stats.Failure{Outcome: stats.DNS}, "dns"},
		{stats.Failure{Outcome: stats.Refused}, "refused"},
		{stats.Failure{Outcome: stats.ProxyFailed}, "proxy-refused"},
		{stats.Failure{Outcome: stats.BadRedirect}, "redirect"},
		{stats.Failure{Outcome: stats.BadBody}, "body-file"},
		{stats.Failure{Outcome: stats.BadHead}, "template"},
		{stats.Failure{Outcome: stats.Timeout, Count: 10}, "all-timeouts"},
		{stats.Failure{Outcome: stats.Timeout, Count: 9}, ""},
		{stats.Failure{Outcome: stats.Timeout, Count: 10, Step: "wait"}, ""}, // by within, or by flow-timeout
		{stats.Failure{Outcome: stats.Uncaptured, Step: "create"}, "capture"},
		{stats.Failure{Outcome: stats.ForeignHost, Step: "upload"}, "foreign-host"},
		{stats.Failure{Outcome: stats.BadStatus, Status: 405}, "method-405"},
		{stats.Failure{Outcome: stats.BadStatus, Status: 413}, "too-large-413"},
		{stats.Failure{Outcome: stats.BadStatus, Status: 403}, "auth-401"},
		{stats.Failure{Outcome: stats.BadStatus, Status: 308, Example: "Location: /b"}, "redirect"},
		{stats.Failure{Outcome: stats.BadStatus, Status: 308}, ""}, // where to?
		{stats.Failure{Outcome: stats.BadStatus, Status: 500}, ""},
		{stats.Failure{Outcome: stats.TLSFailed, Example: "x509: certificate signed by unknown authority"}, "tls-authority"},
		{stats.Failure{Outcome: stats.TLSFailed, Example: "x509: certificate has expired or is not yet valid: …"}, "tls-expired"},
		{stats.Failure{Outcome: stats.TLSFailed, Example: "x509: certificate is valid for a, not b"}, "tls-name"},
		{stats.Failure{Outcome: stats.Reset}, ""},
	} {
		r := flags.New(flags.NewWorld(nil, nil))
		r.Plan.Request.URL = "http://127.0.0.1:1/"
		run := &stats.Run{Totals: stats.Totals{Sent: 10}, Outcomes: []stats.Failure{c.failure}}
		hints, codes := OfRun(r, run)
		if got := codes[0]; got != c.want {
			t.Errorf("%s %d %q has the hint %q, want %q", c.failure.Outcome, c.failure.Status, c.failure.Example, got, c.want)
		}
		for _, h := range hints {
			if h.Error == "" {
				t.Errorf("the hint %s lacks a head: %+v", h.Code, h)
			}
		}
	}
}

// What somebody else wrote reaches a saved run without a sign that moves or hides what stands beside it, whatever ended a
// request.
func TestHintsOfRunsAreFitToBeShown(t *testing.T) {
	const foul = "x\x1b[31m\u202ey\x00"
	for o := stats.BadStatus; o <= stats.Other; o++ {
		for _, status := range []int{0, 308, 400, 401, 403, 404, 405, 409, 412, 413, 500} {
			a := askedFor(t, "-r", "10/s", "http://h.example/{{seq}}")
			run := &stats.Run{Plan: stats.Plan{Protocol: "HTTP/2.0" + foul, Model: "open"}, Totals: stats.Totals{Sent: 10, OfferedPerSecond: 10},
				Outcomes:  []stats.Failure{{Outcome: o, Status: status, Count: 10, Reused: 1, Example: "Location: " + foul, Answer: foul}},
				Generator: stats.Generator{Alarms: []stats.Warning{{Code: "ports", Text: foul}}},
				Verdict:   stats.Verdict{Status: stats.PoolLimited, Reason: foul, NeededConcurrency: 99}}
			a.Plan.NoPreflight = true
			hints, _ := OfRun(a, run)
			for _, h := range hints {
				if w := h.Warning(); w.Text != line.Printable(w.Text) || w.Try != line.Printable(w.Try) {
					t.Errorf("%s %d: %q, try %q", o, status, w.Text, w.Try)
				}
			}
		}
	}
}

// Ports that were counted to be at their end are a hint, however fast connections were opened; and who keeps them
// already is not told to.
func TestPortsHint(t *testing.T) {
	alarm := []stats.Warning{{Code: "ports", Text: "27,000 of 28,232 local ports are in use"}}
	for _, c := range []struct {
		alarms      []stats.Warning
		noKeepalive bool
		try         string
	}{
		{nil, true, ""},
		{alarm, true, "shotput http://127.0.0.1:1/"},
		{alarm, false, "shotput doctor"},
	} {
		r := flags.New(flags.NewWorld(nil, nil))
		if c.noKeepalive {
			r.Take(r.Row("no-keepalive"), "true")
		}
		r.Operands([]string{"http://127.0.0.1:1/"})
		r.Aim([]string{"http://127.0.0.1:1/"})
		r.Settle()
		run := &stats.Run{Totals: stats.Totals{Sent: 2000, OK: 2000, ConnectionsOpened: 2000, ConnectionsNeeded: 20,
			Elapsed: time.Second}, Generator: stats.Generator{Alarms: c.alarms}}
		hints, _ := OfRun(r, run)
		got := ""
		if len(hints) > 0 {
			got = hints[0].Try
		}
		if got != c.try {
			t.Errorf("%+v: %q", c, got)
		}
	}
}

// A rate that was missed for want of slots names the number it takes; one missed by the server does not.
func TestRateHint(t *testing.T) {
	r := flags.New(flags.NewWorld(nil, nil))
	run := &stats.Run{Plan: stats.Plan{Model: "open", Concurrency: 10},
		Totals: stats.Totals{OfferedPerSecond: 1000, AchievedPerSecond: 500, Answered: 5000, Sent: 5000,
			Elapsed: 10 * time.Second},
		Verdict: stats.Verdict{Status: stats.PoolLimited, NeededConcurrency: 26}}
	if h, ok := rateHint(r, run); !ok || h.Try != "shotput -c 26" {
		t.Errorf("pool limited: %+v, %v", h, ok)
	}
	run.Verdict = stats.Verdict{Status: stats.ClientLimited}
	if h, ok := rateHint(r, run); !ok || h.Try != "shotput -r 400/s" {
		t.Errorf("client limited: %+v, %v", h, ok)
	}
	run.Verdict.Status = stats.ServerSaturated
	if h, ok := rateHint(r, run); ok {
		t.Errorf("a saturated server is no fault of the line: %+v", h)
	}
}

// Hints on a plan of several requests look at each of them.
func TestHintsOnAMix(t *testing.T) {
	const same, own, far = "http://127.0.0.1/a", "http://127.0.0.1/{{seq}}", "http://host.example/{{seq}}"
	for _, c := range []struct {
		urls []string
		want []string
	}{
		{[]string{same, same + "b"}, []string{"same-url"}}, {[]string{same, own}, nil}, {[]string{own, own + "b"}, nil},
		{[]string{own, far}, []string{"non-loopback"}},
	} {
		r := flags.New(flags.NewWorld(nil, nil))
		for _, u := range c.urls {
			r.Plan.Mix = append(r.Plan.Mix, loadgen.Request{Request: loadgen.RequestSpec{URL: u}})
		}
		var codes []string
		for _, h := range OfPlan(r, 0) {
			codes = append(codes, h.Code)
			if h.Code == "same-url" && !strings.Contains(h.Error, "each of the 2 requests") || h.Code == "non-loopback" && !strings.Contains(h.Error, "host.example") {
				t.Errorf("%v: %s", c.urls, h.Error)
			}
		}
		if !slices.Equal(codes, c.want) {
			t.Errorf("%v: hints %v, want %v", c.urls, codes, c.want)
		}
	}
}

// HTTP/2 that was asked for and not spoken is told, once, and never where it was spoken.
func TestProtocolHint(t *testing.T) {
	r := flags.New(flags.NewWorld(nil, nil))
	r.Take(r.Row("http2"), "true")
	for _, c := range []struct{ url, spoken, try string }{{"https://h/", "HTTP/1.1", "shotput --http1.1"}, {"http://h/", "HTTP/1.1", "shotput --http2-prior-knowledge"},
		{"https://h/", "HTTP/2.0", ""}, {"https://h/", "", ""}} {
		r.Plan.Request.URL = c.url
		if h, ok := OfProtocol(r, c.spoken); ok != (c.try != "") || h.Try != c.try {
			t.Errorf("%s answered in %q: %+v, %v", c.url, c.spoken, h, ok)
		}
	}
	if h, ok := OfProtocol(flags.New(flags.NewWorld(nil, nil)), "HTTP/1.1"); ok {
		t.Errorf("nobody asked for HTTP/2: %+v", h)
	}
}
