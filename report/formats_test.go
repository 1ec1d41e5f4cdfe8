package report

import (
	"bytes"
	"encoding/csv"
	"encoding/xml"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/perf/benchfmt"

	"shotput/putserver/realtest"
	"shotput/report/runtest"
	"shotput/stats"
)

func written(t *testing.T, format string, r *stats.Run) string {
	t.Helper()
	return runtest.Printed(t, func(b *bytes.Buffer) error { return Write(b, format, r, Options{}) })
}

// Every format of every run can be written, is the same twice, and leaves the run as it was.
func TestFormatsAreFunctionsOfTheRun(t *testing.T) {
	for name, made := range runtest.Runs {
		if name == "hostile" {
			continue // it has a number that is no number of JSON's
		}
		before := written(t, "json", made())
		for _, format := range Formats {
			if once, again := written(t, format, made()), written(t, format, made()); once != again {
				t.Errorf("%s of the %s run differs from itself", format, name)
			}
		}
		if written(t, "json", made()) != before {
			t.Errorf("the %s run was changed by being written", name)
		}
	}
}

func TestExtensions(t *testing.T) {
	for path, want := range map[string]string{"a.csv": "csv", "a.xml": "junit", "a.junit.xml": "junit",
		"A.BENCH": "bench", "a.hgrm": "hgrm",
		"a.hlog": "hlog", "a.json": "json", "a.txt": "text", "a": ""} {
		if got, known := FormatByExtension(path); got != want || known != (want != "") {
			t.Errorf("%s is %q, want %q", path, got, want)
		}
	}
}

func TestCSV(t *testing.T) {
	got := written(t, "csv", runtest.Windowed())
	runtest.Golden(t, "seconds.csv", got)
	if rows, err := csv.NewReader(strings.NewReader(got)).ReadAll(); err != nil || len(rows) != 5 ||
		len(rows[0]) != 16 {
		t.Errorf("%d rows, %v", len(rows), err)
	}
}

func TestCSVIsReadByPython(t *testing.T) {
	got := run(t, "python3", map[string]string{"seconds.csv": written(t, "csv", runtest.Windowed())}, "-c", `
import csv
rows = list(csv.DictReader(open("seconds.csv", newline="")))
print(len(rows), [r["phase"] for r in rows], sum(int(r["ok"]) for r in rows), round(float(rows[1]["p99_ms"]), 2), repr(rows[2]["p50_ms"]), rows[3]["end_s"])`)
	if want := "4 ['warmup', 'measured', 'measured', 'drain'] 4003 1.12 '' 3.25\n"; got != want {
		t.Errorf("python reads %s want %s", got, want)
	}
}

// run gives what a program says, in a folder with the files.
func run(t *testing.T, program string, files map[string]string, args ...string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	command := exec.Command(realtest.Need(t, program), args...)
	command.Dir = dir
	out, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", program, err, out)
	}
	return string(out)
}

func TestJSONIsReadByJQ(t *testing.T) {
	got := run(t, "jq", map[string]string{"run.json": written(t, "json", runtest.Windowed())}, "-c",
		`[.ok, .totals.sent, .windows[1].headline.count]`, "run.json")
	if got != "[true,20000,1999]\n" {
		t.Errorf("jq reads %s", got)
	}
}

func TestJUnit(t *testing.T) {
	runtest.Golden(t, "failing.junit.xml", written(t, "junit", runtest.Failing()))
	interrupted := runtest.Kept()
	interrupted.Stop = runtest.BySignal("interrupted")
	refused, trusted := runtest.PoolLimited(), runtest.Kept()
	refused.Plan.Strict, trusted.Plan.Strict = true, true
	dead := runtest.Failing()
	dead.Totals.OK, dead.Thresholds = 0, nil
	for name, c := range map[string]struct {
		run                     *stats.Run
		tests, failures, errors int
	}{"kept": {runtest.Kept(), 1, 0, 0}, "failing": {runtest.Failing(), 12, 7, 0}, "interrupted": {interrupted, 1, 0, 1},
		"dead":    {dead, 1, 1, 0},
		"limited": {runtest.PoolLimited(), 1, 0, 0}, "limited, strict": {refused, 2, 1, 0},
		"kept, strict": {trusted, 2, 0, 0}} {
		var read junitSuites
		if err := xml.Unmarshal([]byte(written(t, "junit", c.run)), &read); err != nil {
			t.Fatal(err)
		}
		if s := read.Suites[0]; len(read.Suites) != 1 || s.Tests != c.tests || s.Failures != c.failures ||
			s.Errors != c.errors || len(s.Cases) != c.tests {
			t.Errorf("%s: %d tests, %d failures, %d errors in %d cases", name, s.Tests, s.Failures, s.Errors, len(s.Cases))
		}
	}
}

