package html

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"math"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/html"

	"shotput/report/page"
	"shotput/report/runtest"
	"shotput/report/words"
	"shotput/stats"
)

const (
	us = time.Microsecond
	ms = time.Millisecond
)

// degradingRun is a minute at 1000/s whose server becomes slow from the 30th second to the 38th and turns some
// away then; 5 s of warm-up come first, and a drain after. It has every kind of chart.
func degradingRun() *stats.Run {
	r := runtest.Failing()
	r.Started = time.Date(2026, 11, 22, 19, 55, 0, 0, time.UTC)
	r.Totals.Drained = 3
	r.Plan.Warmup, r.Plan.Duration, r.Plan.RatePerSecond, r.Plan.Headers = 5*time.Second, time.Minute, 1000,
		[]string{"Authorization: REDACTED"}
	for i := range 65 {
		start := time.Duration(i) * time.Second
		wave := time.Duration(1000+300*math.Sin(float64(i))) * us
		w := stats.Window{Start: start, End: start + time.Second, Warmup: i < 5, Due: 1000, Sent: 1000, Done: 1000, OK: 1000,
			InFlight: 3,
			P50:      wave, P99: 4 * wave, Max: 9 * wave, TimerLagP99: 9 * us, BodySent: 16 << 20,
			Status: []stats.StatusCount{{Code: 201, Count: 1000}}}
		if 35 <= i && i < 43 {
			w.P50, w.P99, w.Max, w.InFlight, w.Done, w.OK, w.Failed, w.TimedOut = 40*wave, 200*wave, 500*wave, 48, 900, 870, 20,
				7
			w.Status = []stats.StatusCount{{Code: 201, Count: 870}, {Code: 503, Count: 20}}
		}
		if w.Warmup {
			w.Status = nil
		}
		r.Windows = append(r.Windows, w)
	}
	r.Windows = append(r.Windows,
		stats.Window{Start: 65 * time.Second, End: 65*time.Second + 3*ms, Drain: true, Done: 3, OK: 3, P50: ms, P99: 3 * ms,
			Max: 9 * ms})
	return r
}

var degrading = sync.OnceValue(degradingRun)

func pageOf(t *testing.T, runs ...Named) string {
	t.Helper()
	return runtest.Printed(t, func(b *bytes.Buffer) error { return Write(b, runs, words.Options{}) })
}

// A tree is a parsed page.
type tree struct {
	t    *testing.T
	root *html.Node
}

func parsed(t *testing.T, page string) tree {
	t.Helper()
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	return tree{t, root}
}

func (p tree) all(tag string) (found []*html.Node) {
	for n := range p.root.Descendants() {
		if n.Type == html.ElementNode && n.Data == tag {
			found = append(found, n)
		}
	}
	return found
}

func textIn(n *html.Node) string {
	var b strings.Builder
	for c := range n.Descendants() {
		if c.Type == html.TextNode {
			b.WriteString(c.Data)
		}
	}
	return b.String()
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// policy is the page's own content security policy.
func (p tree) policy() string {
	for _, n := range p.all("meta") {
		if attribute(n, "http-equiv") == "Content-Security-Policy" {
			return attribute(n, "content")
		}
	}
	return ""
}

// faults says what in the page could ask a network, or run although it is not ours.
func (p tree) faults() (faults []string) {
	policy := p.policy()
	if !strings.HasPrefix(policy, "default-src 'none'; ") || strings.Contains(policy, "unsafe") {
		faults = append(faults, "policy "+policy)
	}
	for _, tag := range []string{"script", "style"} {
		for _, n := range p.all(tag) {
			if attribute(n, "type") != "application/json" && !strings.Contains(policy, hashOf(textIn(n))) {
				faults = append(faults, tag+" whose hash is not in the policy")
			}
		}
	}
	known := strings.Fields("html head body meta title link style script main header section div span p h1 h2 h3 i b " +
		"br code table thead tbody tr th td dl dt dd details summary figure figcaption footer noscript")
	for n := range p.root.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		if !slices.Contains(known, n.Data) {
			faults = append(faults, "element "+n.Data)
		}
		for _, a := range n.Attr {
			if a.Key == "src" || a.Key == "style" || strings.HasPrefix(a.Key, "on") || a.Key == "href" && a.Val != "data:," {
				faults = append(faults, a.Key+"="+a.Val)
			}
		}
	}
	return faults
}

