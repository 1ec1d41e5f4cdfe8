package metrics

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"
)

// What follows is the part of OTLP's JSON (opentelemetry-proto, metrics/v1, in the JSON mapping of protocol buffers)
// that a run needs. Numbers of 64 bits are strings there, enumerations are numbers, and what is absent has its zero
// value.

type otlpRequest struct {
	ResourceMetrics []otlpResource `json:"resourceMetrics"`
}

type otlpResource struct {
	Resource struct {
		Attributes []otlpAttribute `json:"attributes"`
	} `json:"resource"`
	ScopeMetrics []otlpScope `json:"scopeMetrics"`
}

type otlpScope struct {
	Scope struct {
		Name    string `json:"name"`
		Version string `json:"version"`
	} `json:"scope"`
	Metrics []otlpMetric `json:"metrics"`
}

type otlpMetric struct {
	Name        string     `json:"name"`
	Description string     `json:"description"`
	Unit        string     `json:"unit,omitempty"`
	Gauge       *otlpGauge `json:"gauge,omitempty"`
	Sum         *otlpSum   `json:"sum,omitempty"`
	Exponential *otlpSum   `json:"exponentialHistogram,omitempty"`
}

type otlpGauge struct {
	DataPoints []otlpPoint `json:"dataPoints"`
}

// An otlpSum is a sum or, without being monotonic, a histogram.
type otlpSum struct {
	DataPoints  []otlpPoint `json:"dataPoints"`
	Temporality int         `json:"aggregationTemporality"`
	Monotonic   bool        `json:"isMonotonic,omitempty"`
}

// cumulative says of each value that it counts from the run's start.
const cumulative = 2

type otlpPoint struct {
	Attributes []otlpAttribute `json:"attributes,omitempty"`
	Start      string          `json:"startTimeUnixNano,omitempty"`
	Time       string          `json:"timeUnixNano"`
	Double     *float64        `json:"asDouble,omitempty"`
	Int        string          `json:"asInt,omitempty"`
	*otlpSpread
}

type otlpSpread struct {
	Count    string      `json:"count"`
	Sum      float64     `json:"sum"`
	Scale    int         `json:"scale"`
	Zero     string      `json:"zeroCount"`
	Positive otlpBuckets `json:"positive"`
	Min      *float64    `json:"min,omitempty"`
	Max      *float64    `json:"max,omitempty"`
}

// otlpBuckets are buckets without gaps, the first of which is the offset-th.
type otlpBuckets struct {
	Offset int      `json:"offset"`
	Counts []string `json:"bucketCounts"`
}

type otlpAttribute struct {
	Key   string    `json:"key"`
	Value otlpValue `json:"value"`
}

type otlpValue struct {
	String string `json:"stringValue"`
}

// Why by hand: the SDK counts what happens in this process as it happens, and exports on a clock of its own. Here all
// is counted already, and is to be told as of the end of a window.

// OTLP gives all metrics as the body of an OTLP/HTTP request in JSON; nil before the run has started.
func (m *Metrics) OTLP() ([]byte, error) {
	g := m.latest()
	if len(g.families) == 0 {
		return nil, nil
	}
	var r otlpResource
	r.Resource.Attributes = attributes([]string{"service.name", "service.version"}, []string{"shotput", g.version})
	for i := range g.families {
		if f := &g.families[i]; f.name == labelsInfo { // they are of all that was measured
			r.Resource.Attributes = append(r.Resource.Attributes, attributes(f.labels, f.samples[0].labels)...)
		}
	}
	var s otlpScope
	s.Scope.Name, s.Scope.Version = "shotput", g.version
	for i := range g.families {
		s.Metrics = append(s.Metrics, g.otlp(&g.families[i]))
	}
	r.ScopeMetrics = []otlpScope{s}
	b, err := json.Marshal(otlpRequest{[]otlpResource{r}})
	if err != nil {
		return nil, fmt.Errorf("write metrics: %w", err)
	}
	return b, nil
}

// otlp is a family in the form that its kind has. All values count from the run's start, so that a delivery that is
// lost loses nothing.
func (g *gathering) otlp(f *family) otlpMetric {
	m := otlpMetric{Name: f.name, Description: f.help, Unit: f.unit}
	var points []otlpPoint
	for i := range f.samples {
		points = append(points, g.point(f, &f.samples[i]))
	}
	switch f.kind {
	case counter:
		m.Sum = &otlpSum{points, cumulative, true}
	case histogram:
		m.Exponential = &otlpSum{points, cumulative, false}
	default:
		m.Gauge = &otlpGauge{points}
	}
	return m
}

// point has no start where it is a state: a gauge is of an instant.
func (g *gathering) point(f *family, s *sample) otlpPoint {
	p := otlpPoint{Attributes: attributes(f.labels, s.labels), Time: unixNano(g.to)}
	if f.kind != gauge {
		p.Start = unixNano(g.from)
	}
	switch {
	case s.spread != nil:
		p.otlpSpread = s.spread.otlp()
	case f.kind == counter: // whole, and beyond what a float holds exactly
		p.Int = decimal(int64(s.value))
	default:
		p.Double = &s.value
	}
	return p
}

// otlp has the same buckets as Prometheus, and counts them by their lower end: each index is one less.
func (s *spread) otlp() *otlpSpread {
	o := &otlpSpread{Count: decimal(s.count), Sum: s.sum, Scale: spreadSchema, Zero: decimal(s.zero),
		Positive: otlpBuckets{Counts: []string{}}}
	if s.count > 0 {
		o.Min, o.Max = &s.min, &s.max
	}
	first, last, some := s.ends()
	if !some {
		return o
	}
	o.Positive.Offset = first - 1
	for i := first; i <= last; i++ {
		o.Positive.Counts = append(o.Positive.Counts, decimal(s.exponential[i]))
	}
	return o
}

// ends are the first and the last exponential bucket that is filled, if some is.
func (s *spread) ends() (first, last int, some bool) {
	for i := range s.exponential {
		if !some {
			first, last, some = i, i, true
		}
		first, last = min(first, i), max(last, i)
	}
	return first, last, some
}

func attributes(keys, values []string) (all []otlpAttribute) {
	for i, key := range keys {
		all = append(all, otlpAttribute{key, otlpValue{values[i]}})
	}
	return all
}

func decimal(n int64) string { return strconv.FormatInt(n, 10) }

func unixNano(t time.Time) string { return decimal(t.UnixNano()) }
