package prober

import (
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"shotput/loadgen"
	"shotput/putserver/realtest"
	"shotput/verify"
)

// ownAddress is where a server is, in a command line.
var ownAddress = regexp.MustCompile(`http://127\.0\.0\.1:\d+/`)

// statusLine is that of an answer that curl prints.
var statusLine = regexp.MustCompile(`(?m)^HTTP/[0-9.]+ (\d{3})`)

// repeated runs a report's command line against another server, and gives the status of the answer.
func repeated(t *testing.T, line, folder string) (status string) {
	t.Helper()
	line = ownAddress.ReplaceAllLiteralString(line, folder)
	out, err := exec.Command("sh", "-c", line).Output()
	all := statusLine.FindAllStringSubmatch(string(out), -1)
	if len(all) == 0 {
		t.Fatalf("%s: %v, %q", line, err, out)
	}
	return all[len(all)-1][1]
}

// Whoever runs the command lines of a finding, one after the other, against a server on which nothing was done yet, is
// answered what the report says, as far as one curl can send all of it. Of requests at one instant it is another's turn to be first.
func TestFindingsAreRepeatable(t *testing.T) {
	realtest.Need(t, "curl")
	o := verify.Options{Prefix: NewPrefix(), Largest: 1 << 20, Skip: slow}
	if realtest.IsLong() {
		o.Skip = []string{"etag-stable"}
	}
	s := probe(t, "", served(t, ""), func(*loadgen.Plan) {})
	defer s.Close()
	lines := 0
	for _, f := range verify.Run(t.Context(), s, o).Findings {
		folder := strings.TrimSuffix(served(t, ""), "{{key}}")
		var said, again []string
		compare := func(note string) {
			if strings.HasPrefix(note, "at one instant") {
				slices.Sort(said)
				slices.Sort(again)
			}
			if !slices.Equal(said, again) {
				t.Errorf("%s: the report says %s, its lines give %s", f.Check, said, again)
			}
			said, again = nil, nil
		}
		for i, x := range f.Exchanges {
			if i > 0 && x.Note != f.Exchanges[i-1].Note {
				compare(f.Exchanges[i-1].Note)
			}
			if x.Curl == "" { // what comes after it may be of what it has done
				break
			}
			if lines++; len(x.Curl) > 400 && !strings.Contains(f.Check, "key-odd") {
				t.Errorf("%s: a line of %d bytes: %s", f.Check, len(x.Curl), x.Curl)
			}
			said, again = append(said, statusLine.FindStringSubmatch("HTTP/1 " + x.Answer)[1]), append(again, repeated(t, x.Curl, folder))
		}
		compare(f.Exchanges[max(0, len(f.Exchanges)-1)].Note)
	}
	t.Logf("%d lines", lines)
}