// What a strict plan refuses is a case of its own, that fails with what was seen.
func TestJUnitOfAStrictPlan(t *testing.T) {
	refused := runtest.PoolLimited()
	refused.Plan.Strict = true
	text := written(t, "junit", refused)
	for _, want := range []string{`name="verdict" time="0">`,
		`<failure type="pool_limited" message="the verdict is pool_limited, and the plan asks for kept"><![CDATA[the verdict is`,
		"asks for kept\n" + refused.Verdict.Reason} {
		if !strings.Contains(text, want) {
			t.Errorf("%s is not in\n%s", want, text)
		}
	}
}

// Whatever a server says, the file stays XML, and a broken threshold is told inside its failure.
func TestJUnitIsReadByPython(t *testing.T) {
	files := map[string]string{}
	for name, made := range runtest.Runs {
		r := *made()
		r.Thresholds = append(r.Thresholds, stats.Threshold{Rule: "p99 < 1ms]]><x", Measured: 63.2e6, Unit: "ns"})
		files[name+".xml"] = written(t, "junit", &r)
	}
	got := run(t, "python3", files, "-c", `
import glob, xml.etree.ElementTree as tree
for name in sorted(glob.glob("*.xml")):
    suite = tree.parse(name).getroot().find("testsuite")
    cases = suite.findall("testcase")
    assert len(cases) == int(suite.get("tests")), name
    assert len(suite.findall(".//failure")) == int(suite.get("failures")), name
    assert cases[-1].get("name") == "p99 < 1ms]]><x", cases[-1].get("name")
    print(cases[-1].find("failure").text)`)
	if want := strings.Repeat("p99 < 1ms]]><x is broken: measured 63.2 ms\n", len(runtest.Runs)); got != want {
		t.Errorf("python reads\n%s want\n%s", got, want)
	}
}

// bench reads what benchstat would: its own reader does.
func bench(t *testing.T, text string) (results []*benchfmt.Result) {
	t.Helper()
	reader := benchfmt.NewReader(strings.NewReader(text), "run.bench")
	for reader.Scan() {
		switch r := reader.Result().(type) {
		case *benchfmt.Result:
			results = append(results, r.Clone())
		case *benchfmt.SyntaxError:
			t.Errorf("%v in\n%s", r, text)
		}
	}
	return results
}

func TestBench(t *testing.T) {
	r := runtest.Kept()
	got := written(t, "bench", r)
	runtest.Golden(t, "open.bench", got)
	results := bench(t, got+written(t, "bench", r)) // two rounds in one file
	if len(results) != 2 {
		t.Fatalf("%d results", len(results))
	}
	one := results[1]
	if one.Name.String() != "PUT/objects/{{seq}}-2" || one.Iters != 20000 || one.GetConfig("goos") != "linux" ||
		one.GetConfig("pkg") != "shotput" {
		t.Errorf("%s, %d times, %+v", one.Name, one.Iters, one.Config)
	}
	for unit, want := range map[string]float64{"sec/op": r.Latency.Response.Mean().Seconds(),
		"p99-sec":   r.Latency.Response.Quantile(.99).Seconds(),
		"p99.9-sec": r.Latency.Response.Quantile(.999).Seconds(), "req/s": r.Totals.AchievedPerSecond, "errors": 0} {
		if got, there := one.Value(unit); !there || got < want*.9999 || got > want*1.0001 {
			t.Errorf("%s is %v, want %v", unit, got, want)
		}
	}
}

