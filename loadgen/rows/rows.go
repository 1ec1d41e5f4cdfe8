// Package rows gives any record of a file at any time: of a text by lines, of CSV, of JSON lines. A file is read once to
// know where its records begin, and never held whole where it is large. It refuses to know what a record is for.
package rows

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"

	"shotput/loadgen/fault"
)

// # Files of rows
//
// Any row of a file must be at hand at any time, since requests are rendered in any order, by any number of workers,
// and a file may be larger than memory. The obvious ways fail: to hold the rows takes the memory, to hand them out
// from one stream makes what a request says depend on who asked first, and to map the file kills the program if
// somebody shortens it. So one pass over the file notes where every 64th row begins; that and how many there are is
// all that is shared. Whoever renders reads on from its own place in the file, or from the nearest place noted.
//
// Invariants:
//
//   - The notes never exceed mostNotes: when they would, every other one is dropped, and twice as many rows lie
//     between two.
//   - A row is found by the same split in the pass and in every read, so both count alike.
//   - What is noted is fixed when the pass has ended. A file that changes during the run gives other rows, or errors,
//     never a crash.
const (
	RowsApart  = 64
	MostNotes  = 1 << 17 // of 8 bytes: 1 MiB
	LongestRow = 16 << 20
	passBytes  = 256 << 10 // read at a time in the pass
	readBytes  = 16 << 10  // read at a time by a cursor
)

// A split finds the row with which data begins: how many bytes it takes with its end, and the row without. It takes 0
// bytes when it must see more, which it may not when data is all there is. A nil row is to be passed over.
type Split func(data []byte, all bool) (taken int, row []byte)

// SplitLine ends a row at LF or CR LF.
func SplitLine(data []byte, all bool) (int, []byte) {
	end := bytes.IndexByte(data, '\n')
	switch {
	case end >= 0:
		return end + 1, withoutCR(data[:end:end])
	case !all || len(data) == 0:
		return 0, nil
	}
	return len(data), withoutCR(data)
}

// SplitFull is splitLine that passes over empty lines.
func SplitFull(data []byte, all bool) (int, []byte) {
	taken, row := SplitLine(data, all)
	if len(row) == 0 {
		return taken, nil
	}
	return taken, row
}

func withoutCR(line []byte) []byte { return bytes.TrimSuffix(line, []byte("\r")) }

// A rowFile is a file that is read row by row. All but what once makes is fixed; any number of cursors may read it.
type File struct {
	Path  string
	Split Split
	Check func(row []byte) error // nil: any row will do
	file  *os.File
	Size  int64
	First int64  // where row 0 begins, or what is passed over before it
	Whole []byte // the file, if it is small; it is shared and never modified

	once  sync.Once // for the pass, which makes these
	err   error
	N     int64
	Apart int64   // how many rows lie between two notes
	Notes []int64 // where row i·apart begins
}

var ErrNoRow = errors.New("is empty")

