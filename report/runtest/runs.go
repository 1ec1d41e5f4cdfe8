package runtest

import (
	"math"
	"strings"
	"sync"
	"time"

	"shotput/stats"
)

const (
	us = time.Microsecond
	ms = time.Millisecond
)

// shape is a distribution by what a table shows of it.
type shape struct {
	n                              int
	mean, p50, p90, p99, p999, max time.Duration
}

// histogram records a sample that has the shape's percentiles and, as far as they allow, its mean.
func (s shape) histogram() stats.Histogram {
	at := func(q float64) int { return int(math.Floor(q*float64(s.n) + .5)) } // rank, as Quantile's
	value := func(rank int, middle time.Duration) time.Duration {
		switch {
		case rank < at(.5):
			return s.p50 * 93 / 100
		case rank == at(.5):
			return s.p50
		case rank < at(.9):
			return middle
		case rank < at(.99):
			return s.p90
		case rank < at(.999):
			return s.p99
		case rank < s.n:
			return s.p999
		}
		return s.max
	}
	var sum time.Duration
	for rank := 1; rank <= s.n; rank++ {
		sum += value(rank, 0)
	}
	middle := (s.mean*time.Duration(s.n) - sum) / time.Duration(max(1, at(.9)-at(.5)-1))
	middle = min(max(middle, s.p50), s.p90)
	var h stats.Histogram
	for rank := 1; rank <= s.n; rank++ {
		h.Record(value(rank, middle))
	}
	return h
}

// constant is n times d.
func constant(n int, d time.Duration) stats.Histogram {
	return shape{n, d, d, d, d, d, d}.histogram()
}

// Kept is the run of the documentation's sample table: open loop, 2000/s for 10 s, all well.
func Kept() *stats.Run {
	return &stats.Run{
		Schema: stats.Schema,
		Tool:   stats.Tool{Version: "1.0.0", Go: "go1.26", OS: "linux/amd64", CPUs: 2},
		Plan: stats.Plan{
			Method:        "PUT",
			URL:           "http://127.0.0.1:43817/objects/{{seq}}",
			Engine:        "wire",
			Protocol:      "HTTP/1.1",
			Model:         "open",
			RatePerSecond: 2000,
			Arrivals:      "uniform",
			Concurrency:   64,
			Duration:      10 * time.Second,
			Keepalive:     true,
			Expect:        "2xx",
		},
		Verdict: stats.Verdict{Status: stats.Kept},
		Clock:   "kernel",
		Totals: stats.Totals{
			Planned:           20000,
			Sent:              20000,
			OK:                20000,
			Attempts:          20000,
			Due:               20000,
			Span:              10 * time.Second,
			Elapsed:           10 * time.Second,
			OfferedPerSecond:  2000,
			AchievedPerSecond: 2000,
			GoodputPerSecond:  2000,
			BodyBytesSent:     20480000,
			ConnectionsOpened: 64,
			ConnectionsNeeded: 64,
		},
		Latency: stats.Latency{
			Response: shape{20000, 241 * us, 214 * us, 330 * us, 1120 * us, 2400 * us, 5910 * us}.histogram(),
			Service:  shape{20000, 238 * us, 211 * us, 325 * us, 1100 * us, 2380 * us, 5900 * us}.histogram(),
			Upload:   shape{20000, 18 * us, 15 * us, 27 * us, 88 * us, 310 * us, 1100 * us}.histogram(),
			Wait:     shape{20000, 198 * us, 176 * us, 281 * us, 990 * us, 2210 * us, 5700 * us}.histogram(),
			StartLag: shape{20000, 2 * us, 1 * us, 3 * us, 9 * us, 41 * us, 120 * us}.histogram(),
			TimerLag: shape{20000, 2 * us, 1 * us, 3 * us, 9 * us, 41 * us, 120 * us}.histogram(),
			Connect:  shape{64, 118 * us, 109 * us, 171 * us, 240 * us, 240 * us, 240 * us}.histogram(),
		},
		Status: []stats.Status{
			{Code: 201, Reason: "Created",
				Latency: shape{19000, 241 * us, 214 * us, 330 * us, 1120 * us, 2400 * us, 5910 * us}.histogram()},
			{Code: 204, Reason: "No Content",
				Latency: shape{1000, 220 * us, 198 * us, 300 * us, 990 * us, 2 * ms, 2 * ms}.histogram()},
		},
		Generator: stats.Generator{CPURatio: .38, CPUs: 2},
		OK:        true,
	}
}

