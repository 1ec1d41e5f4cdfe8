// Package metrics gives a run in figures to programs that watch it while it goes on: in the formats of Prometheus and
// of OpenTelemetry, asked for or delivered (Export). One table has every metric; docs/metrics.md has the same rows. It
// refuses to hold up the run: its figures are made with each window, from the run so far, and whoever asks gets those
// of the last window, all of one moment. It reads no environment: through which proxy it delivers, it is told.
//
// A reading is what the rows are read from; a family is a metric with its samples; a spread is a histogram in the
// buckets of those who watch; a delivery carries all of it to one place.
package metrics

import (
	"strconv"
	"sync"
	"time"

	"shotput/report/words"
	"shotput/stats"
)

// Metrics is a run in figures for programs that watch it: a stats.Sink that others may ask at any time, in the
// formats of Prometheus (prometheus.go) and of OpenTelemetry (otlp.go). Its figures are those of the last window that
// closed, so that they agree with one another and, at the end, with the saved run. It adds up nothing: with each window
// it reads the run so far into figures of its own, and whoever asks gets those; no request ever waits for it. The zero
// value is ready.
type Metrics struct {
	mu struct { // guards what the sink's calls make and the formats read
		sync.Mutex
		last gathering // never changed once it is here
	}
}

// Start takes the run's head.
func (m *Metrics) Start(head *stats.Run) {
	m.keep(gather(&reading{run: head, window: &stats.Window{}}))
}

// Window reads the run so far.
func (m *Metrics) Window(w *stats.Window) { m.keep(gather(&reading{run: w.SoFar, window: w})) }

// End reads what only a whole run has: its verdict, what was planned, its own rates.
func (m *Metrics) End(r *stats.Run) {
	last := &stats.Window{}
	if n := len(r.Windows); n > 0 {
		last = &r.Windows[n-1]
	}
	m.keep(gather(&reading{run: r, window: last, ended: true}))
}

func (m *Metrics) keep(g gathering) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.mu.last = g
}

// latest is what was read last.
func (m *Metrics) latest() gathering {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.mu.last
}

// A reading is what the rows are read from, lent for the call: the run's head, the run so far or, when it has ended,
// the run; and the last window that closed.
type reading struct {
	run    *stats.Run
	window *stats.Window // of no length while none has closed
	ended  bool
}

// A metric is one row of what is exported. docs/metrics.md has the same rows.
type metric struct {
	name   string
	kind   kind
	unit   string // as OpenTelemetry writes it (UCUM); "" for what only carries labels
	labels []string
	help   string
	read   func(*reading) []sample
}

// A kind is how a metric behaves: a counter only grows, a gauge is a state, a histogram has buckets.
type kind string

const (
	counter   kind = "counter"
	gauge     kind = "gauge"
	histogram kind = "histogram"
)

// A sample is a metric's value for the values of its labels.
type sample struct {
	labels []string
	value  float64
	spread *spread // instead of value, of a histogram
}

// labelsInfo is the metric of which the run says which labels it has: one metric for all of them, which a query joins,
// and not the same labels on every series.
const labelsInfo = "shotput_labels_info"

