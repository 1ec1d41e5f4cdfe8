package report

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"shotput/stats"
)

// busy is a snapshot five seconds into the run.
func busy(r *stats.Run) *snapshot {
	s := &snapshot{plan: r.Plan}
	s.add(&stats.Window{Done: 2000, OK: 1990, End: time.Second, Warmup: true})
	s.add(&stats.Window{Start: 4 * time.Second, End: 5 * time.Second, Sent: 2000, Done: 1998, OK: 1986, Failed: 12, InFlight: 3, P50: 214 * us, P99: 1120 * us, TimerLagP99: 9 * us, BodySent: 2 << 20})
	return s
}

func TestPanel(t *testing.T) {
	unbounded := emptyRun()
	unbounded.Plan.Duration = 0
	counted := closedRun()
	counted.Plan.Duration, counted.Plan.Requests = 0, 4000
	warming := keptRun()
	warming.Plan.Warmup = 6 * time.Second
	drained := busy(runs["byte_rate"]())
	drained.window.Drain = true
	for _, c := range []struct {
		name    string
		s       *snapshot
		elapsed time.Duration
	}{
		{"open", busy(runs["open"]()), 5200 * ms}, {"first", &snapshot{plan: keptRun().Plan}, 250 * ms}, {"unbounded", busy(unbounded), 100 * time.Second},
		{"counted", busy(counted), 5200 * ms}, {"warming", busy(warming), 5200 * ms}, {"drained", drained, 11 * time.Second}, {"hostile", busy(runs["hostile"]()), time.Second},
	} {
		var got strings.Builder
		for _, look := range []struct {
			width int
			opt   Options
		}{{40, Options{}}, {60, Options{}}, {80, Options{}}, {60, Options{ASCII: true}}} {
			lines := c.s.panel(c.elapsed, look.width, look.opt)
			if len(lines) != panelHeight {
				t.Errorf("%s: %d lines", c.name, len(lines))
			}
			for _, line := range lines {
				if columns(line) > look.width {
					t.Errorf("%s: wider than %d: %s", c.name, look.width, line)
				}
			}
			drawn := strings.Join(lines, "\n") + "\n"
			for _, fault := range lineFaults(drawn, look.opt) {
				t.Error(fault)
			}
			fmt.Fprintf(&got, "-- %d columns --\n%s", look.width, drawn)
		}
		golden(t, "panel_"+c.name, got.String())
	}
}

// No width, however silly, makes a line wrap.
func TestPanelFitsAnyWidth(t *testing.T) {
	for width := range 200 {
		for _, line := range busy(runs["failing"]()).panel(5*time.Second, width, Options{}) {
			if columns(line) > max(width, 1) {
				t.Fatalf("wider than %d: %q", width, line)
			}
		}
	}
}

// look waits until all is drawn, and gives the screen and how many writes it took.
func (s *terminal) look() ([]string, int) {
	synctest.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.lines), s.writes
}

// terminal keeps what stands on a screen, as far as the panel uses one.
type terminal struct {
	mu     sync.Mutex
	lines  []string
	writes int
}

func (s *terminal) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.writes++
	text := string(p)
	if rest, up := strings.CutPrefix(text, "\x1b[5A\r"); up {
		s.lines, text = s.lines[:len(s.lines)-5], rest
	}
	text = strings.ReplaceAll(strings.TrimPrefix(text, "\x1b[J"), "\x1b[2K", "")
	for line := range strings.Lines(text) {
		s.lines = append(s.lines, strings.TrimSuffix(line, "\n"))
	}
	return len(p), nil
}

// The panel is drawn four times a second from the run's head on, moves between windows, and leaves nothing.
func TestLivePanel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		screen := &terminal{lines: []string{"$ shotput"}}
		live := NewLive(screen, LivePanel, func() int { return 60 }, Options{})
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { live.Run(ctx); close(ended) }()
		time.Sleep(time.Second + time.Millisecond)
		if _, writes := screen.look(); writes != 0 {
			t.Errorf("%d drawings before there is a run", writes)
		}
		live.Start(keptRun())
		time.Sleep(time.Second)
		live.Window(&stats.Window{End: time.Second, Done: 2000, OK: 2000, P50: 214 * us})
		time.Sleep(500 * time.Millisecond)
		lines, writes := screen.look()
		if writes != 6 || len(lines) != 6 || lines[0] != "$ shotput" {
			t.Fatalf("%d drawings, screen %q", writes, lines)
		}
		if !strings.Contains(lines[2], "1.5 s of 10 s") || !strings.Contains(lines[4], "214 µs") {
			t.Errorf("screen %q", lines)
		}
		live.End(keptRun())
		time.Sleep(time.Second)
		if lines, writes := screen.look(); writes != 7 || len(lines) != 1 {
			t.Errorf("after the end: %d drawings, screen %q", writes, lines)
		}
		stop()
		<-ended
	})
}

// play gives a run of 25 s with a warm-up of 2 s to a view in the mode.
func play(mode string) string {
	var out bytes.Buffer
	live, r := NewLive(&out, mode, nil, Options{}), keptRun()
	r.Plan.Warmup, r.Plan.Duration = 2*time.Second, 23*time.Second
	live.Start(r)
	for i := range 25 {
		start := time.Duration(i) * time.Second
		live.Window(&stats.Window{Start: start, End: start + time.Second - ms, Warmup: i < 2, Sent: 2000, Done: 2000, OK: 1999, Failed: 1, InFlight: 3,
			P50: 214 * us, P99: 1120 * us, Tally: &stats.Tally{}})
	}
	live.End(r)
	return out.String()
}

func TestLiveLines(t *testing.T) {
	got := play(LiveLines)
	golden(t, "live_lines", got)
	for _, fault := range lineFaults(got, Options{}) {
		t.Error(fault)
	}
}

func TestLiveJSON(t *testing.T) {
	lines := strings.Split(strings.TrimSuffix(play(LiveJSON), "\n"), "\n")
	if len(lines) != 25 {
		t.Fatalf("%d lines", len(lines))
	}
	var w stats.Window
	if err := json.Unmarshal([]byte(lines[24]), &w); err != nil || w.Done != 2000 || w.Start != 24*time.Second || strings.Contains(lines[24], "ally") {
		t.Errorf("%v: %s", err, lines[24])
	}
}

func TestLiveSaysNothing(t *testing.T) {
	if got := play(LiveNone); got != "" {
		t.Error(got)
	}
}

var _ stats.Sink = (*Live)(nil)
