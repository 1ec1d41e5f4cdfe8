package stats

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

// A group, its runs one after another, and streams one after another are the same rounds.
func TestGroupForms(t *testing.T) {
	a, b := generate(t, 1), generate(t, 2)
	var group, twice bytes.Buffer
	if err := EncodeGroup(&group, []*Run{a.run, b.run}); err != nil {
		t.Fatal(err)
	}
	if err := EncodeGroup(&twice, []*Run{a.run}); err != nil {
		t.Fatal(err)
	}
	if err := EncodeGroup(&twice, []*Run{b.run}); err != nil {
		t.Fatal(err)
	}
	for what, in := range map[string][]byte{
		"group": group.Bytes(), "documents": append(bytes.Clone(a.document), b.document...), "streams": append(bytes.Clone(a.stream), b.stream...),
		"mixed": append(bytes.Clone(a.stream), b.document...), "two groups": twice.Bytes(),
	} {
		rounds, err := DecodeAll(bytes.NewReader(in))
		if err != nil || len(rounds) != 2 {
			t.Errorf("%s: %d rounds, %v", what, len(rounds), err)
			continue
		}
		wantSaved(t, what, rounds[0], a)
		wantSaved(t, what, rounds[1], b)
	}
}

// Whoever was killed in a later round leaves the rounds before it whole.
func TestGroupBrokenOff(t *testing.T) {
	a, b := generate(t, 1), generate(t, 2)
	lines := bytes.SplitAfter(b.stream, []byte("\n"))
	for _, part := range [][]byte{lines[0], append(bytes.Clone(lines[0]), lines[1][:len(lines[1])/2]...)} {
		rounds, err := DecodeAll(bytes.NewReader(append(bytes.Clone(a.stream), part...)))
		if err != nil || len(rounds) != 2 {
			t.Fatalf("%d rounds, %v", len(rounds), err)
		}
		wantSaved(t, "the first", rounds[0], a)
		if rounds[1].Stop.String() == "" {
			t.Error("the second does not say that it was cut short")
		}
	}
}

func TestGroupRefuses(t *testing.T) {
	s := generate(t, 1)
	for in, says := range map[string]string{
		``:                             "it is empty",
		`{"schema":"shotput/group/1"}`: "without a run",
		`{"schema":"shotput/group/2"}`: `its schema is "shotput/group/2"`,
		`{"schema":"shotput/group/1","runs":[{"schema":"shotput/run/9"}]}`: `"shotput/run/9"`,
		string(s.document) + `{"schema"`:                                   "it ends in the middle",
		string(s.document) + `junk`:                                        "invalid character",
	} {
		if _, err := DecodeAll(strings.NewReader(in)); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%.40q: %v, want an error with %q", in, err, says)
		}
	}
}

// Medians are taken column by column; a round without a success has no latency, and its errors count.
func TestMedians(t *testing.T) {
	var all []*Run
	for _, d := range []time.Duration{3 * ms, 1 * ms, 2 * ms, 5 * ms} {
		r := &Run{Plan: Plan{Model: "closed"}, Totals: Totals{Sent: 10, OK: 10, AchievedPerSecond: float64(d / ms)}}
		r.Latency.Service.Record(d)
		all = append(all, r)
	}
	all = append(all, &Run{Plan: Plan{Model: "closed"}, Totals: Totals{Sent: 10, Failed: 10}, Verdict: Verdict{Status: Kept}})
	m := Medians(all)
	if m.P50.Round(10*time.Microsecond) != 2500*time.Microsecond || m.Max.Round(10*time.Microsecond) != 2500*time.Microsecond || m.PerSecond != 2 || m.ErrorRatio != 0 {
		t.Errorf("%+v", m)
	}
	if KeptRounds(all) != 1 || Medians(nil) != (Headline{}) {
		t.Error("one was kept, and of nothing the median is nothing")
	}
}
