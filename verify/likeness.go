package verify

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"reflect"
	"slices"
)

// bodies are n bodies of n lengths, from so many bytes on: no two share a validator that is made of the length and the
// second, and a mixture of two is none of them.
func bodies(p *Probe, n, size int) [][]byte {
	size = max(size, len(p.Body(n, 0))+8)
	all := make([][]byte, n)
	for i := range all {
		all[i] = p.Body(i+1, size+7*i)
	}
	return all
}

// isWritten says whether an answer shows a body, all of it, be it in the server's own form.
func isWritten(a *Answer, body []byte) bool { return a.OK() && a.Err == nil && sameBody(a.Body, body) }

// holding is isWritten of one body.
func holding(body []byte) func(*Answer) bool {
	return func(a *Answer) bool { return isWritten(a, body) }
}

// whichOf is which of the bodies an answer gives, -1 where it is none of them.
func whichOf(bodies [][]byte, a *Answer) int {
	if !a.OK() || a.Err != nil {
		return -1
	}
	for i := range bodies { // first, since JSON takes its time to read
		if bytes.Equal(a.Body, bodies[i]) {
			return i
		}
	}
	return slices.IndexFunc(bodies, func(b []byte) bool { return sameBody(a.Body, b) })
}

func sameBody(got, sent []byte) bool { return bytes.Equal(got, sent) || likeness(sent, got) != unlike }

// A like is how near what was read is to what was put, where the bytes are not the same.
type like int

const (
	unlike   like = iota
	asLines       // the same lines, folded or in another order
	withMore      // the same JSON, with members of the server's own
	asJSON        // the same JSON, in other bytes
)

// likeness compares two bodies as JSON, else as lines.
func likeness(put, got []byte) like {
	a, err := decoded(put)
	switch {
	case err == nil:
	case bytes.Contains(put, []byte("\n")) && slices.Equal(linesOf(put), linesOf(got)):
		return asLines
	default:
		return unlike
	}
	b, err := decoded(got)
	switch {
	case err != nil:
		return unlike
	case reflect.DeepEqual(a, b):
		return asJSON
	case isWithin(a, b):
		return withMore
	}
	return unlike
}

// decoded is a JSON object or list; numbers stay as they are written. Anything smaller is compared as bytes.
func decoded(text []byte) (v any, err error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("something follows behind it")
	}
	switch v.(type) {
	case map[string]any, []any:
		return v, nil
	}
	return nil, errors.New("no object and no list")
}

// isWithin says whether all that a holds is in b as well.
func isWithin(a, b any) bool {
	switch a := a.(type) {
	case map[string]any:
		b, ok := b.(map[string]any)
		for k, v := range a {
			in, has := b[k]
			ok = ok && has && isWithin(v, in)
		}
		return ok
	case []any:
		b, ok := b.([]any)
		ok = ok && len(a) == len(b)
		for i := 0; ok && i < len(a); i++ {
			ok = isWithin(a[i], b[i])
		}
		return ok
	}
	return reflect.DeepEqual(a, b)
}
