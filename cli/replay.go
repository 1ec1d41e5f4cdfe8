package cli

import (
	"io"

	"shotput/cli/flags"
)

// A replay is standard input for several requests: it is read at most once, when the first of them asks, and each of
// them is given all of it.
type replay struct {
	from io.Reader
	text []byte
	read bool
	err  error
}

// again is the input from its beginning.
func (r *replay) again() io.Reader { return &replayed{of: r} }

type replayed struct {
	of *replay
	at int
}

// Read gives what is next.
func (r *replayed) Read(b []byte) (int, error) {
	if !r.of.read {
		r.of.read = true
		r.of.text, r.of.err = flags.ReadBounded(r.of.from)
	}
	if r.of.err != nil {
		return 0, r.of.err
	}
	n := copy(b, r.of.text[r.at:])
	if r.at += n; n == 0 {
		return 0, io.EOF
	}
	return n, nil
}