// openRows opens the file, which must be a regular one with at least one row.
func Open(path string, s Split) (*File, error) {
	info, err := os.Stat(path) // before opening: to open a pipe waits for its writer
	switch {
	case err != nil:
		return nil, fault.Plain(err)
	case !info.Mode().IsRegular():
		return nil, NotRegular(info)
	}
	f := &File{Path: path, Split: s, Size: info.Size()}
	if f.file, err = os.Open(path); err != nil {
		return nil, fault.Plain(err)
	}
	if f.Size <= SmallFile {
		if f.Whole, err = io.ReadAll(f.file); err != nil {
			f.Close()
			return nil, fault.Plain(err)
		}
		f.Size = int64(len(f.Whole))
	}
	if err := f.Begin(); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// Begin looks for the first row.
func (f *File) Begin() error {
	c := NewCursor(f)
	err := c.Advance()
	if err == io.EOF {
		return ErrNoRow
	}
	return fault.Plain(err)
}

func (f *File) Close() error {
	if f == nil || f.file == nil {
		return nil
	}
	return f.file.Close()
}

// Count is how many rows there are. The first call reads the whole file.
func (f *File) Count() (int64, error) {
	f.once.Do(func() { f.err = f.pass() })
	return f.N, f.err
}

// pass notes where rows begin.
func (f *File) pass() error {
	c := NewCursor(f)
	c.AtOnce = passBytes
	f.Apart = RowsApart
	for {
		if err := c.Advance(); err == io.EOF {
			break
		} else if err != nil {
			return f.Fault(c.At+1, err)
		}
		if f.N%f.Apart == 0 {
			f.Note(c.begins)
		}
		f.N++
	}
	if f.N == 0 {
		return f.Fault(0, ErrNoRow)
	}
	return nil
}

func (f *File) Note(at int64) {
	if len(f.Notes) == MostNotes {
		for i := range MostNotes / 2 {
			f.Notes[i] = f.Notes[2*i]
		}
		f.Notes = f.Notes[:MostNotes/2]
		f.Apart *= 2
	}
	f.Notes = append(f.Notes, at)
}

// A cursor is a reader's own place in a rowFile. Not safe for concurrent use.
type Cursor struct {
	file   *File
	AtOnce int   // bytes to read at a time
	At     int64 // the row that was read last; -1: none
	Row    []byte
	err    error // of that row

	begins int64 // where that row begins, in bytes from the start of the file
	Next   int64 // where the row behind it begins, or what is passed over before it
	buffer []byte
	base   int64 // where in the file the buffer begins
}

func NewCursor(f *File) Cursor {
	if f == nil {
		return Cursor{}
	}
	c := Cursor{file: f, AtOnce: readBytes, At: -1, Next: f.First}
	if f.Whole != nil {
		c.buffer = f.Whole
	}
	return c
}

// Read gives row i, counted from 0. It is valid until the next read; if the file is held as a whole, always. Row 0 is
// had without a pass over the file.
func (c *Cursor) Read(i int64) ([]byte, error) {
	if i == c.At {
		return c.Row, c.err
	}
	c.err = c.find(i)
	if c.err == nil && c.file.Check != nil {
		c.err = c.file.Check(c.Row)
	}
	if c.err != nil {
		c.err = c.file.Fault(i, c.err)
	}
	return c.Row, c.err
}

// find goes to row i: onwards, if that is sooner than from the nearest note.
func (c *Cursor) find(i int64) error {
	from, begins := int64(0), c.file.First
	if i > 0 {
		if _, err := c.file.Count(); err != nil {
			return err
		}
		note := min(i/c.file.Apart, int64(len(c.file.Notes))-1)
		from, begins = note*c.file.Apart, c.file.Notes[note]
	}
	if c.At >= i || c.At+1 < from {
		c.At, c.Next = from-1, begins
	}
	for c.At < i {
		if err := c.Advance(); err != nil {
			c.At, c.Next, c.Row = -1, c.file.First, nil
			return err
		}
	}
	return nil
}

// Advance goes to the next row; io.EOF says that there is none.
func (c *Cursor) Advance() error {
	for {
		data := c.held()
		taken, row := c.file.Split(data, c.Next+int64(len(data)) >= c.file.Size)
		switch {
		case taken > LongestRow, taken == 0 && len(data) > LongestRow:
			return fmt.Errorf("a row begins at byte %d that has no end within %d MiB", c.Next, LongestRow>>20)
		case taken > 0 && row != nil:
			c.Row, c.begins, c.At = row, c.Next, c.At+1
			c.Next += int64(taken)
			return nil
		case taken > 0:
			c.Next += int64(taken)
		case c.Next+int64(len(data)) >= c.file.Size:
			return io.EOF
		default:
			if err := c.fill(); err != nil {
				return err
			}
		}
	}
}

// held is what the buffer has from next on.
func (c *Cursor) held() []byte {
	from := c.Next - c.base
	if from < 0 || from > int64(len(c.buffer)) {
		return nil
	}
	return c.buffer[from:]
}

// fill reads more behind what is held. The buffer grows to a few times the longest row, and no further.
func (c *Cursor) fill() error {
	kept := c.held()
	if cap(c.buffer) == 0 || 2*len(kept) > cap(c.buffer) {
		c.buffer = append(make([]byte, 0, c.AtOnce+2*len(kept)), kept...)
	} else {
		c.buffer = c.buffer[:copy(c.buffer[:cap(c.buffer)], kept)]
	}
	c.base = c.Next
	held := len(c.buffer)
	n, err := c.file.file.ReadAt(c.buffer[held:cap(c.buffer)], c.base+int64(held))
	c.buffer = c.buffer[:held+n]
	switch {
	case n > 0:
		return nil
	case err == io.EOF:
		return errShorter
	}
	return fault.Plain(err)
}

var errShorter = errors.New("the file became shorter during the run")

// Fault says of which row an error speaks, counted from 0.
func (f *File) Fault(i int64, err error) error {
	if err == io.EOF {
		err = errShorter
	}
	return &rowError{f.Path, i + 1, err}
}

// A rowError says why a request could not be made of the row that it takes.
type rowError struct {
	path string
	row  int64 // from 1
	why  error
}

func (e *rowError) Error() string {
	return fmt.Sprintf("row %d of %s: %v", e.row, filepath.Base(e.path), e.why)
}

func (e *rowError) Unwrap() error { return e.why }

// SmallFile: a file up to this size is held in memory.
const SmallFile = 1 << 20

// NotRegular says what is wrong with a file of no size to announce, or that cannot be read once for each request.
func NotRegular(info os.FileInfo) error {
	if info.IsDir() {
		return errors.New("is a directory")
	}
	return errors.New("is no regular file; write it to one, or pipe it to standard input")
}

// SkipMark passes over the byte order mark that some programs begin a text with.
func (f *File) SkipMark() {
	mark := make([]byte, 3)
	if n, _ := f.file.ReadAt(mark, 0); n == 3 && string(mark) == "\ufeff" {
		f.First = 3
	}
}
