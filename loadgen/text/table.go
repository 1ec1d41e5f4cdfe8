package text

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"shotput/loadgen/fault"
)

// # Texts by row
//
// Where a request goes, which file is its body and how long that is must be sound before anything is sent. A text that
// says so may differ by the row that a request takes, and by nothing else: then there are as many as rows, and each
// can be looked at ahead. The obvious way, to look when the request is made, would tell of the one bad row in a
// million in the middle of the run.

// A Table is a text that differs from request to request by its row alone.
type Table struct {
	Rows   int64 // how many there are
	from   *Sources
	parts  Parts
	source string // keys, rows, file or urls
}

// mostTabled bounds the rows: for each, whoever asks notes something.
const mostTabled = 1 << 24

// tabled are the sources of values that go by rows, as calls name them, and what several of them share.
var tabled = map[string]string{"csv": "rows", "jsonl": "rows", "keys": "keys", "file": "file", "urls": "urls"}

// Tabulate makes a table of p, which stands in place. It reads what says how many rows there are.
func (s *Sources) Tabulate(p Parts, field, place string) (*Table, error) {
	p, err := s.Bind(p, place)
	if err != nil {
		return nil, err
	}
	t := &Table{from: s, parts: p}
	for _, part := range p {
		source := tabled[part.call.source]
		switch {
		case part.render == nil:
		case source == "":
			return nil, fault.Unfit.In(field, part.action,
				"stands in %s, which must be known before anything is sent; "+
					"there it can be of a row alone: {{csv}}, {{json}}, {{key}}", place)
		case t.source != "" && t.source != source:
			return nil, fault.Unfit.In(field, part.action, "stands in %s beside a value of another file; "+
				"take both from one", place)
		default:
			t.source = source
		}
	}
	if t.Rows, err = t.count(); err == nil && t.Rows > mostTabled {
		err = fmt.Errorf("has %d rows; at most %d can be looked at before anything is sent", t.Rows, mostTabled)
	}
	if err != nil {
		return nil, fault.Unreadable.In(field, p.written(), "%v", err)
	}
	return t, nil
}

// written is what the first call was written as.
func (p Parts) written() string {
	for _, part := range p {
		if part.render != nil {
			return part.action
		}
	}
	return ""
}

func (t *Table) count() (int64, error) {
	switch s := t.from; t.source {
	case "rows":
		return s.records.Count()
	case "keys":
		err := s.keys.ready()
		return s.keys.n, err
	case "urls":
		return s.URLs.Count()
	case "file":
		return s.Names.Count(), nil
	}
	return 1, nil
}

// Each gives look the text of each row, which is lent. It ends at the first error, and says of which row that is.
func (t *Table) Each(look func(row int64, value []byte) error) error {
	with := t.from.NewRenderer()
	r := NewScope(0, 0, time.Time{})
	r.With = with
	var room []byte
	for i := range t.Rows {
		with.pin, with.Err = i+1, nil
		if room = t.parts.Append(room[:0], r); with.Err != nil {
			return with.Err
		}
		if err := look(i, room); err != nil {
			return t.blame(i, err)
		}
	}
	return nil
}

// blame is err, said of a row.
func (t *Table) blame(row int64, err error) error {
	switch s := t.from; {
	case t.source == "rows":
		return s.records.Fault(row, err)
	case t.source == "urls":
		return s.URLs.Fault(row, err)
	case t.source == "keys" && s.keys.lines != nil:
		return s.keys.lines.Fault(row, err)
	case t.source == "keys":
		return fmt.Errorf("key %d: %w", row+1, err)
	}
	return err
}

// Row is which row request r takes, from 0. The rows were counted when the table was made, so that nothing can fail.
func (t *Table) Row(r Scope) (row int64) {
	switch s := t.from; t.source {
	case "rows":
		row, _ = s.records.index(r)
	case "keys":
		row, _ = s.keys.index(r)
	default:
		row = InTurn(r.Turn(), t.Rows)
	}
	return row
}

// pinned is the row that everything is taken from, from 0, where one was chosen for it.
func (r Scope) pinned() (row int64, is bool) {
	if r.With == nil {
		return 0, false
	}
	return r.With.pin - 1, r.With.pin > 0
}

// Turn is whose turn it is, where files are taken in turn: the request's, or that of the row that was chosen.
func (r Scope) Turn() int64 {
	if row, is := r.pinned(); is {
		return row + 1
	}
	return r.Number
}

// Made are parts that say what appendText appends.
func Made(appendText func(dst []byte, r Scope) []byte) Parts {
	return Parts{{render: func(dst []byte, r Scope, _ *call) []byte { return appendText(dst, r) }}}
}

// # Lists of URLs

// ListedURL are the parts of a URL that is a line of Sources.URLs.
func ListedURL(bad func(byte) bool) Parts {
	return Parts{{render: appendListed, action: "the list", call: call{name: "url", source: "urls", at: inOrigin,
		whole: true, bad: bad}}}
}

// appendListed writes the line of request r.
func appendListed(dst []byte, r Scope, c *call) []byte {
	if c.from == nil || r.With == nil {
		return dst
	}
	n, err := c.from.URLs.Count()
	if err != nil {
		return r.Fail(dst, err)
	}
	i := InTurn(r.Turn(), n)
	line, err := r.With.urls.Read(i)
	if err != nil {
		return r.Fail(dst, err)
	}
	from, before := len(dst), r.With.Err
	if dst = c.place(append(dst, line...), from, r); before == nil && r.With.Err != nil {
		r.With.Err = c.from.URLs.Fault(i, r.With.Err)
	}
	return dst
}

// VariesByRow says whether the server of a URL, placed as one, differs by row.
func (p Parts) VariesByRow() bool {
	for _, part := range p {
		if part.render != nil && part.call.at == inOrigin && tabled[part.call.source] != "" {
			return true
		}
	}
	return false
}

// errInOrigin is of what stands before the path of a URL.
var errInOrigin = errors.New("stands before the path; connections are opened before requests are made, " +
	"so that there it can be of a row alone: {{csv}}, {{json}}, {{key}}")

// errAnswerInOrigin is errInOrigin of what a flow gives.
var errAnswerInOrigin = errors.New("stands before the path; a server may be taken from an answer with its whole URL " +
	"alone, which {{captured}} then gives where the URL begins")

// Origin are p up to where the server of a URL that p gives must have ended: all that decides on it.
func (p Parts) Origin() Parts {
	for i, part := range p {
		from := 0
		if scheme, _, ok := strings.Cut(part.Constant, "://"); ok {
			from = len(scheme) + len("://")
		}
		if end := strings.IndexAny(part.Constant[from:], "/?&="); end >= 0 {
			return append(slices.Clone(p[:i]), Part{Constant: part.Constant[:from+end+1]})
		}
	}
	return p
}
