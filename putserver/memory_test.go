package putserver

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
)

func live() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// Objects and log together take no more than Config.Keep, however many requests there were.
func TestMemoryIsBounded(t *testing.T) {
	const keep = 24 << 20
	before := live()
	s, err := New(Config{Keep: keep})
	if err != nil {
		t.Fatal(err)
	}
	r := &http.Request{}
	for i := range 400_000 {
		path := fmt.Sprintf("/objects/%08d", i)
		s.store.put(&object{path: path, size: 10, body: make([]byte, 10), etag: fmt.Sprintf(`"%d-9a71bb4c-3610a686"`, i)}, r)
		s.log.add(&Entry{Status: 201, Path: path})
	}
	if took := live() - before; took > keep {
		t.Errorf("%d objects and %d entries take %d KiB, want no more than %d", s.Stats().Objects, s.log.mu.counts.kept, took>>10, keep>>10)
	} else {
		t.Logf("%d KiB of %d", took>>10, keep>>10)
	}
	if st := s.Stats(); st.Requests != 400_000 || st.Unlogged == 0 || st.Unlogged == 400_000 || st.Forgotten == 0 {
		t.Errorf("%+v", st)
	}
}

// What is stored does not hold on to the request that brought it.
func TestObjectsOutliveTheirRequestsAlone(t *testing.T) {
	const keep, puts = 64 << 20, 20_000
	before := live()
	s := build(t, Config{Keep: keep, LogLimit: 1})
	for i := range puts {
		r := httptest.NewRequest("PUT", fmt.Sprintf("/objects/%08d", i), strings.NewReader("x"))
		r.Header.Set("X-Long", strings.Repeat("x", 2000)+fmt.Sprint(i))
		s.ServeHTTP(httptest.NewRecorder(), r)
	}
	took, st := live()-before, s.Stats()
	if st.Objects != puts || took > st.Kept+1<<20 {
		t.Errorf("%d objects that are said to take %d KiB take %d", st.Objects, st.Kept>>10, took>>10)
	}
}
