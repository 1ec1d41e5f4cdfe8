package live

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"shotput/putserver/realtest"
	"shotput/report/grid"
	"shotput/report/runtest"
	"shotput/report/words"
	"shotput/stats"
)

const (
	us = time.Microsecond
	ms = time.Millisecond
)

// busy is a snapshot five seconds into the run.
func busy(r *stats.Run) *snapshot {
	s, going := &snapshot{plan: r.Plan, stages: stagesOf(&r.Plan)}, begin(r)
	s.read(going.window(stats.Window{Done: 2000, OK: 1990, End: time.Second, Warmup: true}), words.Options{})
	for i, p99 := range []time.Duration{1000 * us, 1500 * us, 0, 8 * ms} {
		start := time.Duration(i+1) * time.Second
		w := stats.Window{Start: start, End: start + time.Second, Sent: 2000, Done: 1998, OK: 1998, InFlight: 3,
			P50: 214 * us, P99: p99, TimerLagP99: 9 * us, BodySent: 2 << 20}
		if p99 == 0 {
			w.OK, w.Failed = 0, w.Done
			w.Tally = &stats.Tally{Failures: []stats.Failure{{Outcome: stats.BadStatus, Status: 503, Count: 1900},
				{Outcome: stats.Reset, Stage: stats.InWait, Count: 98, Example: "connection reset"}}}
		}
		s.read(going.window(w), words.Options{})
	}
	return s
}

// A goingRun is a run of the tests that goes on, window by window.
type goingRun struct{ *stats.Run }

func begin(r *stats.Run) goingRun { return goingRun{stats.NewRun(stats.Run{Plan: r.Plan})} }

// window is w as a sink is told of it: with what it counts in its tally too, and with the run so far.
func (g goingRun) window(w stats.Window) *stats.Window {
	if w.Tally == nil {
		w.Tally = &stats.Tally{}
	}
	if !w.Warmup {
		w.Tally.Counts = stats.Counts{OK: w.OK, Failed: w.Done - w.OK}
	}
	g.Add(&w)
	w.SoFar = stats.SoFar(g.Run)
	return &w
}

func TestPanel(t *testing.T) {
	unbounded := runtest.Empty()
	unbounded.Plan.Duration = 0
	counted := runtest.Closed()
	counted.Plan.Duration, counted.Plan.Requests = 0, 4000
	warming := runtest.Kept()
	warming.Plan.Warmup = 6 * time.Second
	drained := busy(runtest.Runs["byte_rate"]())
	drained.window.Drain = true
	labelled := busy(runtest.Kept())
	labelled.label, labelled.alarm = "scenario nightly (1 of 2)", "the tool stood still for 61.0 ms"
	labelled.hint = labelled.warn(nil, words.Options{})
	staged := runtest.Kept()
	staged.Plan.RatePerSecond, staged.Plan.Duration, staged.Plan.Stages = 0, 0, []string{"4s@0..2000/s", "1m@2000/s"}
	told := busy(runtest.Kept())
	told.notice = "interrupted: again ends at once; no more requests, those in flight may finish"
	for _, c := range []struct {
		name    string
		s       *snapshot
		elapsed time.Duration
	}{
		{"open", busy(runtest.Runs["open"]()), 5200 * ms}, {"first", &snapshot{plan: runtest.Kept().Plan}, 250 * ms},
		{"unbounded", busy(unbounded), 100 * time.Second},
		{"counted", busy(counted), 5200 * ms}, {"warming", busy(warming), 5200 * ms}, {"drained", drained, 11 * time.Second},
		{"hostile", busy(runtest.Runs["hostile"]()), time.Second},
		{"labelled", labelled, 5200 * ms}, {"staged", busy(staged), 5200 * ms}, {"told", told, 5200 * ms},
	} {
		var got strings.Builder
		for _, look := range []struct {
			width int
			opt   words.Options
		}{{40, words.Options{}}, {60, words.Options{}}, {80, words.Options{}}, {60, words.Options{ASCII: true}}} {
			lines := c.s.panel(c.elapsed, look.width, look.opt)
			if len(lines) != panelHeight {
				t.Errorf("%s: %d lines", c.name, len(lines))
			}
			for _, line := range lines {
				if grid.Columns(line) > look.width {
					t.Errorf("%s: wider than %d: %s", c.name, look.width, line)
				}
			}
			drawn := strings.Join(lines, "\n") + "\n"
			for _, fault := range runtest.LineFaults(drawn, look.opt) {
				t.Error(fault)
			}
			fmt.Fprintf(&got, "-- %d columns --\n%s", look.width, drawn)
		}
		runtest.Golden(t, "panel_"+c.name, got.String())
	}
}

// No width, however silly, makes a line wrap.
func TestPanelFitsAnyWidth(t *testing.T) {
	for width := range 200 {
		for _, line := range busy(runtest.Runs["failing"]()).panel(5*time.Second, width, words.Options{}) {
			if grid.Columns(line) > max(width, 1) {
				t.Fatalf("wider than %d: %q", width, line)
			}
		}
	}
}

