package cli

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"

	"shotput/cli/files"
	"shotput/cli/flags"
	"shotput/loadgen/fault"
	"shotput/report"
	"shotput/stats"
)

// A stream is a document that grows during the run. It goes straight to its name: whoever follows it wants to
// see it grow, and what is there when the machine dies is all there is. It is opened when the run starts, so
// that a run that the preflight stops leaves the file of the one before.
type stream struct {
	*stats.Stream
	path string
	out  *spool // to path, or to what is given instead; nil: not open yet
	file *os.File
	err  error // of opening
}

// openStreams gives every document that is to grow.
func openStreams(o *flags.Outputs, s *Stdio) (all []*stream) {
	if format, _ := o.OnStdout(); format == "ndjson" {
		all = append(all, &stream{out: &spool{w: s.Out}})
	}
	for _, d := range o.Documents() {
		if d.Format == "ndjson" && d.Path != "-" {
			all = append(all, &stream{path: d.Path})
		}
	}
	return all
}

func asSinks(streams []*stream) (all []stats.Sink) {
	for _, t := range streams {
		all = append(all, t)
	}
	return all
}

// Start writes the head of a round; rounds follow each other in one file.
func (t *stream) Start(head *stats.Run) {
	switch {
	case t.Stream != nil:
		t.err = errors.Join(t.err, t.Err())
	case t.out == nil:
		t.file, t.err = os.Create(t.path)
		t.out = &spool{w: t.file}
	}
	if t.err != nil {
		t.out = &spool{w: io.Discard}
	}
	t.Stream = stats.NewStream(t.out)
	t.Stream.Start(head)
}

// close ends the file; its error is the first of opening, writing and closing.
func (t *stream) close() error {
	err := t.err
	if err == nil && t.out != nil {
		err = t.out.Flush()
	}
	if err == nil && t.Stream != nil {
		err = t.Err()
	}
	if t.file != nil {
		err = errors.Join(err, t.file.Close())
	}
	if err == nil {
		return nil
	}
	return fmt.Errorf("write %s: %w", cmp.Or(t.path, "the run"), fault.Plain(err))
}

// writeSamples fires, with a sink that writes samples, if there are any to write. fire says how the run went, unsaved
// whether they were written.
func writeSamples(o *flags.Outputs, w *watch, fire func(...stats.Sink) error) (fired, unsaved error) {
	if o.Samples == "" {
		w.during(func() { fired = fire() })
		return fired, nil
	}
	samples := report.NewSamples()
	var writing sync.WaitGroup
	writing.Go(func() {
		unsaved = samples.Write(func() (io.WriteCloser, error) { return os.Create(o.Samples) })
	})
	w.during(func() {
		fired = fire(samples)
		samples.Close()
		if !files.IsSpecial(o.Samples) {
			writing.Wait()
		}
	})
	writing.Wait()
	if unsaved != nil {
		unsaved = fmt.Errorf("write %s: %w", o.Samples, fault.Plain(unsaved))
	}
	return fired, unsaved
}

// mostSpooled bounds what waits to be read, in bytes: about an hour of windows.
const mostSpooled = 16 << 20

var errUnread = errors.New("nobody read it in time, and the rest was left out")

// A spool is a writer that does not hold up a run: what somebody does not read (a full pipe, a terminal that was
// stopped) waits in it. It leaves nothing out but where more waits than it holds; then it takes no more, which is its
// error. Writing happens beside, from the first Write until Flush. It is written by one goroutine at a time.
type spool struct {
	w       io.Writer
	writing sync.WaitGroup

	mu struct {
		sync.Mutex
		waiting []byte
		busy    bool // something is being written
		err     error
	}
}

func (s *spool) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.mu.err == nil && len(s.mu.waiting)+len(b) > mostSpooled {
		s.mu.err = errUnread
	}
	if s.mu.err != nil {
		return 0, s.mu.err
	}
	s.mu.waiting = append(s.mu.waiting, b...)
	if !s.mu.busy {
		s.mu.busy = true
		s.writing.Go(s.drain)
	}
	return len(b), nil
}

// drain writes what there is, and ends.
func (s *spool) drain() {
	for {
		s.mu.Lock()
		b := s.mu.waiting
		if s.mu.waiting = nil; len(b) == 0 {
			s.mu.busy = false
			s.mu.Unlock()
			return
		}
		s.mu.Unlock()
		_, err := s.w.Write(b)
		s.mu.Lock()
		if s.mu.err == nil {
			s.mu.err = err
		}
		s.mu.Unlock()
	}
}

// Flush waits until all is written, and gives the first error.
func (s *spool) Flush() error {
	s.writing.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.mu.err
}

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
