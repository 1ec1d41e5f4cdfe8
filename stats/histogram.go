package stats

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"regexp"
	"sync"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// Range and precision of every histogram: one nanosecond to one hour, three significant digits. All share
// them, so that any two merge without loss.
const (
	lowest  = 1
	highest = 3_600_000_000_000
	digits  = 3
)

// A Histogram counts durations: an HDR histogram (three significant digits from 1 ns to 1 h, 264 KiB, made at
// the first Record) beside the exact least, greatest, sum and count, which HDR has not. A value outside the
// range, which HDR would drop with an error, is clamped to it and counted. The zero value is empty and ready.
// It is not safe for concurrent use; a copy shares the counts of its original.
//
// Where many are needed, they can be packed: the same buckets as a sorted list of those that are filled, in some
// 10 KiB. Then a Record takes five times as long, and a merge and a reset no longer than what is in it. One that was
// read from a saved run is packed.
type Histogram struct {
	counts   *hdrhistogram.Histogram
	packed   *hdrhistogram.PackedHistogram // instead of counts
	min, max time.Duration
	sum      uint64 // ns; 584 years of request time fit
	clamped  int64
}

// Record counts one duration.
func (h *Histogram) Record(d time.Duration) {
	if d < 0 || d > highest {
		d = min(max(d, 0), highest)
		h.clamped++
	}
	if h.counts == nil {
		h.recordElsewhere(d)
		return
	}
	h.note(d, h.counts.TotalCount() == 0)
	if err := h.counts.RecordValue(int64(d)); err != nil {
		panic(impossible(d, err))
	}
}

// recordElsewhere is for a histogram that is packed, or has no counts yet.
func (h *Histogram) recordElsewhere(d time.Duration) {
	if h.packed == nil {
		h.dense()
		h.Record(d)
		return
	}
	h.note(d, h.packed.TotalCount() == 0)
	if err := h.packed.RecordValue(int64(d)); err != nil {
		panic(impossible(d, err))
	}
}

// impossible says why a panic: the value was clamped to the range before.
func impossible(d time.Duration, err error) string {
	return fmt.Sprintf("record %v within the histogram's range: %v", d, err)
}

// note keeps what is kept exactly.
func (h *Histogram) note(d time.Duration, first bool) {
	if first {
		h.min, h.max = d, d
	}
	h.min, h.max = min(h.min, d), max(h.max, d)
	h.sum += uint64(d)
}

// pack makes an empty histogram a packed one.
func (h *Histogram) pack() {
	if h.packed == nil {
		*h = Histogram{packed: hdrhistogram.NewPacked(lowest, highest, digits)}
	}
}

// packedCopy takes no more memory than its filled buckets need, and shares nothing with h.
func (h *Histogram) packedCopy() Histogram {
	var c Histogram
	c.pack()
	c.Merge(h)
	c.packed.Compact()
	return c
}

// Merge adds what o counted. Merging shards gives the same as one histogram of everything, whatever the order.
func (h *Histogram) Merge(o *Histogram) {
	h.clamped += o.clamped
	if o.Count() == 0 {
		return
	}
	if h.Count() == 0 {
		h.min, h.max = o.min, o.max
	}
	h.min, h.max = min(h.min, o.min), max(h.max, o.max)
	h.sum += o.sum
	switch {
	case h.packed != nil && o.packed != nil:
		h.packed.Merge(o.packed)
	case h.packed != nil:
		h.packed.MergeFrom(o.counts)
	case o.packed != nil:
		o.packed.MergeInto(h.dense())
	default:
		mergeCounts(h.dense(), o.counts)
	}
}

func (h *Histogram) dense() *hdrhistogram.Histogram {
	if h.counts == nil {
		h.counts = hdrhistogram.New(lowest, highest, digits)
	}
	return h.counts
}

// fewCounts is from where on hdrhistogram's own Merge is the faster way.
const fewCounts = 4096

// lists lends the lists of filled buckets that few counts are merged by way of.
var lists = sync.Pool{New: func() any { return hdrhistogram.NewPacked(lowest, highest, digits) }}

// mergeCounts adds src to dst. hdrhistogram's Merge computes the values of each bucket up to the greatest that is
// filled, some 15 000 of them, at 5 ns; to list the filled ones first takes a look at each of the 33 000, at 0.5 ns,
// and 25 ns for each that is. All histograms have the same buckets, so that neither way drops anything.
func mergeCounts(dst, src *hdrhistogram.Histogram) {
	if src.TotalCount() >= fewCounts {
		dst.Merge(src)
		return
	}
	filled := lists.Get().(*hdrhistogram.PackedHistogram)
	filled.Reset()
	filled.MergeFrom(src)
	filled.MergeInto(dst)
	lists.Put(filled)
}

// Reset empties the histogram and keeps its memory.
func (h *Histogram) Reset() {
	if h.counts != nil && h.counts.TotalCount() > 0 {
		h.counts.Reset()
	}
	if h.packed != nil {
		h.packed.Reset()
	}
	*h = Histogram{counts: h.counts, packed: h.packed}
}