// Closed is a closed loop at full speed, on the portable engine.
func Closed() *stats.Run {
	r := Kept()
	r.Plan.Model, r.Plan.RatePerSecond, r.Plan.Arrivals, r.Plan.Engine, r.Plan.Concurrency = "closed", 0, "unpaced",
		"http", 50
	r.Clock = "user"
	r.Latency.Response, r.Latency.StartLag, r.Latency.TimerLag = stats.Histogram{}, stats.Histogram{}, stats.Histogram{}
	r.Latency.Service = shape{123450, 4050 * us, 3900 * us, 5200 * us, 7100 * us, 12300 * us, 31 * ms}.histogram()
	r.Latency.Upload, r.Latency.Wait = constant(123450, 12*us), constant(123450, 3800*us)
	r.Latency.TLS = shape{50, 2 * ms, 1900 * us, 2500 * us, 3 * ms, 3 * ms, 3 * ms}.histogram()
	r.Plan.URL, r.Plan.TLS = "https://store.example/objects/{{seq}}", "TLS 1.3"
	r.Totals.Planned, r.Totals.Sent, r.Totals.OK, r.Totals.OfferedPerSecond, r.Totals.AchievedPerSecond = 123450, 123450,
		123450, 12345, 12345
	r.Totals.ConnectionsOpened, r.Totals.ConnectionsNeeded, r.Totals.BodyBytesSent = 50, 50, 123450*128
	r.Status = []stats.Status{{Code: 204, Reason: "No Content", Latency: r.Latency.Service}}
	r.Generator.CPURatio = .71
	return r
}

// PoolLimited asked for more than ten slots carry, and was cut off with requests open.
func PoolLimited() *stats.Run {
	r := Kept()
	r.Plan.RatePerSecond, r.Plan.Concurrency, r.Plan.Engine = 1000, 10, "http"
	r.Clock = "user"
	r.Verdict = stats.Verdict{Status: stats.PoolLimited, NeededConcurrency: 26,
		Reason: "pool lag p99 9.89 s is above 501 ms while service time stays at 20.3 ms: 10 slots are too few, 26 are " +
			"needed"}
	r.Totals = stats.Totals{Planned: 10000, Sent: 7510, OK: 7500, Aborted: 10, Unsent: 2490, Due: 10000, Attempts: 7510,
		Span:    10 * time.Second,
		Elapsed: 15 * time.Second, OfferedPerSecond: 1000, AchievedPerSecond: 500, GoodputPerSecond: 500,
		BodyBytesSent:     7510 * 128,
		ConnectionsOpened: 10, ConnectionsNeeded: 10}
	r.Latency = stats.Latency{
		Response: shape{7500, 5040 * ms, 5010 * ms, 9010 * ms, 9910 * ms, 9990 * ms, 10020 * ms}.histogram(),
		Service:  shape{7500, 20100 * us, 20 * ms, 20300 * us, 20900 * us, 23100 * us, 25 * ms}.histogram(),
		Upload:   constant(7500, 14*us),
		Wait:     shape{7500, 20 * ms, 19900 * us, 20200 * us, 20800 * us, 23 * ms, 24900 * us}.histogram(),
		StartLag: shape{
			7510,
			5020 * ms,
			4990 * ms,
			8990 * ms,
			9890 * ms,
			9970 * ms,
			10 * time.Second,
		}.histogram(),
		TimerLag:       shape{7510, 310 * us, 280 * us, 600 * us, 1100 * us, 1500 * us, 2 * ms}.histogram(),
		Connect:        shape{10, 118 * us, 109 * us, 171 * us, 240 * us, 240 * us, 240 * us}.histogram(),
		Failed:         constant(10, 5*time.Second),
		FailedResponse: constant(10, 15*time.Second),
	}
	r.Status = []stats.Status{{Code: 201, Reason: "Created", Latency: r.Latency.Response}}
	r.Outcomes = []stats.Failure{{Outcome: stats.Aborted, Stage: stats.InWait, Count: 10, First: 15 * time.Second,
		Example: "open when the drain ended"}}
	r.OK = false
	return r
}

