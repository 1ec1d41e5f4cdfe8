package report

import (
	"fmt"
	"math"
	"strconv"
	"time"

	"shotput/stats"
)

// thresholds is the table of objectives and what was measured for each.
func (d *desk) thresholds() *table {
	t := &table{columns: []column{
		{title: "threshold", left: true, grows: true, code: true}, {title: "measured", least: 12}, {least: 12}}}
	for _, th := range d.Thresholds {
		result := cell{"kept ✓", good}
		if !th.OK {
			result = cell{"broken ✗", bad}
		}
		t.rows = append(t.rows, []cell{{text: clean(th.Rule)}, {text: d.measured(th)}, result})
	}
	return t
}

// reasons say of broken thresholds what their numbers do not.
func (d *desk) reasons() []fact {
	var facts []fact
	for _, th := range d.Thresholds {
		if !th.OK && th.Why != "" {
			facts = append(facts, fact{"broken", [][]cell{{{text: clean(th.Rule) + ": " + clean(th.Why)}}}})
		}
	}
	return facts
}

// broken says in a line how a rule does not hold.
func (d *desk) broken(th stats.Threshold) string {
	switch {
	case th.NoSamples || th.For > 0:
		return clean(th.Why)
	case th.Why != "":
		return "measured " + d.measured(th) + ": " + clean(th.Why)
	}
	return "measured " + d.measured(th)
}

// measured prints a threshold's value as far as it is one.
func (d *desk) measured(th stats.Threshold) string {
	switch {
	case th.NoSamples:
		return "-"
	case th.For > 0:
		return "not for " + stats.FormatDuration(time.Duration(th.Measured))
	case th.AtLeast:
		return "≥ " + d.inUnit(th)
	}
	return d.inUnit(th)
}

// inUnit prints a threshold's value in its unit, as the rest of the page prints such values.
func (d *desk) inUnit(th stats.Threshold) string {
	switch th.Unit {
	case "ns":
		return d.latencyInText(time.Duration(th.Measured))
	case "ratio":
		return percent(th.Measured)
	case "per_second", "/s":
		return rate(th.Measured)
	case "bytes_per_second", "B/s":
		return size(th.Measured) + "/s"
	case "bytes", "B":
		return size(th.Measured)
	case "", "count":
		return number(th.Measured)
	}
	return fmt.Sprintf("%.3g %s", th.Measured, cut(clean(th.Unit), 12, ""))
}

// number prints a count, with separators as other counts.
func number(x float64) string {
	if x == math.Trunc(x) && math.Abs(x) < 1e15 {
		return count(int64(x))
	}
	return strconv.FormatFloat(x, 'g', 6, 64)
}

// machine tells how the load was made, so that a reader can judge the generator.
func (d *desk) machine() []fact {
	facts := []fact{{"connections", [][]cell{d.connections()}}, {"generator", [][]cell{{{text: d.engine()}}, d.watch()}}}
	facts = append(facts, d.expectations()...)
	for _, a := range d.Generator.Alarms {
		facts = append(facts, noted("alarm", a))
	}
	return facts
}

func (d *desk) connections() []cell {
	parts := []cell{{text: fmt.Sprintf("%s opened, %s needed", count(d.Totals.ConnectionsOpened), count(d.Totals.ConnectionsNeeded))}}
	for _, s := range []string{d.Plan.Protocol, d.Plan.TLS} {
		if s != "" && (s != "HTTP/1.1" || d.Plan.HTTP != "") {
			parts = append(parts, cell{text: clean(s)})
		}
	}
	if !d.Plan.Keepalive {
		parts = append(parts, cell{text: "one request each"})
	}
	return parts
}

// engine names the engine, why it was chosen, and whose clock the answers were timed by.
func (d *desk) engine() string {
	engine := clean(d.Plan.Engine)
	if d.Plan.Poll == "io_uring" {
		engine += " on io_uring"
	}
	if d.Plan.EngineReason != "" {
		engine += " (" + clean(d.Plan.EngineReason) + ")"
	}
	switch d.Clock {
	case "kernel":
		return engine + ", kernel receive clock"
	case "user":
		return engine + ", user clock"
	}
	return engine // of a stream that broke off the clock is not known
}

// watch is what the generator saw of itself.
func (d *desk) watch() []cell {
	g := &d.Generator
	var parts []cell
	if g.CPUs > 0 { // else the run broke off before it was known
		parts = append(parts, cell{text: fmt.Sprintf("CPU %.0f %% of %.3g", g.CPURatio*100, g.CPUs)})
	}
	if d.Latency.TimerLag.Count() > 0 {
		parts = append(parts, cell{text: "timer lag p99 " + d.latencyInText(d.Latency.TimerLag.Quantile(.99))})
	}
	switch {
	case len(g.Alarms) == 0 && d.Verdict.Status == stats.ClientLimited:
		return append(parts, cell{"late ✗", bad})
	case len(g.Alarms) == 0:
		return append(parts, cell{"healthy ✓", good})
	}
	return append(parts, cell{plural(int64(len(g.Alarms)), "alarm") + " ✗", bad})
}

func (d *desk) warnings() []fact {
	var facts []fact
	for _, w := range d.Warnings {
		facts = append(facts, noted("warning", w))
	}
	return facts
}

// noted is a warning as a fact: what, its code, and what to do.
func noted(label string, w stats.Warning) fact {
	f := fact{label, [][]cell{{{text: clean(w.Text) + " [" + clean(w.Code) + "]"}}}}
	if w.Try != "" {
		f.lines = append(f.lines, []cell{{text: "try: " + clean(w.Try)}})
	}
	return f
}
