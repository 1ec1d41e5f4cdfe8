package planfile

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"shotput/cli/line"
)

// An Origin is where the flags of one request were written: its entries, and its own place, at which points what no
// entry is to blame for.
type Origin struct {
	Entries []Entry
	At      Place

	BesideList bool // another request of its mix has a list of URLs

	file    *File
	refused []string // flags of which it has been told that their value is wrong
}

// From says that a request is of these entries.
func (f *File) From(entries []Entry, at Place) *Origin {
	return &Origin{Entries: entries, At: at, file: f}
}

// Refuse notes flags of which it has been told that their value is wrong.
func (o *Origin) Refuse(flags ...string) { o.refused = append(o.refused, flags...) }

// HasRefused says whether a fault of a flag would only follow from one that has been told.
func (o *Origin) HasRefused(flag string) bool {
	return slices.ContainsFunc(o.refused, func(r string) bool { return r == flag || o.file.keys.standsOver(r, flag) })
}

// PlaceOf is where the last entry of a flag stands; where there is none, the request's own place.
func (o *Origin) PlaceOf(flag string) Place {
	if e := o.entry(line.Fault{Flag: flag}); e != nil && e.Place != (Place{}) {
		return e.Place
	}
	return o.At
}

// Blame finds where what a flag's fault is about was written, and points there. That is false when it was typed: then
// the fault is one of the command line's.
func (o *Origin) Blame(f line.Fault) bool {
	e := o.entry(f)
	if e != nil && e.Place == (Place{}) {
		return false
	}
	r := o.file.keys.row(f.Flag)
	told := Fault{Place: o.At, Code: f.Code, Why: o.file.keys.rename(f.Why), Try: "shotput --help"}
	if f.Doing != "" {
		told.Why = f.Doing + ": " + told.Why
	}
	head := f.Flag
	if e != nil {
		told.Place = o.inValue(e.Place, f)
		if f.Value != "" {
			head += " " + o.quote(e, r, f.Value)
		}
	}
	if head != "" {
		told.Why = head + ": " + told.Why
	}
	if r != nil {
		whole := f.Value
		if e != nil {
			whole, f.Value = e.Value, cmp.Or(f.Value, e.Value)
		}
		told.Try = o.file.mend(r, f, whole)
	}
	o.file.point(told)
	return true
}

func (o *Origin) quote(e *Entry, r *line.Row, value string) string {
	switch {
	case e.Secret:
		return `"…"`
	case r == nil:
		return line.Show(value)
	}
	return r.Show(value)
}

// entry finds the entry of a fault: of several with its flag, the last that is most like its value.
func (o *Origin) entry(f line.Fault) *Entry {
	var found *Entry
	score := 0
	for i := range o.Entries {
		e, points := &o.Entries[i], 0
		switch {
		case e.Flag != f.Flag:
			continue
		case e.Value == f.Value:
			points = 3
		case f.Value != "" && strings.Contains(e.Value, f.Value):
			points = 2
		default:
			points = 1
		}
		if points >= score {
			found, score = e, points
		}
	}
	return found
}

// inValue is the place of a part of a value where the fault is about that part: a function of a template.
func (o *Origin) inValue(at Place, f line.Fault) Place {
	if !f.Part || f.Value == "" {
		return at
	}
	return o.file.within(at, f.Value)
}

// mend is what to write instead: what the fault's mends make of a line that has only this flag, with its whole value.
func (f *File) mend(r *line.Row, fault line.Fault, whole string) string {
	mends := fault.Mends
	if mends == nil {
		mends = []line.Mend{line.Set(r.Long, r.Eg)}
	}
	value := fault.Value
	if mends[0].How == line.ReplaceText { // which is a part of it
		value = whole
	}
	alone := line.Line{Verb: "run", Layered: true, Rows: f.keys.rows,
		Words: []line.Word{{Flag: fault.Flag, Value: value}}}
	var keys []string
	for _, w := range alone.Mend(mends...).Words {
		if r := f.keys.row(w.Flag); r != nil {
			keys = append(keys, write(r, w.Value))
		}
	}
	if len(keys) == 0 {
		return "the plan without " + fault.Flag
	}
	return strings.Join(keys, " and ")
}

// flagName finds flags as the command line has them.
var flagName = regexp.MustCompile(`(^|[ ('])--?([A-Za-z][\w-]*)`)

// rename puts the names of keys in the place of those of flags.
func (v vocabulary) rename(text string) string {
	return flagName.ReplaceAllStringFunc(text, func(found string) string {
		m := flagName.FindStringSubmatch(found)
		for i := range v.rows {
			if r := &v.rows[i]; r.Long == m[2] || r.Short == m[2] {
				return m[1] + r.Long
			}
		}
		return found
	})
}
