package report

import (
	"fmt"
	"io"
	"strings"

	"shotput/stats"
)

// Bench writes the run as one result of a Go benchmark, as benchstat reads them: the number of OK requests, the mean of
// the headline latency, and beside it percentiles and rates. The name is method and path, so that runs at different
// hosts compare; the number at its end is that of the tool's CPUs, as with go test. A run in which nothing succeeded
// has no result, and is a failed benchmark.
func Bench(w io.Writer, r *stats.Run) error {
	system, arch, _ := strings.Cut(r.Tool.OS, "/")
	name := benchName(&r.Plan, r.Tool.CPUs)
	if _, err := fmt.Fprintf(w, "goos: %s\ngoarch: %s\npkg: shotput\n", word(system), word(arch)); err != nil {
		return err
	}
	h := r.Latency.Headline(r.Plan.Open())
	if h.Count() == 0 {
		_, err := fmt.Fprintf(w, "--- FAIL: %s\n", name)
		return err
	}
	line := fmt.Sprintf("%s\t%d\t%d ns/op", name, h.Count(), h.Mean().Nanoseconds())
	if bytes := r.UploadSpeed(); bytes > 0 && r.Totals.HasRate() {
		line += fmt.Sprintf("\t%.6g MB/s", bytes/1e6) // as go test has it where a benchmark says SetBytes
	}
	for _, q := range []struct {
		unit string
		q    float64
	}{{"p50-ns", .5}, {"p90-ns", .9}, {"p99-ns", .99}, {"p99.9-ns", .999}} {
		line += fmt.Sprintf("\t%d %s", h.Quantile(q.q).Nanoseconds(), q.unit)
	}
	line += fmt.Sprintf("\t%d max-ns", h.Max().Nanoseconds())
	if r.Totals.HasRate() {
		line += fmt.Sprintf("\t%.6g req/s\t%.6g ok/s", r.Totals.AchievedPerSecond, r.Totals.GoodputPerSecond)
	}
	_, err := fmt.Fprintf(w, "%s\t%d errors\n", line, r.Totals.Sent-r.Totals.OK)
	return err
}

func benchName(p *stats.Plan, cpus int) string {
	of := strings.ToUpper(word(p.Method)) + benchPath(p.URL)
	if len(p.Mix) > 1 {
		of = "Mix"
	}
	return fmt.Sprintf("Benchmark%s-%d", of, max(1, cpus))
}

// benchPath is a URL without what is before its path; of one that is no URL, all of it.
func benchPath(template string) string {
	_, rest, found := strings.Cut(template, "://")
	at := strings.IndexByte(rest, '/')
	switch {
	case !found:
		return "/" + word(template)
	case at < 0:
		return "/"
	}
	return word(rest[at:])
}

// word is one word of ASCII: what else there is in s would end a benchmark's name, or begin another field.
func word(s string) string {
	return strings.Map(func(r rune) rune {
		if r <= ' ' || r > '~' {
			return '_'
		}
		return r
	}, s)
}
