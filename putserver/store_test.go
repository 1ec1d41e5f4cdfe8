package putserver

import (
	"fmt"
	"net/http"
	"testing"
)

func (s *store) fill(n, size int) {
	for i := range n {
		s.put(&object{path: fmt.Sprintf("/%06d", i), size: int64(size), body: make([]byte, size), etag: `"x"`}, &http.Request{})
	}
}

func TestStoreForgetsTheOldestBeyondItsBudget(t *testing.T) {
	const each = overhead + 7 + 100
	s := newStore(10*each+each/2, right().tag)
	s.fill(25, 100)
	if objects, cost, forgotten := s.counts(); objects != 10 || cost != 10*each || forgotten != 15 {
		t.Errorf("%d objects at %d bytes, %d forgotten, want 10 at %d, 15", objects, cost, forgotten, 10*each)
	}
	if o := s.get("/000014"); o != nil {
		t.Error("/000014 is still there, want it forgotten")
	}
	if o := s.get("/000015"); o == nil {
		t.Error("/000015 is gone, want the newest ten kept")
	}
}

func TestStoreCountsWhatReplacingAndDeletingGiveBack(t *testing.T) {
	s := newStore(1<<20, right().tag)
	s.fill(5, 100)
	s.fill(5, 3000)
	s.fill(5, 10)
	s.delete("/000002", &http.Request{})
	if objects, cost, forgotten := s.counts(); objects != 4 || cost != 4*(overhead+7+10) || forgotten != 0 {
		t.Errorf("%d objects at %d bytes, %d forgotten", objects, cost, forgotten)
	}
}

func TestStoreSurvivesAnObjectLargerThanItself(t *testing.T) {
	s := newStore(1000, right().tag)
	s.fill(1, 5000)
	if objects, cost, forgotten := s.counts(); objects != 0 || cost != 0 || forgotten != 1 {
		t.Errorf("%d objects at %d bytes, %d forgotten, want 0, 0, 1", objects, cost, forgotten)
	}
}

func TestJudge(t *testing.T) {
	o := &object{etag: `"a"`}
	for _, c := range []struct {
		field, value string
		o            *object
		want         bool
	}{
		{"If-Match", `"a"`, o, true},
		{"If-Match", `"b", "a"`, o, true},
		{"If-Match", `"b"`, o, false},
		{"If-Match", `W/"a"`, o, false},
		{"If-Match", `*`, o, true},
		{"If-Match", `*`, nil, false},
		{"If-Match", `"a"`, nil, false},
		{"If-None-Match", `*`, o, false},
		{"If-None-Match", `*`, nil, true},
		{"If-None-Match", `"a"`, o, false},
		{"If-None-Match", `W/"a"`, o, false},
		{"If-None-Match", `"b"`, o, true},
		{"If-None-Match", `"a"`, nil, true},
	} {
		r := &http.Request{Method: "PUT", Header: http.Header{c.field: {c.value}}}
		if got := judge(r, c.o, `"a"`) == 0; got != c.want {
			t.Errorf("%s: %s on %v: %v, want %v", c.field, c.value, c.o, got, c.want)
		}
	}
}
