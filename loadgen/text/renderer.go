package text

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"shotput/loadgen/jsonpath"
	"shotput/loadgen/rows"
)

// A Renderer is what one worker or loop renders with: its own places in the files that values are taken from, room
// for the text of a body, and why the request at hand cannot be made. It is not safe for concurrent use. What is
// rendered does not depend on what was rendered with it before.
type Renderer struct {
	keys, rows rows.Cursor
	Lines      rows.Cursor // in the file of which each request sends a line
	Text       []byte      // the body of the last request that has one to be rendered, to be written over by the next
	Err        error       // the first one since the request was begun
}

// NewRenderer makes a renderer for one worker or loop. It is good for as long as s is open.
func (s *Sources) NewRenderer() *Renderer {
	with := new(Renderer)
	if s.keys != nil && s.taken.keys {
		with.keys = rows.NewCursor(s.keys.lines)
	}
	if s.records != nil && s.taken.records {
		with.rows = rows.NewCursor(s.records.File)
	}
	with.Lines = rows.NewCursor(s.Lines)
	return with
}

// Fail notes why the request cannot be made, and gives what was rendered so far.
func (r Scope) Fail(dst []byte, err error) []byte {
	if r.With.Err == nil {
		r.With.Err = err
	}
	return dst
}

// A Place is where in a request a text stands: what may stand there depends on it.
type Place uint8

// The places where not everything may stand; all other text is of a body.
const (
	inBody   Place = iota
	InURL          // and what names a file is written %XX there
	InHeader       // and space around a value is no part of it there
)

// Stand tells the calls in the text where they stand, and which bytes may not stand there.
func (t *Compiled) Stand(at Place, bad func(byte) bool) {
	for i := range t.Parts {
		t.Parts[i].call.at, t.Parts[i].call.bad = at, bad
	}
}

// place appends a value that came from a file, if it may stand where it would. Functions that make up their values
// give nothing that could do harm; a file may hold anything, a line break above all, behind which a header of its
// own would follow. It goes out as it is or not at all, but for space around it in a header, which is no part of the
// header's value and which not every engine would send.
func (c *call) place(dst []byte, r Scope, value []byte) []byte {
	if c.at == InHeader {
		value = bytes.Trim(value, " \t")
	}
	if c.bad != nil {
		if i := slices.IndexFunc(value, c.bad); i >= 0 {
			return r.Fail(dst, fmt.Errorf("%s %w", c.describe(), forbidden[c.at]))
		}
	}
	return append(dst, value...)
}

// forbidden says what is wrong with a value at a place.
var forbidden = [...]error{inBody: nil,
	InURL:    errors.New("gives a character that no URL can hold; write %XX instead"),
	InHeader: errors.New("gives a character that cannot stand in a header")}

// describe is the call as written, nearly.
func (c *call) describe() string {
	switch c.source {
	case "csv":
		return fmt.Sprintf("column %q", c.text)
	case "jsonl":
		return c.text
	}
	return "it"
}

// placeName places the name of a file. In a URL it is written %XX as curl does with the name that it puts behind a
// folder: a name may hold anything, and stands for one segment.
func (c *call) placeName(dst []byte, r Scope, name string) []byte {
	if c.at != InURL {
		return c.place(dst, r, []byte(name))
	}
	for i := range len(name) {
		if b := name[i]; isUnreserved(b) {
			dst = append(dst, b)
		} else {
			dst = append(dst, '%', "0123456789ABCDEF"[b>>4], "0123456789ABCDEF"[b&15])
		}
	}
	return dst
}

// isUnreserved: what stands for itself anywhere in a URL (RFC 3986 §2.3).
func isUnreserved(b byte) bool {
	return b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= '0' && b <= '9' || strings.IndexByte("-._~", b) >= 0
}

// row gives the row of request r, and which it is, from 0.
func (s *records) row(r Scope) (row []byte, index int64, err error) {
	if index, err = s.index(r); err == nil {
		row, err = r.With.rows.Read(index)
	}
	return row, index, err
}

// appendCSV writes a column of the request's row. The value is built behind what is there, looked at, and put in its
// place, so that no room of its own is needed.
func appendCSV(dst []byte, r Scope, c *call) []byte {
	if c.from == nil || r.With == nil {
		return dst
	}
	row, index, err := c.from.records.row(r)
	if err != nil {
		return r.Fail(dst, err)
	}
	from := len(dst)
	if dst, err = rows.AppendColumn(dst, row, c.column); err != nil {
		return r.Fail(dst[:from], c.from.records.Fault(index, fmt.Errorf("%w, for {{csv %q}}", err, c.text)))
	}
	return c.placeRow(dst[:from], r, dst[from:])
}

// placeRow places a value that is of the row of request r.
func (c *call) placeRow(dst []byte, r Scope, value []byte) []byte {
	before := r.With.Err
	dst = c.place(dst, r, value)
	if before == nil && r.With.Err != nil {
		r.With.Err = c.from.records.Fault(r.With.rows.At(), r.With.Err)
	}
	return dst
}

func checkPath(c *call, _ Env) (err error) {
	if !strings.HasPrefix(c.text, ".") {
		return fmt.Errorf("has the path %q; write {{json .}} or {{json .name}}", c.text)
	}
	if c.path, err = jsonpath.Parse(c.text); err != nil {
		return fmt.Errorf("has the path %q with %w", c.text, err)
	}
	return nil
}

var errNoField = errors.New("is not in it")

// appendJSONL writes a value of the request's row.
func appendJSONL(dst []byte, r Scope, c *call) []byte {
	if c.from == nil || r.With == nil {
		return dst
	}
	row, index, err := c.from.records.row(r)
	if err != nil {
		return r.Fail(dst, err)
	}
	from := len(dst)
	if c.path == nil {
		dst = append(dst, row...)
	} else if value := c.path.At(row); value != nil {
		dst = jsonpath.Append(dst, value)
	} else {
		return r.Fail(dst, c.from.records.Fault(index, fmt.Errorf("%s %w", c.describe(), errNoField)))
	}
	return c.placeRow(dst[:from], r, dst[from:])
}

// appendFile writes the name of the file that the request's body comes from.
func appendFile(dst []byte, r Scope, c *call) []byte {
	if c.from == nil || r.With == nil {
		return dst
	}
	return c.placeName(dst, r, c.from.Names.NameOf(r.Number))
}

// Room is where request r's text may be rendered, until the renderer's next request.
func (r Scope) Room() []byte {
	if r.With == nil {
		return nil
	}
	return r.With.Text[:0]
}
