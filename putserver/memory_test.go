package putserver

import (
	"fmt"
	"runtime"
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
	for i := range 400_000 {
		path := fmt.Sprintf("/objects/%08d", i)
		s.store.put(&object{path: path, size: 10, body: make([]byte, 10), etag: fmt.Sprintf(`"%d-9a71bb4c-3610a686"`, i)}, nil)
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