// Count is how many durations were recorded, clamped ones among them.
func (h *Histogram) Count() int64 {
	switch {
	case h.counts != nil:
		return h.counts.TotalCount()
	case h.packed != nil:
		return h.packed.TotalCount()
	}
	return 0
}

// Clamped is how many were outside the range of 0 to 1 h and were counted at its edge.
func (h *Histogram) Clamped() int64 { return h.clamped }

// Min is the least duration, exactly; 0 when empty.
func (h *Histogram) Min() time.Duration { return h.min }

// Max is the greatest duration, exactly; 0 when empty.
func (h *Histogram) Max() time.Duration { return h.max }

// Sum is the exact sum, in nanoseconds.
func (h *Histogram) Sum() uint64 { return h.sum }

// Mean is the exact mean, rounded down to a nanosecond; 0 when empty.
func (h *Histogram) Mean() time.Duration {
	if h.Count() == 0 {
		return 0
	}
	return time.Duration(h.sum / uint64(h.Count()))
}

// Quantile is the duration of rank ⌊q·n+0.5⌋ among the n recorded, q from 0 to 1, to three digits and never
// beyond the exact least and greatest; 0 when empty.
func (h *Histogram) Quantile(q float64) time.Duration {
	if h.Count() == 0 {
		return 0
	}
	return min(max(time.Duration(h.valueAtPercentile(q*100)), h.min), h.max)
}

func (h *Histogram) valueAtPercentile(p float64) int64 {
	if h.packed != nil {
		return h.packed.ValueAtPercentile(p)
	}
	return h.counts.ValueAtPercentile(p)
}

// QuantileAmong is the q-quantile of the recorded durations and of missing more that are not known but not
// less than any bound to matter: requests still open at the end. exact is false when those could move the
// value: then it is a lower bound, to be printed as "≥ x".
func (h *Histogram) QuantileAmong(q float64, missing int64) (d time.Duration, exact bool) {
	d = h.Quantile(q)
	if missing == 0 || h.Count() == 0 {
		return d, true
	}
	n := float64(h.Count())
	if rank := math.Floor(q*(n+float64(missing)) + 0.5); rank <= n {
		return d, h.Quantile((rank-0.25)/n) == d // a quarter: no rounding of rank/n moves it to another rank
	}
	return d, false
}

// A Percentile is a point of a distribution: the share Quantile, from 0 to 1, took at most Value.
type Percentile struct {
	Quantile float64
	Value    time.Duration
}

// pointsPerDecade is how many quantiles Spectrum lists while the share above them falls to a tenth.
const pointsPerDecade = 20

// Spectrum lists the distribution from the least value to the greatest, the denser the nearer to its tail: the
// quantiles 1−10^(−i/20) up to 1−1/n, then 1. Of missing requests (see QuantileAmong) it is known that they come
// last, so with them the list ends where they begin. It is empty when the histogram is.
func (h *Histogram) Spectrum(missing int64) []Percentile {
	var points []Percentile
	n, all := float64(h.Count()), float64(h.Count()+missing)
	for i := 0; n > 0; i++ {
		above := math.Pow(10, -float64(i)/pointsPerDecade)
		switch {
		case (1-above)*all > n:
			return points
		case above*all < 1:
			return append(points, Percentile{1, h.Max()})
		}
		points = append(points, Percentile{1 - above, h.Quantile((1 - above) * all / n)})
	}
	return points
}

// EnoughFor says whether so many values tell anything of a quantile: beyond p99, at least one has to lie above it.
func EnoughFor(q float64, values int64) bool {
	return q <= .99 || math.Round(float64(values)*(1-q)*1e6) >= 1e6
}

// Buckets gives each bucket that is filled, ascending: its least duration, from which those in it differ by less than
// a thousandth, and how many there are. It works with range.
func (h *Histogram) Buckets(yield func(least time.Duration, n int64) bool) {
	switch {
	case h.packed != nil:
		h.packed.ForEachBucket(func(value, n int64) bool { return yield(time.Duration(value), n) })
	case h.counts != nil:
		filled := lists.Get().(*hdrhistogram.PackedHistogram)
		defer lists.Put(filled)
		filled.Reset()
		filled.MergeFrom(h.counts)
		filled.ForEachBucket(func(value, n int64) bool { return yield(time.Duration(value), n) })
	}
}

// IsZero says whether nothing was recorded; encoding/json's omitzero asks it.
func (h Histogram) IsZero() bool { return h.Count() == 0 }

