package flags

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"

	"shotput/loadgen/fault"
)

// A Source of bytes: a file, or standard input, which can be read only once.
type Source struct {
	stdin io.Reader
	spent bool
}

// ofProcess are names of what this process has open: another one finds its own there.
var ofProcess = regexp.MustCompile(`^/dev/(stdin|fd/\d+)$|^/proc/(self|thread-self)/fd/\d+$`)

// once says whether the file can be read only once: standard input, a pipe, a device.
func (s *Source) once(name string) bool {
	if name == "-" || ofProcess.MatchString(name) {
		return true
	}
	info, err := os.Stat(name)
	return err == nil && !info.Mode().IsRegular() && !info.IsDir()
}

// Read gives the bytes of a file; - is standard input.
func (s *Source) Read(name string) ([]byte, error) {
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, fault.Plain(err)
		}
		defer f.Close()
		return ReadBounded(f)
	}
	if s.spent {
		return nil, errors.New("standard input is read once, and another flag has read it")
	}
	s.spent = true
	return ReadBounded(s.stdin)
}

// mostRead bounds what is read into memory as the text of one flag. A device such as /dev/zero has no end.
const mostRead = 256 << 20

// ReadBounded reads all of what is no longer than can be held in memory.
func ReadBounded(from io.Reader) ([]byte, error) { return readUpTo(mostRead, from) }

// readUpTo reads all of what has at most so many bytes.
//
// Note: io.ReadAll would double what it holds until there is no memory left, and end in a trace. So a file that says
// its size is refused by that before any of it is read.
func readUpTo(most int64, from io.Reader) ([]byte, error) {
	tooLong := fmt.Errorf("it does not end within %d MiB, and would be held in memory", most>>20)
	if f, ok := from.(*os.File); ok {
		if info, err := f.Stat(); err == nil && info.Mode().IsRegular() && info.Size() > most {
			return nil, tooLong
		}
	}
	var all bytes.Buffer
	n, err := all.ReadFrom(io.LimitReader(from, most+1))
	if n > most {
		return nil, tooLong
	}
	return all.Bytes(), fault.Plain(err)
}
