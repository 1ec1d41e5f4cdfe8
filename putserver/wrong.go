package putserver

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
)

// A Wrong is one manner of being wrong about PUT, or of doing what is allowed and seldom; the zero Wrong is none. A
// server that is wrong in one manner is right in every other, so that who looks for faults can be held to the one that
// is there.
type Wrong struct {
	text string
	set  func(*conduct)
}

// String is the text that ParseWrong reads.
func (w Wrong) String() string { return w.text }

// A Manner is what ParseWrong reads, for people.
type Manner struct {
	Name string
	Arg  string // what stands behind a colon, if it is not given; "": nothing does
	Does string // in one line
}

// A manner sets one or two points of a conduct, by the fields of its argument.
type manner struct {
	Manner
	set func(*fields) func(*conduct)
}

var manners = slices.Concat(wrongStores, wrongCuts, wrongReads, wrongETags, wrongConditions, wrongRefusals, wrongNames,
	wrongConns)

// Manners are all manners, in the order in which a reader may want them.
func Manners() (all []Manner) {
	for i := range manners {
		all = append(all, manners[i].Manner)
	}
	return all
}

// ParseWrong reads a manner: its name, and behind a colon its argument: "append", "stale:50ms". "" is none.
func ParseWrong(text string) (Wrong, error) {
	if text == "" {
		return Wrong{}, nil
	}
	name, arg, given := strings.Cut(text, ":")
	i := slices.IndexFunc(manners, func(m manner) bool { return m.Name == name })
	if i < 0 {
		return Wrong{}, fmt.Errorf("parse manner %q: none has that name", text)
	}
	m := &manners[i]
	f, form := fields{}, m.Name
	if m.Arg != "" {
		form += ":" + m.Arg
	}
	switch {
	case given:
		f.rest = strings.Split(arg, ",")
	case m.Arg != "":
		f.rest = strings.Split(m.Arg, ",")
	}
	set := m.set(&f)
	f.require(len(f.rest) == 0, "it has too many fields")
	if f.err != nil {
		return Wrong{}, fmt.Errorf("parse manner %q: %w; try %s", text, f.err, form)
	}
	return Wrong{text, set}, nil
}

// apply makes a right conduct wrong.
func (w Wrong) apply(c *conduct) {
	if w.set != nil {
		w.set(c)
	}
}

// plain is a manner without an argument.
func plain(name, does string, set func(*conduct)) manner {
	return manner{Manner{name, "", does}, func(*fields) func(*conduct) { return set }}
}

// timed is a manner whose argument is a time.
func timed(name, d, does string, set func(*conduct, time.Duration)) manner {
	return manner{Manner{name, d, does}, func(f *fields) func(*conduct) {
		d := f.duration()
		return func(c *conduct) { set(c, d) }
	}}
}

// whole is a field that counts.
func (f *fields) whole() int64 {
	n := f.number()
	f.require(n >= 1 && n <= 1e6 && n == math.Trunc(n), "it is not a whole number within 1 and a million")
	return int64(n)
}
