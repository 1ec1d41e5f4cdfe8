// Package live shows a run while it goes on: as a panel on a terminal, as lines for logs, as JSON lines for programs.
// It reads the run so far (stats.SoFar), adds nothing up and refuses to hold anything up: no request and no window
// waits for a terminal, and what cannot be written stays unsaid.
//
// A snapshot is what it shows at one moment; a panel is five lines that are drawn over each other; the hint is the one
// thing that a person should know now.
package live

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"shotput/report/grid"
	"shotput/report/words"
	"shotput/stats"
)

// The modes of a live view.
const (
	Lines = "lines" // one plain line each 10 s of the run: for logs
	Panel = "panel" // five lines, redrawn four times a second: for a terminal
	JSON  = "json"  // one JSON line a window, and one at the end: for programs
	None  = "none"
)

const (
	lineEvery = 10 * time.Second
	drawEvery = 250 * time.Millisecond
)

// A Config says how a run is shown while it goes on. The zero value shows nothing.
type Config struct {
	Mode string // one of the modes above
	// which of several runs it is, such as "scenario nightly (1 of 2)"; "" for the only one
	Label string
	Size  func() (cols, rows int) // of the terminal, asked anew for each drawing; nil, or 0: 80 and 24
	words.Options
}

// A View shows a run while it goes on; it is a stats.Sink. What it cannot write it leaves unsaid: a closed stderr
// must not end a run. It draws from its own copy of what it read with the last window: the engine's recorders are never
// asked, and a terminal that stands still (Ctrl-S) holds up no window.
type View struct {
	w io.Writer
	v Config

	mu struct { // guards what the sink's calls give and the drawing reads
		sync.Mutex
		snapshot
		at      time.Time     // when the last window closed, or the run started
		started bool          // Start was called
		lined   time.Duration // lines: the end of the last window that had a line
		done    int64         // lines: done since
		hinted  string        // lines: the last hint that was said
	}
	draw struct { // guards the terminal
		sync.Mutex
		cols  int   // of the terminal at the last drawing
		drawn []int // the columns of each line of the panel that stands on it
		ended bool  // nothing more is to be drawn
	}
}

// New makes a view on w. It starts nothing; see Run.
func New(w io.Writer, v Config) *View { return &View{w: w, v: v} }

// Run redraws the panel until ctx ends, and then erases it if it still stands; in every other mode it only waits.
func (l *View) Run(ctx context.Context) {
	if l.v.Mode != Panel {
		<-ctx.Done()
		return
	}
	defer l.erase()
	ticker := time.NewTicker(drawEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-ticker.C:
			l.drawPanel(now)
		}
	}
}

// Start takes the run's head: from now on there is something to show.
func (l *View) Start(head *stats.Run) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.mu.plan, l.mu.stages, l.mu.label = head.Plan, stagesOf(&head.Plan), words.Clean(l.v.Label)
	l.mu.at, l.mu.started = time.Now(), true
	switch {
	case l.v.Mode != Lines:
	case head.Plan.Warmup > 0:
		l.say(l.mu.prefix() + "warming up for " + words.Seconds(head.Plan.Warmup))
	default:
		l.say(l.mu.opening(l.v.Options))
	}
}

// Window takes a window that has closed.
func (l *View) Window(w *stats.Window) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.mu.read(w, l.v.Options)
	l.mu.at = time.Now()
	switch l.v.Mode {
	case Lines:
		l.lines(w)
	case JSON:
		l.sayJSON(liveWindow{l.v.Label, w})
	}
}

// Alarm takes what the tool noticed about itself while it fired. The first stays in view.
func (l *View) Alarm(a stats.Warning) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.mu.alarm == "" {
		l.mu.alarm = words.Clean(a.Text)
	}
}

// Note shows a person's word to the tool, and what it does about it: that a signal has come.
func (l *View) Note(text string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.mu.notice = words.Clean(text)
	if l.v.Mode == Lines {
		l.say(text)
	}
}

// End erases the panel, so that the report stands alone.
func (l *View) End(r *stats.Run) {
	l.erase()
	if l.v.Mode == JSON {
		l.sayJSON(liveEnd{l.v.Label, r.Verdict, r.Stop, &r.Totals, r.Thresholds, &r.Generator, r.Warnings, r.OK})
	}
}

// A liveWindow is a line of LiveJSON: a window as a saved run has it, and which run it is of.
type liveWindow struct {
	Label string `json:"label,omitempty"`
	*stats.Window
}

