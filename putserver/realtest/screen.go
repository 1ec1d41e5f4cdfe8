package realtest

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"
)

// A Screen is as much of a terminal as a live view uses: it takes what is written to one, and says what stands on
// it. Like most terminals it breaks its lines anew when it is resized. Every sign is one column wide. What it does
// not know it keeps as a fault.
type Screen struct {
	mu     sync.Mutex
	cols   int
	rows   int
	lines  [][]rune // as written, each of one row or several
	at     int      // the line of the cursor
	offset int      // the sign of that line before which the cursor stands
	writes int
	faults []string
	half   []byte // the beginning of a sign or sequence whose rest has not come
}

// NewScreen is an empty one.
func NewScreen(cols, rows int) *Screen { return &Screen{cols: cols, rows: rows, lines: [][]rune{nil}} }

var sequence = regexp.MustCompile(`^\x1b\[(\d*)([A-Za-z])`)

// Write takes text and the sequences that go up, and that erase to the end of the row and of the screen.
func (s *Screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.writes++
	text := append(s.half, p...)
	for len(text) > 0 {
		n := s.take(text)
		if n == 0 {
			break
		}
		text = text[n:]
	}
	s.half = append([]byte(nil), text...)
	return len(p), nil
}

// take does what the first sign or sequence says, and gives its length; 0 when its end is missing.
func (s *Screen) take(text []byte) int {
	if text[0] == '\x1b' {
		m := sequence.FindSubmatch(text)
		if m == nil {
			if len(text) < 8 {
				return 0
			}
			s.faults = append(s.faults, fmt.Sprintf("unknown sequence %.10q", text))
			return 1
		}
		n, _ := strconv.Atoi(string(m[1])) // digits, or nothing
		s.control(string(m[2]), n)
		return len(m[0])
	}
	if !utf8.FullRune(text) {
		return 0
	}
	r, n := utf8.DecodeRune(text)
	s.sign(r)
	return n
}

func (s *Screen) control(letter string, n int) {
	line := s.lines[s.at]
	switch {
	case letter == "m": // a colour
	case letter == "A":
		s.up(max(1, n))
	case letter == "K" && n == 0:
		end := min(len(line), s.offset-s.offset%s.cols+s.cols)
		if end == len(line) {
			s.lines[s.at] = line[:min(s.offset, len(line))]
			return
		}
		for i := s.offset; i < end; i++ {
			line[i] = ' '
		}
	case letter == "J" && n == 0:
		s.lines[s.at] = line[:min(s.offset, len(line))]
		s.lines = s.lines[:s.at+1]
	default:
		s.faults = append(s.faults, fmt.Sprintf("unknown sequence %d%s", n, letter))
	}
}

func (s *Screen) sign(r rune) {
	switch {
	case r == '\r':
		s.offset -= s.offset % s.cols
	case r == '\n': // a terminal that is not in raw mode returns as well
		if s.at++; s.at == len(s.lines) {
			s.lines = append(s.lines, nil)
		}
		s.offset = 0
	case r < ' ':
		s.faults = append(s.faults, fmt.Sprintf("control %q", r))
	default:
		for len(s.lines[s.at]) <= s.offset {
			s.lines[s.at] = append(s.lines[s.at], ' ')
		}
		s.lines[s.at][s.offset] = r
		s.offset++
	}
}

// up moves the cursor by rows, not lines, and never above what is in view.
func (s *Screen) up(rows int) {
	row := s.offset / s.cols
	for i := range s.at {
		row += s.height(i)
	}
	all := 0
	for i := range s.lines {
		all += s.height(i)
	}
	row = max(row-rows, all-s.rows, 0)
	for s.at = 0; row >= s.height(s.at); s.at++ {
		row -= s.height(s.at)
	}
	s.offset = row*s.cols + s.offset%s.cols
}

// height is how many rows a line takes.
func (s *Screen) height(i int) int { return max(1, (len(s.lines[i])+s.cols-1)/s.cols) }

// Resize breaks the lines anew.
func (s *Screen) Resize(cols, rows int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cols, s.rows = cols, rows
}

// Size is that of the terminal.
func (s *Screen) Size() (cols, rows int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.cols, s.rows
}

// Look gives the rows that stand on the screen, without blanks at their ends and without empty ones at the end, how
// often was written to it, and what it did not know.
func (s *Screen) Look() (rows []string, writes int, faults []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, line := range s.lines {
		for len(line) > s.cols {
			rows, line = append(rows, string(line[:s.cols])), line[s.cols:]
		}
		rows = append(rows, strings.TrimRight(string(line), " "))
	}
	for len(rows) > 0 && rows[len(rows)-1] == "" {
		rows = rows[:len(rows)-1]
	}
	return rows, s.writes, append([]string(nil), s.faults...)
}
