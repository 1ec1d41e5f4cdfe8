package stats

import (
	"runtime"
	"testing"
	"time"
)

// A server that answers with all codes there are takes some megabytes, not a gigabyte, and none is lost.
func TestManyStatusesTakeLittle(t *testing.T) {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	r := NewRecorder(RecorderConfig{Shards: 2})
	run := NewRun(Run{})
	var ends time.Duration
	for second := range 3 {
		for shard := range 2 {
			for code := 100; code < 1000; code++ {
				ends += time.Millisecond
				r.Shard(shard).Record(&Observation{Sent: ends, Done: ends + time.Duration(code)*time.Microsecond, Outcome: BadStatus, Status: code})
			}
		}
		w := r.Rotate(time.Duration(second+1)*time.Second, 0)
		run.Add(&w)
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if took := int64(after.HeapAlloc) - int64(before.HeapAlloc); took > 64<<20 {
		t.Errorf("900 codes took %d MiB, want no more than 64", took>>20)
	}
	if err := run.Finish(Ending{Planned: 5400, Due: 5400, Stopped: 3 * time.Second, LastDone: 3 * time.Second}); err != nil {
		t.Fatal(err)
	}
	if len(run.Status) != 900 || run.Status[423].Code != 523 || run.Status[423].Latency.Count() != 6 {
		t.Errorf("%d codes", len(run.Status))
	}
	runtime.KeepAlive(r)
}