// catalog is every metric, in the order in which they are told.
var table = []metric{
	{"shotput_build_info", gauge, "", []string{"version", "go", "os"}, "1; its labels say which shotput it is.",
		(*reading).build},
	{"shotput_run_info", gauge, "", []string{"method", "engine", "protocol", "model"},
		"1; its labels say what the run is.", (*reading).info},
	{labelsInfo, gauge, "", nil, "1; its labels are those that were given to the run. Absent where none were.",
		(*reading).given},
	{"shotput_run_start_time_seconds", gauge, "s", nil, "When the run started, since the epoch.", (*reading).startTime},
	{"shotput_run_ended", gauge, "1", nil, "1 when the run has ended, else 0.", (*reading).hasEnded},
	{"shotput_requests_total", counter, "{request}", []string{"template", "outcome", "status"},
		"Requests of the measured span that have ended, by how; status is empty where no answer was read.",
		(*reading).requests},
	{"shotput_exchanges_total", counter, "{exchange}", []string{"step", "outcome", "status"},
		"Exchanges of flows that have ended, by step and how; reauth is a 401 after which a slot logged in again. " +
			"Absent without flows.", (*reading).exchanges},
	{"shotput_step_service_seconds", histogram, "s", []string{"step"}, stepServiceHelp, (*reading).stepService},
	{"shotput_completion_seconds", histogram, "s", []string{"step"},
		"Time until the condition held that a step waits for. Absent without such steps.", (*reading).completion},
	{"shotput_warmup_requests_total", counter, "{request}", nil,
		"Requests of the warm-up that have ended; they are in no other counter and in no histogram.",
		(*reading).warmup},
	{"shotput_body_bytes_sent_total", counter, "By", []string{"template"}, "Body bytes handed to the kernel.",
		(*reading).bodyBytes},
	{"shotput_connections_opened_total", counter, "{connection}", nil,
		"Connections opened by measured requests; at the end, all that were opened.", (*reading).connections},
	{"shotput_response_seconds", histogram, "s", []string{"template"},
		"Response time of requests that were OK: from the intended start to the end of the answer. Open loop only.",
		(*reading).response},
	{"shotput_service_seconds", histogram, "s", []string{"template"},
		"Service time of requests that were OK: from the first byte sent to the end of the answer.",
		(*reading).service},
	{"shotput_in_flight", gauge, "{request}", nil, "Requests that were sent and are not done.", (*reading).inFlight},
	{"shotput_concurrency", gauge, "{request}", nil, "The bound on requests in flight.", (*reading).concurrency},
	{"shotput_offered_per_second", gauge, "{request}/s", nil,
		"Arrivals due a second: the plan's rate, or the last second's where it changes; at the end, the run's. " +
			"Absent in closed loop.", (*reading).offered},
	{"shotput_achieved_per_second", gauge, "{request}/s", nil,
		"Requests done a second, in the last window; at the end, in the run.", (*reading).achieved},
	{"shotput_timer_lag_p99_seconds", gauge, "s", nil,
		"99th percentile of timer lag, how late the tool itself was, in the last window; at the end, in the run. " +
			"Open loop only.", (*reading).timerLag},
	{"shotput_planned_requests", gauge, "{request}", nil, "Requests that the plan called for; at the end only.",
		(*reading).planned},
	{"shotput_unsent_requests", gauge, "{request}", nil, "Of those, requests that were never sent; at the end only.",
		(*reading).unsent},
	{"shotput_verdict_info", gauge, "", []string{"verdict"},
		"1; its label says whether the result may be trusted; at the end only.", (*reading).verdict},
	{"shotput_alarm_info", gauge, "", []string{"alarm"},
		"1 for each alarm that the tool raised about itself; at the end only.", (*reading).alarms},
	{"shotput_threshold_ok", gauge, "1", []string{"rule"},
		"1 for a threshold that was kept, 0 for one that was broken, no sample of one that was not judged; " +
			"at the end only.", (*reading).thresholds},
}

// A family is a metric and its samples at one moment.
type family struct {
	*metric
	samples []sample
}

// A gathering is every family that has samples, all of one moment.
type gathering struct {
	version  string
	from, to time.Time // the run's start, and the end of the last window
	families []family
}

// gather reads all metrics at once, so that they agree. Nothing of what it reads is in what it gives.
func gather(r *reading) gathering {
	g := gathering{version: r.run.Tool.Version, from: r.run.Started, to: r.run.Started.Add(r.window.End)}
	for i := range table {
		one := &table[i]
		if one.name == labelsInfo {
			own := *one
			own.labels = r.run.Labels.Names()
			one = &own
		}
		if samples := one.read(r); len(samples) > 0 {
			g.families = append(g.families, family{one, samples})
		}
	}
	return g
}

func one(value float64, labels ...string) []sample { return []sample{{labels: labels, value: value}} }

func (r *reading) build() []sample {
	t := &r.run.Tool
	return one(1, t.Version, t.Go, t.OS)
}

func (r *reading) info() []sample {
	p := &r.run.Plan
	return one(1, words.Clean(p.Method), p.Engine, words.Clean(p.Protocol), p.Model)
}

// given are the values of the run's own labels, in the order of their names.
func (r *reading) given() []sample {
	var values []string
	for _, name := range r.run.Labels.Names() {
		values = append(values, words.Clean(r.run.Labels[name]))
	}
	if values == nil {
		return nil
	}
	return one(1, values...)
}

func (r *reading) startTime() []sample {
	return one(float64(r.run.Started.UnixMilli()) / 1000)
}

func (r *reading) hasEnded() []sample { return one(truth(r.ended)) }

func truth(is bool) float64 {
	if is {
		return 1
	}
	return 0
}

func (r *reading) requests() (all []sample) {
	for i, label := range r.templates() {
		for _, e := range r.ends(i) {
			status := ""
			if e.Status != 0 {
				status = strconv.Itoa(e.Status)
			}
			all = append(all, sample{labels: []string{label, e.Outcome.String(), status}, value: float64(e.Count)})
		}
	}
	return all
}

// ends tells the requests of the i-th template apart by how they ended.
func (r *reading) ends(i int) []stats.OutcomeCount {
	if len(r.run.Templates) > 0 {
		return r.run.Templates[i].Ends()
	}
	t := &stats.Tally{Counts: stats.Counts{OK: r.run.Totals.OK}, Statuses: r.run.Status, Failures: r.run.Outcomes}
	return t.Ends()
}

func (r *reading) warmup() []sample { return one(float64(r.run.Totals.Warmup)) }

