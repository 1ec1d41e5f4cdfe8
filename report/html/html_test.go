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
	if len(d.Start) != 66 || d.Start[35] != 35 || d.End[65] != 65.003 || d.Warmup != 5 || d.Drain == nil ||
		*d.Drain != 65 {
		t.Errorf("windows from %v to %v, warm-up %v, drain %v", d.Start, d.End, d.Warmup, d.Drain)
	}
	for i, want := range map[int][]any{3: {1000., 1000., int64(0), nil}, 36: {900., 1000., int64(3), 9000.},
		65: {nil, nil, int64(0), 0.}} {
		if got := []any{d.Achieved[i], d.Offered[i], d.Aborted[i], d.TimerLag[i]}; !slices.Equal(got, want) {
			t.Errorf("window %d: achieved, offered, aborted, timer lag are %v, want %v", i, got, want)
		}
	}
	if len(d.Status) != 2 || d.Status[0].Code != 201 || d.Status[1].Code != 503 || d.Status[1].Count[36] != 20. ||
		d.Status[1].Count[50] != 0. || d.Status[1].Count[4] != nil || len(d.Status[0].Count) != 66 {
		t.Errorf("status codes: %v", d.Status)
	}
	s := d.Spectrum[0]
	if len(d.Spectrum) != 3 || s.Name != "response" || s.At[0] != 1 || s.At[20] != 10 || s.At[len(s.At)-1] != 20000 ||
		s.Nanos[len(s.Nanos)-1] != int64(5910*us) {
		t.Errorf("spectrum: %v", d.Spectrum)
	}
	r := *degrading()
	r.Windows = []stats.Window{{End: time.Second}}
	if d := parsed(t, pageOf(t, Named{Run: &r})).data().Runs[0]; d.P50[0] != nil || d.Goodput != nil || d.Aborted != nil {
		t.Errorf("a window without an answer: %v, %v, %v", d.P50, d.Goodput, d.Aborted)
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
