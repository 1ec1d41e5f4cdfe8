package transport

import (
	"errors"
	"fmt"
	"io"
	"syscall"
	"testing"

	"shotput/stats"
)

// Of a connection that it kept net/http says in the same words that an answer came unasked, and how it ended.
func TestWhatIsSeenOnAKeptConnection(t *testing.T) {
	said := func(err error) error { return fmt.Errorf("readLoopPeekFailLocked: %w", err) }
	for want, err := range map[stats.Outcome]error{
		stats.Reset:   said(fmt.Errorf("read tcp: %w", syscall.ECONNRESET)),
		stats.Closed:  said(io.ErrUnexpectedEOF),
		stats.Unasked: said(nil),
	} {
		if got := Classify(err, stats.InWait); got != want {
			t.Errorf("%v is %v, want %v", err, got, want)
		}
	}
	if got := Classify(errors.Join(io.EOF, ErrUnasked), stats.InWait); got != stats.Unasked {
		t.Errorf("what is known to be unasked is %v", got)
	}
}
