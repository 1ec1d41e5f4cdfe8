package stats

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

// What came of Expect: 100-continue adds up over shards and windows, survives a stream, and leaves the warm-up out.
func TestExpectContinueAddsUp(t *testing.T) {
	r := openRecorder(2)
	run := NewRun(Run{Plan: Plan{Model: "open"}})
	for i, o := range []Observation{
		{Continue: Continued, Awaited: 2 * ms}, {Continue: Continued, Awaited: 7 * ms}, {Continue: Spared, BodySaved: 100},
		{Continue: Ignored}, {}, {Continue: Spared, BodySaved: 11}, {Continue: Continued}, {Continue: Ignored, Intended: ms},
	} {
		whole := okAt(max(o.Intended, 0) + 2*time.Second)
		if o.Intended != 0 {
			whole = okAt(o.Intended)
		}
		whole.Continue, whole.Awaited, whole.BodySaved = o.Continue, o.Awaited, o.BodySaved
		r.Shard(i).Record(whole)
		if i%3 == 2 || i == 7 {
			w := r.Rotate(time.Duration(i)*time.Second, 0)
			run.Add(&w)
		}
	}
	if err := run.Finish(Ending{Planned: 7, Due: 7, Span: 10 * time.Second, Stopped: 11 * time.Second}); err != nil {
		t.Fatal(err)
	}
	want := ExpectContinue{Waited: Waited{Count: 3, Mean: 3 * ms, Max: 7 * ms}, Saved: 2, SavedBytes: 111, Ignored: 1}
	if run.ExpectContinue != want {
		t.Errorf("%+v, want %+v", run.ExpectContinue, want)
	}
	var b bytes.Buffer
	if err := Encode(&b, run); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(b.String(), `"expect_continue": {
    "waited": {
      "count": 3,
      "mean_ns": 3000000,
      "max_ns": 7000000
    },
    "saved": 2,
    "saved_bytes": 111,
    "ignored": 1
  }`) {
		t.Errorf("the saved run has no such block: %s", b.String()[:500])
	}
	again, err := Decode(&b)
	if err != nil || again.ExpectContinue != want {
		t.Errorf("read back: %+v (%v)", again.ExpectContinue, err)
	}
}
