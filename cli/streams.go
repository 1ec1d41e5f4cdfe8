package cli

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"

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
	out  io.Writer // instead of path
	file *os.File
	err  error // of opening
}

// openStreams gives every document that is to grow.
func openStreams(o *flags.Outputs, s *Stdio) (all []*stream) {
	if format, _ := o.OnStdout(); format == "ndjson" {
		all = append(all, &stream{out: s.Out})
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
		t.out = t.file
	}
	if t.err != nil {
		t.out = io.Discard
	}
	t.Stream = stats.NewStream(t.out)
	t.Stream.Start(head)
}

// close ends the file; its error is the first of opening, writing and closing.
func (t *stream) close() error {
	err := t.err
	if err == nil {
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
func writeSamples(o *flags.Outputs, fire func(...stats.Sink) error) (fired, unsaved error) {
	if o.Samples == "" {
		return fire(), nil
	}
	samples := report.NewSamples()
	var writing sync.WaitGroup
	writing.Go(func() {
		unsaved = samples.Write(func() (io.WriteCloser, error) { return os.Create(o.Samples) })
	})
	fired = fire(samples)
	samples.Close()
	writing.Wait()
	if unsaved != nil {
		unsaved = fmt.Errorf("write %s: %w", o.Samples, fault.Plain(unsaved))
	}
	return fired, unsaved
}
