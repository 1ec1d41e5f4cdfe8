package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"shotput/stats"
)

// setting is the run in one line: how it was fired, by what, when.
func (d *desk) setting() string {
	p := &d.Plan
	parts := []string{clean(p.Protocol)}
	switch {
	case !p.Open():
		parts = append(parts, "closed loop")
	case len(p.Stages) > 0:
		parts = append(parts, "open loop "+clean(strings.Join(p.Stages, ", ")))
	case p.BytesPerSecond > 0:
		parts = append(parts, "open loop "+size(p.BytesPerSecond)+"/s")
	default:
		parts = append(parts, "open loop "+rate(p.RatePerSecond))
	}
	if p.Arrivals == "poisson" {
		parts[1] += " poisson"
	}
	parts = append(parts, "at most "+count(int64(p.Concurrency))+" in flight")
	if p.BodyBytes > 0 {
		parts = append(parts, "body "+size(float64(p.BodyBytes)))
	}
	if p.Duration > 0 {
		parts = append(parts, seconds(p.Duration))
	}
	parts = append(parts, clean("shotput "+d.Tool.Version))
	if !d.Started.IsZero() {
		parts = append(parts, d.Started.UTC().Format("2006-01-02 15:04:05 UTC"))
	}
	return strings.Join(nonEmpty(parts), " · ")
}

func nonEmpty(list []string) []string {
	var kept []string
	for _, s := range list {
		if s != "" {
			kept = append(kept, s)
		}
	}
	return kept
}

// watchFacts are what the tool saw of itself and of the machine that it ran on.
func (d *desk) watchFacts() []htmlFact {
	g := &d.Generator
	facts := []fact{
		{"tool", [][]cell{{{text: clean("shotput " + d.Tool.Version)}, {text: clean(d.Tool.Go)}, {text: clean(d.Tool.OS)}, {text: plural(int64(d.Tool.CPUs), "CPU")}}}},
		{"longest pauses", [][]cell{{{text: "standing still " + stats.FormatDuration(g.HiccupMax)}, {text: "garbage collector " + stats.FormatDuration(g.GCPauseMax)},
			{text: "waiting for a thread (p99) " + stats.FormatDuration(g.SchedP99)}}}},
		{"most used", [][]cell{{{text: size(float64(g.PeakResident)) + " of memory"}, {text: plural(int64(g.Descriptors), "descriptor")},
			{text: percent(g.GCRatio) + " of the CPU for garbage"}, {text: percent(g.StealRatio) + " of the CPU taken by the host"}}}},
	}
	var h []htmlFact
	for _, f := range facts {
		h = append(h, newHTMLFact(f))
	}
	return h
}

// planFacts lists every field of the plan that is set, by its name in the saved run, so that a field that is added
// to the plan is in the page too. Secrets were taken out before the plan came here.
func (d *desk) planFacts() []htmlFact {
	b, err := json.Marshal(&d.Plan)
	if err != nil {
		return []htmlFact{newHTMLFact(fact{"plan", [][]cell{{{text: "cannot be shown: " + clean(err.Error())}}}})}
	}
	fields := json.NewDecoder(bytes.NewReader(b))
	fields.Token() // the opening brace
	var facts []htmlFact
	for fields.More() {
		name, _ := fields.Token() // Marshal wrote it: a name, then a value
		var value json.RawMessage
		if fields.Decode(&value) != nil {
			break
		}
		if lines := planLines(fmt.Sprint(name), value); len(lines) > 0 {
			facts = append(facts, newHTMLFact(fact{planLabel(fmt.Sprint(name)), lines}))
		}
	}
	return facts
}

// planLabel is a field's name without the unit, which stands beside the value.
func planLabel(name string) string {
	for _, unit := range []string{"_ns", "_per_second", "_bytes"} {
		name = strings.TrimSuffix(name, unit)
	}
	if name == "bytes" {
		return "rate of bytes"
	}
	return strings.ReplaceAll(name, "_", " ")
}

// planLines prints a field's value, one line for each entry of a list; nothing for what is not set.
func planLines(name string, value json.RawMessage) (lines [][]cell) {
	var list []json.RawMessage
	if json.Unmarshal(value, &list) == nil {
		for _, v := range list {
			lines = append(lines, planLines(name, v)...)
		}
		return lines
	}
	if text := planText(name, value); text != "" {
		lines = [][]cell{{{text: text}}}
	}
	return lines
}

func planText(name string, value json.RawMessage) string {
	var text string
	if json.Unmarshal(value, &text) == nil {
		return clean(text)
	}
	switch string(value) {
	case "true":
		return "yes"
	case "false":
		return "no"
	}
	x, err := strconv.ParseFloat(string(value), 64)
	switch {
	case err != nil:
		return clean(string(value))
	case x == 0:
		return ""
	case name == "body_bytes" && x < 0:
		return "differs from request to request"
	case strings.HasSuffix(name, "_ns"):
		return stats.FormatDuration(time.Duration(x))
	case name == "bytes_per_second":
		return size(x) + "/s"
	case strings.HasSuffix(name, "_per_second"):
		return rate(x)
	case strings.HasSuffix(name, "_bytes"):
		return size(x)
	}
	return string(value)
}
