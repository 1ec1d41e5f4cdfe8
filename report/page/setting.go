package page

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"shotput/report/words"
	"shotput/stats"
)

// setting is the run in one line: how it was fired, by what, when.
func setting(r *stats.Run) string {
	p := &r.Plan
	parts := []string{words.Clean(p.Protocol)}
	switch {
	case !p.Open():
		parts = append(parts, "closed loop")
	case len(p.Stages) > 0:
		parts = append(parts, "open loop "+words.Clean(strings.Join(p.Stages, ", ")))
	case p.BytesPerSecond > 0:
		parts = append(parts, "open loop "+words.Size(p.BytesPerSecond)+"/s")
	default:
		parts = append(parts, "open loop "+words.Rate(p.RatePerSecond))
	}
	if p.Arrivals == "poisson" {
		parts[1] += " poisson"
	}
	parts = append(parts, "at most "+words.Count(int64(p.Concurrency))+" in flight")
	if p.BodyBytes > 0 {
		parts = append(parts, "body "+words.Size(float64(p.BodyBytes)))
	}
	if p.Duration > 0 {
		parts = append(parts, words.Seconds(p.Duration))
	}
	parts = append(parts, words.Clean(r.Labels.String()), words.Clean("shotput "+r.Tool.Version))
	if !r.Started.IsZero() {
		parts = append(parts, r.Started.UTC().Format("2006-01-02 15:04:05 UTC"))
	}
	return strings.Join(nonEmpty(parts), " · ")
}

// nonEmpty drops what the run does not know, such as the protocol of one that broke off.
func nonEmpty(list []string) []string {
	var kept []string
	for _, s := range list {
		if s != "" {
			kept = append(kept, s)
		}
	}
	return kept
}

// watchFacts are what the tool saw of itself and of the machine that it ran on. The text says of it only what makes a
// difference (health); whoever opens a page may want to see that for himself.
func watchFacts(r *stats.Run) []Fact {
	g := &r.Generator
	return []Fact{
		{Label: "tool", Lines: [][]Cell{cells(words.Clean("shotput "+r.Tool.Version), words.Clean(r.Tool.Go),
			words.Clean(r.Tool.OS), words.Plural(int64(r.Tool.CPUs), "CPU"))}},
		{Label: "longest pauses", Lines: [][]Cell{cells("standing still "+words.Duration(g.HiccupMax),
			"garbage collector "+words.Duration(g.GCPauseMax),
			"waiting for a thread (p99) "+words.Duration(g.SchedP99))}},
		{Label: "most used", Lines: [][]Cell{cells(words.Size(float64(g.PeakResident))+" of memory",
			words.Plural(int64(g.Descriptors), "descriptor"),
			words.Percent(g.GCRatio)+" of the CPU for garbage",
			words.Percent(g.StealRatio)+" of the CPU taken by the host")}},
	}
}

// cells are texts without a tone.
func cells(texts ...string) (all []Cell) {
	for _, text := range texts {
		all = append(all, Cell{Text: text})
	}
	return all
}

// planFacts lists every field of the plan that is set, by its name in the saved run, so that a field that is added
// to the plan is in the page too. Secrets were taken out before the plan came here.
func planFacts(r *stats.Run) []Fact {
	b, err := json.Marshal(&r.Plan)
	if err != nil {
		return []Fact{{Label: "plan", Lines: [][]Cell{{{Text: "cannot be shown: " + words.Clean(err.Error())}}}}}
	}
	fields := json.NewDecoder(bytes.NewReader(b))
	fields.Token() // the opening brace
	var facts []Fact
	for fields.More() {
		name, _ := fields.Token() // Marshal wrote it: a name, then a value
		var value json.RawMessage
		if fields.Decode(&value) != nil {
			break
		}
		if lines := planLines(fmt.Sprint(name), value); len(lines) > 0 {
			facts = append(facts, Fact{Label: planLabel(fmt.Sprint(name)), Lines: lines})
		}
	}
	return facts
}

// planUnits are the units in which fields' names end, a longer one before what it ends in.
var planUnits = []string{"ns", "bytes_per_second", "per_second", "bytes"}

// planLabel is a field's name without the unit, which stands beside the value.
func planLabel(name string) string {
	for _, unit := range planUnits {
		name = strings.TrimSuffix(name, "_"+unit)
	}
	if name == "bytes" {
		return "rate of bytes"
	}
	return strings.ReplaceAll(name, "_", " ")
}

// planLines prints a field's value, one line for each entry of a list; nothing for what is not set.
func planLines(name string, value json.RawMessage) (lines [][]Cell) {
	var list []json.RawMessage
	if json.Unmarshal(value, &list) == nil {
		for _, v := range list {
			lines = append(lines, planLines(name, v)...)
		}
		return lines
	}
	if text := planText(name, value); text != "" {
		lines = [][]Cell{{{Text: text}}}
	}
	return lines
}

// planText prints a field's value; its name ends in the unit.
func planText(name string, value json.RawMessage) string {
	var text string
	if json.Unmarshal(value, &text) == nil {
		return words.Clean(text)
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
		return words.Clean(string(value))
	case x == 0:
		return ""
	case name == "body_bytes" && x < 0:
		return "differs from request to request"
	}
	for _, unit := range planUnits {
		if name == unit || strings.HasSuffix(name, "_"+unit) {
			return words.Scale{}.InUnit(x, unit)
		}
	}
	return string(value)
}
