package report

import (
	"fmt"
	"strings"

	"shotput/stats"
)

// title names what was fired: the request, or the first of several.
func title(p *stats.Plan) string {
	s := clean(p.Method + " " + p.URL)
	if more := len(p.Mix) - 1; more > 0 {
		s += fmt.Sprintf(" and %d more", more)
	}
	return s
}

// requests is the table of a plan's several requests, one row each: its headline latency is of what ended OK, and its
// errors are all else.
func (d *desk) requests() *table {
	t := &table{columns: []column{{title: d.titled("request"), left: true, grows: true}, {title: "count", least: 9},
		{title: "rate", least: 10}, {title: "p50", least: 9}, {title: "p99", least: 9}, {title: "errors", least: 9}}}
	servers := d.servers()
	for i := range d.Templates {
		r := &d.Templates[i]
		of := span{h: r.Latency.Headline(d.Plan.Open()), open: r.Totals.Aborted}
		errors := cell{text: count(r.Totals.Errors())}
		if r.Totals.Errors() > 0 {
			errors.tone = bad
		}
		t.rows = append(t.rows, []cell{{text: requestLabel(r, servers)}, {text: count(r.Totals.Done())},
			{text: rate(r.AchievedPerSecond)}, d.quantile(of, .5), d.quantile(of, .99), errors})
	}
	return t
}

// requestLabel is the request's name; where that is but its URL, the method and as much of the URL as tells it from
// the others: the server stands in the title already, if it is one for all.
func requestLabel(r *stats.Template, servers int) string {
	if r.Name != r.URL {
		return clean(r.Name)
	}
	url := r.URL
	if path := strings.TrimPrefix(url, server(url)); servers == 1 && path != "" {
		url = path
	}
	return clean(r.Method + " " + url)
}

// servers counts what the requests' URLs begin with.
func (d *desk) servers() int {
	all := map[string]bool{}
	for _, r := range d.Templates {
		all[server(r.URL)] = true
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
