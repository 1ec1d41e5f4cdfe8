package prober

import (
	"bytes"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"shotput/cli/address"
	"shotput/cli/curl"
	"shotput/cli/line"
	"shotput/loadgen"
	"shotput/verify"
)

// How long a body may be that stands in a command line as it is, in bytes: one that a shorter command writes, and any
// other.
const (
	shortInline   = 160
	longestInline = 2 << 10
)

// lineOf is a command line that sends the same request; "" where one curl cannot, or where its body has no short form.
func (s *Server) lineOf(r *verify.Request, spec loadgen.RequestSpec) string {
	if r.Cut != nil || r.Length != nil || r.Framing == verify.Unframed {
		return ""
	}
	pipe, ok := pipeOf(r.Body)
	if !ok {
		return ""
	}
	plan := s.plan
	plan.Request, plan.Transport.ExpectContinue = spec, r.Expect && len(r.Body) > 0
	m, err := curl.Reflect(curl.Request{Plan: plan, Rows: s.rows, Pipe: pipe, Shows: true,
		PathAsIs: address.Squash(spec.URL) != spec.URL})
	if err != nil {
		return ""
	}
	return m.Curl()
}

// pipeOf is a command of every shell that writes a body; "" for one that can stand in the line itself. Of long bodies
// it knows those that repeat themselves.
func pipeOf(body []byte) (command string, ok bool) {
	if len(body) <= shortInline && typeable(body) {
		return "", true
	}
	if unit := body[:period(body)]; len(unit) == 1 && typeable(unit) {
		return run(len(body), unit[0]), true
	} else if len(unit) > 1 && typeable(unit) && !bytes.ContainsAny(unit, "\n") {
		return fmt.Sprintf("yes %s | tr -d '\\n' | head -c %d", line.Quote(string(unit)), len(body)), true
	}
	from, to := longestRun(body)
	before, after := body[:from], body[to:]
	isShort := len(before)+len(after) <= min(longestInline/2, to-from)
	if isShort && printable(before) && printable(after) && typeable(body[from:from+1]) {
		return "{ " + printing(before) + "; " + run(to-from, body[from]) + "; " + printing(after) + "; }", true
	}
	if len(body) <= longestInline && printable(body) && !typeable(body) {
		return printing(body), true
	}
	return "", len(body) <= longestInline // what is no text, the mirror writes by printf
}

// inFormat writes text for printf's format, in one line.
var inFormat = strings.NewReplacer(`\`, `\\`, "%", "%%", "\n", `\n`, "\r", `\r`, "\t", `\t`)

// printing is a command that writes text.
func printing(text []byte) string {
	if typeable(text) {
		return "printf %s " + line.Quote(string(text))
	}
	return "printf -- " + line.Quote(inFormat.Replace(string(text)))
}

// printable says whether bytes are text, be it of several lines.
func printable(b []byte) bool {
	return utf8.Valid(b) && typeable(bytes.Map(func(r rune) rune {
		if r == '\n' || r == '\r' || r == '\t' {
			return ' '
		}
		return r
	}, b))
}

// run is a command that writes one byte n times.
func run(n int, b byte) string {
	return fmt.Sprintf("head -c %d /dev/zero | tr '\\0' %s", n, line.Quote(string(rune(b))))
}

// typeable says whether bytes can stand in a line as they are.
func typeable(b []byte) bool {
	return utf8.Valid(b) && !strings.ContainsFunc(string(b), unicode.IsControl)
}

// longestPeriod bounds what a body repeats, in bytes.
const longestPeriod = 128

// period is after how many bytes a body repeats itself, to its end; 0 where it does not.
func period(body []byte) int {
	for n := 1; n <= min(longestPeriod, len(body)/2); n++ {
		if bytes.Equal(body[n:], body[:len(body)-n]) {
			return n
		}
	}
	return 0
}

// longestRun is where one byte stands most often in a row.
func longestRun(body []byte) (from, to int) {
	for i := 0; i < len(body); {
		j := i + 1
		for j < len(body) && body[j] == body[i] {
			j++
		}
		if j-i > to-from {
			from, to = i, j
		}
		i = j
	}
	return from, to
}
