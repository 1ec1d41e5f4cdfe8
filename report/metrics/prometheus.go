package metrics

import (
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
)

// A collector is Metrics as Prometheus' own library gathers it. Nothing is kept in the library: each time it asks, its
// metrics are made of the readings.
type collector struct{ from *Metrics }

// Describe tells nothing ahead: which series there are the run decides.
func (c collector) Describe(chan<- *prometheus.Desc) {}

// Collect gives every sample.
func (c collector) Collect(to chan<- prometheus.Metric) {
	g := c.from.latest()
	for _, f := range g.families {
		desc := prometheus.NewDesc(f.name, f.help, f.labels, nil)
		for _, one := range f.samples {
			to <- promMetric(desc, f.kind, one, g.from)
		}
	}
}

func promMetric(desc *prometheus.Desc, k kind, s sample, since time.Time) prometheus.Metric {
	var m prometheus.Metric
	var err error
	switch k {
	case histogram:
		m, err = bothWays(desc, s, since)
	case counter:
		m, err = prometheus.NewConstMetricWithCreatedTimestamp(
			desc,
			prometheus.CounterValue,
			s.value,
			since,
			s.labels...)
	default:
		m, err = prometheus.NewConstMetric(desc, prometheus.GaugeValue, s.value, s.labels...)
	}
	if err != nil {
		return prometheus.NewInvalidMetric(desc, err)
	}
	return m
}

// A dual is a native histogram that has the classic buckets too. The library makes either of constants, not both in
// one, though one that it observes itself may have both: who scrapes text, which has no native ones, needs these.
type dual struct {
	prometheus.Metric // the native one
	classic           prometheus.Metric
}

func bothWays(desc *prometheus.Desc, s sample, since time.Time) (prometheus.Metric, error) {
	h, classic := s.spread, map[float64]uint64{}
	for i, bound := range classicBounds {
		classic[bound] = uint64(h.classic[i])
	}
	native, err := prometheus.NewConstNativeHistogram(desc, uint64(h.count), h.sum, h.exponential, nil, uint64(h.zero),
		spreadSchema, prometheus.DefNativeHistogramZeroThreshold, since, s.labels...)
	if err != nil {
		return nil, err
	}
	old, err := prometheus.NewConstHistogram(desc, uint64(h.count), h.sum, classic, s.labels...)
	return dual{native, old}, err
}

// Write gives the native histogram the classic one's buckets.
func (d dual) Write(to *dto.Metric) error {
	var classic dto.Metric
	if err := d.classic.Write(&classic); err != nil {
		return err
	}
	if err := d.Metric.Write(to); err != nil {
		return err
	}
	to.Histogram.Bucket = classic.Histogram.Bucket
	return nil
}

func (m *Metrics) registry() *prometheus.Registry {
	r := prometheus.NewRegistry()
	r.MustRegister(collector{m}) // of one collector that describes nothing there is nothing to refuse
	return r
}

// Handler answers scrapes, in whichever of Prometheus' formats is asked for.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry(), promhttp.HandlerOpts{EnableOpenMetrics: true})
}

// Prometheus writes all metrics in Prometheus' text format or, with native histograms too, in its protocol buffers,
// and gives the media type.
func (m *Metrics) Prometheus(w io.Writer, native bool) (mediaType string, err error) {
	format := expfmt.NewFormat(expfmt.TypeTextPlain)
	if native {
		format = expfmt.NewFormat(expfmt.TypeProtoDelim)
	}
	families, err := m.registry().Gather()
	if err != nil {
		return "", fmt.Errorf("gather metrics: %w", err)
	}
	e := expfmt.NewEncoder(w, format)
	for _, f := range families {
		if err := e.Encode(f); err != nil {
			return "", fmt.Errorf("write metrics: %w", err)
		}
	}
	return string(format), nil
}
