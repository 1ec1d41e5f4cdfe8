//go:build unix

package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"shotput/putserver/realtest"
	"shotput/stats"
)

// BenchmarkLive is what it costs to watch a run: 2 000 PUTs a second to the built-in target for 5 s, on a terminal of
// its own (script of util-linux gives it one), with the panel and with --progress none in turn. Both figures are
// the tool's own, of its saved run: µs of its CPU time for one PUT, and p99 of the response time. view-% is the
// difference in CPU time as a share of one core, and p99-ratio that of the medians: 1 where the view moves nothing.
func BenchmarkLive(b *testing.B) {
	script := realtest.Need(b, "script")
	shotput := built(b)
	url := startTarget(b, shotput)
	saved := filepath.Join(b.TempDir(), "run.json")
	f := figures{}
	for b.Loop() {
		for _, progress := range []string{"auto", "none"} {
			line := strings.Join([]string{shotput, "-r 2000/s -z 5s -c 64 -d x --no-preflight --progress", progress, "-o", saved, "'" + url + "/objects/{{seq}}'"}, " ")
			onTerminal(b, script, line)
			cpu, p99 := costOf(b, saved)
			name := map[string]string{"auto": "panel", "none": "none"}[progress]
			f.add(cpu.Seconds()*1e6, "µs/"+name)
			f.add(float64(p99.Microseconds()), "p99-µs/"+name)
		}
	}
	f.report(b)
	b.ReportMetric((median(f["µs/panel"])-median(f["µs/none"]))*2000/1e6*100, "view-%")
	b.ReportMetric(median(f["p99-µs/panel"])/median(f["p99-µs/none"]), "p99-ratio")
}

// onTerminal runs a line of a shell on a terminal, pinned to the last core.
func onTerminal(b *testing.B, script, line string) {
	b.Helper()
	command := pinned(runtime.NumCPU()-1, []string{script, "-qec", line, os.DevNull})
	command.Env = append(os.Environ(), "TERM=xterm")
	stdin, err := command.StdinPipe() // held open: at its end script would send one to the terminal
	if err != nil {
		b.Fatal(err)
	}
	defer stdin.Close()
	if out, err := command.CombinedOutput(); err != nil {
		b.Fatalf("%s: %v\n%s", line, err, out)
	}
}

// costOf reads a saved run: CPU time of the tool for one request, and p99 of the response time.
func costOf(b *testing.B, saved string) (cpu, p99 time.Duration) {
	b.Helper()
	text, err := os.ReadFile(saved)
	if err != nil {
		b.Fatal(err)
	}
	var r stats.Run
	if err := json.Unmarshal(text, &r); err != nil {
		b.Fatal(err)
	}
	g, t := &r.Generator, &r.Totals
	return time.Duration(g.CPURatio * g.CPUs * float64(t.Elapsed) / float64(t.Sent)), r.Latency.Response.Quantile(.99)
}