func (p tree) data() (d chartData) {
	p.t.Helper()
	for _, n := range p.all("script") {
		if attribute(n, "id") == "data" {
			if err := json.Unmarshal([]byte(textIn(n)), &d); err != nil {
				p.t.Fatal(err)
			}
		}
	}
	return d
}

// Every run: nothing is loaded, nothing runs but what is ours, and it says what the text says.
func TestHTML(t *testing.T) {
	all := map[string]func() *stats.Run{"degrading": degrading}
	for name, made := range runtest.Runs {
		all[name] = made
	}
	for name, made := range all {
		t.Run(name, func(t *testing.T) {
			sheet := parsed(t, pageOf(t, Named{Run: made()}))
			for _, fault := range sheet.faults() {
				t.Error(fault)
			}
			body := textIn(sheet.all("main")[0])
			for _, f := range page.DetailOf(made(), words.Options{}).Captured {
				for _, line := range f.Lines {
					if !strings.Contains(body, line[0].Text) {
						t.Errorf("the page has no %q", line[0].Text)
					}
				}
			}
			for _, s := range page.OfRun(made(), words.Options{}).Sections {
				if s.Table != nil {
					for _, row := range s.Table.Rows {
						wantText(t, body, row[0].Text)
					}
				}
				for _, f := range s.Facts {
					wantText(t, body, f.Lines[0][0].Text)
				}
			}
			wantText(t, body, words.Clean(made().Plan.URL))
			if n := len(sheet.all("figure")); n < 6 {
				t.Errorf("%d charts", n)
			}
			if len(sheet.data().Runs) != 1 {
				t.Error("no figures for the charts")
			}
		})
	}
}

func wantText(t *testing.T, body, text string) {
	t.Helper()
	if !strings.Contains(body, strings.TrimSpace(text)) {
		t.Errorf("the page does not say %q", text)
	}
}

// What a server or a plan wrote is text, in the page as in the script's figures.
func TestHTMLEscapes(t *testing.T) {
	const evil = `</script><script>alert(1)</script><img src=x onerror=alert(2)>"'` + "`--><!--]]>"
	r := degradingRun()
	r.Plan.URL, r.Plan.Method, r.Tool.Version, r.Outcomes[0].Example, r.Thresholds[0].Rule = evil, evil, evil, evil, evil
	r.Plan.Headers, r.Warnings[0].Try, r.Verdict.Reason, r.Status[0].Reason = []string{evil}, evil, evil, evil
	r.Captured = []stats.Captured{{Status: 409, Detail: evil, Header: []string{evil}, Body: evil}}
	r.Slowest = stats.Slowest{{Trace: evil}}
	page := parsed(t, pageOf(t, Named{evil, r}, Named{"b", degrading()}))
	for _, fault := range page.faults() {
		t.Error(fault)
	}
	if n := len(page.all("script")); n != 3 {
		t.Errorf("%d script elements, want the figures, the library and ours", n)
	}
	if name := page.data().Runs[0].Name; name != evil {
		t.Errorf("a run is called %q", name)
	}
}

// The faults above are seen.
func TestHTMLFaultsAreSeen(t *testing.T) {
	page := pageOf(t, Named{Run: degrading()})
	for _, change := range [][2]string{{"<main>", "<main><img>"}, {"<main>", `<main onclick="x">`},
		{"<main>", `<main style="x">`}, {"<main>", "<main><script>x</script>"},
		{"'use strict';", "'use strict'; "}, {"</style>", " </style>"}, {"default-src &#39;none&#39;", "default-src *"},
		{`href="data:,"`, `href="x.ico"`}} {
		changed := strings.Replace(page, change[0], change[1], 1)
		if changed == page || parsed(t, changed).faults() == nil {
			t.Errorf("%q instead of %q passes", change[1], change[0])
		}
	}
}