// on shows the run of a test on a screen, until the test's own end.
func on(t *testing.T, screen *realtest.Screen, v Config) *View {
	v.Mode, v.Size = Panel, screen.Size
	live := New(screen, v)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { live.Run(ctx); close(ended) }()
	t.Cleanup(func() { stop(); <-ended })
	return live
}

// look waits until all is drawn.
func look(t *testing.T, screen *realtest.Screen) (rows []string, writes int) {
	t.Helper()
	synctest.Wait()
	rows, writes, faults := screen.Look()
	if faults != nil {
		t.Error(faults)
	}
	return rows, writes
}

// The panel is drawn four times a second from the run's head on, moves between windows, and leaves nothing.
func TestLivePanel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		screen := realtest.NewScreen(60, 24)
		fmt.Fprintln(screen, "$ shotput")
		live := on(t, screen, Config{})
		time.Sleep(time.Second + time.Millisecond)
		if _, writes := look(t, screen); writes != 1 {
			t.Errorf("%d drawings before there is a run", writes-1)
		}
		live.Start(runtest.Kept())
		time.Sleep(time.Second)
		live.Window(&stats.Window{End: time.Second, Done: 2000, OK: 2000, P50: 214 * us})
		time.Sleep(500 * time.Millisecond)
		rows, writes := look(t, screen)
		if writes != 7 || len(rows) != 6 || rows[0] != "$ shotput" {
			t.Fatalf("%d drawings, screen %q", writes-1, rows)
		}
		if !strings.Contains(rows[2], "1.5 s of 10 s") || !strings.Contains(rows[4], "214 µs") {
			t.Errorf("screen %q", rows)
		}
		live.End(runtest.Kept())
		time.Sleep(time.Second)
		if rows, writes := look(t, screen); writes != 8 || !slices.Equal(rows, []string{"$ shotput"}) {
			t.Errorf("after the end: %d drawings, screen %q", writes-1, rows)
		}
	})
}

// Whatever size the window is given, and whatever is typed, the panel stands once, and nothing above it is touched.
func TestPanelIsRedrawnAtAnySize(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		screen := realtest.NewScreen(80, 24)
		fmt.Fprintln(screen, "$ put")
		live := on(t, screen, Config{})
		live.Start(runtest.Failing())
		for _, size := range [][2]int{{80, 24}, {40, 24}, {41, 24}, {20, 24}, {7, 24}, {120, 24}, {1, 1000}, {80, 7},
			{40, 24}} {
			screen.Resize(size[0], size[1])
			fmt.Fprint(screen, "^C")
			time.Sleep(drawEvery + time.Millisecond)
			rows, _ := look(t, screen)
			if size[0] > 5 && (len(rows) != 1+panelHeight || rows[0] != "$ put") {
				t.Errorf("%v: %d rows:\n%s", size, len(rows), strings.Join(rows, "\n"))
			}
			for _, row := range rows {
				if strings.Contains(row, "^C") {
					t.Errorf("%v: what was typed stands still: %q", size, row)
				}
			}
		}
		screen.Resize(33, 24)
		live.End(runtest.Failing())
		if rows, _ := look(t, screen); !slices.Equal(rows, []string{"$ put"}) {
			t.Errorf("left: %q", rows)
		}
	})
}

// In a terminal of few rows the panel has fewer lines, and nothing scrolls.
func TestPanelFitsAnyHeight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for rows := 1; rows < 8; rows++ {
			screen := realtest.NewScreen(80, rows)
			live := on(t, screen, Config{})
			live.Start(runtest.Kept())
			time.Sleep(10 * drawEvery)
			if got, _ := look(t, screen); len(got) != min(panelHeight, rows-1) {
				t.Errorf("%d rows: %q", rows, got)
			}
		}
	})
}

// A run that never comes to its end, for a panic or an error, leaves no panel either.
func TestPanelGoesWithItsRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		screen := realtest.NewScreen(80, 24)
		live := New(screen, Config{Mode: Panel, Size: screen.Size})
		ctx, stop := context.WithCancel(t.Context())
		live.Start(runtest.Kept())
		time.AfterFunc(time.Second, stop)
		live.Run(ctx)
		if rows, writes := look(t, screen); len(rows) > 0 || writes < 2 {
			t.Errorf("%d writes, left: %q", writes, rows)
		}
	})
}

// A terminal that stands still holds up no window.
func TestWindowsDoNotWaitForTheTerminal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		goOn := make(chan struct{})
		live := New(held(goOn), Config{Mode: Panel})
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { live.Run(ctx); close(ended) }()
		live.Start(runtest.Kept())
		for i := range 5 {
			time.Sleep(time.Second)
			live.Window(&stats.Window{End: time.Duration(i+1) * time.Second})
			live.Alarm(stats.Warning{Text: "late"})
		}
		close(goOn)
		stop()
		<-ended
	})
}

