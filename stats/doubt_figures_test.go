package stats

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

// A saved run in which somebody edited more than a count contradicts itself too.
func TestFiguresThatCannotBe(t *testing.T) {
	t.Parallel()
	for seed := range uint64(6) {
		s := generate(t, seed)
		for part, fields := range map[string]map[string]any{
			"totals": {"elapsed_ns": -1}, "totals ": {"body_bytes_sent": -7}, "totals  ": {"achieved_per_second": -1},
		} {
			r := mustDecode(t, edited(t, s.document, strings.TrimSpace(part), fields))
			if r.Verdict.Status != Inconsistent || !strings.Contains(r.Verdict.Reason, ": -") || r.Passed() {
				t.Errorf("%v: %+v", fields, r.Verdict)
			}
		}
		r := mustDecode(t, s.document)
		extra := r.Status[0]
		extra.Code = 299
		r.Status = append(r.Status, extra)
		wantDoubt(t, r, "answers with a status: ")
		if len(r.Windows) == 0 {
			continue
		}
		r = mustDecode(t, s.document)
		r.Windows[0].Failed = -5
		wantDoubt(t, r, "failed of the window at 0 s: -5")
		r = mustDecode(t, s.document)
		r.Windows[len(r.Windows)-1].OK += 1e15
		wantDoubt(t, r, "ok: ")
	}
}

func wantDoubt(t *testing.T, r *Run, reason string) {
	t.Helper()
	var b bytes.Buffer
	if err := Encode(&b, r); err != nil {
		t.Fatal(err)
	}
	if v := mustDecode(t, b.Bytes()).Verdict; v.Status != Inconsistent || !strings.HasPrefix(v.Reason, reason) {
		t.Errorf("%+v, want %q", v, reason)
	}
}

// Least and greatest are kept beside the counts, and must be where the counts say; percentiles come of the counts.
func TestEdgesThatTheCountsDeny(t *testing.T) {
	t.Parallel()
	var h Histogram
	h.Record(3 * ms)
	h.Record(7 * ms)
	saved, err := json.Marshal(h)
	if err != nil {
		t.Fatal(err)
	}
	for field, found := range map[string]bool{"min_ns": true, "max_ns": true, "sum_ns": true, "p50_ns": false} {
		var fields map[string]any
		if err := json.Unmarshal(saved, &fields); err != nil {
			t.Fatal(err)
		}
		fields[field] = 1
		b, _ := json.Marshal(fields)
		var again Histogram
		if err := json.Unmarshal(b, &again); (err != nil) != found {
			t.Errorf("%s: %v", field, err)
		} else if err == nil && again.Quantile(.5) != h.Quantile(.5) {
			t.Errorf("%s: p50 is %v", field, again.Quantile(.5))
		}
	}
}

// A schema alone is no run.
func TestSchemaWithoutAPlan(t *testing.T) {
	if _, err := DecodeAll(strings.NewReader(`{"schema":"shotput/run/2"}`)); err == nil {
		t.Error("it is read as a run")
	}
}
