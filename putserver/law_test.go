package putserver

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"
)

const ms = time.Millisecond

// taken gives how long n requests that begin every gap take under a law, sorted.
func taken(law Law, n int, gap time.Duration) []time.Duration {
	d := make([]time.Duration, n)
	for k := range d {
		start := time.Duration(k) * gap
		d[k] = law(int64(k), start) - start
	}
	slices.Sort(d)
	return d
}

func wantQuantile(t *testing.T, d []time.Duration, p float64, want, within time.Duration) {
	t.Helper()
	if got := quantile(d, p); (got - want).Abs() > within {
		t.Errorf("the %v-quantile is %v, want %v within %v", p, got, want, within)
	}
}

func TestConstant(t *testing.T) {
	d := taken(Constant(20*ms), 5000, 2*ms)
	if d[0] != 20*ms || d[4999] != 20*ms {
		t.Errorf("least %v, greatest %v, want both 20ms", d[0], d[4999])
	}
}

func TestBimodal(t *testing.T) {
	d := taken(Bimodal(5*ms, 80*ms, 20), 10_000, ms)
	for _, p := range []float64{.5, .9, .94} {
		wantQuantile(t, d, p, 5*ms, 0)
	}
	for _, p := range []float64{.96, .99, .999} {
		wantQuantile(t, d, p, 80*ms, 0)
	}
	if long := slices.Index(d, 80*ms); long != 9500 {
		t.Errorf("%d of 10000 are short, want 9500", long)
	}
	if mean := heldOf(d).Mean; mean != 8750*time.Microsecond {
		t.Errorf("mean %v, want 8.75ms", mean)
	}
	law := Bimodal(1, 2, 3)
	if got := [4]time.Duration{law(0, 0), law(1, 0), law(2, 0), law(5, 0)}; got != [4]time.Duration{1, 1, 2, 2} {
		t.Errorf("requests 0, 1, 2 and 5 take %v, want the third and the sixth to be long", got)
	}
}

func TestLogNormalIsStratified(t *testing.T) {
	law := LogNormal(10*ms, 0.5)
	quantiles := map[float64]float64{.5: 10.000, .9: 18.980, .95: 22.760, .99: 32.001, .999: 46.885} // ms
	for _, run := range []struct {
		n    int
		rank float64 // by how much a rank may be off
	}{{strata, 1.0 / strata}, {3 * strata, 1.0 / strata}, {5000, 3.0 / 5000}, {1234, 3.0 / 1234}} {
		d := taken(law, run.n, ms)
		for p, want := range quantiles {
			w := time.Duration(want * 1e6)
			lower := quantile(d, max(p-run.rank, 0)) - time.Microsecond // the table's figures have three decimals
			upper := quantile(d, min(p+run.rank, 1)) + time.Microsecond
			if w < lower || w > upper {
				t.Errorf("%d requests: the %v-quantile is within %v and %v, want %v", run.n, p, lower, upper, w)
			}
		}
	}
	d := taken(law, strata, ms)
	if compact := slices.Compact(d); len(compact) != strata {
		t.Errorf("%d different times in %d requests, want each slice once", len(compact), strata)
	}
}

func TestFreeze(t *testing.T) {
	d := taken(Freeze(5*ms, time.Second, 10*time.Second), 10_000, ms)
	// q_p = service + frozen − (1−p)·period; one arrival's gap is what a rank may shift.
	for _, q := range []struct {
		p    float64
		want time.Duration
	}{{.5, 5 * ms}, {.89, 5 * ms}, {.92, 205 * ms}, {.95, 505 * ms}, {.99, 905 * ms}, {.999, 995 * ms}, {1, 1005 * ms}} {
		wantQuantile(t, d, q.p, q.want, ms)
	}
}

func TestFreezeLetsNothingOut(t *testing.T) {
	law := Freeze(5*ms, time.Second, 10*time.Second) // frozen from 4.5 s to 5.5 s of every 10 s
	for _, c := range []struct{ start, done time.Duration }{
		{4494 * ms, 4499 * ms},
		{4495 * ms, 5500 * ms}, // would be done as the freeze begins
		{4499 * ms, 5500 * ms},
		{5000 * ms, 5500 * ms},
		{5495 * ms, 5500 * ms},
		{5496 * ms, 5501 * ms},
		{15000 * ms, 15500 * ms},
	} {
		if got := law(0, c.start); got != c.done {
			t.Errorf("begun at %v, done at %v, want %v", c.start, got, c.done)
		}
	}
}

func TestParseLaw(t *testing.T) {
	for text, want := range map[string]Law{
		"constant:20ms":           Constant(20 * ms),
		"bimodal:5ms,80ms,20":     Bimodal(5*ms, 80*ms, 20),
		"lognormal: 10ms , 0.5":   LogNormal(10*ms, .5),
		"freeze:5ms,1s,10s":       Freeze(5*ms, time.Second, 10*time.Second),
		"freeze:5ms,100ms,1000ms": Freeze(5*ms, 100*ms, time.Second),
	} {
		got, err := ParseLaw(text)
		if err != nil {
			t.Errorf("parse %q: %v", text, err)
			continue
		}
		if !slices.Equal(taken(got, 2000, ms), taken(want, 2000, ms)) {
			t.Errorf("%q is another law", text)
		}
	}
	if law, err := ParseLaw(""); law != nil || err != nil {
		t.Errorf(`"" is a law or an error (%v), want none`, err)
	}
}

func TestParseLawNamesTextAndExample(t *testing.T) {
	for text, says := range map[string]string{
		"sometimes:5ms":         "constant:20ms",
		"20ms":                  "no law has that name",
		"constant:":             `"" is not a time`,
		"constant:20":           `"20" is not a time`,
		"constant:-1ms":         `"-1ms" is not a time`,
		"constant:2h":           "within 0s and 1h",
		"constant:1ms,2ms":      "too many fields",
		"bimodal:5ms,80ms":      "too few fields; try bimodal:5ms,80ms,20",
		"bimodal:5ms,80ms,0":    "whole number from 1",
		"bimodal:5ms,80ms,2.5":  "whole number from 1",
		"bimodal:5ms,80ms,NaN":  "whole number from 1",
		"lognormal:10ms,x":      `"x" is not a number; try lognormal:10ms,0.5`,
		"lognormal:10ms,4":      "within 0 and 3",
		"freeze:5ms,10s,1s":     "shorter than its period; try freeze:5ms,1s,10s",
		"freeze:5ms,1s,10s,10s": "too many fields",
	} {
		_, err := ParseLaw(text)
		if err == nil || !strings.Contains(err.Error(), says) || !strings.Contains(err.Error(), `"`+text+`"`) {
			t.Errorf("parse %q: error %v, want one that names it and says %q", text, err, says)
		}
	}
}

func FuzzParseLaw(f *testing.F) {
	for _, form := range lawForms {
		f.Add(form.example)
	}
	f.Add("bimodal:5ms,80ms,1e300")
	f.Add("lognormal:1h,3")
	f.Add("freeze:0,0,0")
	f.Fuzz(func(t *testing.T, text string) {
		law, err := ParseLaw(text)
		if err != nil || law == nil {
			return
		}
		for _, k := range []int64{0, 1, 19, 9_999, math.MaxInt64 / strata} {
			start := time.Duration(k) * ms % (100 * time.Hour)
			if done := law(k, start); done < start {
				t.Errorf("%q: request %d begins at %v and is done at %v", text, k, start, done)
			}
		}
	})
}
