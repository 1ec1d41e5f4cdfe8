package report

import (
	"fmt"

	"shotput/stats"
)

// expectations tells what came of Expect: 100-continue; nothing where no request said it.
func (d *desk) expectations() []fact {
	e := &d.ExpectContinue
	if *e == (stats.ExpectContinue{}) {
		return nil
	}
	line := []cell{{text: count(e.Waited.Count) + " agreed to"}}
	if e.Waited.Count > 0 {
		line[0].text += fmt.Sprintf(" after %s in mean, %s at most", d.latencyInText(e.Waited.Mean), d.latencyInText(e.Waited.Max))
	}
	if e.Saved > 0 {
		line = append(line, cell{text: fmt.Sprintf("%s bodies saved, %s", count(e.Saved), size(float64(e.SavedBytes)))})
	}
	if e.Ignored > 0 {
		line = append(line, cell{count(e.Ignored) + " ignored", warn})
	}
	return []fact{{"100-continue", [][]cell{line}}}
}
