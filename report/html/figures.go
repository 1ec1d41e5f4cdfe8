package html

import (
	"math"
	"slices"
	"time"

	"shotput/report/page"
	"shotput/report/words"
	"shotput/stats"
)

// chartData is what the page's script draws from. Its figures are those of the saved run, in columns: one entry a
// window.
type chartData struct {
	Runs []runData `json:"runs"`
}

type runData struct {
	Name        string     `json:"name"`
	Start       []float64  `json:"start"` // seconds since the run's start
	End         []float64  `json:"end"`
	Warmup      float64    `json:"warmup"`          // seconds
	Drain       *float64   `json:"drain,omitempty"` // where it begins, in seconds
	Concurrency int        `json:"concurrency"`
	Percentiles []level    `json:"percentiles"`
	Max         []any      `json:"max"`               // nanoseconds; null where nothing succeeded
	Achieved    []any      `json:"achieved"`          // done a second; null where a window is too short for a rate
	Goodput     []any      `json:"goodput,omitempty"` // absent when all that was done was OK
	Offered     []any      `json:"offered,omitempty"` // absent in closed loop
	Failed      []int64    `json:"failed"`
	TimedOut    []int64    `json:"timed_out"`
	Aborted     []int64    `json:"aborted,omitempty"` // absent when there were none
	InFlight    []int64    `json:"in_flight"`
	TimerLag    []any      `json:"timer_lag,omitempty"` // nanoseconds; absent in closed loop
	Status      []codeData `json:"status"`
	Spectrum    []spectrum `json:"spectrum"`
	Limits      []limit    `json:"limits,omitempty"`
}

// limit is where a threshold stands in a chart: Of is the figure it speaks of.
type limit struct {
	Chart  string  `json:"chart"`
	Of     string  `json:"of"`
	At     float64 `json:"at"`
	Rule   string  `json:"rule"`
	Broken bool    `json:"broken,omitempty"`
}

// level is a percentile of the headline latency in each window, in nanoseconds; null where nobody knows it.
type level struct {
	Name string `json:"name"`
	Of   []any  `json:"of"`
	at   words.Percentile
}

// codeData is one status code's count in each window; null in the warm-up, whose codes are not kept.
type codeData struct {
	Code  int   `json:"code"`
	Count []any `json:"count"`
}

// spectrum is a distribution as a line: At is 1/(1−q) of the quantile q.
type spectrum struct {
	Name  string    `json:"name"`
	At    []float64 `json:"at"`
	Nanos []int64   `json:"ns"`
}

func newChartData(runs []Named, opt words.Options) chartData {
	var data chartData
	for _, r := range runs {
		data.Runs = append(data.Runs, newRunData(r, opt.PercentilesOr(50, 99)))
	}
	return data
}

func newRunData(named Named, asked []words.Percentile) runData {
	r := named.Run
	d := runData{
		Name: words.Clean(named.Name), Start: []float64{}, End: []float64{},
		Warmup: seconds6(r.Plan.Warmup), Concurrency: r.Plan.Concurrency,
		Percentiles: []level{}, Max: []any{}, Achieved: []any{},
		Failed: []int64{}, TimedOut: []int64{}, InFlight: []int64{},
		Spectrum: spectra(r), Limits: limits(r),
	}
	for _, p := range asked {
		d.Percentiles = append(d.Percentiles, level{Name: p.String(), Of: []any{}, at: p})
	}
	var windows []stats.Window
	for _, s := range spans(r.Windows) {
		windows = append(windows, stats.JoinWindows(s))
		d.add(s, &windows[len(windows)-1], r.Plan.Open())
	}
	if r.Totals.Drained+r.Totals.Aborted == 0 { // runs of older versions have empty windows of it, and false ones
		d.Drain = nil
	}
	d.Status = statusData(windows)
	if d.allOK() {
		d.Goodput = nil
	}
	if !slices.ContainsFunc(d.Aborted, func(n int64) bool { return n != 0 }) {
		d.Aborted = nil
	}
	return d
}

