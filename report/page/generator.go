package page

import (
	"fmt"

	"shotput/report/words"
	"shotput/stats"
	"shotput/stats/labels"
)

// generator tells how the load was made, so that a reader can judge the generator.
func generator(r *stats.Run, s words.Scale) []Fact {
	facts := labelFacts(r.Labels)
	if speed := uploadSpeed(r); speed != "" && r.Plan.Open() { // a closed loop's is in the headline
		facts = append(facts, Fact{Label: "bodies", Lines: [][]Cell{{{Text: speed}}}})
	}
	if parts := connections(r); len(parts) > 0 {
		facts = append(facts, Fact{Label: "connections", Lines: [][]Cell{parts}})
	}
	facts = append(facts, Fact{Label: "generator", Lines: [][]Cell{{{Text: engine(r)}}, health(r, s)}})
	facts = append(facts, expectations(r, s)...)
	for _, a := range r.Generator.Alarms {
		facts = append(facts, note("alarm", a))
	}
	return facts
}

// labelFacts are what somebody called the run.
func labelFacts(all labels.Set) []Fact {
	var parts []Cell
	for _, name := range all.Names() {
		parts = append(parts, Cell{Text: words.Clean(name + "=" + all[name])})
	}
	if parts == nil {
		return nil
	}
	return []Fact{{Label: "labels", Lines: [][]Cell{parts}}}
}

// connections leaves HTTP/1.1 out unless it was asked for: it is what nearly every run speaks.
func connections(r *stats.Run) []Cell {
	var parts []Cell
	if r.Stop.Kind != stats.BrokenOff { // else their counts are not known
		parts = append(parts, Cell{Text: fmt.Sprintf("%s opened, %s needed", words.Count(r.Totals.ConnectionsOpened),
			words.Count(r.Totals.ConnectionsNeeded))})
	}
	for _, s := range []string{r.Plan.Protocol, r.Plan.TLS} {
		if s != "" && (s != "HTTP/1.1" || r.Plan.HTTP != "") {
			parts = append(parts, Cell{Text: words.Clean(s)})
		}
	}
	if !r.Plan.Keepalive {
		parts = append(parts, Cell{Text: "one request each"})
	}
	return parts
}

// engine names the engine, why it was chosen, and whose clock the answers were timed by.
func engine(r *stats.Run) string {
	engine := words.Clean(r.Plan.Engine)
	if r.Plan.Poll == "io_uring" {
		engine += " on io_uring"
	}
	if r.Plan.EngineReason != "" {
		engine += " (" + words.Clean(r.Plan.EngineReason) + ")"
	}
	switch r.Clock {
	case "kernel":
		return engine + ", kernel receive clock"
	case "user":
		return engine + ", user clock"
	}
	return engine // of a stream that broke off the clock is not known
}

// health is what the generator saw of itself, with a word at its end that says whether that is good: nobody knows by
// heart how much timer lag is too much.
func health(r *stats.Run, s words.Scale) []Cell {
	g := &r.Generator
	var parts []Cell
	if g.CPUs > 0 { // else the run broke off before it was known
		parts = append(parts, Cell{Text: fmt.Sprintf("CPU %.0f %% of %.3g", g.CPURatio*100, g.CPUs)})
	}
	if r.Latency.TimerLag.Count() > 0 {
		parts = append(parts, Cell{Text: "timer lag p99 " + s.InText(r.Latency.TimerLag.Quantile(.99))})
	}
	switch {
	case r.Stop.Kind == stats.BrokenOff: // what the tool saw of itself is not known
		return parts
	case len(g.Alarms) == 0 && r.Verdict.Status == stats.ClientLimited:
		return append(parts, Cell{"late ✗", Bad})
	case len(g.Alarms) == 0 && r.FirmTo() < 100:
		return append(parts, Cell{"late", Warn})
	case len(g.Alarms) > 0 && r.Verdict.Status != stats.ClientLimited:
		return append(parts, Cell{words.Plural(int64(len(g.Alarms)), "alarm"), Warn})
	case len(g.Alarms) == 0:
		return append(parts, Cell{"healthy ✓", Good})
	}
	return append(parts, Cell{words.Plural(int64(len(g.Alarms)), "alarm") + " ✗", Bad})
}

// warnings are facts, each a section's line of its own.
func warnings(all []stats.Warning) []Fact {
	var facts []Fact
	for _, w := range all {
		facts = append(facts, note("warning", w))
	}
	return facts
}

// note is a warning as a fact: what, its code, and what to do.
func note(label string, w stats.Warning) Fact {
	f := Fact{Label: label, Lines: [][]Cell{{{Text: words.Clean(w.Text) + " [" + words.Clean(w.Code) + "]"}}}}
	if w.Try != "" {
		f.Lines = append(f.Lines, []Cell{{Text: "try: " + words.Clean(w.Try)}})
	}
	return f
}

// expectations tells what came of Expect: 100-continue; nothing where no request said it.
func expectations(r *stats.Run, s words.Scale) []Fact {
	e := &r.ExpectContinue
	if *e == (stats.ExpectContinue{}) {
		return nil
	}
	line := []Cell{{Text: words.Count(e.Waited.Count) + " agreed to"}}
	if e.Waited.Count > 0 {
		line[0].Text += fmt.Sprintf(" after %s in mean, %s at most", s.InText(e.Waited.Mean), s.InText(e.Waited.Max))
	}
	if e.Saved > 0 {
		line = append(line, Cell{Text: fmt.Sprintf("%s bodies saved, %s", words.Count(e.Saved),
			words.Size(float64(e.SavedBytes)))})
	}
	if e.Ignored > 0 {
		line = append(line, Cell{words.Count(e.Ignored) + " ignored", Warn})
	}
	return []Fact{{Label: "100-continue", Lines: [][]Cell{line}}}
}
