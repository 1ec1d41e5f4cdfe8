package cli

import (
	"bytes"
	"errors"
	"io"
	"testing"
)

// A spool holds up nobody, leaves nothing out of what it took, and says when it takes no more.
func TestSpool(t *testing.T) {
	read, written := io.Pipe()
	s := &spool{w: written}
	half := bytes.Repeat([]byte("x"), mostSpooled/2)
	if _, err := s.Write([]byte("first\n")); err != nil {
		t.Fatal(err)
	}
	var taken int
	var err error
	for range 10 { // nobody reads
		if _, err = s.Write(half); err == nil {
			taken++
		}
	}
	if !errors.Is(err, errUnread) || taken < 1 || taken > 3 {
		t.Errorf("%d were taken, then %v", taken, err)
	}
	got := make([]byte, len("first\n")+taken*len(half))
	if _, err := io.ReadFull(read, got); err != nil || !bytes.HasPrefix(got, []byte("first\nx")) {
		t.Errorf("read %d bytes, %v", len(got), err)
	}
	if err := s.Flush(); !errors.Is(err, errUnread) {
		t.Errorf("flush: %v", err)
	}
	read.Close()
	gone := &spool{w: written}
	gone.Write([]byte("x"))
	if err := gone.Flush(); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("nobody is there: %v", err)
	}
}
