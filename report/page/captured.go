package page

import (
	"fmt"
	"strconv"
	"strings"

	"shotput/report/words"
	"shotput/stats"
)

// capturedCount says that answers were kept, and where they are.
func capturedCount(r *stats.Run) []Fact {
	if len(r.Captured) == 0 {
		return nil
	}
	return []Fact{{Label: "captured", Lines: [][]Cell{{{Text: words.Plural(int64(len(r.Captured)), "failed answer") +
		", whole in the .json and on the .html page"}}}}}
}

// captured are the failed answers that were kept, each as it came: header and the beginning of the body, line by line.
func captured(r *stats.Run) (all []Fact) {
	for i := range r.Captured {
		c := &r.Captured[i]
		f := Fact{Label: fmt.Sprintf("%d, request %d", c.Status, c.Number)}
		add := func(text string) { f.Lines = append(f.Lines, []Cell{{Text: words.Clean(text)}}) }
		add("at " + words.Duration(c.Done) + ": " + words.Outcome(stats.Failure{Outcome: c.Outcome, Status: c.Status}) +
			strings.TrimSuffix(": "+c.Detail, ": "))
		for _, line := range c.Header {
			add(line)
		}
		lines, cut := shownOf(c)
		for _, line := range lines {
			add(line)
		}
		if cut {
			add("…")
		}
		all = append(all, f)
	}
	return all
}

// How much of a captured body a page shows: lines, and bytes of each. The saved run has more.
const (
	shownLines = 40
	shownLine  = 1000
)

// shownOf is as much of a body as is shown, and whether there is more.
func shownOf(c *stats.Captured) (lines []string, cut bool) {
	if c.Base64 != "" {
		return []string{strconv.Itoa(len(c.Base64)*3/4) + " bytes that are no text"}, c.Cut
	}
	lines, cut = strings.Split(c.Body, "\n"), c.Cut
	if len(lines) > shownLines {
		lines, cut = lines[:shownLines], true
	}
	for i, line := range lines {
		if len(line) > shownLine {
			lines[i], cut = line[:shownLine], true
		}
	}
	return lines, cut
}
