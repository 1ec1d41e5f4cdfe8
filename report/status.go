package report

import (
	"strconv"

	"shotput/stats"
)

// meanings says what a status code tells about a PUT, where the standard's phrase does not say it all.
var meanings = map[int]string{
	202: "accepted, not done: this is the time to accept, not to store",
	301: "not followed: a PUT would become a GET; use the new address",
	302: "not followed: a PUT would become a GET; use the new address",
	303: "not followed: a PUT would become a GET; use the new address",
	304: "nothing was stored: a condition in the headers did not hold",
	307: "a redirect, not followed; use the new address",
	308: "a redirect, not followed; use the new address",
	400: "the server could not read the request: see headers and body",
	401: "not signed in: -u NAME:PASSWORD or -H 'Authorization: …'",
	403: "understood and forbidden: these credentials may not PUT here",
	404: "no such path, or the parent of the item is missing",
	405: "no PUT on this path; collections often take POST, items PUT",
	409: "conflict: the parent is missing, or another writer came first",
	411: "the server wants the length first: send a body of known length",
	412: "a condition did not hold: If-Match or If-None-Match",
	413: "the body is larger than the server takes",
	415: "this kind of body is not taken: set -H 'Content-Type: …'",
	428: "a condition is wanted: -H 'If-Match: …' or 'If-None-Match: *'",
	429: "the server limits the rate: it is the limit that was measured",
	501: "the server knows no PUT at all",
	503: "overloaded or in maintenance: requests were turned away",
	507: "the server's storage is full",
}

// statuses is the table of status codes: every one, counted exactly.
func (d *desk) statuses() *table {
	t := &table{columns: []column{{title: d.titled("status"), left: true, grows: true}, {title: "count", least: 9},
		{title: "%", least: 7}, {title: "p50", least: 9}, {title: "p99", least: 9}}}
	for i := range d.Status {
		s := &d.Status[i]
		of := span{h: &s.Latency, open: d.Totals.Aborted}
		t.rows = append(t.rows, []cell{{text: clean(strconv.Itoa(s.Code) + " " + s.Reason)}, {text: count(s.Latency.Count())},
			{text: share(s.Latency.Count(), d.Totals.Sent)}, d.quantile(of, .5), d.quantile(of, .99)})
	}
	return t
}

// meanings explains the codes that came, where there is something to explain.
func (d *desk) meanings() []fact {
	var facts []fact
	for _, s := range d.Status {
		if m := meanings[s.Code]; m != "" {
			facts = append(facts, fact{strconv.Itoa(s.Code), [][]cell{{{text: m}}}})
		}
	}
	return facts
}

// failures is the table of what did not succeed, each class with one example.
func (d *desk) failures() *table {
	t := &table{columns: []column{{title: "outcome", left: true}, {title: "stage", left: true}, {title: "count", least: 9},
		{title: "first at"}, {title: "example", left: true, grows: true, code: true}}}
	for _, f := range d.Outcomes {
		t.rows = append(t.rows, []cell{{text: outcome(f)}, {text: dash(f.Stage.String())}, {text: count(f.Count)},
			{text: stats.FormatDuration(f.First)}, {text: dash(clean(f.Example))}})
	}
	return t
}

func outcome(f stats.Failure) string {
	if f.Outcome == stats.BadStatus && f.Status != 0 {
		return "status " + strconv.Itoa(f.Status)
	}
	return f.Outcome.String()
}

func dash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}