// The figures that are drawn are those of the windows.
func TestHTMLData(t *testing.T) {
	d := parsed(t, pageOf(t, Named{Run: degrading()})).data().Runs[0]
	if len(d.Start) != 65 || d.Start[35] != 35 || d.End[64] != 65.003 || d.Warmup != 5 || d.Drain == nil ||
		*d.Drain != 65 {
		t.Errorf("windows from %v to %v, warm-up %v, drain %v", d.Start, d.End, d.Warmup, d.Drain)
	}
	for i, want := range map[int][]any{3: {1000., 1000., int64(0), nil}, 36: {900., 1000., int64(3), 9000.},
		64: {1000., 1000., int64(0), 9000.}} { // with what ended in the 3 ms after it
		if got := []any{d.Achieved[i], d.Offered[i], d.Aborted[i], d.TimerLag[i]}; !slices.Equal(got, want) {
			t.Errorf("window %d: achieved, offered, aborted, timer lag are %v, want %v", i, got, want)
		}
	}
	if len(d.Status) != 2 || d.Status[0].Code != 201 || d.Status[1].Code != 503 || d.Status[1].Count[36] != 20. ||
		d.Status[1].Count[50] != 0. || d.Status[1].Count[4] != nil || len(d.Status[0].Count) != 65 {
		t.Errorf("status codes: %v", d.Status)
	}
	s := d.Spectrum[0]
	if len(d.Spectrum) != 3 || s.Name != "response" || s.At[0] != 1 || s.At[20] != 10 || s.At[len(s.At)-1] != 20000 ||
		s.Nanos[len(s.Nanos)-1] != int64(5910*us) {
		t.Errorf("spectrum: %v", d.Spectrum)
	}
	r := *degrading()
	r.Windows = []stats.Window{{End: time.Second}}
	if d := parsed(t, pageOf(t, Named{Run: &r})).data().Runs[0]; d.Percentiles[0].Of[0] != nil || d.Goodput != nil || d.Aborted != nil {
		t.Errorf("a window without an answer: %v, %v, %v", d.Percentiles[0].Of, d.Goodput, d.Aborted)
	}
}

// The chart of latency has the percentiles that are asked for; of the warm-up there is no distribution to take them from.
func TestHTMLPercentiles(t *testing.T) {
	r := *degrading()
	w := stats.Window{Start: time.Second, End: 2 * time.Second, Done: 2, OK: 2, Max: 9 * ms}
	w.Headline.Record(ms)
	w.Headline.Record(9 * ms)
	r.Windows = []stats.Window{{End: time.Second, Warmup: true, Done: 1, OK: 1, P50: ms, P99: ms}, w}
	opt := words.Options{Percentiles: []words.Percentile{50, 95}}
	page := runtest.Printed(t, func(b *bytes.Buffer) error { return Write(b, []Named{{Run: &r}}, opt) })
	got := parsed(t, page).data().Runs[0].Percentiles
	if len(got) != 2 || got[0].Name != "p50" || got[1].Name != "p95" || got[0].Of[0] != float64(ms) || got[1].Of[0] != nil ||
		got[1].Of[1] != float64(9*ms) {
		t.Errorf("%+v", got)
	}
}

// What ends in the drain is in no rate, and in the milliseconds after the run no spike of its own.
func TestHTMLEnds(t *testing.T) {
	second := func(from, length time.Duration, n int64, drain bool) stats.Window {
		return stats.Window{Start: from, End: from + length, Done: n, OK: n, Due: n, Drain: drain, P50: ms, P99: 2 * ms,
			Max: 3 * ms}
	}
	r := *degrading()
	r.Plan.Warmup = 0
	late := second(time.Second, 4*ms, 7, true)
	late.P50, late.P99, late.Max, late.Due = 80*ms, 90*ms, 95*ms, 0
	r.Windows = []stats.Window{second(0, time.Second, 1000, false), late}
	d := parsed(t, pageOf(t, Named{Run: &r})).data().Runs[0]
	if len(d.Start) != 1 || d.Achieved[0] != 1000. || d.Offered[0] != 1000. || d.Percentiles[1].Of[0] != float64(2*ms) ||
		d.Max[0] != float64(95*ms) || *d.Drain != 1 {
		t.Errorf("a drain of 4 ms: %+v", d)
	}
	long := second(time.Second, time.Second, 40, true)
	r.Windows = []stats.Window{second(0, time.Second, 1000, false), long}
	d = parsed(t, pageOf(t, Named{Run: &r})).data().Runs[0]
	if len(d.Start) != 2 || d.Achieved[1] != nil || d.Offered[1] != nil || d.Percentiles[1].Of[1] != float64(2*ms) {
		t.Errorf("a drain of a second: %+v", d)
	}
}

