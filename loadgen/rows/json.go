package rows

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Of a JSON line only one value is wanted, and encoding/json would make a Go value of each: it says whether the line is
// JSON at all, once, and then the value is found by counting quotes and braces.

var errNoJSON = errors.New("is no JSON")

// OpenJSON opens a file each of whose lines, but for the empty ones, is a JSON value. A line that is none is an error
// when it is read.
func OpenJSON(path string) (*File, error) {
	f, err := OpenFull(path)
	if err != nil {
		return nil, err
	}
	f.check = checkJSON
	return f, nil
}

// checkJSON says whether a line is one JSON value.
func checkJSON(line []byte) error {
	if !json.Valid(line) {
		return errNoJSON
	}
	return nil
}

// ReadPath reads .a.b as the names on the way to a value; "." is the whole line.
func ReadPath(s string) ([]string, error) {
	if !strings.HasPrefix(s, ".") {
		return nil, fmt.Errorf("has the path %q; write {{json .}} or {{json .name}}", s)
	}
	if s == "." {
		return nil, nil
	}
	path := strings.Split(s[1:], ".")
	for _, name := range path {
		if name == "" {
			return nil, fmt.Errorf("has the path %q with an empty name in it", s)
		}
	}
	return path, nil
}

// JSONAt finds the value at the path in a valid JSON text: fields of objects by name, elements of arrays by number
// from 0. Of a name that is there twice, the last counts, as in encoding/json. It is nil where there is none.
func JSONAt(v []byte, path []string) []byte {
	for _, name := range path {
		if v = jsonChild(bytes.TrimLeft(v, jsonSpace), name); v == nil {
			return nil
		}
	}
	v = bytes.TrimLeft(v, jsonSpace)
	return v[:jsonLength(v)]
}

const jsonSpace = " \t\r\n"

// jsonChild finds what v holds under a name. It gives the rest of the text from there on.
func jsonChild(v []byte, name string) (found []byte) {
	array := v[0] == '['
	if !array && v[0] != '{' {
		return nil
	}
	for i := 0; ; i++ {
		v = bytes.TrimLeft(v[1:], jsonSpace) // behind the brace or comma
		if v[0] == ']' || v[0] == '}' {
			return found // of an empty one
		}
		is := false
		if array {
			n, err := strconv.Atoi(name)
			is = err == nil && n == i
		} else {
			length := jsonLength(v)
			is = jsonIs(v[1:length-1], name)
			v = bytes.TrimLeft(v[length:], jsonSpace)[1:] // behind the colon
			v = bytes.TrimLeft(v, jsonSpace)
		}
		if is {
			found = v
		}
		v = bytes.TrimLeft(v[jsonLength(v):], jsonSpace)
		if v[0] != ',' {
			return found
		}
	}
}

// jsonLength is how many bytes the value takes with which v begins.
func jsonLength(v []byte) int {
	switch v[0] {
	case '"':
		return jsonString(v)
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
			i += jsonString(v[i:]) - 1
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
}

// jsonString is the length of the string, with its quotes.
func jsonString(v []byte) int {
	for i := 1; ; i++ {
		switch v[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
}

// jsonIs says whether the inside of a string means name.
func jsonIs(inside []byte, name string) bool {
	if bytes.IndexByte(inside, '\\') < 0 {
		return string(inside) == name
	}
	return string(appendUnquoted(nil, inside)) == name
}

// AppendJSON appends a value: of a string what it means, of all else how it is written.
func AppendJSON(dst, v []byte) []byte {
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
