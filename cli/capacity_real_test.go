package cli_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"shotput/putserver/realtest"
	"shotput/stats/search"
)

// These are searches in real time, of servers whose capacity is known. Where they end irregular for this machine's
// sake, they say so, and are made again: twice in a row, and the machine cannot measure now.

// A found is what a search came to.
type found struct {
	*search.Search
	code int
	said string
}

// searchFor makes a search, as a process of its own.
func searchFor(t *testing.T, args ...string) found {
	t.Helper()
	file := filepath.Join(t.TempDir(), "capacity.json")
	c := exec.Command("shotput", append([]string{"capacity", "-o", file}, args...)...)
	var out bytes.Buffer
	c.Stdout, c.Stderr = &out, &out
	c.Run()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v\n%s", err, &out)
	}
	s, err := search.Decode(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	f := found{s, c.ProcessState.ExitCode(), out.String()}
	t.Logf("%v by %d trials, which measured %v\n%s", f.Result, f.Result.Trials, f.measured(), f.said)
	return f
}

// measured is how long the trials were to take in sum.
func (f found) measured() (sum time.Duration) {
	for i := range f.Trials {
		if run := f.Trials[i].Run; run != nil {
			sum += run.Plan.Warmup + run.Plan.Duration
		}
	}
	return sum
}

// blind says whether this machine kept the search from its end.
func (f found) blind() bool {
	switch f.Result.Irregular {
	case search.BlindTool, search.BlindClient, search.TimeSpent, search.TrialsSpent:
		return f.Result.Irregular == search.BlindTool || f.Result.Irregular == search.BlindClient || f.unjudged() > 10
	}
	return false
}

// unjudged is how many trials said nothing of the server.
func (f found) unjudged() (n int) {
	for i := range f.Trials {
		if r := f.Trials[i].Result; r == search.NotJudged || r == search.ClientLimited {
			n++
		}
	}
	return n
}

// wantFound makes a search that must end with a capacity within these bounds.
func wantFound(t *testing.T, least, most float64, args ...string) found {
	t.Helper()
	f := searchFor(t, args...)
	if f.blind() {
		f = searchFor(t, args...)
	}
	if f.blind() {
		t.Skip("this machine cannot measure now, and the search said so twice")
	}
	if r := f.Result; f.code != 0 || !r.Found() || r.Lo < least || r.Lo > most {
		t.Errorf("exit %d, %+v; want %v to %v", f.code, r, least, most)
	}
	return f
}

// What a bucket of tokens lets through is found, three times of three.
func TestCapacityOfATokenBucket(t *testing.T) {
	realtest.Long(t, "three searches in real time")
	url := startTarget(t, "--token-rate", "1000/s", "--token-burst", "20")
	for range 3 {
		wantFound(t, 970, 1030, "-d", "x", "--trial", "2s", "--threshold", "error_rate < 0.1%", url)
	}
}

// Eight servers of 8 ms can do 1000/s, and one second in which they stand still does not move that.
func TestCapacityOfEightServers(t *testing.T) {
	realtest.Long(t, "two searches in real time")
	search := []string{"-d", "x", "--trial", "2s", "--threshold", "p99 < 50ms"}
	calm := wantFound(t, 965, 1010, append(search, startTarget(t, "--servers", "8", "--law", "constant:8ms"))...)
	// From 12 s to 13 s, and 25 s later, when a search of a calm machine is over.
	stalling := wantFound(t, 965, 1010, append(search, startTarget(t, "--servers", "8", "--law", "freeze:8ms,1s,25s"))...)
	if a, b := calm.Result.Lo, stalling.Result.Lo; max(a, b) > min(a, b)*(1+calm.Goal.Precision) {
		t.Errorf("%v, and %v of one that stalls", a, b)
	}
}