// add adds a point of the charts: the span's windows, and all of them joined.
func (d *runData) add(s span, w *stats.Window, open bool) {
	d.Start, d.End = append(d.Start, seconds6(w.Start)), append(d.End, seconds6(w.End))
	if i := slices.IndexFunc(s, func(w stats.Window) bool { return w.Drain }); i >= 0 && d.Drain == nil {
		start := seconds6(s[i].Start)
		d.Drain = &start
	}
	for i := range d.Percentiles {
		d.Percentiles[i].add(w)
	}
	d.Max = append(d.Max, figureOf(w, w.Max))
	d.Achieved = append(d.Achieved, s.rate(func(w *stats.Window) int64 { return w.Done }))
	d.Goodput = append(d.Goodput, s.rate(func(w *stats.Window) int64 { return w.OK }))
	d.Failed, d.TimedOut = append(d.Failed, w.Failed), append(d.TimedOut, w.TimedOut)
	d.Aborted = append(d.Aborted, w.Done-w.OK-w.Failed-w.TimedOut)
	d.InFlight = append(d.InFlight, w.InFlight)
	if open {
		d.Offered = append(d.Offered, s.rate(func(w *stats.Window) int64 { return w.Due }))
		d.TimerLag = append(d.TimerLag, lagOf(w))
	}
}

func (l *level) add(w *stats.Window) {
	if at, known := w.Percentile(l.at.Quantile()); known {
		l.Of = append(l.Of, int64(at))
	} else {
		l.Of = append(l.Of, nil)
	}
}

func (d *runData) allOK() bool {
	for i := range d.Failed {
		if d.Failed[i]+d.TimedOut[i]+d.Aborted[i] != 0 {
			return false
		}
	}
	return true
}

// seconds6 is d in seconds, to the microsecond: a chart shows no more, and a page is to stay small.
func seconds6(d time.Duration) float64 { return d.Round(time.Microsecond).Seconds() }

// figureOf is a latency of the window; without an OK request in it there is none.
func figureOf(w *stats.Window, d time.Duration) any {
	if w.OK == 0 {
		return nil
	}
	return int64(d)
}

// lagOf leaves the warm-up out, of which the timer lag is not kept.
func lagOf(w *stats.Window) any {
	if w.Warmup || w.Done == 0 {
		return nil
	}
	return int64(w.TimerLagP99)
}

// statusData turns the windows' counts into a column for each code, ascending.
func statusData(windows []stats.Window) []codeData {
	columns := []codeData{}
	for i := range windows {
		for _, s := range windows[i].Status {
			byCode := func(c codeData, code int) int { return c.Code - code }
			k, found := slices.BinarySearchFunc(columns, s.Code, byCode)
			if !found {
				columns = slices.Insert(columns, k, codeData{s.Code, noAnswers(windows)})
			}
			columns[k].Count[i] = s.Count
		}
	}
	return columns
}

func noAnswers(windows []stats.Window) []any {
	counts := make([]any, len(windows))
	for i := range windows {
		if !windows[i].Warmup {
			counts[i] = 0
		}
	}
	return counts
}

// spectra are the distributions that stand beside each other: what a user would have waited, what the server took,
// and what did not succeed.
func spectra(r *stats.Run) []spectrum {
	all := []spectrum{}
	for _, s := range page.SpansOf(r) {
		if s.Label == "response" || s.Label == "service" || s.Label == "failed" {
			if points := s.H.Spectrum(s.Open); len(points) > 0 {
				all = append(all, newSpectrum(s, points))
			}
		}
	}
	return all
}

// newSpectrum puts the greatest value, of quantile 1, where the last of so many stands.
func newSpectrum(s page.Span, points []stats.Percentile) spectrum {
	line := spectrum{Name: s.Label}
	for _, p := range points {
		at := float64(s.H.Count())
		if p.Quantile < 1 {
			at = math.Round(1000/(1-p.Quantile)) / 1000
		}
		line.At, line.Nanos = append(line.At, at), append(line.Nanos, int64(p.Value))
	}
	return line
}

// limits are the thresholds that a chart has a figure for. A rule that this version cannot read has none.
func limits(r *stats.Run) (all []limit) {
	for i := range r.Thresholds {
		t := &r.Thresholds[i]
		objectives, _ := stats.ParseObjectives(t.Rule)
		for _, o := range objectives {
			at, ok := o.Line(&r.Plan, r.Totals.OfferedPerSecond)
			if !ok {
				continue
			}
			one := limit{Chart: "latency", Of: at.Of, At: at.At, Rule: words.Clean(o.String()),
				Broken: t.Judged() == stats.RuleBroken}
			switch at.Of {
			case "rate":
				one.Chart, one.Of = "throughput", "achieved"
			case "goodput":
				one.Chart = "throughput"
			}
			all = append(all, one)
		}
	}
	return all
}
