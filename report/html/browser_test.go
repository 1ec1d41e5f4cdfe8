package html

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"shotput/report/runtest"
	"shotput/stats"
)

var pictures = flag.String("pictures", "", "a folder to keep an image of each page in")

// examine is run within the page. Boxes that stand beside each other must not overlap, and none may be cut.
const examine = `(() => {
	const boxes = [...document.querySelectorAll('h1, h2, .badge, .sub, .note, .tile, .card, .key, .picks button, .says, .plot')].filter(e => e.getClientRects().length);
	const overlaps = [];
	boxes.forEach((a, i) => boxes.slice(i + 1).forEach(b => {
		if (a.contains(b) || b.contains(a)) return;
		const p = a.getBoundingClientRect(), q = b.getBoundingClientRect();
		const wide = Math.min(p.right, q.right) - Math.max(p.left, q.left), high = Math.min(p.bottom, q.bottom) - Math.max(p.top, q.top);
		if (wide > 1 && high > 1) overlaps.push(a.outerHTML.slice(0, 80) + ' and ' + b.outerHTML.slice(0, 80));
	}));
	const cut = [...document.querySelectorAll('h1, h2, .badge, .note, .tile, .tile *, .card, dd')].filter(e => e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 0).map(e => e.outerHTML.slice(0, 120));
	const canvases = [...document.querySelectorAll('canvas')];
	const drawn = c => c.getContext('2d').getImageData(0, 0, c.width, c.height).data.some(v => v);
	return {
		ready: Number(document.documentElement.dataset.ready), overlaps, cut,
		tooWide: document.documentElement.scrollWidth - innerWidth,
		canvases: canvases.length, blank: canvases.filter(c => !drawn(c)).length,
		labels: canvases.map(c => c.getAttribute('aria-label')),
		background: getComputedStyle(document.body).backgroundColor,
		rows: [...document.querySelectorAll('figure')].map(f => f.querySelectorAll('tbody tr').length),
		columns: [...document.querySelectorAll('figure')].map(f => f.querySelectorAll('thead th').length),
	};
})()`

type examined struct {
	Ready, TooWide  float64
	Overlaps, Cut   []string
	Canvases, Blank int
	Labels          []string
	Background      string
	Rows, Columns   []int
}

// settled waits until the browser has laid out and drawn: two frames.
const settled = `new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(1))))`

// written is the page of the runs in a file, as an address.
func writtenPage(t *testing.T, runs ...Named) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "run.html")
	if err := os.WriteFile(path, []byte(pageOf(t, runs...)), 0o644); err != nil {
		t.Fatal(err)
	}
	return "file://" + path
}

// wantQuiet holds that the page asked for itself alone, and that the browser had nothing to say.
func (c *chromium) wantQuiet(url string) {
	c.t.Helper()
	for _, kind := range []string{"Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded"} {
		for _, message := range c.all(kind) {
			c.t.Errorf("%s: %s", kind, message)
		}
	}
	for _, message := range c.all("Network.requestWillBeSent") {
		var m struct{ Request struct{ URL string } }
		if err := json.Unmarshal(message, &m); err != nil || m.Request.URL != url {
			c.t.Errorf("a request of %s %v", m.Request.URL, err)
		}
	}
}

// In a real browser: everything is drawn, nothing overlaps, no message, no request.
func TestHTMLInChromium(t *testing.T) {
	slow := *degrading()
	slow.Windows = slow.Windows[:40]
	closed := *runtest.Runs["closed"]()
	closed.Windows = degrading().Windows[5:20]
	several := []Named{{"main.json", degrading()}, {"results/2026-11-22/a-branch-with-a-rather-long-name.json", &slow},
		{"closed.json", &closed}}
	browser := openChromium(t)
	for _, c := range []struct {
		page   string
		runs   []Named
		scheme string
		width  int
	}{
		{"one", []Named{{"", degrading()}}, "light", 1240},
		{"one", []Named{{"", degrading()}}, "dark", 420},
		{"half-an-hour", []Named{{"", halfAnHour()}}, "dark", 1240},
		{"half-an-hour", []Named{{"", halfAnHour()}}, "light", 420},
		{"one-request", []Named{{"", oneRequest()}}, "light", 1240},
		{"several", several, "dark", 1240},
		{"several", several, "light", 420},
		{"hostile", []Named{{"", hostileWindows()}}, "light", 420},
		{"empty", []Named{{"", runtest.Runs["empty"]()}}, "dark", 820},
		{"closed", []Named{{"", &closed}}, "light", 560},
	} {
		what := fmt.Sprintf("%s-%s-%d", c.page, c.scheme, c.width)
		x := browser.examine(what, writtenPage(t, c.runs...), c.scheme, c.width)
		wantDrawn(t, what, x)
		if light := x.Background == "rgb(244, 245, 247)"; light != (c.scheme == "light") {
			t.Errorf("%s: the background is %s", what, x.Background)
		}
	}
}

