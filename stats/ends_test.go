package stats

import (
	"math/rand/v2"
	"testing"
	"time"
)

// wantEnds holds what Ends tells against a count of the observations one by one.
func wantEnds(t *testing.T, what string, got []OutcomeCount, lives []*Observation) {
	t.Helper()
	want, sum := map[OutcomeCount]int64{}, int64(0)
	for _, o := range lives {
		want[OutcomeCount{Outcome: o.Outcome, Status: o.Status}]++
	}
	for _, e := range got {
		key := OutcomeCount{Outcome: e.Outcome, Status: e.Status}
		if e.Count != want[key] {
			t.Errorf("%s: %d ended as %v %d, want %d", what, e.Count, e.Outcome, e.Status, want[key])
		}
		delete(want, key)
		sum += e.Count
	}
	if len(want) > 0 || sum != int64(len(lives)) {
		t.Errorf("%s: %d of %d are told, without %v", what, sum, len(lives), want)
	}
}

// Each request is told by outcome and status, for the run and for each of its templates, over shards and windows.
func TestEnds(t *testing.T) {
	rnd, r, run := rand.New(rand.NewPCG(7, 7)), NewRecorder(RecorderConfig{Shards: 2, Open: true, Templates: 3}), Tally{}
	var all []*Observation
	of := map[int][]*Observation{}
	for i := range 3 {
		for range 300 {
			o := ofTemplate(rnd.IntN(3), okAt(time.Duration(i)*time.Second))
			o.Outcome = []Outcome{OK, BadStatus, CheckFailed, Timeout}[rnd.IntN(4)]
			o.Stage = []Stage{InWait, InUpload}[rnd.IntN(2)]
			o.Status = []int{200, 204, 500}[rnd.IntN(3)]
			if o.Outcome == Timeout {
				o.Status = 0
			}
			r.Shard(rnd.IntN(2)).Record(o)
			all, of[o.Template] = append(all, o), append(of[o.Template], o)
		}
		w := r.Rotate(time.Duration(i+1)*time.Second, 0)
		run.Merge(w.Tally)
	}
	wantEnds(t, "the run", run.Ends(), all)
	for i := range run.Templates {
		wantEnds(t, "a template", run.Templates[i].Ends(), of[i])
	}
}

// A server of a hundred failing codes is not told apart to the end, and still every request is told, and those that
// were OK as OK.
func TestEndsOfMoreThanAreToldApart(t *testing.T) {
	r := NewRecorder(RecorderConfig{Open: true, Templates: 2})
	for code := 400; code < 500; code++ {
		o := okAt(time.Second)
		o.Outcome, o.Status = BadStatus, code
		r.Shard(0).Record(o)
		r.Shard(0).Record(okAt(time.Second))
	}
	w := r.Rotate(time.Second, 0)
	for what, ends := range map[string][]OutcomeCount{"run": w.Tally.Ends(), "template": w.Tally.Templates[0].Ends()} {
		var ok, rest int64
		for _, e := range ends {
			if e.Outcome == OK {
				ok += e.Count
			} else {
				rest += e.Count
			}
		}
		if ok != 100 || rest != 100 || len(ends) > maxClasses+1 {
			t.Errorf("%s: %d OK and %d not, in %d classes", what, ok, rest, len(ends))
		}
	}
}

// Buckets are the same packed or not, ascending, and all that was counted is in them.
func TestBuckets(t *testing.T) {
	values := append(draw(4, 3000), 0, 1, 2*time.Hour)
	packed := new(Histogram)
	packed.pack()
	for _, d := range values {
		packed.Record(d)
	}
	plain, sum, last := histogramOf(values...), int64(0), time.Duration(-1)
	counted := map[time.Duration]int64{}
	for least, n := range plain.Buckets {
		if least <= last {
			t.Fatalf("%v stands behind %v", least, last)
		}
		counted[least], last, sum = n, least, sum+n
	}
	for least, n := range packed.Buckets {
		if counted[least] != n {
			t.Errorf("%v: %d packed, %d plain", least, n, counted[least])
		}
	}
	if sum != int64(len(values)) || counted[0] == 0 || last < 3590*time.Second {
		t.Errorf("%d of %d are in buckets, the last of which is %v", sum, len(values), last)
	}
	for range (&Histogram{}).Buckets {
		t.Error("an empty histogram has a bucket")
	}
}
