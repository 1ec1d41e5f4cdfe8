package putserver

import (
	"bufio"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
)

func pathOf(i int) string { return fmt.Sprint("/", i, strings.Repeat("x", i%300)) }

func TestLogKeepsUpToItsLimitAndCountsOn(t *testing.T) {
	s := build(t, Config{LogLimit: chunkEntries + 5})
	for i := range 2 * chunkEntries {
		at := time.Duration(i)
		s.log.add(&Entry{Arrival: at, Departure: at + 7, Status: 204, Path: pathOf(i)})
	}
	all := s.Log()
	if len(all) != chunkEntries+5 {
		t.Fatalf("the log keeps %d, want %d", len(all), chunkEntries+5)
	}
	for i, e := range all {
		if e.Arrival != time.Duration(i) || e.Held() != 7 || e.Status != 204 || e.Path != pathOf(i)[:min(len(pathOf(i)), pathKept)] {
			t.Fatalf("entry %d is %+v", i, e)
		}
	}
	st := s.Stats()
	if st.Requests != 2*chunkEntries || st.Unlogged != chunkEntries-5 || st.Status[204] != 2*chunkEntries || st.Held.Count != len(all) {
		t.Errorf("counts are %+v", st)
	}
	s.ResetLog()
	if st := s.Stats(); st.Requests != 0 || st.Held.Count != 0 || len(s.Log()) != 0 {
		t.Errorf("after a reset the log has %+v", st)
	}
}

func TestHeldIsExact(t *testing.T) {
	var d []time.Duration
	for i := range 1000 {
		d = append(d, time.Duration(1000-i)*ms)
	}
	want := Held{1000, 500*ms + ms/2, 500 * ms, 900 * ms, 990 * ms, 999 * ms, 1000 * ms}
	if got := heldOf(d); got != want {
		t.Errorf("held %+v, want %+v", got, want)
	}
	if got := heldOf(nil); got != (Held{}) {
		t.Errorf("of nothing: %+v", got)
	}
	if got := heldOf([]time.Duration{3}); got != (Held{1, 3, 3, 3, 3, 3, 3}) {
		t.Errorf("of one: %+v", got)
	}
}

func TestServedLog(t *testing.T) {
	s := behind(t, Config{User: "a:b", FailShare: 1}) // no manners for the log
	s.want(401, "PUT", `/x"y`, "")
	s.want(401, "PUT", "/b", "")

	_, text := s.send("GET", "/_log", "")
	var st LogStats
	if err := json.Unmarshal([]byte(text), &st); err != nil || st.Requests != 2 || st.Status[401] != 2 || st.Held.Max != s.Stats().Held.Max {
		t.Errorf("served %s (%v), want %+v", text, err, s.Stats())
	}

	_, text = s.send("GET", "/_log?entries=1", "")
	var got []Entry
	for lines := bufio.NewScanner(strings.NewReader(text)); lines.Scan(); {
		var e Entry
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			t.Fatalf("line %q: %v", lines.Text(), err)
		}
		got = append(got, e)
	}
	if fmt.Sprint(got) != fmt.Sprint(s.Log()) || len(got) != 2 || got[0].Path != `/x"y` || got[1].Status != 401 || got[1].Departure < got[1].Arrival {
		t.Errorf("served %s, as entries %+v", text, got)
	}

	if allow := s.want(405, "PUT", "/_log", "x").Header.Get("Allow"); allow != "GET, HEAD, DELETE" {
		t.Errorf("Allow %q", allow)
	}
	s.want(204, "DELETE", "/_log", "")
	s.wantLog(map[int]int64{})
}

func TestLogAllocatesByTheChunk(t *testing.T) {
	l := &requestLog{limit: 1 << 30}
	e := Entry{Status: 204, Path: "/objects/12345"}
	if n := testing.AllocsPerRun(10_000, func() { l.add(&e) }); n != 0 {
		t.Errorf("%v allocations an entry, want none but for a chunk now and then", n)
	}
}
