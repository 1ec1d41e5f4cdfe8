package metrics

import (
	"bytes"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
)

// scrapedBy asks the handler as who accepts that media type, and reads the answer with Prometheus' own reader.
func scrapedBy(t *testing.T, m *Metrics, accept string) map[string]*dto.MetricFamily {
	t.Helper()
	s := httptest.NewServer(m.Handler())
	defer s.Close()
	request, _ := http.NewRequest("GET", s.URL, nil)
	request.Header.Set("Accept", accept)
	answer, err := s.Client().Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != 200 {
		b, _ := io.ReadAll(answer.Body)
		t.Fatalf("%s: %s", answer.Status, b)
	}
	return familiesIn(t, answer.Body, expfmt.ResponseFormat(answer.Header))
}

func familiesIn(t *testing.T, r io.Reader, format expfmt.Format) map[string]*dto.MetricFamily {
	t.Helper()
	all, d := map[string]*dto.MetricFamily{}, expfmt.NewDecoder(r, format)
	for {
		f := &dto.MetricFamily{}
		if err := d.Decode(f); err == io.EOF {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all[f.GetName()] = f
	}
}

const protobuf = "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited"

// A scrape in either format says what the saved run says.
func TestScrape(t *testing.T) {
	m := &Metrics{}
	w := watch(t, m, true)
	for _, accept := range []string{"text/plain", protobuf} {
		all := scrapedBy(t, m, accept)
		if len(all) != len(table) {
			t.Errorf("%s: %d families of %d", accept, len(all), len(table))
		}
		var sum, ok float64
		byStatus := map[string]float64{}
		for _, one := range all["shotput_requests_total"].Metric {
			n, of := one.GetCounter().GetValue(), labelsOf(one)
			sum += n
			byStatus[of["status"]] += n
			if of["outcome"] == "ok" {
				ok += n
			}
		}
		var exchanges, reauth float64
		for _, one := range all["shotput_exchanges_total"].Metric {
			n, of := one.GetCounter().GetValue(), labelsOf(one)
			if exchanges += n; of["outcome"] == "reauth" && of["status"] == "401" && of["step"] == "wait" {
				reauth += n
			}
		}
		if exchanges != 200 || reauth != 20 || byStatus["401"] != 0 {
			t.Errorf("%s: %v exchanges, %v of them reauth", accept, exchanges, reauth)
		}
		if n := all["shotput_completion_seconds"].Metric[0].GetHistogram().GetSampleCount(); float64(n) != ok {
			t.Errorf("%s: %d completions, want %v", accept, n, ok)
		}
		if sum != float64(w.run.Totals.Sent) || ok != float64(w.run.Totals.OK) || sum != 200 {
			t.Errorf("%s: %v requests, %v OK, want %d and %d", accept, sum, ok, w.run.Totals.Sent, w.run.Totals.OK)
		}
		for _, s := range w.run.Status {
			if n := byStatus[map[int]string{204: "204", 503: "503"}[s.Code]]; n != float64(s.Latency.Count()) {
				t.Errorf("%s: %v × %d, want %d", accept, n, s.Code, s.Latency.Count())
			}
		}
		unsent := all["shotput_unsent_requests"].Metric[0].GetGauge().GetValue()
		if planned := all["shotput_planned_requests"].Metric[0].GetGauge().GetValue(); planned != sum+unsent {
			t.Errorf("%s: %v planned, %v ended and %v unsent", accept, planned, sum, unsent)
		}
		wantClassic(t, all["shotput_response_seconds"], w.ok)
	}
}

func labelsOf(m *dto.Metric) map[string]string {
	all := map[string]string{}
	for _, pair := range m.Label {
		all[pair.GetName()] = pair.GetValue()
	}
	return all
}

// wantClassic holds the classic buckets of all templates together against the values themselves.
func wantClassic(t *testing.T, f *dto.MetricFamily, values []time.Duration) {
	t.Helper()
	var sum float64
	counts, want := map[float64]uint64{}, map[float64]uint64{}
	for _, one := range f.Metric {
		sum += one.GetHistogram().GetSampleSum()
		for _, b := range one.GetHistogram().Bucket {
			if !math.IsInf(b.GetUpperBound(), 1) {
				counts[b.GetUpperBound()] += b.GetCumulativeCount()
			}
		}
	}
	for _, v := range values {
		sum -= v.Seconds()
	}
	for bound, n := range counts {
		for _, v := range values {
			if v.Seconds() <= bound {
				want[bound]++
			}
		}
		if n != want[bound] {
			t.Errorf("%d took at most %v s, want %d", n, bound, want[bound])
		}
	}
	if math.Abs(sum) > 1e-6 || len(counts) != len(classicBounds) {
		t.Errorf("the sum is off by %v s, over %d buckets", sum, len(counts))
	}
}

// In protocol buffers the histogram is native too, and each value is in a bucket that holds it.
func TestScrapeOfNativeHistograms(t *testing.T) {
	m := &Metrics{}
	w := watch(t, m, true)
	counts := map[int]int64{}
	for _, one := range scrapedBy(t, m, protobuf)["shotput_response_seconds"].Metric {
		h := one.GetHistogram()
		if h.GetSchema() != spreadSchema || h.GetCreatedTimestamp().GetSeconds() != 1700000000 {
			t.Errorf("schema %d, since %v", h.GetSchema(), h.GetCreatedTimestamp())
		}
		index, n, delta := 0, int64(0), h.PositiveDelta
		for _, span := range h.PositiveSpan {
			index += int(span.GetOffset())
			for range span.GetLength() {
				n += delta[0]
				counts[index] += n
				delta, index = delta[1:], index+1
			}
		}
	}
	for _, v := range w.ok {
		counts[exponentialIndex(v.Seconds())]--
	}
	off := int64(0)
	for i, n := range counts {
		if off += max(n, -n); n != 0 && counts[i-1] != -n && counts[i+1] != -n {
			t.Errorf("bucket %d is off by %d", i, n)
		}
	}
	if off > 4 {
		t.Errorf("%d of %d are in the bucket beside theirs", off/2, len(w.ok))
	}
}

// What promtool's check says of names, help and units it says through this.
func TestMetricsAreLinted(t *testing.T) {
	m := &Metrics{}
	watch(t, m, true)
	var b bytes.Buffer
	if mediaType, err := m.Prometheus(&b, false); err != nil || mediaType == "" {
		t.Fatal(err)
	}
	problems, err := promlint.New(&b).Lint()
	if err != nil || len(problems) > 0 {
		t.Errorf("%v, %+v", err, problems)
	}
}

// A scrape before the run has started is an empty one, and no failure.
func TestScrapeBeforeTheRun(t *testing.T) {
	for _, accept := range []string{"text/plain", protobuf} {
		if all := scrapedBy(t, &Metrics{}, accept); len(all) != 0 {
			t.Errorf("%v", all)
		}
	}
}
