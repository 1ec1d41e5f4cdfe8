package text

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"shotput/loadgen/fault"
	"shotput/loadgen/rows"
)

// Sources are what the values that differ from request to request are taken from. They are shared by all that
// render, and fixed once they are open.
type Sources struct {
	keys    *keySet    // nil: none
	records *records   // nil: none
	Names   FileNames  // nil: the body is from no file
	Lines   *rows.File // of the body; nil: none
	URLs    *rows.File // of which each request has a line; nil: none
	csv     []string   // the columns
	taken   sourceUses // by the request
	once    bool       // a run ends with the rows, or the list of URLs
}

// sourceUses says which of the sources a request takes values from.
type sourceUses struct{ keys, records bool }

// FileNames gives the name of the file that the body of request r comes from.
type FileNames interface {
	NameOf(r Scope) string
	Constant() bool
	Count() int64
}

// rows are the records of a file, one of which is at each request's disposal.
type records struct {
	*rows.File
	json  bool
	order string
}

// index is which row request r has, from 0 up.
func (s *records) index(r Scope) (int64, error) {
	if row, is := r.pinned(); is {
		return row, nil
	}
	if s.order != "random" && r.Number <= 1 {
		return 0, nil // without counting, for the one request of a preflight
	}
	n, err := s.Count()
	switch {
	case err != nil:
		return 0, err
	case s.order == "random":
		d := Draws{Scramble(r.base ^ rowsSalt)}
		return int64(d.Below(uint64(n))), nil
	}
	return InTurn(r.Number, n), nil
}

// Open opens the files that values are taken from. Errors are Faults, joined.
func (v *Values) Open() (s Sources, err error) {
	var keysErr, rowsErr error
	s.keys, keysErr = openKeys(&v.Keys)
	s.records, s.csv, rowsErr = openRecords(&v.Rows)
	s.once = v.Rows.Order == "once"
	return s, errors.Join(keysErr, rowsErr)
}

func openKeys(k *Keys) (*keySet, error) {
	if k.Count <= 0 && k.File == "" {
		return nil, nil
	}
	law, err := parseKeyLaw(k.Dist)
	if err != nil {
		return nil, fault.Malformed.In("keys dist", k.Dist, "%v", err)
	}
	made := &keySet{law: law, count: k.Count}
	if k.File != "" {
		if made.lines, err = rows.OpenFull(k.File); err != nil {
			return nil, fault.Unreadable.In("keys file", k.File, "%s", WhyNoRows(err, "write a key on each line"))
		}
	}
	return made, nil
}

// WhyNoRows adds to an empty file's fault what should be in it.
func WhyNoRows(err error, advice string) string {
	if err == rows.ErrNoRow {
		return err.Error() + "; " + advice
	}
	return err.Error()
}

func openRecords(r *Rows) (*records, []string, error) {
	switch {
	case r.CSV != "":
		file, columns, err := rows.OpenCSV(r.CSV)
		if err != nil {
			return nil, nil, fault.Unreadable.In("csv", r.CSV, "%s",
				WhyNoRows(err, "the first line names the columns, a row is on each that follows"))
		}
		return &records{File: file, order: r.Order}, columns, nil
	case r.JSONL != "":
		file, err := rows.OpenJSON(r.JSONL)
		if err != nil {
			return nil, nil, fault.Unreadable.In(
				"jsonl",
				r.JSONL,
				"%s",
				WhyNoRows(err, "write a JSON value on each line"),
			)
		}
		return &records{File: file, json: true, order: r.Order}, nil, nil
	}
	return nil, nil, nil
}

// Ready reads what would else be read when a request first needs it.
func (s *Sources) Ready() error {
	var faults []error
	note := func(err error) {
		if err != nil {
			faults = append(faults, s.Refuse(err))
		}
	}
	if s.taken.keys {
		note(s.keys.ready())
	}
	if s.records != nil {
		_, err := s.records.Count()
		note(err)
	}
	if s.Lines != nil {
		_, err := s.Lines.Count()
		note(err)
	}
	return errors.Join(faults...)
}

// Refuse is why a request cannot be made, as a Fault of the place that it takes its values from. Where no row is to
// blame, it names no field.
func (s *Sources) Refuse(err error) error {
	var known *fault.Fault
	var row *rows.RowError
	switch {
	case errors.As(err, &known):
		return known
	case !errors.As(err, &row):
		return fault.Unfit.In("", "", "%v", err)
	}
	field := "body lines"
	switch {
	case s.records != nil && s.records.Path == row.Path:
		field = s.records.field()
	case s.keys != nil && s.keys.path() == row.Path:
		field = "keys file"
	}
	return fault.Unreadable.In(field, row.Path, "row %d: %v", row.Row, row.Why)
}

func (s *records) field() string {
	if s.json {
		return "jsonl"
	}
	return "csv"
}

