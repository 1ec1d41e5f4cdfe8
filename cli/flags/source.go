package flags

import (
	"errors"
	"io"
	"os"

	"shotput/loadgen/fault"
)

// A Source of bytes: a file, or standard input, which can be read only once.
type Source struct {
	stdin io.Reader
	spent bool
}

// once says whether the file can be read only once: standard input, a pipe, a device.
func (s *Source) once(name string) bool {
	if name == "-" {
		return true
	}
	info, err := os.Stat(name)
	return err == nil && !info.Mode().IsRegular() && !info.IsDir()
}

// Read gives the bytes of a file; - is standard input.
func (s *Source) Read(name string) ([]byte, error) {
	if name != "-" {
		b, err := os.ReadFile(name)
		return b, fault.Plain(err)
	}
	if s.spent {
		return nil, errors.New("standard input is read once, and another flag has read it")
	}
	s.spent = true
	return io.ReadAll(s.stdin)
}