// halfAnHour is a run of 1,800 seconds, of which one stood still.
func halfAnHour() *stats.Run {
	r := *degrading()
	r.Windows = nil
	r.Plan.Duration = 30 * time.Minute
	for i := range 1805 {
		w := degrading().Windows[10]
		wave := 1 + .3*math.Sin(float64(i)) + .3*math.Sin(float64(i)/200)
		w.Start, w.End, w.Warmup = time.Duration(i)*time.Second, time.Duration(i+1)*time.Second, i < 5
		w.P50, w.P99, w.Max = time.Duration(wave*float64(ms)), time.Duration(3*wave*float64(ms)), time.Duration(9*wave*float64(ms))
		if i == 1000 {
			w.Max = 900 * ms
		}
		if w.Warmup {
			w.Status = nil
		}
		r.Windows = append(r.Windows, w)
	}
	return &r
}

// oneRequest is a run of one.
func oneRequest() *stats.Run {
	r := *runtest.Kept()
	r.Plan.Model = "closed"
	r.Totals = stats.Totals{Planned: 1, Sent: 1, OK: 1, Attempts: 1, Due: 1, Span: 1213 * us, Elapsed: 1213 * us,
		BodyBytesSent: 1, UploadPerSecond: 824,
		AchievedPerSecond: 824, OfferedPerSecond: 824, ConnectionsOpened: 1}
	var h stats.Histogram
	h.Record(1213 * us)
	r.Latency = stats.Latency{Response: h, Service: h}
	r.Status = []stats.Status{{Code: 201, Reason: "Created", Latency: h}}
	r.Windows = []stats.Window{{End: 1213 * us, Due: 1, Sent: 1, Done: 1, OK: 1, P50: 1213 * us, P99: 1213 * us, Max: 1213 * us,
		Status: []stats.StatusCount{{Code: 201, Count: 1}}}}
	return &r
}

// A long run has as many points as a reader can see, and no second of it is lost.
func TestHTMLLongRun(t *testing.T) {
	sheet := parsed(t, pageOf(t, Named{Run: halfAnHour()}))
	d := sheet.data().Runs[0]
	if len(d.Start) > mostPoints+1 || len(d.Start) < mostPoints/2 || d.End[len(d.End)-1] != 1805 || d.Achieved[5] != 1000. {
		t.Errorf("%d points to %v", len(d.Start), d.End[len(d.End)-1])
	}
	if !slices.Contains(d.Max, any(float64(900*ms))) {
		t.Error("the greatest latency is lost")
	}
	if i := slices.Index(d.Start, 5); i < 0 {
		t.Errorf("no point begins with the measured span: %v", d.Start[:4])
	}
	wantText(t, textIn(sheet.root), "of what succeeded, each 7 seconds")
}

// What came of the run is the first thing that a page says, in words as large as any.
func TestHTMLSaysWhatCameOfIt(t *testing.T) {
	for name, want := range map[string]string{"failing": "FAILED: 7 of 11", "open": "KEPT: ", "mixed": "KEPT, with 48 errors"} {
		sheet := parsed(t, pageOf(t, Named{Run: runtest.Runs[name]()}))
		if first := textIn(sheet.all("p")[0]); !strings.HasPrefix(first, want) {
			t.Errorf("%s begins with %q, want %s", name, first, want)
		}
	}
}

// Of one request there is no rate.
func TestHTMLOneRequest(t *testing.T) {
	body := textIn(parsed(t, pageOf(t, Named{Run: oneRequest()})).all("section")[0])
	wantText(t, body, "rate-1 request: no rate")
	if strings.Contains(body, "824") || strings.Contains(body, "B/s") {
		t.Errorf("the tiles speak of a rate: %s", body)
	}
}