// Failing met most of what can go wrong.
func Failing() *stats.Run {
	r := Kept()
	r.Plan.URL = "https://objects.a-rather-long-host-name.example.com:8443/buckets/releases/2026/artifacts/{{uuid}}/manifest.json?part={{seq}}"
	r.Plan.TLS, r.Plan.Protocol = "TLS 1.3", "HTTP/2.0"
	r.Verdict = stats.Verdict{Status: stats.ClientLimited, Reason: "the tool used 93 % of its CPUs for 4 s"}
	r.Totals.OK, r.Totals.Failed, r.Totals.TimedOut = 15000, 4700, 300
	r.Latency.Failed = shape{5000, 120 * ms, 3 * ms, 8 * ms, time.Second, time.Second, time.Second}.histogram()
	r.Latency.TLS = constant(64, 2*ms)
	ok, small := constant(12000, 214*us), constant(940, 90*us)
	r.Status = []stats.Status{{Code: 200, Reason: "OK", Latency: constant(3000, 3*ms)},
		{Code: 202, Reason: "Accepted", Latency: ok}}
	for _, s := range []stats.Status{{Code: 405, Reason: "Method Not Allowed"}, {Code: 409, Reason: "Conflict"},
		{Code: 413, Reason: "Content Too Large"},
		{Code: 429, Reason: "Too Many Requests"}, {Code: 503, Reason: "Service Unavailable"}} {
		s.Latency = small
		r.Status = append(r.Status, s)
		r.Outcomes = append(r.Outcomes,
			stats.Failure{Outcome: stats.BadStatus, Status: s.Code, Count: 940, First: 12 * ms, Example: s.Reason})
	}
	r.Outcomes[0].Example = "Allow: GET, HEAD, POST"
	r.Outcomes[1].Answer = `{"error":"version 7 was replaced by version 8 of this object"}`
	r.Outcomes = append(r.Outcomes,
		stats.Failure{Outcome: stats.Timeout, Stage: stats.InWait, Count: 300, First: 1012 * ms,
			Example: "no answer within 1s", Hint: "all-timeouts"},
		stats.Failure{Outcome: stats.Reset, Stage: stats.InDownload, Count: 1, First: 9 * time.Second,
			Example: "read tcp: connection reset by peer while the answer was still coming in"})
	r.Slowest = stats.Slowest{{Trace: "4bf92f3577b34da6a3ce929d0e0e4736", Number: 17, Intended: 12 * ms,
		Latency: time.Second, Service: time.Second, Outcome: stats.Timeout},
		{Trace: "00f067aa0ba902b7a3ce929d0e0e4736", Number: 18, Intended: 20 * ms, Latency: 5910 * us,
			Service: 300 * us, Outcome: stats.BadStatus, Status: 503},
		{Number: 20000, Intended: 9 * time.Second, Latency: 3 * ms, Service: 3 * ms, Status: 200}}
	r.Captured = []stats.Captured{{Number: 17, Done: 12 * ms, Outcome: stats.BadStatus, Status: 409,
		Header: []string{"Content-Type: application/json", "Set-Cookie: REDACTED"},
		Body:   "{\n  \"error\": \"<b>version 7</b> was replaced\"\n}"},
		{Number: 18, Done: 20 * ms, Outcome: stats.CheckFailed, Status: 200, Detail: "header ETag is missing", Base64: "AAEC/w==",
			Cut: true}}
	r.Thresholds = everyThreshold()
	for i := range r.Thresholds {
		r.Thresholds[i].Result = r.Thresholds[i].Judged()
	}
	r.Generator.CPURatio = .93
	r.Generator.Alarms = []stats.Warning{{Code: "cpu", Text: "the tool used 93 % of its CPUs for 4 s",
		Try: "a lower rate, a second machine, or GOMAXPROCS"}}
	r.Warnings = []stats.Warning{{Code: "same-url",
		Text: "every request writes the same resource: one lock and one cache line of the server are measured, not the " +
			"server", Try: "put {{seq}} into the URL"},
		{Code: "attempts", Text: "20,012 attempts for 20,000 requests: the transport sent some again"}}
	r.OK = false
	return r
}

