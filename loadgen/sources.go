package loadgen

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
)

// sources are what the values that differ from request to request are taken from. They are shared by all that
// render, and fixed once they are open.
type sources struct {
	keys  *keys      // nil: none
	rows  *rows      // nil: none
	names fileNames  // nil: the body is from no file
	lines *rowFile   // of the body; nil: none
	csv   []string   // the columns
	taken sourceUses // by the request
}

// sourceUses says which of the sources a request takes values from.
type sourceUses struct{ keys, rows bool }

// fileNames gives the name of the file that the body of request k comes from.
type fileNames interface {
	nameOf(k int64) string
	constant() bool
}

// rows are the records of a file, one of which is at each request's disposal.
type rows struct {
	*rowFile
	json  bool
	order string
}

// index is which row request r has, from 0 up.
func (s *rows) index(r request) (int64, error) {
	if s.order != "random" && r.number <= 1 {
		return 0, nil // without counting, for the one request of a preflight
	}
	n, err := s.count()
	switch {
	case err != nil:
		return 0, err
	case s.order == "random":
		d := draws{mix(r.base ^ rowsSalt)}
		return int64(d.below(uint64(n))), nil
	}
	return inTurn(r.number, n), nil
}

// open opens the files that values are taken from. Errors are Faults, joined.
func (v *Values) open() (s sources, err error) {
	var keysErr, rowsErr error
	s.keys, keysErr = openKeys(&v.Keys)
	s.rows, s.csv, rowsErr = openRecords(&v.Rows)
	return s, errors.Join(keysErr, rowsErr)
}

func openKeys(k *Keys) (*keys, error) {
	if k.Count <= 0 && k.File == "" {
		return nil, nil
	}
	law, err := parseKeyLaw(k.Dist)
	if err != nil {
		return nil, &Fault{Field: "keys dist", Value: k.Dist, Why: err.Error()}
	}
	made := &keys{law: law, count: k.Count}
	if k.File != "" {
		if made.lines, err = openRows(k.File, splitFull); err != nil {
			return nil, &Fault{Field: "keys file", Value: k.File, Why: whyNoRows(err, "write a key on each line")}
		}
		made.lines.skipMark()
	}
	return made, nil
}

// whyNoRows adds to an empty file's fault what should be in it.
func whyNoRows(err error, advice string) string {
	if err == errNoRow {
		return err.Error() + "; " + advice
	}
	return err.Error()
}

func openRecords(r *Rows) (*rows, []string, error) {
	switch {
	case r.CSV != "":
		file, columns, err := openCSV(r.CSV)
		if err != nil {
			return nil, nil, &Fault{Field: "csv", Value: r.CSV, Why: whyNoRows(err, "the first line names the columns, a row is on each that follows")}
		}
		return &rows{rowFile: file, order: r.Order}, columns, nil
	case r.JSONL != "":
		file, err := openRows(r.JSONL, splitFull)
		if err != nil {
			return nil, nil, &Fault{Field: "jsonl", Value: r.JSONL, Why: whyNoRows(err, "write a JSON value on each line")}
		}
		file.skipMark()
		file.check = checkJSON
		return &rows{rowFile: file, json: true, order: r.Order}, nil, nil
	}
	return nil, nil, nil
}

// openCSV opens a file whose first row names the columns of all others.
func openCSV(path string) (*rowFile, []string, error) {
	f, err := openRows(path, splitCSV)
	if err != nil {
		return nil, nil, err
	}
	f.skipMark()
	c := cursorOf(f)
	var columns []string
	if err = c.advance(); err == nil {
		columns, err = columnsOf(c.row)
		f.first = c.next
	}
	if err == nil {
		err = f.begin()
	}
	if err != nil {
		f.close()
		return nil, nil, err
	}
	return f, columns, nil
}

// skipMark passes over the byte order mark that some programs begin a text with.
func (f *rowFile) skipMark() {
	mark := make([]byte, 3)
	if n, _ := f.file.ReadAt(mark, 0); n == 3 && string(mark) == "\ufeff" {
		f.first = 3
	}
}

