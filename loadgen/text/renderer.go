package text

import (
	"errors"
	"fmt"
	"strings"

	"shotput/loadgen/jsonpath"
	"shotput/loadgen/rows"
)

// A Renderer is what one worker or loop renders with: its own places in the files that values are taken from, room
// for the text of a body, and why the request at hand cannot be made. It is not safe for concurrent use. What is
// rendered does not depend on what was rendered with it before.
type Renderer struct {
	keys, rows rows.Cursor
	urls       rows.Cursor // in the list of URLs
	pin        int64       // everything is taken from this row, counted from 1; 0: each request has its own
	Lines      rows.Cursor // in the file of which each request sends a line
	Text       []byte      // the body of the last request that has one to be rendered, to be written over by the next
	Err        error       // the first one since the request was begun
	Given      *Given      // by the flow that the request is an exchange of; nil: it is of none
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
	with.Lines, with.urls = rows.NewCursor(s.Lines), rows.NewCursor(s.URLs)
	return with
}

// Fail notes why the request cannot be made, and gives what was rendered so far.
func (r Scope) Fail(dst []byte, err error) []byte {
	if r.With.Err == nil {
		r.With.Err = err
	}
	return dst
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
	return c.placeRow(dst, from, r)
}

// placeRow places a value, dst[from:], that is of the row of request r.
func (c *call) placeRow(dst []byte, from int, r Scope) []byte {
	before := r.With.Err
	dst = c.place(dst, from, r)
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
	} else if value := c.path.At(row); value == nil {
		return r.Fail(dst, c.from.records.Fault(index, fmt.Errorf("%s %w", c.describe(), errNoField)))
	} else if c.at == inJSON && len(c.encodings) == 0 {
		return append(dst, value...) // as it is written: a string has its quotes
	} else {
		dst = jsonpath.Append(dst, value)
	}
	return c.placeRow(dst, from, r)
}

// appendFile writes the name of the file that the request's body comes from.
func appendFile(dst []byte, r Scope, c *call) []byte {
	if c.from == nil || r.With == nil {
		return dst
	}
	from := len(dst)
	return c.place(append(dst, c.from.Names.NameOf(r)...), from, r)
}

// Room is where request r's text may be rendered, until the renderer's next request.
func (r Scope) Room() []byte {
	if r.With == nil {
		return nil
	}
	return r.With.Text[:0]
}
