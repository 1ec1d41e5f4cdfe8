package search

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"
)

// saveWithRuns is a search of some trials with their runs, and the document that it is saved as.
func saveWithRuns(t *testing.T) (Goal, []Trial, []byte) {
	t.Helper()
	p, g := place{servers: 8, service: 8 * ms}, Goal{Start: 100, Trial: time.Second, Thresholds: rules(t, "p99 < 50ms")}
	trials := []Trial{{Kind: Probe, Load: 950.5, Judgement: yes}}
	for range 2 {
		step := Next(g, trials)
		trials = append(trials, step.Trial(g, p.run(t, step, "p99 < 50ms"), time.Second))
	}
	var b bytes.Buffer
	if err := Encode(&b, g, trials, ""); err != nil {
		t.Fatal(err)
	}
	return g, trials, b.Bytes()
}

// What is read is what was written, to the last count of a histogram.
func TestSavedSearch(t *testing.T) {
	g, trials, document := saveWithRuns(t)
	s, err := Decode(bytes.NewReader(document))
	if err != nil {
		t.Fatal(err)
	}
	var again bytes.Buffer
	if err := Encode(&again, s.Goal, s.Trials, ""); err != nil || !bytes.Equal(again.Bytes(), document) {
		t.Errorf("saved again it is another (%v)", err)
	}
	if got, want := s.Trials[1].Run.Latency.Response, trials[1].Run.Latency.Response; got.Count() != want.Count() || got.Sum() != want.Sum() || got.Count() == 0 {
		t.Errorf("%d durations came back as %d", want.Count(), got.Count())
	}
	if s.Trials[0].Run != nil || s.Trials[1].Judgement != trials[1].Judgement || fmt.Sprint(s.Result) != fmt.Sprint(SoFar(g, trials)) {
		t.Errorf("%+v", s)
	}
	if bytes.Contains(document, []byte("null")) || bytes.Contains(document, []byte(`\u003c`)) {
		t.Errorf("%s", document)
	}
	if fmt.Sprint(s.Goal) != fmt.Sprint(g.WithDefaults()) {
		t.Errorf("%+v, want %+v", s.Goal, g.WithDefaults())
	}
}

func TestUnsoundSavedSearchesAreRefused(t *testing.T) {
	_, _, document := saveWithRuns(t)
	for _, c := range []struct {
		spoil func(whole, goal, trial, result map[string]any)
		want  string
	}{
		{func(w, g, r, c map[string]any) {}, ""},
		{func(w, g, r, c map[string]any) { w["news"] = 1 }, ""}, // of a later version
		{func(w, g, r, c map[string]any) { delete(r, "run") }, ""},
		{func(w, g, r, c map[string]any) { w["schema"] = "shotput/run/2" }, `its schema is "shotput/run/2"`},
		{func(w, g, r, c map[string]any) { w["kind"] = "curve" }, `its kind is "curve"`},
		{func(w, g, r, c map[string]any) { g["precision"] = 9 }, "its goal has a fault: precision"},
		{func(w, g, r, c map[string]any) { g["by"] = "luck" }, "its goal has a fault: by"},
		{func(w, g, r, c map[string]any) { r["kind"] = "long" }, `trial 2: its kind is "long"`},
		{func(w, g, r, c map[string]any) { r["result"] = "" }, `trial 2: its result is ""`},
		{func(w, g, r, c map[string]any) { r["load"] = 0 }, "trial 2: its load is 0"},
		{func(w, g, r, c map[string]any) { r["load"] = 2e6 }, "trial 2: its load is 2e+06, which the goal does not allow"},
		{func(w, g, r, c map[string]any) { r["concurrency"] = -1 }, "trial 2: it has a number below 0"},
		{func(w, g, r, c map[string]any) { r["load"] = "many" }, "another kind than a saved search: string at trials."},
		{func(w, g, r, c map[string]any) { r["run"].(map[string]any)["schema"] = "shotput/run/9" }, `trial 2: read run: its schema`},
		{func(w, g, r, c map[string]any) { c["irregular"] = "tired" }, `irregular by "tired"`},
		{func(w, g, r, c map[string]any) { c["irregular"] = "" }, "its result has the bounds"},
		{func(w, g, r, c map[string]any) { c["hi"] = -1 }, "its result has the bounds"},
	} {
		var whole map[string]any
		if err := json.Unmarshal(document, &whole); err != nil {
			t.Fatal(err)
		}
		c.spoil(whole, whole["goal"].(map[string]any), whole["trials"].([]any)[1].(map[string]any), whole["result"].(map[string]any))
		text, err := json.Marshal(whole)
		if err != nil {
			t.Fatal(err)
		}
		_, err = Decode(bytes.NewReader(text))
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v, want %q", err, c.want)
		}
	}
	for _, text := range []string{"", "{", "[]", `{"schema":"shotput/trials/1","kind":"capacity"}{}`, string(document[:len(document)/2])} {
		if _, err := Decode(strings.NewReader(text)); err == nil || !strings.HasPrefix(err.Error(), "read search: ") {
			t.Errorf("%.20s: %v", text, err)
		}
	}
}

