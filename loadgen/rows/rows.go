// Package rows gives any record of a file at any time: of a text by lines, of CSV, of JSON lines. A file is read once
// to know where its records begin, and never held whole where it is large. It refuses to know what a record is for.
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
	rowsApart  = 64
	mostNotes  = 1 << 17 // of 8 bytes: 1 MiB
	longestRow = 16 << 20
	passBytes  = 256 << 10 // read at a time in the pass
	readBytes  = 16 << 10  // read at a time by a cursor
)

// A split finds the row with which data begins: how many bytes it takes with its end, and the row without. It takes 0
// bytes when it must see more, which it may not when data is all there is. A nil row is to be passed over.
type split func(data []byte, all bool) (taken int, row []byte)

// splitLine ends a row at LF or CR LF.
func splitLine(data []byte, all bool) (int, []byte) {
	end := bytes.IndexByte(data, '\n')
	switch {
	case end >= 0:
		return end + 1, withoutCR(data[:end:end])
	case !all || len(data) == 0:
		return 0, nil
	}
	return len(data), withoutCR(data)
}

// splitFull is splitLine that passes over empty lines.
func splitFull(data []byte, all bool) (int, []byte) {
	taken, row := splitLine(data, all)
	if len(row) == 0 {
		return taken, nil
	}
	return taken, row
}

// splitListed is splitFull that passes over lines that begin with # too, and takes spaces off both ends.
func splitListed(data []byte, all bool) (int, []byte) {
	taken, row := splitLine(data, all)
	if row = bytes.TrimSpace(row); len(row) == 0 || row[0] == '#' {
		return taken, nil
	}
	return taken, row
}

func withoutCR(line []byte) []byte { return bytes.TrimSuffix(line, []byte("\r")) }

// A File is read row by row. All but what once makes is fixed; any number of cursors may read it at once.
type File struct {
	Path  string // as it was given
	split split
	check func(row []byte) error // nil: any row will do
	end   func(row []byte) error // what is asked of the last row, when all are counted; nil: nothing
	file  *os.File
	size  int64
	first int64  // where row 0 begins, or what is passed over before it
	whole []byte // the file, if it is small; it is shared and never modified

	once  sync.Once // for the pass, which makes these
	err   error
	n     int64
	apart int64   // how many rows lie between two notes
	notes []int64 // where row i·apart begins
}

// ErrNoRow is of a file that may be read, and has no row.
var ErrNoRow = errors.New("is empty")

// OpenLines opens a file each of whose lines is a row, the empty ones too. It must be a regular file with at least one
// row, as for all that open one here: without any, the error is ErrNoRow.
func OpenLines(path string) (*File, error) { return open(path, splitLine) }

// OpenFull opens a file each of whose lines is a row, but for the empty ones.
func OpenFull(path string) (*File, error) { return openText(path, splitFull) }

// OpenListed opens a file each of whose lines is a row, but for the empty ones and those that begin with #.
func OpenListed(path string) (*File, error) { return openText(path, splitListed) }

func openText(path string, s split) (*File, error) {
	f, err := open(path, s)
	if err != nil {
		return nil, err
	}
	f.skipMark()
	return f, nil
}