// histogramJSON is a histogram in a saved run: a summary for people and scripts, and the exact counts.
type histogramJSON struct {
	Count   int64         `json:"count"`
	Min     time.Duration `json:"min_ns"`
	Mean    time.Duration `json:"mean_ns"`
	P50     time.Duration `json:"p50_ns"`
	P75     time.Duration `json:"p75_ns"`
	P90     time.Duration `json:"p90_ns"`
	P95     time.Duration `json:"p95_ns"`
	P99     time.Duration `json:"p99_ns"`
	P999    time.Duration `json:"p99_9_ns"`
	P9999   time.Duration `json:"p99_99_ns"`
	Max     time.Duration `json:"max_ns"`
	Sum     uint64        `json:"sum_ns"`
	Clamped int64         `json:"clamped,omitempty"`
	HDR     string        `json:"hdr,omitempty"` // HdrHistogram V2, compressed, base64
}

// MarshalJSON writes the summary and the exact counts.
func (h Histogram) MarshalJSON() ([]byte, error) {
	j, err := h.save()
	if err != nil {
		return nil, err
	}
	return json.Marshal(j)
}

func (h *Histogram) save() (histogramJSON, error) {
	j := histogramJSON{Count: h.Count(), Min: h.min, Mean: h.Mean(), P50: h.Quantile(.5), P75: h.Quantile(.75),
		P90: h.Quantile(.9), P95: h.Quantile(.95), P99: h.Quantile(.99), P999: h.Quantile(.999),
		P9999: h.Quantile(.9999), Max: h.max, Sum: h.sum, Clamped: h.clamped}
	if h.Count() > 0 {
		b, err := h.encode()
		if err != nil {
			return j, fmt.Errorf("encode histogram: %w", err)
		}
		j.HDR = string(b)
	}
	return j, nil
}

// encode gives the same bytes whether the histogram is packed or not.
func (h *Histogram) encode() ([]byte, error) {
	if h.packed != nil {
		return h.packed.Encode()
	}
	return h.counts.Encode(hdrhistogram.V2CompressedEncodingCookieBase)
}

// UnmarshalJSON reads what MarshalJSON wrote; the summary's percentiles are computed anew from the counts.
func (h *Histogram) UnmarshalJSON(b []byte) error {
	var j histogramJSON
	if err := json.Unmarshal(b, &j); err != nil {
		return err
	}
	return h.restore(j)
}

func (h *Histogram) restore(j histogramJSON) error {
	*h = Histogram{min: j.Min, max: j.Max, sum: j.Sum, clamped: j.Clamped}
	if j.HDR == "" {
		if j.Count != 0 {
			return fmt.Errorf("decode histogram: count is %d and hdr is empty", j.Count)
		}
		return nil
	}
	if _, err := base64.StdEncoding.DecodeString(j.HDR); err != nil {
		return fmt.Errorf("decode histogram: %w", err)
	}
	read, err := hdrhistogram.DecodePacked([]byte(j.HDR))
	if err != nil {
		return fmt.Errorf("decode histogram: %w", err)
	}
	h.packed = hdrhistogram.NewPacked(lowest, highest, digits) // whatever its range was, ours merges
	if lost := h.packed.Merge(read); lost > 0 || h.packed.TotalCount() != j.Count {
		return fmt.Errorf("decode histogram: %d counts within range, count says %d", h.packed.TotalCount(), j.Count)
	}
	return h.edges()
}

// WritePercentiles writes the distribution as HdrHistogram's percentile text (.hgrm), values in milliseconds: five
// lines for each halving of the distance to 100 %.
func (h *Histogram) WritePercentiles(w io.Writer) error {
	var whole Histogram
	whole.Merge(h)
	_, err := whole.dense().PercentilesPrint(w, 5, float64(time.Millisecond))
	return err
}

// An Interval is a histogram of what ended between two instants, for a log.
type Interval struct {
	Tag        string // of letters, digits, "_", "." and "-"; "" is none
	Start, End time.Time
	Histogram  *Histogram
}

var logTag = regexp.MustCompile(`^[A-Za-z0-9_.-]*$`)

// WriteLog writes a histogram log (HdrHistogram's, V2 compressed): stamps are absolute, in seconds to the millisecond,
// values are nanoseconds, and the greatest of each interval is in milliseconds. It refuses a tag with any other sign,
// since readers part a line at commas.
func WriteLog(w io.Writer, started time.Time, intervals []Interval) error {
	log := hdrhistogram.NewHistogramLogWriter(w)
	err := errors.Join(log.OutputLogFormatVersion(), log.OutputStartTime(started.UnixMilli()), log.OutputLegend())
	for _, i := range intervals {
		if !logTag.MatchString(i.Tag) {
			return fmt.Errorf("write histogram log: the tag %q has more than letters, digits, _, . and -", i.Tag)
		}
		if err != nil {
			break
		}
		h := i.Histogram.packedCopy().packed
		h.SetTag(i.Tag)
		h.SetStartTimeMs(i.Start.UnixMilli())
		h.SetEndTimeMs(i.End.UnixMilli())
		err = log.OutputIntervalPackedHistogram(h)
	}
	if err != nil {
		return fmt.Errorf("write histogram log: %w", err)
	}
	return nil
}
