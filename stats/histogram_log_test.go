package stats

import (
	"bytes"
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"
)

// aDay is in the past of every clock, and has no whole second.
var aDay = time.Date(2026, 1, 2, 3, 4, 5, 678e6, time.UTC)

func TestWriteLog(t *testing.T) {
	var b bytes.Buffer
	h := histogramOf(ms, 2*ms, 300*ms)
	before := toJSON(t, h)
	err := WriteLog(&b, aDay, []Interval{{"", aDay, aDay.Add(time.Second), h},
		{"1.up-load_x", aDay.Add(time.Second), aDay.Add(1500 * ms), histogramOf(5 * ms)}})
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(b.String()), "\n")
	if len(lines) != 5 || lines[0] != "#[Histogram log format version 1.3]" {
		t.Fatalf("the log is\n%s", &b)
	}
	fields := strings.Split(lines[3], ",")
	if fields[0] != "1767323045.678000" || fields[1] != "1.000000" || len(fields) != 4 {
		t.Errorf("the first interval is %s", lines[3])
	}
	var got Histogram
	if err := got.restore(histogramJSON{HDR: fields[3], Count: 3, Min: ms, Max: 300 * ms, Sum: uint64(303 * ms)}); err != nil {
		t.Fatal(err)
	}
	wantSame(t, "what a reader gets", got, *h)
	if !strings.HasPrefix(lines[4], "Tag=1.up-load_x,1767323046.678000,0.500000,") {
		t.Errorf("the second interval is %s", lines[4])
	}
	if toJSON(t, h) != before {
		t.Error("writing a log changes the histogram")
	}
}

func TestWriteLogRefusesTags(t *testing.T) {
	for _, tag := range []string{",", "a,", "a b", "a\n", "ü", "Tag=a"} {
		err := WriteLog(new(bytes.Buffer), aDay, []Interval{{tag, aDay, aDay, histogramOf(ms)}})
		if err == nil || !strings.Contains(err.Error(), strconv.Quote(tag)) {
			t.Errorf("tag %q: %v", tag, err)
		}
	}
}

func TestHistogramTextsFailWithTheirWriter(t *testing.T) {
	h := histogramOf(ms)
	if err := WriteLog(new(full), aDay, []Interval{{"", aDay, aDay, h}}); err == nil || !strings.Contains(err.Error(), "no space left") {
		t.Errorf("the log gives %v", err)
	}
	if err := h.WritePercentiles(new(full)); err == nil || !strings.Contains(err.Error(), "no space left") {
		t.Errorf("the percentiles give %v", err)
	}
}

func TestWritePercentiles(t *testing.T) {
	h := histogramOf(ms, ms, ms, 8*ms)
	packed := h.packedCopy()
	var dense, sparse bytes.Buffer
	if err := errors.Join(h.WritePercentiles(&dense), packed.WritePercentiles(&sparse)); err != nil {
		t.Fatal(err)
	}
	wantSameText(t, "of a packed histogram", sparse.String(), dense.String())
	for _, want := range []string{"Percentile", "1.000     0.750000            3", "Total count    =            4]"} {
		if !strings.Contains(dense.String(), want) {
			t.Errorf("there is no %q in\n%s", want, &dense)
		}
	}
}
