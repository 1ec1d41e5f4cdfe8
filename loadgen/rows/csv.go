package rows

import (
	"bytes"
	"errors"
	"fmt"
)

// CSV is read as encoding/csv reads it (RFC 4180; a row that breaks its rules is an error, and the next line begins
// the next row), and held against it by a test. The library itself cannot begin in the middle of a file, and makes a
// string of each field.

var (
	errBareQuote = errors.New(`has a " in a field that does not begin with one`)
	errQuote     = errors.New(`has text behind the " that ends a field`)
	errNoQuote   = errors.New(`begins a field with a " that no other ends`)
	errNames     = errors.New("names its columns in its first line, and has no row below it; write one on each line")
)

// OpenCSV opens a file of CSV (RFC 4180) whose first row names the columns of all others: only those others are rows.
func OpenCSV(path string) (f *File, columns []string, err error) {
	if f, err = open(path, splitCSV); err != nil {
		return nil, nil, err
	}
	f.skipMark()
	c := NewCursor(f)
	if err = c.advance(); err == nil {
		if columns, err = columnsOf(c.row); err != nil {
			err = fmt.Errorf("the line of its columns %w", err)
		}
		f.first, f.end = c.next, checkEnd
	}
	if err == nil {
		if err = f.begin(); err == ErrNoRow {
			err = errNames
		}
	}
	if err != nil {
		f.Close()
		return nil, nil, err
	}
	return f, columns, nil
}

// splitCSV ends a row at the first line end outside of quotes, and passes over empty lines.
func splitCSV(data []byte, all bool) (int, []byte) {
	taken, line := splitFull(data, all)
	if line == nil || bytes.IndexByte(line, '"') < 0 {
		return taken, line
	}
	end, more := csvEnd(data)
	switch {
	case more && !all:
		return 0, nil
	case more:
		return len(data), withoutCR(data)
	}
	return end, withoutCR(bytes.TrimSuffix(data[:end], []byte("\n")))
}

// csvEnd is where the row with which data begins ends; more says that the end is not among data. A row that breaks the
// rules ends with the line in which it does.
func csvEnd(data []byte) (end int, more bool) {
	broken := false
	for at := 0; !broken; at++ { // a field, and what stands behind it
		if at < len(data) && data[at] == '"' {
			closing := closingQuote(data[at+1:])
			if closing < 0 {
				return 0, true
			}
			at += 1 + closing + 1
			broken = at < len(data) && data[at] != ','
		} else {
			i := bytes.IndexAny(data[at:], ",\n\"")
			if i < 0 {
				return 0, true
			}
			at += i
			broken = data[at] != ','
		}
		if at >= len(data) {
			return 0, true
		}
		end = at
	}
	i := bytes.IndexByte(data[end:], '\n')
	return end + i + 1, i < 0
}

// closingQuote is where in s, the inside of a quoted field and what follows, the quote that ends it is; -1: nowhere.
// Two quotes stand for one, and end nothing.
func closingQuote(s []byte) int {
	for at := 0; ; {
		i := bytes.IndexByte(s[at:], '"')
		switch {
		case i < 0:
			return -1
		case at+i+1 < len(s) && s[at+i+1] == '"':
			at += i + 2
		default:
			return at + i
		}
	}
}

// checkEnd refuses a last row with a field that does not end: whatever follows the quote that was forgotten is in it.
func checkEnd(row []byte) error {
	if _, err := AppendColumn(nil, row, 0); errors.Is(err, errNoQuote) {
		return err
	}
	return nil
}

// csvField takes the first field off a row: its bytes, still with what stands for a quote if it is quoted, and what
// is behind it. last says that nothing is.
func csvField(row []byte) (field []byte, quoted bool, rest []byte, last bool, err error) {
	if len(row) == 0 || row[0] != '"' {
		end := bytes.IndexByte(row, ',')
		if end < 0 {
			end, last = len(row), true
		}
		if bytes.IndexByte(row[:end], '"') >= 0 {
			return nil, false, nil, true, errBareQuote
		}
		return row[:end], false, row[min(end+1, len(row)):], last, nil
	}
	end := closingQuote(row[1:])
	if end < 0 {
		return nil, false, nil, true, errNoQuote
	}
	field, rest = row[1:1+end], row[1+end+1:]
	switch {
	case len(rest) == 0:
		return field, true, nil, true, nil
	case rest[0] == ',':
		return field, true, rest[1:], false, nil
	}
	return nil, false, nil, true, errQuote
}

// AppendColumn appends the field in the column, counted from 0, of a row. All of the row is read, so that a broken
// one is an error whichever column is asked for.
func AppendColumn(dst, row []byte, column int) ([]byte, error) {
	found := false
	at := 0
	for last := false; !last; at++ {
		field, quoted, rest, end, err := csvField(row)
		if err != nil {
			return dst, err
		}
		if row, last = rest, end; at == column {
			dst, found = appendField(dst, field, quoted), true
		}
	}
	if !found {
		return dst, fmt.Errorf("has %d columns, and column %d is asked for", at, column+1)
	}
	return dst, nil
}

// appendField appends a field as it is meant: two quotes are one, and a line end within is LF.
func appendField(dst, field []byte, quoted bool) []byte {
	if !quoted {
		return append(dst, field...)
	}
	for i := 0; i < len(field); i++ {
		switch pair := field[i:min(i+2, len(field))]; string(pair) {
		case `""`, "\r\n":
			i++
			dst = append(dst, pair[1])
		default:
			dst = append(dst, pair[0])
		}
	}
	return dst
}

// columnsOf reads the line that names the columns.
func columnsOf(row []byte) (columns []string, err error) {
	for last := false; !last; {
		field, quoted, rest, end, err := csvField(row)
		if err != nil {
			return nil, err
		}
		columns = append(columns, string(appendField(nil, field, quoted)))
		row, last = rest, end
	}
	return columns, nil
}