// everyThreshold has one of each unit and of each way to be kept and broken.
func everyThreshold() []stats.Threshold {
	return []stats.Threshold{{Rule: "p99 < 50ms", Measured: 1120000, Unit: "ns", OK: true},
		{Rule: "error_rate < 0.1%", Measured: .25, Unit: "ratio"},
		{Rule: "status.409 == 0", Measured: 940, Unit: "count"},
		{Rule: "status.4xx < 20%", Measured: .188, Unit: "ratio", OK: true},
		{Rule: "rate >= 3000/s", Measured: 2000, Unit: "per_second"},
		{Rule: "upload_rate > 20MiB/s", Measured: 2 << 20, Unit: "bytes_per_second"},
		{Rule: "body_bytes_sent > 1KiB", Measured: 20480000, Unit: "bytes", OK: true},
		{Rule: "p99 < 50ms for 4s", Measured: 3e9, Unit: "ns", For: 4 * time.Second, OK: true},
		{Rule: "p99 < 50ms for 3s", Measured: 3e9, Unit: "ns", For: 3 * time.Second,
			Why: "it did not hold for 3.00 s, from 5.00 s of the run on"},
		{Rule: "tls.p99 < 1s", Unit: "ns", NoSamples: true, Why: "there are no samples"},
		{Rule: "max < 1s", Measured: 5e6, Unit: "ns", AtLeast: true,
			Why: "requests were still open at the end (5), so it may be more"}}
}

// Mixed fired three requests: two at one server, named and not, and one that is refused now and then.
func Mixed() *stats.Run {
	r := Kept()
	base := "http://127.0.0.1:43817"
	r.Templates = []stats.Template{
		{Name: "upload", Method: "PUT", URL: base + "/objects/{{seq}}", Weight: 3, AchievedPerSecond: 1500,
			TemplateTally: tally(15000, 0, 220*us)},
		{Method: "PUT", URL: base + "/buckets/{{randInt 1 100}}/items/{{uuid}}?version={{seq}}", Weight: 1,
			AchievedPerSecond: 499.8, TemplateTally: tally(4950, 48, 198*us)},
		{Method: "DELETE", URL: base + "/objects/{{seq}}", Weight: .001, AchievedPerSecond: .2,
			TemplateTally: tally(2, 0, 3*ms)},
	}
	for i := range r.Templates {
		row := &r.Templates[i]
		if row.Name == "" {
			row.Name = row.URL
		}
		r.Plan.Mix = append(
			r.Plan.Mix,
			stats.Request{Name: row.Name, Method: row.Method, URL: row.URL, Weight: row.Weight},
		)
	}
	r.Plan.URL = r.Templates[0].URL
	r.Totals.OK, r.Totals.Failed = 19952, 48
	return r
}

// tally is a row of so many requests that took d each.
func tally(ok, failed int, d time.Duration) stats.TemplateTally {
	return stats.TemplateTally{Totals: stats.Counts{OK: int64(ok), Failed: int64(failed)},
		Latency: stats.Latency{Response: constant(ok, d), Service: constant(ok, d-10*us)},
		Status:  []stats.StatusCount{{Code: 201, Reason: "Created", Count: int64(ok)}}}
}

