package planfile

import (
	"path/filepath"
	"strings"

	"shotput/cli/line"
)

// The values of a page are read as entries.
type values struct {
	*page
	dir string // what relative paths in it are relative to
	env func(name string) (value string, set bool)
	// what stands in {{ }} is text like any other, where it becomes JSON
	literal bool
}

// entries reads the value of a key: one text, or several where the flag may be given again. What cannot be read
// is there as broken, so that nothing that follows from its absence is told as well.
func (s *values) entries(r *line.Row, v *node) []Entry {
	switch {
	case r.Arg == "":
		return []Entry{s.readSwitch(r, v)}
	case r.Tree && v.kind != scalar:
		return []Entry{{Place: v.Place, Flag: r.Long, Value: s.writeJSON(v)}}
	case v.kind == mapping && r.Pairs:
		return s.readPairs(r, v)
	case v.kind == mapping && r.Names != nil:
		return s.readHeaders(r, v)
	case v.kind == sequence && r.Repeats:
		return s.readList(r, v)
	case v.kind == sequence:
		s.Fault(v.Place, r.Long+" takes one value, and this is a list", write(r, r.Eg))
	case v.kind == mapping:
		s.Fault(v.Place, r.Long+" takes text, and this is a mapping", write(r, r.Eg))
	case v.plain && v.tag == "bool":
		s.Fault(v.Place, r.Long+" takes text, and this is true or false; text stands in quotes", write(r, r.Eg))
	default:
		return []Entry{s.locate(s.readOne(r, v))}
	}
	return []Entry{brokenEntry(r, v)}
}

// readOne reads a text that is the value of a flag.
func (s *values) readOne(r *line.Row, v *node) Entry {
	e := s.scalar(v, write(r, r.Eg))
	if e.Place == (Place{}) {
		return brokenEntry(r, v)
	}
	e.Flag = r.Long
	return e
}

// brokenEntry stands where a flag has a value that has been refused.
func brokenEntry(r *line.Row, v *node) Entry {
	e := Entry{Place: v.Place, Flag: r.Long, Value: r.Eg, Broken: true}
	if r.Arg == "" {
		e.Value = "false"
	}
	return e
}

// locate makes the path in an entry one from the current folder.
func (s *values) locate(e Entry) Entry {
	if r := s.keys.row(e.Flag); r != nil && r.Paths != nil {
		e.Value = r.Paths(e.Value, func(path string) string { return Beside(s.dir, path) })
	}
	return e
}

// readSwitch reads a switch: true or false, in quotes only where a variable is to say which.
func (s *values) readSwitch(r *line.Row, v *node) Entry {
	e := s.scalar(v, r.Long+": true")
	e.Flag = r.Long
	switch {
	case e.Place == (Place{}):
		return brokenEntry(r, v)
	case v.tag != "bool" && e.Value == v.text, e.Value != "true" && e.Value != "false":
		s.Fault(v.Place, r.Long+" is a switch: true or false", r.Long+": true")
		return brokenEntry(r, v)
	}
	return e
}

// readList reads a list of values of one flag. A header in it may stand as "Name: value" without quotes, which YAML
// takes for a mapping.
func (s *values) readList(r *line.Row, v *node) (all []Entry) {
	for _, n := range v.values {
		if n.kind == sequence {
			s.Fault(n.Place, "a list within a list; the values of "+r.Long+" are text", write(r, r.Eg))
			continue
		}
		all = append(all, s.entries(r, n)...)
	}
	return all
}

// readHeaders reads a mapping of names to values: nothing removes the header, a list sends it several times.
func (s *values) readHeaders(r *line.Row, v *node) (all []Entry) {
	for i, k := range v.keys {
		values := []*node{v.values[i]}
		if v.values[i].kind == sequence {
			values = v.values[i].values
		}
		for _, n := range values {
			switch {
			case n.kind != scalar:
				s.Fault(n.Place, "a header's value is text, and this is "+n.String(), write(r, r.Eg))
			case n.tag == "null":
				all = append(all, Entry{Place: n.Place, Flag: r.Long, Value: k.text + ":"})
			default:
				e := s.readOne(r, n)
				switch {
				case e.Broken:
				case strings.TrimSpace(e.Value) == "":
					e.Value = k.text + ";"
				default:
					e.Value = k.text + ": " + e.Value
				}
				all = append(all, e)
			}
		}
	}
	return all
}

// readPairs reads a mapping of names to values.
func (s *values) readPairs(r *line.Row, v *node) (all []Entry) {
	for i, k := range v.keys {
		e := s.readOne(r, v.values[i])
		if !e.Broken {
			e.Value = k.text + "=" + e.Value
		}
		all = append(all, e)
	}
	return all
}

// scalar gives a text with its variables filled in. The place is zero when there is a fault, which has been told.
func (s *values) scalar(v *node, example string) Entry {
	switch {
	case v.kind != scalar:
		s.Fault(v.Place, "text belongs here, and this is "+v.String(), example)
		return Entry{}
	case v.tag == "null":
		s.Fault(v.Place, "the key has no value", example+"  (or '' for empty text)")
		return Entry{}
	}
	text, secret, ok := s.fill(v)
	if !ok {
		return Entry{}
	}
	return Entry{Place: v.Place, Value: text, Secret: secret}
}

// Beside gives a path in a file of that folder as one from the current folder.
func Beside(dir, path string) string {
	if path == "" || path == "-" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(dir, path)
}
