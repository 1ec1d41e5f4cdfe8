package stats

import (
	"encoding/json"
	"fmt"
	"io"
	"time"

	"shotput/stats/labels"
)

// # A saved run
//
// There are two encodings of the same Run. The document is one indented JSON value. The stream (see Stream) is a
// line each for the head, every window as it closes, and the whole at the end: it survives the tool being killed,
// since the windows carry exact histograms and add up to what the end would have said. A reader need not know
// which it has: a document's first value has totals, a stream's has not.

// Encode writes r as a document.
func Encode(w io.Writer, r *Run) error {
	if err := WriteJSON(w, r.withLists()); err != nil {
		return fmt.Errorf("write run: %w", err)
	}
	return nil
}

// WriteJSON writes v as every document is written: indented, and with <, > and & as they are.
func WriteJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// Decode reads a run from a document or a stream. A stream without its end gives what the windows add up to,
// marked as broken off, and incomplete. A schema that this version does not know is refused, and so are several runs.
func Decode(rd io.Reader) (*Run, error) {
	rounds, err := DecodeAll(rd)
	if err != nil {
		return nil, err
	}
	if len(rounds) != 1 {
		return nil, fmt.Errorf("read run: there are %d, and one is wanted", len(rounds))
	}
	return rounds[0], nil
}

// decodeRun looks at the schema first: of an unknown one, no other field can be trusted to mean what it says.
func decodeRun(b []byte) (*Run, error) {
	var look struct {
		Schema      string `json:"schema"`
		Interrupted string `json:"interrupted"` // of the older one
	}
	if err := json.Unmarshal(b, &look); err != nil {
		return nil, err
	}
	if look.Schema != Schema && look.Schema != olderSchema {
		return nil, fmt.Errorf("its schema is %q, and this version knows only %q and %q", look.Schema, olderSchema,
			Schema)
	}
	r := &Run{}
	if err := json.Unmarshal(b, r); err != nil {
		return nil, err
	}
	if r.Stop.IsZero() {
		r.Stop = olderReason(look.Interrupted)
	}
	r.sayResults()
	r.doubt(r.Verdict)
	return r, nil
}

// decodeStream reads what follows a head; whole is false when the input broke off before the end.
func decodeStream(d *json.Decoder, r *Run) (_ *Run, whole bool, err error) {
	for {
		var line json.RawMessage
		err := d.Decode(&line)
		if err == io.EOF || err == io.ErrUnexpectedEOF { // a half line is what a killed writer leaves
			return r, false, r.finishEarly()
		}
		if err != nil {
			return nil, false, err
		}
		w, err := decodeWindow(line)
		if err != nil {
			return nil, false, err
		}
		if w.Tally == nil {
			end, err := decodeEnd(line, r)
			return end, true, err
		}
		r.Add(w)
	}
}

// decodeWindow leaves Tally nil when the line has none: then it is no window's, but the last.
func decodeWindow(line []byte) (*Window, error) {
	var look struct {
		Tally *Tally `json:"tally"`
	}
	if err := json.Unmarshal(line, &look); err != nil || look.Tally == nil {
		return &Window{}, err
	}
	w := &Window{Tally: look.Tally}
	return w, json.Unmarshal(line, w)
}

// decodeEnd reads the last line of a stream, of which so far has the windows.
func decodeEnd(line []byte, soFar *Run) (*Run, error) {
	r, err := decodeRun(line)
	if err == nil {
		r.Windows = soFar.Windows
		r.holdAgainst(&soFar.gathering.total)
	}
	return r, err
}

// A Stream is a Sink that writes a run as it happens: one JSON value a line. Its error, if any, is kept for Err,
// and nothing is written after it: a full disk must not end a run.
type Stream struct {
	w   *json.Encoder
	err error
}

// NewStream writes to w, one Write a line.
func NewStream(w io.Writer) *Stream {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return &Stream{w: e}
}

// Start writes the head.
func (s *Stream) Start(head *Run) {
	s.write(struct {
		Schema  string        `json:"schema"`
		Tool    Tool          `json:"tool"`
		Started time.Time     `json:"started"`
		Labels  labels.Set    `json:"labels,omitempty"`
		Plan    Plan          `json:"plan"`
		First   *FirstRequest `json:"first_request,omitempty"`
		Steps   []StepRow     `json:"steps,omitempty"` // of what was sent once, before the load
	}{Schema, head.Tool, head.Started, head.Labels, head.Plan, head.First, head.Steps})
}

// Window writes the window's summary and its tally.
func (s *Stream) Window(w *Window) {
	t := *w.Tally
	t.Statuses, t.Failures = list(t.Statuses), list(t.Failures)
	s.write(struct {
		*Window
		Tally *Tally `json:"tally"`
	}{w, &t})
}

// End writes the whole run but for the windows, which were written already. The line is a document of its own.
func (s *Stream) End(r *Run) {
	whole := r.withLists()
	whole.Windows = []Window{}
	s.write(whole)
}

// Err is the first error of writing, if there was one.
func (s *Stream) Err() error { return s.err }

func (s *Stream) write(line any) {
	if s.err != nil {
		return
	}
	if err := s.w.Encode(line); err != nil {
		s.err = fmt.Errorf("write run: %w", err)
	}
}