// ready reads what would else be read when a request first needs it.
func (s *sources) ready() error {
	var faults []error
	note := func(field, path string, err error) {
		if err != nil {
			faults = append(faults, &Fault{Field: field, Value: path, Why: err.Error()})
		}
	}
	if s.taken.keys {
		note("keys file", s.keys.path(), s.keys.ready())
	}
	if s.rows != nil {
		_, err := s.rows.count()
		note(s.rows.field(), s.rows.path, err)
	}
	if s.lines != nil {
		_, err := s.lines.count()
		note("body lines", s.lines.path, err)
	}
	return errors.Join(faults...)
}

func (s *rows) field() string {
	if s.json {
		return "jsonl"
	}
	return "csv"
}

func (k *keys) path() string {
	if k.lines == nil {
		return ""
	}
	return k.lines.path
}

// last is the number of the last request that there is a row for; 0: there is no last.
func (s *sources) last() int64 {
	if s.rows == nil || s.rows.order != "once" {
		return 0
	}
	n, _ := s.rows.count() // ready has told of an error
	return n
}

func (s *sources) close() error {
	var errs []error
	if s.keys != nil {
		errs = append(errs, s.keys.lines.close())
	}
	if s.rows != nil {
		errs = append(errs, s.rows.close())
	}
	return errors.Join(append(errs, s.lines.close())...)
}

// bind ties the calls in p to what they take their values from. A name that is the same for every request becomes
// constant. field names the text in faults.
func (s *sources) bind(p parts, field string) (parts, error) {
	var faults []error
	for i := range p {
		c := &p[i].call
		if p[i].append == nil || c.source == "" {
			continue
		}
		if err := s.bindCall(&p[i]); err != nil {
			faults = append(faults, &Fault{Field: err.field, Value: p[i].action, Why: fmt.Sprintf(err.why, field)})
			continue
		}
		c.from = s
	}
	return fold(p), errors.Join(faults...)
}

// An unbound says which field of the plan a call lacks, and why; %s stands for the text that it is in.
type unbound struct{ field, why string }

func (s *sources) bindCall(p *part) *unbound {
	c := &p.call
	switch c.source {
	case "keys":
		if s.taken.keys = true; s.keys == nil {
			return &unbound{"keys", "stands in %s, and neither a number of keys nor a file of keys is given"}
		}
	case "csv":
		if s.taken.rows = true; s.rows == nil || s.rows.json {
			return &unbound{"csv", "stands in %s, and no CSV file is given"}
		}
		return s.bindColumn(c)
	case "jsonl":
		if s.taken.rows = true; s.rows == nil || !s.rows.json {
			return &unbound{"jsonl", "stands in %s, and no file of JSON lines is given"}
		}
	case "file":
		if s.names == nil {
			return &unbound{"body dir", "stands in %s, and the body is from no folder and no file"}
		}
		if s.names.constant() {
			return p.settle(s.names.nameOf(0))
		}
	}
	return nil
}

// bindColumn finds the column that {{csv "name"}} asks for.
func (s *sources) bindColumn(c *call) *unbound {
	if i := slices.Index(s.csv, c.text); i >= 0 {
		c.column = i
		return nil
	}
	hint := "it has " + strings.Join(s.csv, ", ")
	if meant := Nearest(c.text, s.csv); meant != "" {
		hint = "did you mean " + meant + "?"
	}
	why := fmt.Sprintf("asks for the column %q, which %s has not; %s", c.text, filepath.Base(s.rows.path), hint)
	return &unbound{"csv", strings.ReplaceAll(why, "%", "%%") + " (in %s)"}
}

// settle makes a call constant.
func (p *part) settle(value string) *unbound {
	c := &p.call
	with := new(renderer)
	p.constant = string(c.placeName(nil, request{with: with}, value))
	if with.err != nil {
		return &unbound{"body file", "stands in %s, and the file's name " + with.err.Error()}
	}
	p.append = nil
	return nil
}
