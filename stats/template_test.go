package stats

import (
	"bytes"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"
)

// mixOf is what a saved plan says of so many requests.
func mixOf(n int) []Request {
	var mix []Request
	for i := range n {
		mix = append(mix, Request{Name: string(rune('a' + i)), Weight: float64(i + 1), Method: "PUT", URL: "http://host/" + string(rune('a'+i)) + "/{{seq}}"})
	}
	return mix
}

// ofTemplate is o as a request of the i-th template.
func ofTemplate(i int, o *Observation) *Observation {
	o.Template = i
	return o
}

// wantTemplatesAddUp holds that the templates' sums are the run's totals, histogram by histogram, code by code.
func wantTemplatesAddUp(t *testing.T, r *Run) {
	t.Helper()
	if len(r.Templates) != len(r.Plan.Mix) {
		t.Fatalf("%d templates of %d requests", len(r.Templates), len(r.Plan.Mix))
	}
	var sum TemplateTally
	var rate float64
	for i := range r.Templates {
		sum.merge(&r.Templates[i].TemplateTally)
		rate += r.Templates[i].AchievedPerSecond
	}
	want := Counts{r.Totals.OK, r.Totals.Failed, r.Totals.TimedOut, r.Totals.Aborted, r.Totals.BodyBytesSent}
	if sum.Totals != want {
		t.Errorf("the templates hold %+v, the run %+v", sum.Totals, want)
	}
	wantAbout(t, "the templates' rate", rate, r.Totals.AchievedPerSecond, 1e-9)
	wantSame(t, "response", sum.Latency.Response, r.Latency.Response)
	wantSame(t, "service", sum.Latency.Service, r.Latency.Service)
	codes := map[int]int64{}
	for _, s := range sum.Status {
		codes[s.Code] += s.Count
	}
	for _, s := range r.Status {
		if codes[s.Code] != s.Latency.Count() {
			t.Errorf("the templates hold %d × %d, the run %d", codes[s.Code], s.Code, s.Latency.Count())
		}
	}
	if len(codes) != len(r.Status) {
		t.Errorf("the templates hold %d codes, the run %d", len(codes), len(r.Status))
	}
}

func TestTemplatesAddUpToTheRun(t *testing.T) {
	for seed := range uint64(6) {
		s := generateMixed(t, seed, 3)
		wantTemplatesAddUp(t, s.run)
		for _, encoded := range [][]byte{s.document, s.stream} {
			r := mustDecode(t, encoded)
			wantTemplatesAddUp(t, r)
			wantSaved(t, "decoded", r, s)
		}
	}
}

// A stream that breaks off leaves requests in flight, and nobody knows whose they were; all others are told apart.
func TestTemplatesOfAStreamThatEndsEarly(t *testing.T) {
	s := generateMixed(t, 4, 3)
	cut := s.stream[:len(s.stream)-10]
	r := mustDecode(t, cut)
	last := r.Windows[len(r.Windows)-1]
	r.Totals.Aborted -= last.InFlight
	r.Totals.Sent -= last.InFlight
	done := r.Totals.Sent - r.Totals.Aborted
	for i := range r.Templates {
		r.Templates[i].AchievedPerSecond = r.Totals.AchievedPerSecond * float64(r.Templates[i].Totals.Done()-r.Templates[i].Totals.Aborted) / float64(done)
	}
	wantTemplatesAddUp(t, r)
}

func TestEachTemplateHasItsOwnRow(t *testing.T) {
	r := NewRecorder(RecorderConfig{Open: true, Warmup: time.Second, Templates: 2})
	fast, slow := okAt(2*time.Second), okAt(2*time.Second)
	slow.Done += 90 * ms
	slow.Status, slow.Outcome = 409, BadStatus
	r.Shard(0).Record(ofTemplate(0, okAt(500*ms))) // of the warm-up
	r.Shard(0).Record(ofTemplate(0, fast))
	r.Shard(0).Record(ofTemplate(0, fast))
	r.Shard(0).Record(ofTemplate(1, slow))
	run := NewRun(Run{Plan: Plan{Model: "open", Mix: mixOf(2), Warmup: time.Second}})
	w := r.Rotate(3*time.Second, 0)
	run.Add(&w)
	if err := run.Finish(Ending{Planned: 3, Due: 3, Stopped: 3 * time.Second, Span: 2 * time.Second, LastDone: 3 * time.Second}); err != nil {
		t.Fatal(err)
	}
	a, b := run.Templates[0], run.Templates[1]
	wantLatency(t, "response of a", &a.Latency.Response, 2, 10*ms)
	wantLatency(t, "service of a", &a.Latency.Service, 2, 7*ms)
	wantLatency(t, "response of b", &b.Latency.Response, 0, 0)
	if a.Totals != (Counts{OK: 2, BodySent: 256}) || b.Totals != (Counts{Failed: 1, BodySent: 128}) || b.Totals.Errors() != 1 {
		t.Errorf("counts %+v and %+v", a.Totals, b.Totals)
	}
	if !slices.Equal(a.Status, []StatusCount{{204, "No Content", 2}}) || !slices.Equal(b.Status, []StatusCount{{409, "Conflict", 1}}) {
		t.Errorf("status %+v and %+v", a.Status, b.Status)
	}
	if a.Name != "a" || b.URL != "http://host/b/{{seq}}" || b.Weight != 2 || a.Method != "PUT" {
		t.Errorf("%+v, %+v", a, b)
	}
}

