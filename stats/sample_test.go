package stats

import (
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"
)

// Every measured request is in exactly one window's samples, or counted as lost; the warm-up's are in none.
func TestSamplesLoseNothingUncounted(t *testing.T) {
	const shards, each, room = 3, 4000, 500
	r := NewRecorder(RecorderConfig{Shards: shards, Open: true, Warmup: time.Second, Samples: room})
	var recording sync.WaitGroup
	for i := range shards {
		recording.Go(func() {
			for k := range each {
				o := okAt(2 * time.Second)
				if k%4 == 0 {
					o = okAt(0) // of the warm-up
				}
				o.Number = int64(i*each + k)
				r.Shard(i).Record(o)
			}
		})
	}
	done := make(chan struct{})
	go func() { recording.Wait(); close(done) }()
	seen, lost := map[int64]bool{}, int64(0)
	for second, last := time.Duration(2), false; !last; second++ {
		select {
		case <-done:
			last = true
		default:
		}
		w := r.Rotate(second*time.Second, 0)
		lost += w.Samples.Lost
		for _, s := range slices.Concat(w.Samples.Parts...) {
			if seen[s.Number] || s.Number%4 == 0 {
				t.Fatalf("request %d is there twice, or is the warm-up's", s.Number)
			}
			seen[s.Number] = true
		}
	}
	if int64(len(seen))+lost != shards*each*3/4 {
		t.Errorf("%d samples and %d lost of %d measured requests", len(seen), lost, shards*each*3/4)
	}
}

func TestSamplesSayWhatWasObserved(t *testing.T) {
	r := NewRecorder(RecorderConfig{Open: true, Samples: 2})
	o := failedAt(2*time.Second, Timeout, InWait)
	o.Number, o.Template, o.Status, o.BodySent, o.Uploaded, o.FirstByte = 7, 3, 503, 1234, o.Sent+ms, o.Sent+2*ms
	for range 3 {
		r.Shard(0).Record(o)
	}
	got := r.Rotate(3*time.Second, 0).Samples
	want := Sample{7, o.Intended, o.Claimed, o.Sent, o.Uploaded, o.FirstByte, o.Done, 1234, 3, 503, Timeout, InWait}
	if len(got.Parts) != 1 || !slices.Equal(got.Parts[0], []Sample{want, want}) || got.Lost != 1 {
		t.Errorf("three requests in room for two are %+v; want two of %+v and one lost", got, want)
	}
	for second := range time.Duration(3) { // two shares take turns
		if next := r.Rotate((4+second)*time.Second, 0).Samples; next.Lost != 0 || next.Parts != nil {
			t.Errorf("a window without requests has the samples %+v", next)
		}
	}
}

func TestSamplesCostNothingWhenOff(t *testing.T) {
	r := openRecorder(2)
	r.Shard(1).Record(okAt(2 * time.Second))
	if w := r.Rotate(3*time.Second, 0); w.Samples.Parts != nil || w.Samples.Lost != 0 {
		t.Errorf("nobody asked, and there are %+v", w.Samples)
	}
}

func TestSamplesDoNotAllocate(t *testing.T) {
	r := NewRecorder(RecorderConfig{Open: true, Samples: 100})
	o := okAt(2 * time.Second)
	if n := testing.AllocsPerRun(1000, func() { r.Shard(0).Record(o) }); n != 0 {
		t.Errorf("Record allocates %v times", n)
	}
}

// What the windows' distributions add up to is the run's, in a run as it ended and as it was saved.
func TestHeadlinesOfWindowsAddUp(t *testing.T) {
	for seed := range uint64(3) {
		s := generate(t, seed)
		for what, r := range map[string]*Run{"run": s.run, "document": mustDecode(t, s.document), "stream": mustDecode(t, s.stream)} {
			var sum Histogram
			for i := range r.Windows {
				sum.Merge(&r.Windows[i].Headline)
			}
			wantSame(t, what, sum, r.Latency.Headline(r.Plan.Open()))
		}
	}
}

// A saved run of an hour has 3 600 windows: none may take the memory of a whole histogram.
func TestHeadlinesArePacked(t *testing.T) {
	s := generate(t, 1)
	for _, r := range []*Run{s.run, mustDecode(t, s.document), mustDecode(t, s.stream)} {
		for i := range r.Windows {
			if r.Windows[i].Headline.counts != nil {
				t.Fatalf("window %d holds all buckets", i)
			}
		}
	}
	rnd := rand.New(rand.NewPCG(1, 2))
	var h Histogram
	for range 2000 {
		h.Record(time.Duration(rnd.ExpFloat64() * float64(20*ms)))
	}
	if n := h.packedCopy().packed.GetMemorySize(); n > 16<<10 {
		t.Errorf("2000 latencies take %d bytes", n)
	}
}

// The slowest of all shards and windows are kept, in order, whoever saw them; to look costs no memory.
func TestSlowest(t *testing.T) {
	r := NewRecorder(RecorderConfig{Shards: 2, Open: true, Slowest: true})
	run := NewRun(Run{Plan: Plan{Model: "open"}})
	for k := range int64(60) {
		o := okAt(time.Second)
		o.Number, o.Done = k, o.Done+time.Duration(k*7%60)*ms
		if k%3 == 0 {
			o.Outcome, o.Status = Timeout, 0
		}
		r.Shard(int(k)).Record(o)
		if k%20 == 19 {
			w := r.Rotate(time.Duration(k)*time.Second, 0)
			run.Add(&w)
		}
	}
	if err := run.Finish(Ending{Planned: 60, Due: 60}); err != nil {
		t.Fatal(err)
	}
	var got []time.Duration
	for _, s := range run.Slowest {
		got = append(got, s.Latency-10*ms)
	}
	want := []time.Duration{59 * ms, 58 * ms, 57 * ms, 56 * ms, 55 * ms, 54 * ms, 53 * ms, 52 * ms, 51 * ms, 50 * ms}
	if !slices.Equal(got, want) {
		t.Errorf("the slowest took %v, want %v", got, want)
	}
	o := okAt(time.Second)
	slower := func() { o.Done += ms; r.Shard(0).Record(o) }
	if n := testing.AllocsPerRun(100, slower); n != 0 {
		t.Errorf("Record of one that is slower allocates %v times", n)
	}
}