// Thresholds that a chart has a figure for stand in it.
func TestHTMLLimits(t *testing.T) {
	r := *degrading()
	r.Thresholds = []stats.Threshold{{Rule: "p99 < 50ms", OK: true}, {Rule: "rate >= 99% of target"}, {Rule: "goodput > 10/s", OK: true},
		{Rule: "error_rate < 1%", OK: true}, {Rule: "no rule"}}
	r.Totals.OfferedPerSecond = 1000
	want := []limit{{"latency", "p99", 50e6, "p99 < 50ms", false}, {"throughput", "achieved", 990, "rate >= 99% of target", true},
		{"throughput", "goodput", 10, "goodput > 10/s", false}}
	if got := parsed(t, pageOf(t, Named{Run: &r})).data().Runs[0].Limits; !slices.Equal(got, want) {
		t.Errorf("limits: %+v", got)
	}
}

// A closed loop has no offered rate and no timer lag, in data and charts.
func TestHTMLClosedLoop(t *testing.T) {
	r := *runtest.Runs["closed"]()
	r.Windows = []stats.Window{{End: time.Second, Done: 9, OK: 9}}
	page := parsed(t, pageOf(t, Named{Run: &r}))
	if d := page.data().Runs[0]; d.Offered != nil || d.TimerLag != nil || len(d.Achieved) != 1 {
		t.Errorf("offered %v, timer lag %v", d.Offered, d.TimerLag)
	}
	for _, n := range page.all("figure") {
		if attribute(n, "data-chart") == "lag" {
			t.Error("a chart of timer lag")
		}
	}
}

// The plan is there, field by field, in the units of the rest.
func TestHTMLPlan(t *testing.T) {
	r := degradingRun()
	r.Plan.Stages, r.Plan.BodyBytes, r.Plan.BytesPerSecond, r.Plan.Timeout = []string{"30s@0..2000/s", "1m@2000/s"}, -1,
		1<<20, 2500*ms
	page := parsed(t, pageOf(t, Named{Run: r}))
	var got []string
	for _, n := range page.all("dl") {
		got = append(got, textIn(n))
	}
	plan := got[len(got)-1]
	for _, want := range []string{"\nmethodPUT\n", "\nheadersAuthorization: REDACTED\n",
		"\nbodydiffers from request to request\n", "\nrate1000/s\n",
		"\nrate of bytes1.00 MiB/s\n", "\nstages30s@0..2000/s1m@2000/s\n", "\nduration60.0 s\n", "\ntimeout2.50 s\n",
		"\nkeepaliveyes\n"} {
		if !strings.Contains(plan, want) {
			t.Errorf("no %q in the plan: %q", want, plan)
		}
	}
	if strings.Contains(plan, "seed") {
		t.Errorf("the plan shows what is not set: %q", plan)
	}
}

// A pinned unit stands beside every figure of the tiles, and in the tables' titles.
func TestHTMLUnit(t *testing.T) {
	body := textIn(parsed(t,
		runtest.Printed(t, func(b *bytes.Buffer) error {
			return Write(b, []Named{{Run: degrading()}},
				words.Options{Unit: "us"})
		})).root)
	wantText(t, body, "p991,120 µsresponse time")
	wantText(t, body, "latency, µs")
}

func TestHTMLSize(t *testing.T) {
	r := *degrading()
	r.Latency.Response = stats.Histogram{}
	for i := range 60000 {
		r.Latency.Response.Record(time.Duration(i*i) * time.Nanosecond)
	}
	if n := len(pageOf(t, Named{Run: &r})); n > 120_000 {
		t.Errorf("a page of 60 s has %d bytes", n)
	}
}