// held is a terminal that takes nothing until the channel is closed.
type held chan struct{}

func (h held) Write(p []byte) (int, error) { <-h; return len(p), errors.New("closed") }

// The hint is of what matters most: first the tool's own limits, of which the first stays, then what fails.
func TestHint(t *testing.T) {
	s, going := &snapshot{plan: runtest.Kept().Plan}, begin(runtest.Kept())
	want := func(hint string) {
		t.Helper()
		if s.hint != hint {
			t.Errorf("hint %q, want %q", s.hint, hint)
		}
	}
	read := func(w stats.Window) { s.read(going.window(w), words.Options{}) }
	fail := func(f ...stats.Failure) stats.Window {
		return stats.Window{Done: 9, Tally: &stats.Tally{Failures: f}}
	}
	read(stats.Window{Done: 9, OK: 9, TimerLagP99: 900 * us})
	want("")
	read(stats.Window{Done: 9, OK: 7, Warmup: true})
	want("2 errors in a second of the warm-up")
	read(fail(stats.Failure{Outcome: stats.Timeout, Stage: stats.InWait, Count: 3, Example: "no answer within 1s"}))
	want("timeout in wait: no answer within 1s")
	read(fail(stats.Failure{Outcome: stats.BadStatus, Status: 405, Count: 2}))
	want("mostly timeout in wait: no answer within 1s")
	read(fail(stats.Failure{Outcome: stats.BadStatus, Status: 405, Count: 2, Example: "Allow: GET"}))
	want("mostly status 405: no PUT on this path; collections often take POST, items PUT")
	read(stats.Window{Done: 9, OK: 9, TimerLagP99: 1100 * us})
	want("timer lag p99 1.10 ms is above 1.00 ms")
	s.alarm = "the tool stood still"
	read(stats.Window{Done: 9, OK: 9})
	want("the tool stood still")
}

// What is lent for the call of Window is not kept: it is overwritten as soon as that returns.
func TestSnapshotKeepsNoTally(t *testing.T) {
	s, going, tally := &snapshot{}, begin(runtest.Kept()),
		&stats.Tally{Failures: []stats.Failure{{Outcome: stats.Reset, Count: 1}}}
	s.read(going.window(stats.Window{Done: 1, Tally: tally}), words.Options{})
	tally.Failures[0] = stats.Failure{Outcome: stats.Closed, Count: 100}
	if s.read(going.window(stats.Window{}),
		words.Options{}); s.window.Tally != nil || s.window.SoFar != nil || s.hint != "reset" {
		t.Errorf("hint %q, tally %v", s.hint, s.window.Tally)
	}
}

// A copy of a snapshot may be drawn while the next window is added.
func TestSparkIsOfTheSnapshot(t *testing.T) {
	s, going := &snapshot{plan: runtest.Kept().Plan}, begin(runtest.Kept())
	for i := range 100 {
		s.read(going.window(stats.Window{OK: 1, P99: time.Duration(i+1) * ms}), words.Options{})
	}
	drawn := *s
	s.read(going.window(stats.Window{OK: 1, P99: time.Hour}), words.Options{})
	for _, c := range []struct {
		room int
		opt  words.Options
		want string
	}{{8, words.Options{}, "████████"}, {0, words.Options{}, ""}, {-3, words.Options{}, ""},
		{3, words.Options{ASCII: true}, "###"}} {
		if got := drawn.spark(c.room, c.opt); got != c.want {
			t.Errorf("room %d: %q, want %q", c.room, got, c.want)
		}
	}
	if got := s.spark(3, words.Options{}); got != "▁▁█" {
		t.Error(got)
	}
	if got := drawn.spark(1000, words.Options{}); grid.Columns(got) != trace || !strings.HasPrefix(got, "▄") {
		t.Error(got)
	}
}

func TestStages(t *testing.T) {
	p := stats.Plan{Model: "open", Warmup: time.Second, Stages: []string{"10s@0..1e+06/s", "1m30s@0.5/s"}}
	s := &snapshot{plan: p, stages: stagesOf(&p)}
	if got := s.end(); got != 101*time.Second {
		t.Errorf("ends at %v", got)
	}
	for at, want := range map[time.Duration]float64{0: 0, time.Second: 0, 6 * time.Second: 5e5, 11 * time.Second: .5,
		60 * time.Second: .5, time.Hour: .5} {
		if got := s.asked(at); got != want {
			t.Errorf("at %v: %v, want %v", at, got, want)
		}
	}
	for _, wrong := range []string{"", "10s", "x@1/s", "1s@x/s", "1s@1..x/s", "0s@1/s"} {
		p.Stages[1] = wrong
		if got := stagesOf(&p); got != nil {
			t.Errorf("%q: %v", wrong, got)
		}
	}
}

var _ stats.Sink = (*View)(nil)