// Flow fired an arrival of several exchanges: a login for each slot, an upload, and a wait until the work is done. One
// upload in a hundred was refused, and twice a slot logged in again.
func Flow() *stats.Run {
	r := Kept()
	base := "http://127.0.0.1:43817"
	row := func(name, phase, method, url string, of stats.TemplateTally) stats.StepRow {
		r.Plan.Steps = append(r.Plan.Steps, stats.Step{Name: name, Phase: phase, Method: method, URL: base + url})
		return stats.StepRow{Name: name, Phase: phase, Method: method, URL: base + url,
			StepTally: stats.StepTally{TemplateTally: of}}
	}
	r.Steps = []stats.StepRow{
		row("bucket", stats.StepBefore, "PUT", "/bucket", tally(1, 0, ms)),
		row("login", stats.StepSlot, "POST", "/login", tally(66, 0, 3*ms)),
		row("upload", stats.StepFlow, "PUT", "/objects/{{seq}}", tally(19802, 200, 220*us)),
		row("wait", stats.StepFlow, "GET", `{{captured "status"}}`, tally(60000, 0, 90*us)),
	}
	up, wait := &r.Steps[2], &r.Steps[3]
	up.Reauth = 2
	up.Status = []stats.StatusCount{{Code: 202, Count: 19800}, {Code: 401, Count: 2}, {Code: 503, Count: 200}}
	up.Outcomes = []stats.OutcomeCount{{Outcome: stats.BadStatus, Status: 503, Count: 200}}
	wait.Completion = constant(19800, 150*ms)
	r.Latency.Completion, r.Latency.Flow = constant(19800, 150*ms), r.Latency.Response
	r.Outcomes = []stats.Failure{{Outcome: stats.BadStatus, Status: 503, Step: "upload", Count: 200, First: 2 * ms,
		Example: "Retry-After: 1"}}
	r.Totals.OK, r.Totals.Failed, r.Totals.Flows, r.Totals.Exchanges = 19800, 200, 20000, 80069
	return r
}

// MixedClosed fired at two servers, in closed loop.
func MixedClosed() *stats.Run {
	r := Mixed()
	closed := Closed()
	r.Plan.Model, r.Latency, r.Totals = "closed", closed.Latency, closed.Totals
	r.Templates[2].URL = "https://other.example/{{uuid}}"
	r.Templates[2].Name = r.Templates[2].URL
	r.Templates[1].Totals.Aborted = 1
	return r
}

// MixedHostile has names and URLs that try to break the page.
func MixedHostile() *stats.Run {
	r := Mixed()
	r.Templates[0].Name, r.Templates[1].URL, r.Templates[2].Method = Hostile, "http://h/"+Hostile, Hostile
	r.Templates[1].Name = r.Templates[1].URL
	r.Templates[0].AchievedPerSecond, r.Templates[0].Totals.OK, r.Templates[0].Totals.TimedOut = 1e18, math.MaxInt64/2,
		math.MaxInt64/4
	return r
}

// Hostile is what a server might send to break a terminal, a table or a page.
const Hostile = "\x1b[2J\x1b]0;owned\x07\u009b31mred\r\n\tNext | Line `code` <b>@team</b> \\| " +
	"\u202eevil\u200b\u0301 对象 \u1112\u1161\u11ab \xff\xfe end"

// HostileRun is a run in which every text that is not ours tries that, and every number is large.
func HostileRun() *stats.Run {
	r := Failing()
	long := strings.Repeat("x", 300)
	r.Plan.Method, r.Plan.URL, r.Plan.Engine, r.Plan.EngineReason = "PUT\n", "http://h/"+Hostile+long, "http\x00", Hostile
	r.Plan.Protocol, r.Plan.TLS, r.Stop = Hostile, Hostile, BySignal(Hostile)
	r.Verdict = stats.Verdict{Status: "\x1b[32mkept\x1b[0m" + long, Reason: strings.Repeat(Hostile+" ", 9) + long}
	r.Totals.Planned, r.Totals.Sent, r.Totals.Failed = math.MaxInt64, 98_765_432_109, 12_345_678_901
	r.Totals.AchievedPerSecond, r.Totals.BodyBytesSent, r.Totals.ConnectionsOpened = 1e9, math.MaxInt64, math.MaxInt64
	r.Totals.Aborted = 5
	r.Status[0].Reason, r.Status[1].Reason = Hostile, long
	r.Outcomes[0].Example, r.Outcomes[1].Example, r.Outcomes[2].Count = Hostile, long, math.MaxInt64
	r.Outcomes = append(r.Outcomes, stats.Failure{Outcome: 250, Stage: 250, Count: 1, First: time.Hour})
	r.Thresholds = append(r.Thresholds,
		stats.Threshold{Rule: Hostile + long, Measured: 1e300, Unit: Hostile, Why: Hostile + long})
	r.Generator.CPURatio, r.Generator.CPUs = 1e300, math.Inf(1)
	r.Generator.Alarms[0] = stats.Warning{Code: Hostile, Text: Hostile + long, Try: long}
	r.Warnings = append(r.Warnings, stats.Warning{Code: "c", Text: strings.Repeat("word ", 200)})
	return r
}

