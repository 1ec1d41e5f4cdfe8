package report

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"shotput/stats"
)

// The modes of a live view.
const (
	LiveLines = "lines" // one plain line each 10 s of the run: for logs
	LivePanel = "panel" // five lines, redrawn four times a second: for a terminal
	LiveJSON  = "json"  // one JSON line a window: for programs
	LiveNone  = "none"
)

const (
	lineEvery = 10 * time.Second
	drawEvery = 250 * time.Millisecond
)

// Live shows a run while it goes on; it is a stats.Sink. What it cannot write it leaves unsaid: a closed stderr
// must not end a run. It never waits for an engine and no engine waits for it: it draws from its own copy of the
// last window.
type Live struct {
	w    io.Writer
	mode string
	cols func() int
	opt  Options

	mu struct { // guards what the sink's calls give and the drawing reads
		sync.Mutex
		snapshot
		at      time.Time     // when the last window closed, or the run started
		started bool          // Start was called
		lined   time.Duration // lines: the end of the last window that had a line
		done    int64         // lines: done since
		opened  bool          // lines: the measured span was announced
	}
	draw struct { // guards the terminal
		sync.Mutex
		drawn bool // a panel stands on it
		ended bool // nothing more is to be drawn
	}
}

// NewLive makes a view in one of the Live modes. cols gives the width of the terminal in columns, asked anew for
// each drawing; nil, or less than 1, stands for 80. It starts nothing; see Run.
func NewLive(w io.Writer, mode string, cols func() int, opt Options) *Live {
	return &Live{w: w, mode: mode, cols: cols, opt: opt}
}

// Run redraws the panel until ctx ends; in every other mode it only waits.
func (l *Live) Run(ctx context.Context) {
	if l.mode != LivePanel {
		<-ctx.Done()
		return
	}
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
func (l *Live) Start(head *stats.Run) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.mu.plan, l.mu.at, l.mu.started = head.Plan, time.Now(), true
	if l.mode == LiveLines && head.Plan.Warmup > 0 {
		l.say("warming up for " + seconds(head.Plan.Warmup))
	}
}

// Window takes a window that has closed.
func (l *Live) Window(w *stats.Window) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.mu.add(w)
	l.mu.at = time.Now()
	switch l.mode {
	case LiveLines:
		l.lines(w)
	case LiveJSON:
		if b, err := json.Marshal(w); err == nil { // its fields all marshal
			l.say(string(b))
		}
	}
}

// End erases the panel, so that the table stands alone.
func (l *Live) End(*stats.Run) {
	l.draw.Lock()
	defer l.draw.Unlock()
	l.draw.ended = true
	if l.draw.drawn {
		fmt.Fprintf(l.w, "\x1b[%dA\r\x1b[J", panelHeight)
	}
}

// lines says when the measured span starts, and how it goes each time the run's clock passes ten seconds.
func (l *Live) lines(w *stats.Window) {
	if !w.Warmup && !l.mu.opened {
		l.mu.opened = true
		l.say(l.mu.opening(l.opt))
	}
	l.mu.done += w.Done
	if end := w.End.Round(time.Second); end/lineEvery > l.mu.lined/lineEvery {
		l.say(l.mu.line(l.mu.done, end-l.mu.lined, l.opt))
		l.mu.lined, l.mu.done = end, 0
	}
}

func (l *Live) say(line string) { io.WriteString(l.w, line+"\n") }

// drawPanel draws what is known at now, over the last drawing, in a single write.
func (l *Live) drawPanel(now time.Time) {
	l.draw.Lock()
	defer l.draw.Unlock()
	l.mu.Lock()
	s, started, elapsed := l.mu.snapshot, l.mu.started, l.mu.window.End+max(0, now.Sub(l.mu.at))
	l.mu.Unlock()
	if l.draw.ended || !started {
		return
	}
	var b strings.Builder
	if l.draw.drawn {
		fmt.Fprintf(&b, "\x1b[%dA\r", panelHeight)
	}
	for _, line := range s.panel(elapsed, l.width(), l.opt) {
		b.WriteString("\x1b[2K" + line + "\n")
	}
	l.draw.drawn = true
	io.WriteString(l.w, b.String())
}

// width leaves a terminal's last column free: many wrap a line that fills it.
func (l *Live) width() int {
	if l.cols != nil {
		if cols := l.cols(); cols > 0 {
			return cols - 1
		}
	}
	return 79
}