func (k *keySet) path() string {
	if k.lines == nil {
		return ""
	}
	return k.lines.Path
}

// Last is the number of the last request that there is a row, or a URL of the list, for, and the file that has no more;
// 0: there is no last.
func (s *Sources) Last() (last int64, file string) {
	if s.once && s.records != nil {
		last, _ = s.records.Count() // ready has told of an error
		file = s.records.Path
	}
	if s.once && s.URLs != nil {
		if n, _ := s.URLs.Count(); last == 0 || n < last {
			last, file = n, s.URLs.Path
		}
	}
	return last, file
}

func (s *Sources) Close() error {
	var errs []error
	if s.keys != nil {
		errs = append(errs, s.keys.lines.Close())
	}
	if s.records != nil {
		errs = append(errs, s.records.Close())
	}
	return errors.Join(append(errs, s.Lines.Close(), s.URLs.Close())...)
}

// Bind ties the calls in p to what they take their values from. A name that is the same for every request becomes
// constant. field names the text in faults.
func (s *Sources) Bind(p Parts, field string) (Parts, error) {
	var faults []error
	for i := range p {
		c := &p[i].call
		if p[i].render == nil || c.source == "" {
			continue
		}
		if err := s.bindCall(&p[i]); err != nil {
			faults = append(faults,
				err.fault(p[i].action, field))
			continue
		}
		c.from = s
	}
	return Fold(p), errors.Join(faults...)
}

// An unbound says which field of the plan a call lacks, and why; %s stands for the text that it is in.
type unbound struct {
	kind       fault.Kind
	field, why string
	old, meant string // a word of the call, and the one that was meant
}

// fault is that of the call, action, in the text called place.
func (u *unbound) fault(action, place string) *fault.Fault {
	f := u.kind.In(u.field, action, u.why, place)
	if u.kind == fault.Needs {
		f.Other = u.field
	}
	if u.meant != "" {
		f.MendBy(fault.Replace, u.field, strings.Replace(action, u.old, u.meant, 1))
	}
	return f
}

func (s *Sources) bindCall(p *Part) *unbound {
	c := &p.call
	switch c.source {
	case "keys":
		if s.taken.keys = true; s.keys == nil {
			return &unbound{
				kind: fault.Needs, field: "keys",
				why: "stands in %s, and neither a number of keys nor a file of keys is given",
			}
		}
	case "csv":
		if s.taken.records = true; s.records == nil || s.records.json {
			return &unbound{kind: fault.Needs, field: "csv", why: "stands in %s, and no CSV file is given"}
		}
		return s.bindColumn(c)
	case "jsonl":
		if s.taken.records = true; s.records == nil || !s.records.json {
			return &unbound{kind: fault.Needs, field: "jsonl", why: "stands in %s, and no file of JSON lines is given"}
		}
	case "file":
		if s.Names == nil {
			return &unbound{kind: fault.Needs, field: "body",
				why: "stands in %s, and no file is sent whose name it could be"}
		}
		if s.Names.Constant() {
			return p.settle(s.Names.NameOf(Scope{}))
		}
	}
	return nil
}

// bindColumn finds the column that {{csv "name"}} asks for.
func (s *Sources) bindColumn(c *call) *unbound {
	if i := slices.Index(s.csv, c.text); i >= 0 {
		c.column = i
		return nil
	}
	hint, meant := "it has "+strings.Join(s.csv, ", "), fault.Nearest(c.text, s.csv)
	if meant != "" {
		hint = "did you mean " + meant + "?"
	} else if len(s.csv) > 0 {
		meant = s.csv[0]
	}
	why := fmt.Sprintf("asks for the column %q, which %s has not; %s", c.text, filepath.Base(s.records.Path), hint)
	return &unbound{kind: fault.Unknown, field: "csv", why: strings.ReplaceAll(why, "%", "%%") + " (in %s)",
		old: strconv.Quote(c.text), meant: strconv.Quote(meant)}
}

// Blame is err, said of the row that request r takes its values from, if it takes one.
func (s *Sources) Blame(r Scope, err error) error {
	switch {
	case s.taken.records && s.records != nil && r.With.rows.At() >= 0:
		return s.records.Fault(r.With.rows.At(), err)
	case s.taken.keys && s.keys != nil && s.keys.lines != nil && r.With.keys.At() >= 0:
		return s.keys.lines.Fault(r.With.keys.At(), err)
	}
	return err
}

// settle makes a call constant.
func (p *Part) settle(value string) *unbound {
	c := &p.call
	with := new(Renderer)
	p.Constant = string(c.place([]byte(value), 0, Scope{With: with}))
	if with.Err != nil {
		return &unbound{kind: fault.Unfit, field: "body file",
			why: "stands in %s, and the file's name " + with.Err.Error()}
	}
	p.render = nil
	return nil
}
