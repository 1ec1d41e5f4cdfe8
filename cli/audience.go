package cli

import "shotput/stats"

// An audience are those who are told of a run. Its end is held back until close: what a document says at the end, it
// says of a run with its advice, which only whoever owns the run adds. So each is told of the same run, in whatever
// order they stand, and none writes into it.
type audience []stats.Sink

// Start tells the run's head.
func (a audience) Start(head *stats.Run) {
	for _, s := range a {
		s.Start(head)
	}
}

// Window tells of a second of the run.
func (a audience) Window(w *stats.Window) {
	for _, s := range a {
		s.Window(w)
	}
}

// Alarm tells what the tool noticed about itself, to those who want to know.
func (a audience) Alarm(w stats.Warning) {
	for _, s := range a {
		if told, ok := s.(interface{ Alarm(stats.Warning) }); ok {
			told.Alarm(w)
		}
	}
}

// End waits for close.
func (a audience) End(*stats.Run) {}

// close tells of the run's end.
func (a audience) close(run *stats.Run) {
	for _, s := range a {
		s.End(run)
	}
}
