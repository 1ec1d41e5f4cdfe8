package page

import (
	"strings"

	"shotput/report/words"
	"shotput/stats"
)

// requests is the table of a plan's several requests, one row each: its headline latency is of what ended OK, and its
// errors are all else.
func requests(run *stats.Run, opt words.Options) *Table {
	s, asked := words.ScaleOf(opt), opt.PercentilesOr(50, 99)
	t := &Table{Columns: []Column{names(s.Title("request"), opt), {Title: "count", Least: figureWidth},
		{Title: "rate", Least: 10}}}
	t.addPercentiles(asked)
	t.Columns = append(t.Columns, Column{Title: "errors", Least: figureWidth})
	servers := servers(run)
	for i := range run.Templates {
		r := &run.Templates[i]
		of := Span{H: r.Latency.Headline(run.Plan.Open()), Open: r.Totals.Aborted}.with(lowOf(&r.Latency))
		errors := Cell{Text: words.Count(r.Totals.Errors())}
		if r.Totals.Errors() > 0 {
			errors.Tone = Bad
		}
		row := append([]Cell{{Text: requestLabel(r, servers)}, {Text: words.Count(r.Totals.Done())},
			{Text: words.Rate(run.SpeedOf(r))}}, of.percentiles(asked, s)...)
		t.Rows = append(t.Rows, append(row, errors))
	}
	return t
}

// requestLabel is the request's name; where that is but its URL, the method and as much of the URL as tells it from
// the others: the server stands in the title already, if it is one for all.
func requestLabel(r *stats.Template, servers int) string {
	if r.Name != r.URL {
		return words.Clean(r.Name)
	}
	url := r.URL
	if path := strings.TrimPrefix(url, server(url)); servers == 1 && path != "" {
		url = path
	}
	return words.Clean(r.Method + " " + url)
}

// servers counts what the requests' URLs begin with.
func servers(r *stats.Run) int {
	all := map[string]bool{}
	for _, t := range r.Templates {
		all[server(t.URL)] = true
	}
	return len(all)
}

// server is a URL up to its path.
func server(url string) string {
	scheme, rest, found := strings.Cut(url, "://")
	if !found {
		scheme, rest = "", url
	} else {
		scheme += "://"
	}
	if i := strings.IndexAny(rest, "/?"); i >= 0 {
		rest = rest[:i]
	}
	return scheme + rest
}