// answers are what fuzzing draws results, kinds and loads from.
var answers = []Result{Pass, Fail, NotJudged, ClientLimited, PoolLimited, CutShort, "", "fine"}

// Whatever trials there are, and whatever comes of those that are asked for, nothing panics, every load is one that the
// goal allows, and the search ends.
func FuzzNext(f *testing.F) {
	f.Add([]byte{0, 1, 2, 3}, []byte{0, 1}, uint8(0), 100.0)
	f.Add([]byte{7, 7, 9, 4, 4, 4}, []byte{4}, uint8(1), math.NaN())
	f.Add([]byte{}, []byte{2, 3, 0, 1, 1}, uint8(2), 1e308)
	f.Add([]byte{255, 13, 26, 39}, []byte{1}, uint8(5), 5e-324)
	f.Add([]byte{1, 9, 17}, []byte{0}, uint8(4), 1.5)
	f.Fuzz(func(t *testing.T, made, later []byte, how uint8, load float64) {
		g := Goal{By: []By{Rate, ByteRate, Concurrency}[how%3], Precision: .001 + float64(how)/500}
		if how%2 == 0 {
			g.Start = 64
		}
		if g.By != Rate && how > 100 {
			g.Min, g.Max, g.Start = 3, 5, 0
		}
		if len(g.Check()) > 0 {
			return
		}
		var trials []Trial
		for i, b := range made {
			trials = append(trials, Trial{Kind: []Kind{Probe, Measure, Confirm, "other"}[b>>6], Load: load * float64(1+i%5), Concurrency: int(b) - 9,
				Took: time.Duration(load), Judgement: Judgement{Result: answers[b&7], Needed: int(int8(b)) << (b % 50)}})
		}
		wantEnd(t, g, trials, later)
	})
}

func wantEnd(t *testing.T, g Goal, trials []Trial, later []byte) {
	t.Helper()
	g = g.WithDefaults()
	for i := range 100 {
		SoFar(g, trials)
		s := Next(g, trials)
		if s.End != nil {
			if err := s.End.check(); err != nil || s.End.Found() && s.End.PlanWith > s.End.Lo {
				t.Fatalf("%+v: %v", s.End, err)
			}
			return
		}
		sound := s.Kind == Probe || g.allows(s.Load) && (g.By == Concurrency || s.Concurrency <= g.MostConcurrency)
		if !sound || s.Concurrency < 1 {
			t.Fatalf("%+v of %+v", s, g)
		}
		trial := Trial{Kind: s.Kind, Load: s.Load, Concurrency: s.Concurrency, Judgement: no}
		if len(later) > 0 {
			if trial.Result = answers[later[i%len(later)]&7]; trial.Result == CutShort { // which would never end
				trial.Result = Fail
			}
		}
		trials = append(trials, trial)
	}
	t.Fatalf("it does not end: %+v, %v", g, tell(trials))
}