func TestSavedTemplateHasTheManualsKeys(t *testing.T) {
	s := generateMixed(t, 1, 2)
	var want, got any
	const example = `{"plan":{"mix":[{"name":1,"weight":1,"method":1,"url":1,"body_bytes":1}]},
 "templates":[{"name":1,"method":1,"url":1,"weight":1,"achieved_per_second":1,"totals":{"ok":1,"failed":1,"timed_out":1,"aborted":1,"body_bytes_sent":1},
               "latency":{"response":{"count":1,"p50_ns":1,"hdr":1},"service":{"count":1,"p50_ns":1,"hdr":1}},"status":[{"code":1,"reason":1,"count":1}]}]}`
	if err := errors.Join(json.Unmarshal([]byte(example), &want), json.Unmarshal(s.document, &got)); err != nil {
		t.Fatal(err)
	}
	wantKeys(t, "run", want, got)
	if bytes.Contains(generate(t, 1).document, []byte(`"templates"`)) {
		t.Error("a run of one request has templates")
	}
}

func TestRunOfOneRequestHasNoTemplates(t *testing.T) {
	for _, n := range []int{0, 1} {
		r := NewRecorder(RecorderConfig{Templates: n})
		r.Shard(0).Record(okAt(0))
		run := NewRun(Run{Plan: Plan{Mix: mixOf(n)}})
		w := r.Rotate(time.Second, 0)
		run.Add(&w)
		if err := run.Finish(Ending{Planned: 1}); err != nil || run.Templates != nil || w.Tally.Templates != nil {
			t.Errorf("%d requests: templates %+v, %v", n, run.Templates, err)
		}
	}
}

// A run that ended before its first window still names each of its requests.
func TestTemplatesOfARunWithoutWindows(t *testing.T) {
	run := NewRun(Run{Plan: Plan{Mix: mixOf(3)}})
	if err := run.Finish(Ending{}); err != nil {
		t.Fatal(err)
	}
	wantTemplatesAddUp(t, run)
}

func TestRecordOfATemplateDoesNotAllocate(t *testing.T) {
	r := NewRecorder(RecorderConfig{Shards: 1, Open: true, Templates: 3})
	var lives []*Observation
	for i, d := range draw(3, 200) {
		o := ofTemplate(i%3, okAt(2*time.Second))
		o.Done += d
		lives = append(lives, o)
	}
	s := r.Shard(0)
	window := func() {
		for _, o := range lives {
			s.Record(o)
		}
		s.swap()
		s.spare.reset()
	}
	window()
	window() // each share sees all this for the first time
	if n := testing.AllocsPerRun(50, window); n != 0 {
		t.Errorf("%d records allocate %v times", len(lives), n)
	}
}

// Packed or not is a matter of memory: no answer differs, nor does what is saved.
func TestPackedHistogramIsTheSame(t *testing.T) {
	forms := func(values []time.Duration) (plain, packed *Histogram) {
		packed = new(Histogram)
		packed.pack()
		for _, d := range values {
			packed.Record(d)
		}
		return histogramOf(values...), packed
	}
	a, b := append(draw(4, 3000), -1, 2*time.Hour), draw(5, 500)
	plain, packed := forms(a)
	wantSame(t, "recorded", packed, plain)
	want := histogramOf(slices.Concat(a, b)...)
	for name, pick := range map[string][2]bool{"plain and plain": {}, "plain and packed": {false, true}, "packed and plain": {true, false}, "both packed": {true, true}} {
		plainA, packedA := forms(a)
		plainB, packedB := forms(b)
		sum, other := plainA, plainB
		if pick[0] {
			sum = packedA
		}
		if pick[1] {
			other = packedB
		}
		sum.Merge(other)
		wantSame(t, name, sum, want)
		empty := &Histogram{}
		empty.Merge(sum)
		wantSame(t, name+" into an empty one", empty, want)
		sum.Reset()
		if !reflect.DeepEqual(*sum, Histogram{counts: sum.counts, packed: sum.packed}) || sum.Count() != 0 || sum.Quantile(.5) != 0 {
			t.Errorf("%s: Reset leaves %+v", name, sum)
		}
	}
	for q := 0.0; q <= 1; q += 1.0 / 512 {
		if packed.Quantile(q) != plain.Quantile(q) {
			t.Errorf("quantile %v is %v packed, and %v", q, packed.Quantile(q), plain.Quantile(q))
		}
	}
}

func BenchmarkRecordOfATemplate(b *testing.B) {
	r, rnd := NewRecorder(RecorderConfig{Shards: 1, Open: true, Templates: 3}), rand.New(rand.NewPCG(1, 1))
	var lives []*Observation
	for i := range 4096 {
		o := ofTemplate(i%3, okAt(2*time.Second))
		o.Done += time.Duration(rnd.ExpFloat64() * float64(2*ms))
		lives = append(lives, o)
	}
	s, i := r.Shard(0), 0
	b.ReportAllocs()
	for b.Loop() {
		s.Record(lives[i&4095])
		i++
	}
}
