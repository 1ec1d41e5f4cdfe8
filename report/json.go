package report

import (
	"io"

	"shotput/stats"
)

// JSON writes the saved run as one document.
func JSON(w io.Writer, r *stats.Run) error { return stats.Encode(w, r) }

// NDJSON writes a finished run as a stream: a line for its head, each window and its end. The windows of a
// finished run have no tallies any more; the end has what they added up to.
func NDJSON(w io.Writer, r *stats.Run) error {
	s := stats.NewStream(w)
	s.Start(r)
	for _, window := range r.Windows {
		window.Tally = &stats.Tally{}
		s.Window(&window)
	}
	s.End(r)
	return s.Err()
}
