package jsonpath

import (
	"bytes"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Of a JSON line only one value is wanted, and encoding/json would make a Go value of each: it says whether the line is
// JSON at all, once, and then the value is found by counting quotes and braces.

// At finds the path's value in v, which must be a valid JSON text. Of a name that is there twice, the last counts, as
// in encoding/json. It is nil where there is none.
func (p Path) At(v []byte) []byte {
	for _, step := range p {
		if v = child(bytes.TrimLeft(v, space), step); v == nil {
			return nil
		}
	}
	v = bytes.TrimLeft(v, space)
	return v[:lengthOf(v)]
}

const space = " \t\r\n"

// child finds what v holds where the step leads. It gives the rest of the text from there on.
func child(v []byte, step Step) (found []byte) {
	list := v[0] == '['
	if !list && v[0] != '{' || list && step.Item < 0 || !list && step.Name == "" {
		return nil
	}
	for i := 0; ; i++ {
		v = bytes.TrimLeft(v[1:], space) // behind the brace or comma
		if v[0] == ']' || v[0] == '}' {
			return found // of an empty one
		}
		if list && i == step.Item {
			return v
		}
		if !list {
			length := lengthOf(v)
			is := means(v[1:length-1], step.Name)
			v = bytes.TrimLeft(v[length:], space)[1:] // behind the colon
			v = bytes.TrimLeft(v, space)
			if is {
				found = v
			}
		}
		v = bytes.TrimLeft(v[lengthOf(v):], space)
		if v[0] != ',' {
			return found
		}
	}
}

// lengthOf is how many bytes the value takes with which v begins.
func lengthOf(v []byte) int {
	switch v[0] {
	case '"':
		return stringLength(v)
	case '{', '[':
	default:
		if end := bytes.IndexAny(v, ",]} \t\r\n"); end >= 0 {
			return end
		}
		return len(v)
	}
	for i, depth := 0, 0; ; i++ {
		switch v[i] {
		case '"':
			i += stringLength(v[i:]) - 1
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
}

// stringLength is the length of the string, with its quotes.
func stringLength(v []byte) int {
	for i := 1; ; i++ {
		switch v[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
}

// means says whether the inside of a string means name.
func means(inside []byte, name string) bool {
	if bytes.IndexByte(inside, '\\') < 0 {
		return string(inside) == name
	}
	return string(appendUnquoted(nil, inside)) == name
}

// Append appends a value: of a string what it means, of all else how it is written.
func Append(dst, v []byte) []byte {
	if v[0] != '"' {
		return append(dst, v...)
	}
	return appendUnquoted(dst, v[1:len(v)-1])
}

// appendUnquoted appends what the inside of a JSON string means (RFC 8259 §7).
func appendUnquoted(dst, s []byte) []byte {
	for {
		i := bytes.IndexByte(s, '\\')
		if i < 0 {
			return append(dst, s...)
		}
		dst = append(dst, s[:i]...)
		escape := s[i+1]
		s = s[i+2:]
		if escape != 'u' {
			dst = append(dst, unescape(escape))
			continue
		}
		r := hexRune(s)
		s = s[4:]
		if utf16.IsSurrogate(r) {
			pair := rune(utf8.RuneError)
			if len(s) >= 6 && s[0] == '\\' && s[1] == 'u' {
				pair = utf16.DecodeRune(r, hexRune(s[2:]))
			}
			if r = pair; r != utf8.RuneError {
				s = s[6:]
			}
		}
		dst = utf8.AppendRune(dst, r)
	}
}

func unescape(b byte) byte {
	if i := strings.IndexByte("bfnrt", b); i >= 0 {
		return "\b\f\n\r\t"[i]
	}
	return b // ", \ and /
}

func hexRune(s []byte) (r rune) {
	for _, b := range s[:4] {
		d := rune(b&15) + rune(b>>6)*9 // a letter's low bits count from 1
		r = r<<4 | d
	}
	return r
}
