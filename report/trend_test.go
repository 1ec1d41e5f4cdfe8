package report

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"shotput/report/page"
	"shotput/report/runtest"
	"shotput/stats/trend"
)

func trendAs(t *testing.T, format string, of *trend.Trend, opt Options) string {
	t.Helper()
	return runtest.Printed(t, func(b *bytes.Buffer) error { return WriteTrend(b, format, of, opt) })
}

func TestTrendText(t *testing.T) {
	for name, made := range runtest.Trends {
		for look, opt := range looks {
			got := trendAs(t, "text", made(), opt)
			if look == "" || name+look == "worse_us_ascii" {
				runtest.Golden(t, "trend_"+name+look, got)
			}
			for _, fault := range runtest.LineFaults(got, opt) {
				t.Error(name, look, fault)
			}
		}
		md := trendAs(t, "md", made(), Options{})
		runtest.Golden(t, "trend_"+name+".md", md)
		for _, fault := range tableFaults(md) {
			t.Error(name, fault)
		}
	}
}

// What is saved has all that a report is made of.
func TestTrendJSON(t *testing.T) {
	for name, made := range runtest.Trends {
		if name == "hostile" {
			continue // what is no UTF-8 is replaced by encoding/json
		}
		saved := trendAs(t, "json", made(), Options{})
		var back trend.Trend
		if err := json.Unmarshal([]byte(saved), &back); err != nil || back.Schema != "shotput/trials/1" || back.Kind != "trend" {
			t.Fatal(name, err, back.Schema, back.Kind)
		}
		for _, format := range TrendFormats {
			if trendAs(t, format, &back, Options{}) != trendAs(t, format, made(), Options{}) {
				t.Errorf("%s: another %s is made of what was saved", name, format)
			}
		}
	}
}

// A line for each value, and of each change one that says it.
func TestTrendCSV(t *testing.T) {
	made := runtest.Worsened()
	rows, err := csv.NewReader(strings.NewReader(trendAs(t, "csv", made, Options{}))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	values, changes, said := 0, 0, 0
	for i := range made.Groups[0].Series {
		values += len(made.Groups[0].Series[i].Points)
		changes += len(made.Groups[0].Series[i].Changes)
	}
	for _, row := range rows[1:] {
		if row[len(row)-1] != "" {
			said++
		}
	}
	if len(rows) != 1+values || said != changes || changes == 0 {
		t.Errorf("%d rows of %d values, %d of %d changes", len(rows), values, said, changes)
	}
	if first := rows[1]; first[1] != "response.p50" || first[2] != "ms" || first[4] != "2026-09-01T03:00:00Z" || !strings.HasPrefix(first[7], "5.") {
		t.Errorf("%q", first)
	}
}

func TestTrendErrors(t *testing.T) {
	for _, format := range TrendFormats {
		if err := WriteTrend(brokenPipe{}, format, runtest.Worsened(), Options{}); !errors.Is(err, errBroken) {
			t.Errorf("%s: %v", format, err)
		}
	}
	if err := WriteTrend(io.Discard, "junit", runtest.Worsened(), Options{}); err == nil || !strings.Contains(err.Error(), "text, json, md") {
		t.Error(err)
	}
	if err := WriteTrend(io.Discard, "text", runtest.Worsened(), Options{Unit: "min"}); err == nil {
		t.Error("a minute is a unit")
	}
}

// Places of one day are told apart by the time, and of several by the day.
func TestTicksTellPlacesApart(t *testing.T) {
	at := func(days int) *trend.Group {
		g := &trend.Group{}
		for i := range 3 {
			began := time.Date(2026, 9, 1, 3+i, 0, 0, 0, time.UTC).AddDate(0, 0, i*days)
			g.Places = append(g.Places, trend.Place{Started: began, Runs: []trend.Source{{File: "a.json", Run: 1}}})
		}
		return g
	}
	for days, want := range map[int]string{0: "05:00", 1: "09-03"} {
		if _, tick := page.PlaceNames(at(days), 2); tick != want {
			t.Errorf("%d days apart: %s, want %s", days, tick, want)
		}
	}
}