// AddUp gives the run counts that agree with each other, as those of a saved run must.
func AddUp(r stats.Run) *stats.Run {
	t := &r.Totals
	t.OK, t.Failed, t.TimedOut, t.Aborted = r.Latency.Service.Count(), 0, 0, 0
	for _, f := range r.Outcomes {
		switch f.Outcome {
		case stats.Timeout:
			t.TimedOut += f.Count
		case stats.Aborted:
			t.Aborted += f.Count
		default:
			t.Failed += f.Count
		}
	}
	t.Sent = t.OK + t.Errors()
	t.Planned = t.Sent + t.Unsent
	return &r
}

// The runs are built once: no report may change the run that it is given.
var Runs = map[string]func() *stats.Run{
	"open": sync.OnceValue(Kept), "closed": sync.OnceValue(Closed), "pool_limited": sync.OnceValue(PoolLimited),
	"failing": sync.OnceValue(Failing), "hostile": sync.OnceValue(HostileRun), "byte_rate": sync.OnceValue(ByteRate),
	"empty": sync.OnceValue(Empty),
	"flow":  sync.OnceValue(Flow), "mixed": sync.OnceValue(Mixed), "mixed_closed": sync.OnceValue(MixedClosed),
	"mixed_hostile": sync.OnceValue(MixedHostile),
}

// ByteRate asked for a byte rate.
func ByteRate() *stats.Run {
	r := Kept()
	r.Plan.RatePerSecond, r.Plan.BytesPerSecond = 0, 2<<20
	return r
}

// Empty was interrupted before anything was sent.
func Empty() *stats.Run {
	r := Kept()
	r.Totals = stats.Totals{Planned: 20000, Unsent: 20000, OfferedPerSecond: 2000}
	r.Latency, r.Status, r.Stop = stats.Latency{}, nil, BySignal("SIGINT")
	return r
}

// Windowed is keptRun with its seconds: one of warm-up, one with nothing OK, one of drain.
func Windowed() *stats.Run {
	r := Kept()
	r.Started = time.Date(2026, 1, 2, 3, 4, 5, 678e6, time.UTC)
	second := func(i int, h stats.Histogram) stats.Window {
		return stats.Window{Start: time.Duration(i) * time.Second, End: time.Duration(i+1) * time.Second, Sent: 2000,
			Done: 1999, OK: h.Count(),
			InFlight: 1, P50: h.Quantile(.5), P99: h.Quantile(.99), Max: h.Max(), ServiceMean: h.Mean(), TimerLagP99: 9 * us,
			BodySent: 2e6, Headline: h}
	}
	warm := second(0, constant(1999, 250*us))
	warm.Warmup, warm.Headline = true, stats.Histogram{}
	dead := second(2, stats.Histogram{})
	dead.Failed, dead.TimedOut = 1990, 9
	drain := second(3, constant(5, 1500*us))
	drain.Drain, drain.End = true, 3250*ms
	r.Windows = []stats.Window{warm,
		second(1, shape{1999, 241 * us, 214 * us, 330 * us, 1120 * us, 2 * ms, 5910 * us}.histogram()), dead, drain}
	return r
}

// BySignal is why a run was cut short.
func BySignal(text string) stats.StopReason {
	return stats.StopReason{Kind: stats.BySignal, Text: text}
}