func (c *chromium) examine(what, url, scheme string, width int) (x examined) {
	c.t.Helper()
	c.look(scheme, width)
	c.open(url)
	c.evaluate(settled, nil)
	if *pictures != "" {
		c.picture(*pictures, what)
	}
	c.evaluate(`document.querySelectorAll('details').forEach(d => d.open = true); `+settled, nil)
	c.evaluate(examine, &x)
	c.wantQuiet(url)
	return x
}

func wantDrawn(t *testing.T, what string, x examined) {
	t.Helper()
	t.Logf("%s: ready after %v ms", what, x.Ready)
	if x.Ready == 0 || x.Canvases < 6 || x.Blank > 0 || x.TooWide > 0 {
		t.Errorf("%s: ready %v, %d canvases, %d of them blank, %v pixels too wide", what, x.Ready, x.Canvases, x.Blank,
			x.TooWide)
	}
	for _, fault := range append(x.Overlaps, x.Cut...) {
		t.Errorf("%s: overlaps or is cut: %s", what, fault)
	}
	for i, label := range x.Labels {
		if !strings.HasSuffix(label, "The figures are in the table below.") {
			t.Errorf("%s: canvas %d is called %q", what, i, label)
		}
		if x.Columns[i] == 0 {
			t.Errorf("%s: chart %d has no table", what, i)
		}
	}
}

// The script says what the page says: units, percentiles, which lines there are; and tables hold every figure.
func TestHTMLSaysWhatItDraws(t *testing.T) {
	browser := openChromium(t)
	x := browser.examine("one", writtenPage(t, Named{"", degrading()}), "light", 1240)
	for i, want := range []string{
		"Latency over time: p50 from 700 µs to 51.6 ms; p99 from 2.80 ms to 258 ms; max from 6.30 ms to 645 ms.",
		"Percentile spectrum: response from 199 µs to 5.91 ms; service from 196 µs to 5.90 ms; failed from 2.79 ms to " +
			"1.00 s.",
		"Throughput: goodput from 870/s to 1,000/s; achieved from 900/s to 1,000/s; offered from 1,000/s to 1,000/s.",
		"Errors and timeouts: failed from 0 to 20; timed out from 0 to 7; aborted from 0 to 3.",
		"Status codes over time: 201 from 870 to 1,000; 503 from 0 to 20.",
	} {
		if !strings.HasPrefix(x.Labels[i], want) {
			t.Errorf("canvas %d is called %q, want %q", i, x.Labels[i], want)
		}
	}
	if x.Rows[0] != 65 || x.Rows[3] != 65 || x.Columns[0] != 4 {
		t.Errorf("rows %v, columns %v", x.Rows, x.Columns)
	}
}

// A run of some milliseconds has a clock as well, and no line goes through the words of an empty chart.
func TestHTMLOfLittle(t *testing.T) {
	browser := openChromium(t)
	short := *degrading()
	short.Windows = slices.Clone(short.Windows[:2])
	for i := range short.Windows {
		short.Windows[i].Start, short.Windows[i].End = time.Duration(i)*60*time.Millisecond,
			time.Duration(i)*60*time.Millisecond+6*time.Millisecond
	}
	browser.look("light", 1240)
	browser.open(writtenPage(t, Named{"", &short}))
	var clock []string
	browser.evaluate(settled, nil)
	browser.evaluate(`drawn[0].u.axes[0]._values`, &clock)
	if len(clock) < 3 || clock[0] != "0 s" || !strings.HasPrefix(clock[1], "0.0") {
		t.Errorf("the clock of 66 ms shows %q", clock)
	}
	browser.open(writtenPage(t, Named{"", runtest.Runs["empty"]()}))
	var crossed []int
	browser.evaluate(settled, nil)
	browser.evaluate(`[drawn[0], drawn[2]].map(({u}) => {
		const {left, top, width, height} = u.bbox, rule = parseInt(color('rule').slice(1), 16);
		const {data} = u.ctx.getImageData(left + width / 2 - 40, top + height / 2 - 7, 80, 14);
		return [...Array(data.length / 4).keys()].filter(i => (data[4 * i] << 16 | data[4 * i + 1] << 8 | data[4 * i + 2]) === rule).length;
	})`, &crossed)
	if fmt.Sprint(crossed) != "[0 0]" {
		t.Errorf("of the lines, %v pixels go through the words of empty charts", crossed)
	}
}

