package report

import (
	"encoding/csv"
	"strings"
	"testing"

	"shotput/report/runtest"
	"shotput/stats"
)

// The percentiles that are asked for are in every table that has latencies, in the order in which they were asked for,
// and none beside them; the pages say the same as the text.
func TestPercentilesAsked(t *testing.T) {
	opt := Options{Percentiles: []Percentile{99, 75, 99.99}}
	for _, format := range []string{"text", "md", "html", "junit"} {
		for name, rounds := range map[string][]*stats.Run{"one": {runtest.Mixed()},
			"rounds": {runtest.Kept(), runtest.Kept()}} {
			if format == "html" && name == "rounds" {
				continue // a page has no table of rounds
			}
			var b strings.Builder
			if err := WriteRounds(&b, format, rounds, opt); err != nil {
				t.Fatal(err)
			}
			said := strings.Join(strings.Fields(strings.NewReplacer("|", " ", "</th>", " ", `<th scope="col">`, " ",
				"<th>", " ").Replace(b.String())), " ")
			if !strings.Contains(said, "p99 p75 p99.99 max") || strings.Contains(said, " p50 ") {
				t.Errorf("%s of %s:\n%s", format, name, said[:min(len(said), 3000)])
			}
		}
	}
}

// A column that nobody can know is empty in the table of seconds, and p99.9 of few requests is none.
func TestPercentilesOfSeconds(t *testing.T) {
	var b strings.Builder
	opt := Options{Percentiles: []Percentile{50, 95, 99.9}}
	if err := Write(&b, "csv", runtest.Windowed(), opt); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(strings.NewReader(b.String())).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(rows[0][9:13], " "); got != "p50_ms p95_ms p99.9_ms max_ms" {
		t.Errorf("columns %s", got)
	}
	for i, want := range []struct{ phase, known string }{{"warmup", "x"}, {"measured", "xxx"}, {"measured", ""}, {"drain", "xx"}} {
		row, known := rows[i+1], ""
		for _, cell := range row[9:12] {
			if cell != "" {
				known += "x"
			}
		}
		if row[2] != want.phase || known != want.known {
			t.Errorf("row %d: %v, want %v", i, row, want)
		}
	}
}

// Eight percentiles do not fit into 80 columns; the names of the rows stay whole.
func TestManyPercentilesLeaveNames(t *testing.T) {
	var b strings.Builder
	opt := Options{Percentiles: []Percentile{1, 10, 25, 50, 75, 90, 95, 99}}
	if err := Write(&b, "text", runtest.Kept(), opt); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{" response ", " upload ", " start lag ", " 201 Created ", " 204 No Content "} {
		if !strings.Contains(b.String(), name) {
			t.Errorf("no %q in\n%s", name, b.String())
		}
	}
}
