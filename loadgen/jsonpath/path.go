// Package jsonpath reads paths to a value in a JSON document, and follows them: in the document's text, without making
// Go values of it, and in what encoding/json made of it. It refuses to choose among values: a path leads to one, or to
// none. A step goes from a value to one that it holds.
package jsonpath

import (
	"errors"
	"strconv"
	"strings"
)

// # The grammar
//
//	path  = "." | ["."] ( name | index ) { "." name | index }        "." alone is the whole document
//	index = "[" number "]"
//
// A name leads to the field of an object that is called so; a name that is a number leads to an item of a list too, as
// an index does: items[0].id and items.0.id are the same. Items count from 0.
//
// Where a path stands by itself, it begins with the dot, and a name may have in it whatever a field's name may but for
// a dot. Where more follows it, a name ends before what could follow.
//
// Note: looked at github.com/theory/jsonpath (RFC 9535). A path there begins with $, a name like content-type stands
// in brackets and quotes, and [-1] is the last item, where it is a mistake here: it would refuse what people have
// written, or read it otherwise. And it selects from Go values: for one field of each request's row, all of the row
// would be decoded.

// A Step leads to a field or an item.
type Step struct {
	Name string // of the field; "": to none
	Item int    // of the list, from 0; -1: to none
}

// A Path is steps from the whole document on.
type Path []Step

// An Error says what is wrong in a path, and where.
type Error struct {
	At  int // in bytes from the beginning
	Why string
}

func (e *Error) Error() string { return e.Why }

// Read reads the path with which s begins, and says how many bytes it takes. The error is an *Error.
func Read(s string) (p Path, length int, err error) {
	at := 0
	if strings.HasPrefix(s, ".") {
		at++
	}
	for first := true; ; first = false {
		rest := s[at:]
		if strings.HasPrefix(rest, "[") {
			item, n := readIndex(rest)
			if n == 0 {
				return nil, 0, &Error{at, "an index is a number in brackets, such as [0]"}
			}
			p, at = append(p, Step{Item: item}), at+n
			continue
		}
		if !first && !strings.HasPrefix(rest, ".") {
			return p, at, nil
		}
		if !first {
			at++
		}
		n := nameLength(s[at:])
		switch {
		case n > 0:
			p, at = append(p, stepTo(s[at:at+n])), at+n
		case first && at == 1:
			return nil, at, nil // the whole
		case first:
			return nil, 0, &Error{at, "a path is missing, such as status or items[0].name"}
		default:
			return nil, 0, &Error{at, "a name is missing after the dot"}
		}
	}
}

// nameLength is how much of s is a name: up to what can be in none where more than a path may follow.
func nameLength(s string) int {
	if n := strings.IndexAny(s, " \t\r\n.[]=!<>~\""); n >= 0 {
		return n
	}
	return len(s)
}

// readIndex reads the index with which s begins, and says how many bytes it takes; 0 where it is none.
func readIndex(s string) (item, length int) {
	digits, _, closed := strings.Cut(s[1:], "]")
	n, err := strconv.ParseUint(digits, 10, 31)
	if !closed || err != nil {
		return 0, 0
	}
	return int(n), len(digits) + len("[]")
}

// stepTo leads to what the name says.
func stepTo(name string) Step {
	item, err := strconv.Atoi(name)
	if err != nil || item < 0 {
		item = -1
	}
	return Step{Name: name, Item: item}
}

// ErrEmptyName: two dots, or one at the end, have no name between or behind them.
var ErrEmptyName = errors.New("an empty name in it")

// Parse reads a path that stands by itself, and begins with a dot. Brackets in a name that are no index behind it are
// a part of it.
func Parse(s string) (p Path, err error) {
	if s == "." {
		return nil, nil
	}
	for part := range strings.SplitSeq(strings.TrimPrefix(s, "."), ".") {
		name, items := cutIndexes(part)
		switch {
		case part == "":
			return nil, ErrEmptyName
		case name != "":
			p = append(p, stepTo(name))
		case p != nil: // behind a dot stands a name
			p, items = append(p, stepTo(part)), nil
		}
		p = append(p, items...)
	}
	return p, nil
}

// cutIndexes takes the indexes off the end of a part between two dots.
func cutIndexes(part string) (name string, items []Step) {
	for name = part; strings.HasSuffix(name, "]"); {
		open := strings.LastIndexByte(name, '[')
		if open < 0 {
			break
		}
		item, n := readIndex(name[open:])
		if n != len(name)-open {
			break
		}
		name, items = name[:open], append([]Step{{Item: item}}, items...)
	}
	return name, items
}

// In follows the path through what encoding/json made of a document.
func (p Path) In(document any) (value any, found bool) {
	for _, step := range p {
		switch at := document.(type) {
		case map[string]any:
			if document, found = at[step.Name]; !found || step.Name == "" {
				return nil, false
			}
		case []any:
			if step.Item < 0 || step.Item >= len(at) {
				return nil, false
			}
			document = at[step.Item]
		default:
			return nil, false
		}
	}
	return document, true
}
