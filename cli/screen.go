package cli

import (
	"context"
	"fmt"
	"sync"
	"time"

	"shotput/report/live"
	"shotput/stats"
)

// A screen holds the live view of the round that is under way.
type screen struct {
	mu    sync.Mutex
	view  *live.View // nil: none yet
	queue *live.Queue
	round int64
}

// note says something beside the run; a panel has a place of its own for it.
func (s *screen) note(line string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.view != nil {
		s.view.Note(line)
		s.queue.Flush(patience)
	}
}

// patience is how long is waited for somebody to read what is shown, before something else is written to
// the same place.
const patience = 200 * time.Millisecond

// flush has all be shown that was to be, if it is read.
func (s *screen) flush() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.queue != nil {
		s.queue.Flush(patience)
	}
}

// during draws the view while a run is fired, and waits for both.
func (s *screen) during(ctx context.Context, view *live.View, fire func()) {
	drawing, stop := context.WithCancel(context.WithoutCancel(ctx))
	var drawn sync.WaitGroup
	drawn.Go(func() { view.Run(drawing) })
	fire()
	stop()
	drawn.Wait()
	s.flush()
}

// unread says how much was never shown, since nobody read it; "" when nothing.
func (s *screen) unread() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.queue == nil || s.queue.Dropped() == 0 {
		return ""
	}
	return "left out of the progress, since nobody read it in time: " + stats.Plural(s.queue.Dropped(), "text")
}

// showRound makes the live view of a round, unless it is there already.
func (j *job) showRound(i int64) *live.View {
	s := j.shown
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.view == nil || s.round != i {
		s.round = i
		if s.queue == nil {
			s.queue = live.NewQueue(j.Err)
		}
		s.view = live.New(s.queue, live.Config{Mode: j.progress(), Label: j.labelOf(i), Size: terminalSize(j.Err),
			Options: j.options(j.Err, &j.asked.Out)})
	}
	return s.view
}

// labelOf names a round, where there are several, and the scenario that it is of.
func (j *job) labelOf(round int64) string {
	switch label := j.label; {
	case j.asked.Schedule.Rounds < 2:
		return label
	case label == "":
		return fmt.Sprintf("round %d of %d", round+1, j.asked.Schedule.Rounds)
	default:
		return fmt.Sprintf("%s, round %d of %d", label, round+1, j.asked.Schedule.Rounds)
	}
}

// progress is how a round is shown: as a panel only where nothing else is written while it stands, for a stream on the
// same terminal would tear it.
func (j *job) progress() string {
	format, _ := j.asked.Out.OnStdout()
	switch asked := j.asked.Out.Progress; {
	case j.asked.Silent:
		return live.None
	case asked != "" && asked != "auto":
		return asked
	case format == "ndjson" && isTerminal(j.Out):
		return live.Lines
	case isTerminal(j.Err) && j.env("TERM") != "dumb":
		return live.Panel
	}
	return live.Lines
}