// open opens the file, which must be a regular one with at least one row: else the error is ErrNoRow.
func open(path string, s split) (*File, error) {
	info, err := os.Stat(path) // before opening: to open a pipe waits for its writer
	switch {
	case err != nil:
		return nil, fault.Plain(err)
	case !info.Mode().IsRegular():
		return nil, NotRegular(info)
	}
	f := &File{Path: path, split: s, size: info.Size()}
	if f.file, err = os.Open(path); err != nil {
		return nil, fault.Plain(err)
	}
	if f.size <= SmallFile {
		if f.whole, err = io.ReadAll(f.file); err != nil {
			f.Close()
			return nil, fault.Plain(err)
		}
		f.size = int64(len(f.whole))
	}
	if err := f.begin(); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// Held says whether the file is held in memory, so that its rows stay valid when others are read.
func (f *File) Held() bool { return f.whole != nil }

// begin looks for the first row.
func (f *File) begin() error {
	c := NewCursor(f)
	err := c.advance()
	if err == io.EOF {
		return ErrNoRow
	}
	return fault.Plain(err)
}

// Close gives the file back; no cursor may read on. A nil file has nothing to close.
func (f *File) Close() error {
	if f == nil || f.file == nil {
		return nil
	}
	return f.file.Close()
}

// Count is how many rows there are. The first call reads the whole file; an error says of which row it is.
func (f *File) Count() (int64, error) {
	f.once.Do(func() { f.err = f.pass() })
	return f.n, f.err
}

// pass notes where rows begin.
func (f *File) pass() error {
	c := NewCursor(f)
	c.atOnce = passBytes
	f.apart = rowsApart
	for {
		if err := c.advance(); err == io.EOF {
			break
		} else if err != nil {
			return f.Fault(c.at+1, err)
		}
		if f.n%f.apart == 0 {
			f.note(c.begins)
		}
		f.n++
	}
	if f.n == 0 {
		return f.Fault(0, ErrNoRow)
	}
	if f.end != nil {
		if err := f.end(c.row); err != nil {
			return f.Fault(c.at, err)
		}
	}
	return nil
}

// note takes down where a row begins; there may be one more of them than there is room for.
func (f *File) note(at int64) {
	if len(f.notes) == mostNotes {
		for i := range mostNotes / 2 {
			f.notes[i] = f.notes[2*i]
		}
		f.notes = f.notes[:mostNotes/2]
		f.apart *= 2
	}
	f.notes = append(f.notes, at)
}

// A Cursor is a reader's own place in a File. Not safe for concurrent use.
type Cursor struct {
	file   *File
	atOnce int   // bytes to read at a time
	at     int64 // the row that was read last; -1: none
	row    []byte
	err    error // of that row

	begins int64 // where that row begins, in bytes from the start of the file
	next   int64 // where the row behind it begins, or what is passed over before it
	buffer []byte
	base   int64 // where in the file the buffer begins
}

// NewCursor is a place before the first row of f. That of a nil file must not be read.
func NewCursor(f *File) Cursor {
	if f == nil {
		return Cursor{}
	}
	c := Cursor{file: f, atOnce: readBytes, at: -1, next: f.first}
	if f.whole != nil {
		c.buffer = f.whole
	}
	return c
}

// At is which row was read last, counted from 0; -1: none.
func (c *Cursor) At() int64 { return c.at }

// Read gives row i, counted from 0. It is valid until the next read; if the file is held as a whole, always. Row 0 is
// had without a pass over the file. The error, which says of which row it is, is the same when it is asked for again.
func (c *Cursor) Read(i int64) ([]byte, error) {
	if i == c.at {
		return c.row, c.err
	}
	c.err = c.find(i)
	if c.err == nil && c.file.check != nil {
		c.err = c.file.check(c.row)
	}
	if c.err != nil {
		c.err = c.file.Fault(i, c.err)
	}
	return c.row, c.err
}

// find goes to row i: onwards, if that is sooner than from the nearest note.
func (c *Cursor) find(i int64) error {
	from, begins := int64(0), c.file.first
	if i > 0 {
		if _, err := c.file.Count(); err != nil {
			return err
		}
		note := min(i/c.file.apart, int64(len(c.file.notes))-1)
		from, begins = note*c.file.apart, c.file.notes[note]
	}
	if c.at >= i || c.at+1 < from {
		c.at, c.next = from-1, begins
	}
	for c.at < i {
		if err := c.advance(); err != nil {
			c.at, c.next, c.row = -1, c.file.first, nil
			return err
		}
	}
	return nil
}

// advance goes to the next row; io.EOF says that there is none.
func (c *Cursor) advance() error {
	for {
		data := c.held()
		taken, row := c.file.split(data, c.next+int64(len(data)) >= c.file.size)
		switch {
		case taken > longestRow, taken == 0 && len(data) > longestRow:
			return fmt.Errorf("a row begins at byte %d that has no end within %d MiB", c.next, longestRow>>20)
		case taken > 0 && row != nil:
			c.row, c.begins, c.at = row, c.next, c.at+1
			c.next += int64(taken)
			return nil
		case taken > 0:
			c.next += int64(taken)
		case c.next+int64(len(data)) >= c.file.size:
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
	from := c.next - c.base
	if from < 0 || from > int64(len(c.buffer)) {
		return nil
	}
	return c.buffer[from:]
}

// fill reads more behind what is held. The buffer grows to a few times the longest row, and no further.
func (c *Cursor) fill() error {
	kept := c.held()
	if cap(c.buffer) == 0 || 2*len(kept) > cap(c.buffer) {
		c.buffer = append(make([]byte, 0, c.atOnce+2*len(kept)), kept...)
	} else {
		c.buffer = c.buffer[:copy(c.buffer[:cap(c.buffer)], kept)]
	}
	c.base = c.next
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

// Fault is err, said of row i of f, counted from 0, unless it is said of a row already.
func (f *File) Fault(i int64, err error) error {
	var said *RowError
	switch {
	case errors.As(err, &said):
		return err
	case err == io.EOF:
		err = errShorter
	}
	return &RowError{f.Path, i + 1, err}
}

// A RowError says why a request could not be made of the row that it takes.
type RowError struct {
	Path string
	Row  int64 // from 1
	Why  error
}

func (e *RowError) Error() string {
	return fmt.Sprintf("row %d of %s: %v", e.Row, filepath.Base(e.Path), e.Why)
}

func (e *RowError) Unwrap() error { return e.Why }

// SmallFile is the size, in bytes, up to which a file is held in memory.
const SmallFile = 1 << 20

// NotRegular says what is wrong with a file of no size to announce, or that cannot be read once for each request.
func NotRegular(info os.FileInfo) error {
	if info.IsDir() {
		return errors.New("is a directory")
	}
	return errors.New("is no regular file; write it to one, or pipe it to standard input")
}

// skipMark passes over the byte order mark that some programs begin a text with.
func (f *File) skipMark() {
	mark := make([]byte, 3)
	if n, _ := f.file.ReadAt(mark, 0); n == 3 && string(mark) == "\ufeff" {
		f.first = 3
	}
}