// A liveEnd is the last line of LiveJSON: of a saved run what stands outside its histograms and lists by class.
type liveEnd struct {
	Label      string            `json:"label,omitempty"`
	Verdict    stats.Verdict     `json:"verdict"`
	Ended      stats.StopReason  `json:"ended,omitzero"`
	Totals     *stats.Totals     `json:"totals"`
	Thresholds []stats.Threshold `json:"thresholds"`
	Generator  *stats.Generator  `json:"generator"`
	Warnings   []stats.Warning   `json:"warnings"`
	OK         bool              `json:"ok"`
}

// sayJSON leaves out what has no JSON, an infinite number: such a line would be half a line.
func (l *View) sayJSON(v any) {
	if b, err := json.Marshal(v); err == nil {
		l.say(string(b))
	}
}

// lines says when the measured span starts, and how it goes each time the run's clock passes ten seconds.
func (l *View) lines(w *stats.Window) {
	if warmup := l.mu.plan.Warmup; warmup > 0 && w.Warmup && w.End >= warmup {
		l.say(l.mu.opening(l.v.Options)) // a window ends where the warm-up does
	}
	l.mu.done += w.Done
	end := w.End.Round(time.Second)
	if end/lineEvery <= l.mu.lined/lineEvery {
		return
	}
	l.say(l.mu.line(l.mu.done, end-l.mu.lined, l.v.Options))
	l.mu.lined, l.mu.done = end, 0
	if l.mu.hint != "" && l.mu.hint != l.mu.hinted {
		l.mu.hinted = l.mu.hint
		l.say(l.mu.hintLine(l.v.Options))
	}
}

func (l *View) say(line string) { io.WriteString(l.w, line+"\n") }

// # Redrawing without raw mode
//
// The cursor rests at the start of the line below the panel, where whatever else comes (what is typed, ^C) does no
// harm and is erased with the next drawing. A drawing climbs to the panel's first line and writes over it, in a
// single write.
//
// How far to climb is not the number of lines once the window has become narrower: terminals then break each line
// that no longer fits into several rows. So the width of every line drawn is kept, and the climb counted anew from
// it. (The few terminals that cut such lines instead lose some rows above the panel.) Nothing is ever written into
// a terminal's last column, nor are more lines than it has rows, so that nothing wraps or scrolls by itself.

// drawPanel draws what is known at now, over the last drawing.
func (l *View) drawPanel(now time.Time) {
	l.mu.Lock()
	s, started, elapsed := l.mu.snapshot, l.mu.started, l.mu.window.End+max(0, now.Sub(l.mu.at))
	l.mu.Unlock()
	l.draw.Lock()
	defer l.draw.Unlock()
	if l.draw.ended || !started {
		return
	}
	cols, rows := l.size()
	lines := s.panel(elapsed, cols-1, l.v.Options)
	lines = lines[:min(len(lines), rows-1)]
	var b strings.Builder
	b.WriteString(l.climb(cols))
	l.draw.cols, l.draw.drawn = cols, l.draw.drawn[:0]
	for _, line := range lines {
		b.WriteString(line + "\x1b[K\n")
		l.draw.drawn = append(l.draw.drawn, grid.Columns(line))
	}
	b.WriteString("\x1b[J")
	io.WriteString(l.w, b.String())
}

// climb goes from below the panel to its first line, and erases it where its lines may have been broken.
func (l *View) climb(cols int) string {
	up := 0
	for _, width := range l.draw.drawn {
		up += max(1, (width+cols-1)/cols)
	}
	switch {
	case up == 0:
		return "\r"
	case cols < l.draw.cols:
		return fmt.Sprintf("\x1b[%dA\r\x1b[J", up)
	}
	return fmt.Sprintf("\x1b[%dA\r", up)
}

// erase takes the panel off the terminal, for good.
func (l *View) erase() {
	l.draw.Lock()
	defer l.draw.Unlock()
	if l.draw.ended = true; len(l.draw.drawn) > 0 {
		cols, _ := l.size()
		io.WriteString(l.w, l.climb(cols)+"\x1b[J")
		l.draw.drawn = nil
	}
}

func (l *View) size() (cols, rows int) {
	if l.v.Size != nil {
		cols, rows = l.v.Size()
	}
	if cols < 1 {
		cols = 80
	}
	if rows < 1 {
		rows = 24
	}
	return cols, rows
}
