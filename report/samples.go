package report

import (
	"bufio"
	"compress/gzip"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"shotput/report/words"
	"shotput/stats"
)

// Samples writes each measured request of a run as a line of a CSV file, compressed, while the run goes on. It is two
// halves that share channels alone: a Sink, which copies a window's samples and never waits, and Write, which runs
// beside it and does what takes time. When Write falls behind by a few seconds, samples are lost, counted, and told in
// a warning.
type Samples struct {
	names   chan []string       // of the plan's requests, sent when the run begins
	full    chan []stats.Sample // to be written; closed by Close
	emptied chan []stats.Sample // to be used again
	lost    int64               // owned by the Sink's caller
}

// samplesBehind is by how many windows Write may fall behind.
const samplesBehind = 4

var sampleColumns = []string{"number", "template", "intended_ns", "claimed_ns", "sent_ns", "uploaded_ns",
	"first_byte_ns", "done_ns",
	"outcome", "stage", "status", "body_bytes_sent"}

// NewSamples starts nothing: Write does the work.
func NewSamples() *Samples {
	return &Samples{names: make(chan []string, 1), full: make(chan []stats.Sample, samplesBehind),
		emptied: make(chan []stats.Sample, samplesBehind)}
}

// Start tells Write that there is something to open a file for.
func (s *Samples) Start(head *stats.Run) {
	names := []string{head.Plan.URL}
	if len(head.Plan.Mix) > 0 {
		names = nil
		for _, m := range head.Plan.Mix {
			names = append(names, m.Name)
		}
	}
	s.names <- names
}

// Window copies what the window lends.
func (s *Samples) Window(w *stats.Window) {
	s.lost += w.Samples.Lost
	var batch []stats.Sample
	select {
	case batch = <-s.emptied:
	default:
	}
	for _, part := range w.Samples.Parts {
		batch = append(batch, part...)
	}
	select {
	case s.full <- batch:
	default:
		s.lost += int64(len(batch))
	}
}

// End has nothing to do: Close ends what is written.
func (s *Samples) End(*stats.Run) {}

// Advise warns of what was lost of the run, after its last window.
func (s *Samples) Advise(r *stats.Run) []stats.Warning {
	if s.lost == 0 {
		return nil
	}
	return []stats.Warning{{Code: "samples-lost", Try: "a lower rate, or a faster disk",
		Text: fmt.Sprintf(
			"%s of %s are not among the samples: there was no room for more in a second, or the file was "+
				"written too slowly",
			words.Count(s.lost),
			words.Plural(r.Totals.Sent, "request"),
		)}}
}

// Close ends Write, after the run.
func (s *Samples) Close() {
	close(s.names)
	close(s.full)
}

// Write opens the file when the run begins, and writes until Close. After a fault it writes no more and takes all that
// comes: a full disk must not end a run. What came in a second is in the file after it, so that a run that is killed
// leaves what it had.
func (s *Samples) Write(open func() (io.WriteCloser, error)) error {
	names, began := <-s.names
	if !began {
		return nil
	}
	f, err := open()
	if err != nil {
		s.discard()
		return err
	}
	err = s.write(f, names)
	s.discard()
	return errors.Join(err, f.Close())
}

func (s *Samples) discard() {
	for range s.full {
	}
}

func (s *Samples) write(f io.Writer, names []string) error {
	packed, err := gzip.NewWriterLevel(f, gzip.BestSpeed)
	if err != nil {
		return err
	}
	lines := bufio.NewWriterSize(packed, 64<<10)
	lines.WriteString(strings.Join(sampleColumns, ",") + "\n") // a fault stays with lines, and Flush gives it
	for i := range names {
		names[i] = quote(names[i])
	}
	line := make([]byte, 0, 512)
	for batch := range s.full {
		for i := range batch {
			line = appendSample(line[:0], &batch[i], names)
			lines.Write(line)
		}
		if err := errors.Join(lines.Flush(), packed.Flush()); err != nil {
			return err
		}
		select {
		case s.emptied <- batch[:0]:
		default:
		}
	}
	return packed.Close()
}

// quote is a field as a CSV file has it.
func quote(field string) string {
	var b strings.Builder
	w := csv.NewWriter(&b)
	w.Write([]string{words.Clean(field)}) // to a strings.Builder, which takes all
	w.Flush()
	return strings.TrimSuffix(b.String(), "\n")
}

// appendSample leaves empty what was not reached.
func appendSample(b []byte, s *stats.Sample, names []string) []byte {
	b = strconv.AppendInt(b, s.Number, 10)
	b = append(append(b, ','), names[s.Template]...)
	b = strconv.AppendInt(append(b, ','), int64(s.Intended), 10)
	b = strconv.AppendInt(append(b, ','), int64(s.Claimed), 10)
	for i, instant := range [...]time.Duration{s.Sent, s.Uploaded, s.FirstByte, s.Done} {
		sentAtOnce := i == 0 && s.Claimed == 0 // at the run's start: none is sent before it is claimed
		if b = append(b, ','); instant != 0 || sentAtOnce {
			b = strconv.AppendInt(b, int64(instant), 10)
		}
	}
	b = append(append(b, ','), s.Outcome.String()...)
	b = append(append(b, ','), s.Stage.String()...)
	if b = append(b, ','); s.Status != 0 {
		b = strconv.AppendInt(b, int64(s.Status), 10)
	}
	b = strconv.AppendInt(append(b, ','), s.BodySent, 10)
	return append(b, '\n')
}
