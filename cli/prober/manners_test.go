package prober

import (
	"flag"
	"fmt"
	"net"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"shotput/loadgen"
	"shotput/putserver"
	"shotput/putserver/realtest"
	"shotput/verify"
)

// TestMain lets more tests run at once than there are cores: nearly all of them is waiting.
func TestMain(m *testing.M) {
	flag.Parse()
	if flag.Lookup("test.parallel").Value.String() == strconv.Itoa(runtime.GOMAXPROCS(0)) { // nobody asked for another
		flag.Set("test.parallel", "6")
	}
	m.Run()
}

// served is the built-in target, wrong in a manner, on a socket of its own.
func served(t *testing.T, wrong string) (url string) {
	t.Helper()
	manner, err := putserver.ParseWrong(wrong)
	if err != nil {
		t.Fatal(err)
	}
	s, err := putserver.New(putserver.Config{Wrong: manner, MaxBody: 600 << 10})
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(l) }()
	t.Cleanup(func() { s.Close(); <-ended })
	return "http://" + l.Addr().String() + "/{{key}}"
}

// notOfTarget are what the target does not do, which nobody has to.
var notOfTarget = []string{"accepted", "precondition-required"}

// foundOf is what is found of the built-in target: the checks that are broken, and with its result each other that does
// not hold.
func foundOf(t *testing.T, wrong string, o verify.Options) (found []string) {
	t.Helper()
	s := probe(t, "", served(t, wrong), func(*loadgen.Plan) {})
	defer s.Close()
	o.Prefix, o.Largest = NewPrefix(), 1<<20 // by its name an object is chosen for a rare fault
	r := verify.Run(t.Context(), s, o)
	for _, f := range r.Findings {
		switch {
		case f.Result == verify.Holds, f.Result == verify.NotOffered && slices.Contains(notOfTarget, f.Check):
			continue
		case f.Result == verify.Broken:
			found = append(found, f.Check)
		default:
			found = append(found, fmt.Sprintf("%s (%s)", f.Check, f.Result))
		}
		t.Logf("%s %s: %s, %s", wrong, f.Check, f.Result, f.Why)
	}
	return found
}

// raced are manners that races find. What races say of the others is seen in virtual time: on sockets it is thousands of
// requests for each.
var raced = []string{"double-create", "lost-update", "torn", "interleaved"}

// unraced leaves out of a row what races find.
func unraced(row string) string {
	var left []string
	for word := range strings.SplitSeq(row, ", ") {
		if word != "" && !strings.HasPrefix(word, "race-") && !strings.HasPrefix(word, "torn-read") {
			left = append(left, word)
		}
	}
	return strings.Join(left, ", ")
}

// Each manner of being wrong is found on a socket by the checks that find it in virtual time.
func TestEachMannerIsFoundOnSockets(t *testing.T) {
	realtest.Long(t, "a verification takes 20 seconds, and there are some 50")
	text, err := os.ReadFile("../../verify/testdata/manners.txt")
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string]string{"": ""}
	for line := range strings.Lines(string(text)) {
		if name, list, ok := strings.Cut(strings.TrimSpace(line), ":"); ok && !strings.HasPrefix(line, "#") {
			rows[name] = strings.TrimSpace(list)
		}
	}
	for manner, want := range rows {
		if other, ok := rows[manner+" (sockets)"]; ok {
			want = other
		}
		if strings.HasSuffix(manner, " (sockets)") {
			continue
		}
		var o verify.Options
		if manner != "" && !slices.Contains(raced, manner) {
			o.Skip, want = []string{"races"}, unraced(want)
		}
		t.Run("wrong "+manner, func(t *testing.T) {
			t.Parallel() // nearly all of it is waiting
			if got := strings.Join(foundOf(t, manner, o), ", "); got != want {
				t.Errorf("found %q, want %q", got, want)
			}
		})
	}
}

// spin keeps all cores busy until the test ends.
func spin(t *testing.T) {
	stop := make(chan struct{})
	var over sync.WaitGroup
	for range runtime.NumCPU() {
		over.Go(func() {
			for n := uint64(0); ; n++ {
				select {
				case <-stop:
					return
				default:
				}
			}
		})
	}
	t.Cleanup(func() { close(stop); over.Wait() })
}

// A server that is right holds everything each time, also on a machine that has no time for it.
func TestRightTargetHoldsEachTime(t *testing.T) {
	realtest.Long(t, "a verification takes 10 seconds, and there are 12")
	for _, busy := range []bool{false, true} {
		t.Run(fmt.Sprintf("busy %v", busy), func(t *testing.T) {
			if busy {
				spin(t)
			}
			t.Run("runs", func(t *testing.T) {
				for i := range 6 {
					t.Run(fmt.Sprint(i), func(t *testing.T) {
						t.Parallel()
						if found := foundOf(t, "", verify.Options{}); len(found) > 0 {
							t.Errorf("of a right server: %q", found)
						}
					})
				}
			})
		})
	}
}

// A server where two win in one of ten rounds is found: of 200 rounds none shows it once in a thousand million runs.
func TestRareRacesOnSockets(t *testing.T) {
	realtest.Long(t, "a race takes seconds, and there are 12")
	for manner, check := range map[string]string{"double-create:10": "race-create", "lost-update:10": "race-update"} {
		found := 0
		for range 6 {
			if slices.Contains(foundOf(t, manner, verify.Options{Only: []string{check}}), check) {
				found++
			}
		}
		t.Logf("%s was found in %d of 6 runs", manner, found)
		if found < 6 {
			t.Errorf("%s was found in %d of 6 runs", manner, found)
		}
	}
}