// Several runs: one figure of each, which the reader picks; a run can be hidden.
func TestHTMLPicks(t *testing.T) {
	short := *degrading()
	short.Windows = short.Windows[:10]
	browser := openChromium(t)
	url := writtenPage(t, Named{"a", degrading()}, Named{"b", &short})
	browser.examine("several", url, "light", 1240)
	click := func(selector string) {
		browser.evaluate(`document.querySelector('figure[data-chart=latency] `+selector+`').click()`, nil)
	}
	wantLabel := func(want string) {
		t.Helper()
		var label string
		browser.evaluate(`document.querySelector('figure[data-chart=latency] canvas').getAttribute('aria-label')`, &label)
		if !strings.HasPrefix(label, want) {
			t.Errorf("the chart is called %q, want %q", label, want)
		}
	}
	wantLabel("Latency over time, p99: a from 2.80 ms to 258 ms; b from 2.85 ms to 5.18 ms.")
	click(".picks button")
	wantLabel("Latency over time, p50: a from 700 µs to 51.6 ms; b from 712 µs to 1.30 ms.")
	var hidden []bool
	click(".legend button")
	browser.evaluate(`drawn[0].u.series.slice(1).map(s => !s.show)`, &hidden)
	if len(hidden) != 2 || !hidden[0] || hidden[1] {
		t.Errorf("hidden: %v", hidden)
	}
	var lonely [][]int
	browser.evaluate(`[[1, null, 2, null, 3, 4], [null, 1, 2], [undefined, 1, undefined, 2], []].map(lonely)`, &lonely)
	if fmt.Sprint(lonely) != "[[0 2] [] [] []]" {
		t.Errorf("lonely: %v", lonely)
	}
	browser.wantQuiet(url)
}

// Under the pointer stand the figures of that second; and a page that is open follows the change from day to night.
func TestHTMLFollowsTheReader(t *testing.T) {
	browser := openChromium(t)
	url := writtenPage(t, Named{"", degrading()})
	browser.look("light", 1240)
	browser.open(url)
	browser.evaluate(settled, nil)
	var at struct{ X, Y float64 }
	browser.evaluate(`(() => { drawn[0].u.over.scrollIntoView({block: 'center'}); const r = drawn[0].u.over.getBoundingClientRect(); return {x: r.left + drawn[0].u.valToPos(37, 'x'), y: r.top + 50}; })()`, &at)
	browser.call("Input.dispatchMouseEvent", object{"type": "mouseMoved", "x": at.X, "y": at.Y}, nil)
	browser.evaluate(settled, nil)
	if *pictures != "" {
		browser.picture(*pictures, "pointer")
	}
	var said, day, night string
	browser.evaluate(`document.querySelector('.tip:not([hidden])').innerText.replace(/\s+/g, ' ')`, &said)
	if want := "37 s – 38 s p50 32.2 ms p99 161 ms max 403 ms"; said != want {
		t.Errorf("the pointer says %q, want %q", said, want)
	}
	browser.evaluate(`drawn[0].u.ctx.canvas.toDataURL()`, &day)
	browser.look("dark", 1240)
	browser.evaluate(settled, nil)
	browser.evaluate(`drawn[0].u.ctx.canvas.toDataURL()`, &night)
	if day == night {
		t.Error("the charts stay as they were by day")
	}
	browser.wantQuiet(url)
}

// A reader can have another scale, other colours, and a picture of a chart.
func TestHTMLSwitches(t *testing.T) {
	browser := openChromium(t)
	url := writtenPage(t, Named{"", degrading()})
	browser.look("light", 1240)
	browser.open(url)
	browser.evaluate(settled, nil)
	var distribution []int
	browser.evaluate(`[1, 2].map(() => { document.querySelector('figure[data-chart=latency] .tools button').click(); return drawn[0].u.scales.y.distr; })`,
		&distribution)
	if fmt.Sprint(distribution) != "[1 3]" {
		t.Errorf("scales: %v", distribution)
	}
	var backgrounds []string
	browser.evaluate(`['dark', 'light', 'auto'].map(n => { [...document.querySelectorAll('.theme button')].find(b => b.textContent === n).click(); return getComputedStyle(document.body).backgroundColor; })`,
		&backgrounds)
	if len(backgrounds) != 3 || backgrounds[0] != "rgb(15, 18, 22)" || backgrounds[1] != "rgb(244, 245, 247)" || backgrounds[2] != backgrounds[1] {
		t.Errorf("backgrounds: %q", backgrounds)
	}
	var picture struct {
		Href, Download string
		Drawn          bool
	}
	browser.evaluate(`(() => { const click = HTMLAnchorElement.prototype.click; let got; HTMLAnchorElement.prototype.click = function () { got = this; };
		document.querySelector('figure[data-chart=errors] .tools button').click(); HTMLAnchorElement.prototype.click = click;
		return {href: got.href.slice(0, 22), download: got.download, drawn: got.href.length > 2000}; })()`, &picture)
	if picture.Href != "data:image/png;base64," || picture.Download != "errors.png" || !picture.Drawn {
		t.Errorf("picture: %+v", picture)
	}
	browser.wantQuiet(url)
}