// One server of 2 ms can do 500/s, and a search for that measures for less than 90 s.
func TestCapacityOfOneServer(t *testing.T) {
	realtest.Long(t, "a search in real time")
	began := time.Now()
	f := wantFound(t, 485, 515, "-d", "x", "--trial", "2s", "--threshold", "p99 < 50ms", startTarget(t, "--servers", "1", "--law", "constant:2ms"))
	t.Logf("it took %v", time.Since(began))
	if f.unjudged() == 0 && f.measured() > 60*time.Second {
		t.Errorf("its trials measured %v", f.measured())
	}
}

// nginx lets through what its limit of requests a second says.
func TestCapacityOfNginxByRate(t *testing.T) {
	realtest.Long(t, "a search in real time")
	// try_files comes behind the limits, where return would stand before them.
	address, _ := realtest.NginxWith(t, "limit_req_zone $binary_remote_addr zone=rate:1m rate=1000r/s;",
		"limit_req zone=rate burst=50 nodelay; limit_req_status 429; limit_req_log_level info; location / { try_files /none =204; }")
	f := wantFound(t, 950, 1050, "-d", "x", "--trial", "2s", "--threshold", "error_rate < 0.1%", "http://"+address+"/{{seq}}")
	f.wantRefusals(t, 429)
}

// nginx serves as many requests at once as its limit of connections says.
func TestCapacityOfNginxByConcurrency(t *testing.T) {
	realtest.Long(t, "a search in real time")
	slow := startTarget(t, "--law", "constant:5ms")
	address, _ := realtest.NginxWith(t, "limit_conn_zone $binary_remote_addr zone=conns:1m;",
		"limit_conn conns 20; limit_conn_status 503; limit_conn_log_level info; location / { proxy_pass "+strings.TrimSuffix(slow, "/{{seq}}")+"; }")
	f := wantFound(t, 20, 20, "--by", "concurrency", "-d", "x", "--trial", "500ms", "--threshold", "error_rate < 0.1%", "http://"+address+"/{{seq}}")
	f.wantRefusals(t, 503)
}

// wantRefusals says that trials failed since the server refused, and for nothing else.
func (f found) wantRefusals(t *testing.T, code int) {
	t.Helper()
	var refused, others int64
	for i := range f.Trials {
		if f.Trials[i].Run == nil {
			continue
		}
		for _, s := range f.Trials[i].Run.Status {
			switch {
			case s.Code == code:
				refused += s.Latency.Count()
			case s.Code >= 300:
				others += s.Latency.Count()
			}
		}
	}
	if refused == 0 || others > 0 {
		t.Errorf("%d answers of %d, and %d of other errors", refused, code, others)
	}
}

// Where the server is faster than this tool, which makes a large text for each request on one of the cores, there is no
// number: its capacity was not seen.
func TestNoCapacityOfAServerFasterThanTheTool(t *testing.T) {
	realtest.Long(t, "a search in real time")
	f := searchFor(t, "--loops", "1", "-d", "{{randString 200000}}", "--precision", "20%", "--trial", "500ms", "--threshold", "p99 < 5s", startTarget(t))
	r := f.Result
	if r.Irregular == search.BlindTool {
		t.Skip("this machine cannot measure now, and the search said so")
	}
	if f.code != 3 || r.Irregular != search.BlindClient || r.Hi != 0 || r.PlanWith != 0 {
		t.Errorf("exit %d, %+v", f.code, r)
	}
}

// A server that keeps its promise at no load has no capacity, and it is known soon.
func TestNoCapacityOfAServerThatFails(t *testing.T) {
	realtest.Long(t, "two searches in real time")
	for what, args := range map[string][]string{
		"slow":   {"--threshold", "p99 < 5ms", startTarget(t, "--law", "constant:20ms")},
		"errors": {"--no-preflight", "--threshold", "error_rate < 1%", startTarget(t, "--fail-share", "100%")},
	} {
		f := searchFor(t, append([]string{"-d", "x", "--trial", "200ms"}, args...)...)
		judged := f.Result.Trials - f.unjudged()
		if f.code != 3 || f.Result.Irregular != search.MinFails || judged > 16 || f.unjudged() == 0 && f.Result.Trials > 16 {
			t.Errorf("%s: exit %d, %+v", what, f.code, f.Result)
		}
	}
}