func TestBenchOfAnyRun(t *testing.T) {
	for name, made := range runtest.Runs {
		want := min(1, made().Latency.Headline(made().Plan.Open()).Count())
		if results := bench(t, written(t, "bench", made())); int64(len(results)) != want {
			t.Errorf("%s: %d results of\n%s", name, len(results), written(t, "bench", made()))
		}
	}
	if got := benchName(&runtest.Mixed().Plan, 0); got != "BenchmarkMix-1" {
		t.Error(got)
	}
	for url, want := range map[string]string{"http://h": "/", "http://h:1/a b?c={{uuid}}": "/a_b?c={{uuid}}",
		"{{csv \"url\"}}": "/{{csv_\"url\"}}"} {
		if got := benchPath(url); got != want {
			t.Errorf("%s is %s, want %s", url, got, want)
		}
	}
}

// jar is HdrHistogram for Java, as Debian has it: the library that the formats come from.
const jar = "/usr/share/java/hdrhistogram.jar"

// processed is what HdrHistogram's own HistogramLogProcessor makes of a log.
func processed(t *testing.T, log string, args ...string) string {
	t.Helper()
	realtest.Need(t, "java")
	if _, err := os.Stat(jar); err != nil {
		if os.Getenv("SHOTPUT_CI") != "" {
			t.Fatal("libhdrhistogram-java is not installed")
		}
		t.Skip("libhdrhistogram-java is not installed")
	}
	return run(t, "java", map[string]string{"run.hlog": log},
		append([]string{"-cp", jar, "org.HdrHistogram.HistogramLogProcessor", "-i", "run.hlog"}, args...)...)
}

// What the Java library makes of our log is, line for line, our own percentile text.
func TestLogIsReadByJava(t *testing.T) {
	r := runtest.Windowed()
	var sum stats.Histogram
	for i := range r.Windows {
		sum.Merge(&r.Windows[i].Headline)
	}
	r.Latency.Response = sum
	ours := distribution(written(t, "hgrm", r))
	theirs := distribution(processed(t, written(t, "hlog", r), "-outputValueUnitRatio", "1000000"))
	if len(ours) < 50 || len(ours) != len(theirs) {
		t.Fatalf("ours has %d lines, theirs %d:\n%v\n%v", len(ours), len(theirs), ours, theirs)
	}
	for i := range ours {
		if ours[i] != theirs[i] {
			t.Errorf("line %d is %s, and %s of the Java library", i+1, ours[i], theirs[i])
		}
	}
}

// A request's interval has its tag, by which the Java library tells it from the seconds.
func TestTagsAreReadByJava(t *testing.T) {
	r := runtest.Mixed()
	r.Started = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	log := written(t, "hlog", r)
	if got := processed(t, log, "-listtags"); !strings.Contains(got, "1.upload") || !strings.Contains(got,
		"2.http_127.0.0.1_43817_buckets") {
		t.Errorf("the tags are\n%s", got)
	}
	if got := distribution(processed(t, log, "-tag", "1.upload", "-outputValueUnitRatio",
		"1000000")); !slices.Contains(got, "#[Max = 0.220, Total count = 15000]") {
		t.Errorf("the first request's log is\n%s", strings.Join(got, "\n"))
	}
}

// distribution is the lines of a percentile text from its header on.
func distribution(text string) (lines []string) {
	for _, line := range strings.Split(text, "\n") {
		f := strings.Fields(line)
		if len(f) > 0 && f[0] == "Value" {
			lines = nil
			continue
		}
		if len(f) >= 3 && f[0][0] != '#' { // the percentile follows from the last column, and has other digits there
			f = slices.Delete(f, 1, 2)
		}
		if f = slices.DeleteFunc(f, func(s string) bool { return s == "inf" }); len(f) == 0 {
			continue
		}
		lines = append(lines, strings.Join(f, " "))
	}
	return lines
}