func hostileWindows() *stats.Run {
	r := runtest.HostileRun()
	r.Windows = []stats.Window{{End: 1, Done: 1, OK: 1, P50: 1, P99: 1, Max: 1 << 50,
		Status: []stats.StatusCount{{Code: 0, Count: 1 << 60}, {Code: 999, Count: 1}}}}
	return r
}

// What a browser complains of is heard.
func TestBrowserFaultsAreSeen(t *testing.T) {
	browser := openChromium(t)
	for _, element := range []string{"<script>alert(1)</script>", `<img src="http://127.0.0.1:9/x.png">`,
		`<p style="color:red">`} {
		path := filepath.Join(t.TempDir(), "bad.html")
		page := strings.Replace(pageOf(t, Named{Run: degrading()}), "<main>", "<main>"+element, 1)
		if err := os.WriteFile(path, []byte(page), 0o644); err != nil {
			t.Fatal(err)
		}
		browser.open("file://" + path)
		browser.evaluate(settled, nil)
		if len(browser.all("Log.entryAdded")) == 0 {
			t.Errorf("%s passes", element)
		}
	}
	path := filepath.Join(t.TempDir(), "open.html")
	page := strings.NewReplacer("Content-Security-Policy", "no-policy", "<main>",
		`<main><img src="http://127.0.0.1:9/x.png">`).Replace(pageOf(t, Named{Run: degrading()}))
	if err := os.WriteFile(path, []byte(page), 0o644); err != nil {
		t.Fatal(err)
	}
	browser.open("file://" + path)
	if n := len(browser.all("Network.requestWillBeSent")); n != 2 {
		t.Errorf("%d requests are seen of a page that asks for a picture", n)
	}
	browser.look("light", 420)
	browser.open(writtenPage(t, Named{"", degrading()}))
	var x examined
	browser.evaluate(`document.querySelectorAll('.tile, figure').forEach(e => { e.style.width = '500px'; e.style.marginTop = '-30px'; }); `+examine, &x)
	if len(x.Overlaps) == 0 || x.TooWide <= 0 {
		t.Errorf("what overlaps passes: %+v", x)
	}
}

// No figure is broken in two, however wide its font is; and on a narrow screen nothing of the runs' table is out of
// sight.
func TestHTMLKeepsFiguresWhole(t *testing.T) {
	r := *degrading()
	r.Totals.Sent, r.Totals.Planned, r.Totals.OK, r.Totals.AchievedPerSecond = 200_000, 200_000, 200_000, 33_224
	browser := openChromium(t)
	for _, width := range []int{1100, 420} {
		browser.look("light", width)
		browser.open(writtenPage(t, Named{"", &r}))
		browser.evaluate(`document.body.style.letterSpacing = '1px'; `+settled, nil)
		var broken []string
		browser.evaluate(`[...document.querySelectorAll('.tile .value')].filter(v => {
			const words = document.createRange(), tile = v.parentElement.getBoundingClientRect();
			words.selectNodeContents(v);
			return words.getClientRects().length > 1 || words.getBoundingClientRect().right > tile.right;
		}).map(v => v.textContent)`, &broken)
		if len(broken) > 0 {
			t.Errorf("at %d pixels these are in two lines, or leave their tile: %q", width, broken)
		}
		browser.open(writtenPage(t, Named{"a.json", &r}, Named{"b.json", &r}))
		var unseen []string
		browser.evaluate(`[...document.querySelectorAll('section[aria-label=runs] td')]
			.filter(d => d.getBoundingClientRect().right > innerWidth).map(d => d.dataset.label ?? d.textContent)`, &unseen)
		if len(unseen) > 0 {
			t.Errorf("at %d pixels these are out of sight: %q", width, unseen)
		}
	}
}

// What was in flight at the end of a second stands there.
func TestHTMLDrawsEndsAtTheEnd(t *testing.T) {
	browser := openChromium(t)
	browser.look("light", 1100)
	browser.open(writtenPage(t, Named{"", degrading()}))
	browser.evaluate(settled, nil)
	var at [][]any
	browser.evaluate(`drawn.filter(c => c.spec.title === 'In flight').map(c => [...c.data[0].slice(0, 3), ...c.data[1].slice(0, 3)])`,
		&at)
	if got := fmt.Sprint(at); got != "[[0 1 2 <nil> 3 3]]" {
		t.Errorf("in flight: %s", got)
	}
}