func (r *reading) bodyBytes() (all []sample) {
	for i, label := range r.templates() {
		n := r.run.Totals.BodyBytesSent
		if len(r.run.Templates) > 0 {
			n = r.run.Templates[i].Totals.BodySent
		}
		all = append(all, sample{labels: []string{label}, value: float64(n)})
	}
	return all
}

func (r *reading) connections() []sample {
	return one(float64(max(r.run.Latency.Connect.Count(), r.run.Totals.ConnectionsOpened)))
}

func (r *reading) response() []sample {
	if !r.run.Plan.Open() {
		return nil
	}
	return r.spreads(func(l *stats.Latency) *stats.Histogram { return &l.Response })
}

func (r *reading) service() []sample {
	return r.spreads(func(l *stats.Latency) *stats.Histogram { return &l.Service })
}

func (r *reading) spreads(of func(*stats.Latency) *stats.Histogram) (all []sample) {
	for i, label := range r.templates() {
		h := of(&r.run.Latency)
		if len(r.run.Templates) > 0 {
			h = of(&r.run.Templates[i].Latency)
		}
		all = append(all, sample{labels: []string{label}, spread: spreadOf(h)})
	}
	return all
}

func (r *reading) inFlight() []sample    { return one(float64(r.window.InFlight)) }
func (r *reading) concurrency() []sample { return one(float64(r.run.Plan.Concurrency)) }

func (r *reading) offered() []sample {
	p := &r.run.Plan
	switch {
	case !p.Open():
		return nil
	case r.ended && !r.run.Totals.HasRate():
		return nil
	case r.ended:
		return one(r.run.Totals.OfferedPerSecond)
	case p.RatePerSecond > 0 && len(p.Stages) == 0:
		return one(p.RatePerSecond)
	case r.window.Due > 0:
		return one(words.PerSecond(r.window.Due, r.window.End-r.window.Start))
	}
	return nil
}

func (r *reading) achieved() []sample {
	switch {
	case r.ended && !r.run.Totals.HasRate():
		return nil
	case r.ended:
		return one(r.run.Totals.AchievedPerSecond)
	}
	return one(words.PerSecond(r.window.Done, r.window.End-r.window.Start))
}

func (r *reading) timerLag() []sample {
	switch {
	case !r.run.Plan.Open():
		return nil
	case r.ended:
		return one(r.run.Latency.TimerLag.Quantile(.99).Seconds())
	}
	return one(r.window.TimerLagP99.Seconds())
}

func (r *reading) planned() []sample {
	return r.atEnd(func() []sample { return one(float64(r.run.Totals.Planned)) })
}
func (r *reading) unsent() []sample {
	return r.atEnd(func() []sample { return one(float64(r.run.Totals.Unsent)) })
}
func (r *reading) verdict() []sample {
	return r.atEnd(func() []sample { return one(1, r.run.Verdict.Status) })
}

func (r *reading) alarms() []sample {
	return r.atEnd(func() (all []sample) {
		var codes []string
		for _, a := range r.run.Generator.Alarms {
			codes = append(codes, a.Code)
		}
		for _, code := range labels(codes) {
			all = append(all, one(1, code)...)
		}
		return all
	})
}

func (r *reading) thresholds() []sample {
	return r.atEnd(func() (all []sample) {
		var rules []string
		for _, t := range r.run.Thresholds {
			rules = append(rules, t.Rule)
		}
		for i, rule := range labels(rules) {
			if result := r.run.Thresholds[i].Judged(); result != stats.RuleNotJudged {
				all = append(all, one(truth(result == stats.RuleKept), rule)...)
			}
		}
		return all
	})
}

// atEnd is for what is not known before.
func (r *reading) atEnd(read func() []sample) []sample {
	if !r.ended {
		return nil
	}
	return read()
}

// templates are the labels of the plan's requests, in order: their names, or the template of the URL. Until the first
// window has closed nothing is told of any.
func (r *reading) templates() []string {
	if r.window.End == 0 {
		return nil
	}
	if len(r.run.Plan.Mix) < 2 {
		return labels([]string{r.run.Plan.URL})
	}
	var names []string
	for _, request := range r.run.Plan.Mix {
		names = append(names, request.Name)
	}
	return labels(names)
}

// longestLabel bounds the value of a label, in runes.
const longestLabel = 120

// labels makes foreign text fit to be the values of a label: short, and each another, since two series of the same
// labels would spoil all.
func labels(texts []string) []string {
	seen, all := map[string]bool{}, make([]string, len(texts))
	for i, text := range texts {
		runes := []rune(words.Clean(text))
		all[i] = string(runes[:min(len(runes), longestLabel)])
		if seen[all[i]] {
			all[i] += " #" + strconv.Itoa(i+1)
		}
		seen[all[i]] = true
	}
	return all
}