// The library is the release that package-lock.json names, byte by byte.
func TestVendoredFiles(t *testing.T) {
	sums, err := os.ReadFile("uPlot.sha256")
	if err != nil {
		t.Fatal(err)
	}
	files := 0
	for line := range strings.Lines(string(sums)) {
		sum, name, _ := strings.Cut(strings.TrimSpace(line), "  ")
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if got := sha256.Sum256(content); hex.EncodeToString(got[:]) != sum {
			t.Errorf("%s is not as uPlot.sha256 has it", name)
		}
		files++
	}
	var lock struct {
		Packages map[string]struct{ Version, Integrity string }
	}
	b, err := os.ReadFile("package-lock.json")
	if err != nil || json.Unmarshal(b, &lock) != nil || files != 3 {
		t.Fatalf("%d files, lock: %v", files, err)
	}
	locked := lock.Packages["node_modules/uplot"]
	if !strings.Contains(asset("uPlot.iife.min.js"),
		"uPlot (v"+locked.Version+")") || !strings.HasPrefix(locked.Integrity, "sha512-") {
		t.Errorf("the library is not uPlot %s", locked.Version)
	}
}

// The head of the page says what is broken: a schedule that was kept is no promise that was.
func TestHTMLTellsOfBrokenThresholdsFirst(t *testing.T) {
	for want, thresholds := range map[string][]stats.Threshold{
		"":                           {{Rule: "p99 < 1s", OK: true}},
		"threshold broken ✗":         {{Rule: "p99 < 1ms"}},
		"1 of 2 thresholds broken ✗": {{Rule: "p99 < 1ms"}, {Rule: "p99 < 1s", OK: true}},
	} {
		r := degradingRun()
		r.Thresholds = thresholds
		head, _, _ := strings.Cut(pageOf(t, Named{Run: r}), "</header>")
		badge := `<span class="badge bad">` + want + "</span>"
		if strings.Contains(head, badge) != (want != "") || strings.Contains(head, "broken") != (want != "") {
			t.Errorf("%d thresholds: the head has not %q: %s", len(thresholds), want, head[strings.LastIndex(head, "<header>"):])
		}
	}
}

// A drain in which nothing ended is none: a saved run of an older version has windows of it.
func TestHTMLShowsNoEmptyDrain(t *testing.T) {
	r := oneRequest()
	r.Windows = append([]stats.Window{{End: 100 * us, Sent: 1, InFlight: 1}}, r.Windows...)
	r.Windows[1].Start, r.Windows[1].Drain = 100*us, true
	if d := parsed(t, pageOf(t, Named{Run: r})).data().Runs[0]; d.Drain != nil {
		t.Errorf("a drain at %v", *d.Drain)
	}
}

// Of several runs, too, what came of them is said first, and no verdict stands alone beside a broken promise.
func TestHTMLSaysWhatCameOfAll(t *testing.T) {
	kept := runtest.Kept()
	kept.Thresholds = []stats.Threshold{{Rule: "p99 < 1s", OK: true}}
	broken := runtest.Kept()
	broken.Thresholds = []stats.Threshold{{Rule: "p99 < 1ms", Measured: 1.12e6, Unit: "ns"}}
	for _, c := range []struct {
		runs  []*stats.Run
		first string
		cells []string
	}{
		{[]*stats.Run{kept, kept}, "PASSED", []string{"all kept ✓", "all kept ✓"}},
		{[]*stats.Run{kept, broken}, "FAILED: 1 of 1 threshold (p99 < 1ms: 1.12 ms) · exit 1, in run 2",
			[]string{"all kept ✓", "threshold broken ✗"}},
		{[]*stats.Run{broken, broken}, "FAILED: 1 of 1 threshold (p99 < 1ms: 1.12 ms) · exit 1, in 2 of 2 runs, first in run 1",
			[]string{"threshold broken ✗", "threshold broken ✗"}},
	} {
		sheet := parsed(t, pageOf(t, Named{"run 1", c.runs[0]}, Named{"run 2", c.runs[1]}))
		if first := textIn(sheet.all("p")[0]); first != c.first {
			t.Errorf("the page begins with %q, want %q", first, c.first)
		}
		var cells []string
		for _, n := range sheet.all("td") {
			if attribute(n, "data-label") == "thresholds" {
				cells = append(cells, textIn(n))
			}
		}
		if !slices.Equal(cells, c.cells) {
			t.Errorf("thresholds: %q, want %q", cells, c.cells)
		}
	}
}
