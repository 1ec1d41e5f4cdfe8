package secret

import (
	"errors"
	"io"
	"testing"
)

// A text that two joined errors share is told once.
func TestDetailOfJoinedErrors(t *testing.T) {
	if got := Detail(errors.Join(io.EOF, io.EOF)); got != "EOF" {
		t.Errorf("%q", got)
	}
}
