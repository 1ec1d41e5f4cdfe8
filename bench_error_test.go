//go:build unix

package main

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"shotput/putserver"
	"shotput/stats"
)

// quantiles are the service times, or those nearest to it that a tool has, at levels.
type quantiles [4]time.Duration

var (
	levels     = [len(quantiles{})]float64{.5, .9, .99, .999}
	levelNames = [len(quantiles{})]string{"p50", "p90", "p99", "p99.9"}
)

// BenchmarkError is how far a tool's percentiles are from the truth: |reported − logged| in µs, where the log is that
// of the built-in target, which notes when a request reached its kernel and when its answer left. It is service time
// that is held against it, and where a tool has no such thing what comes nearest: vegeta's one latency, and that of
// wrk2 which it calls uncorrected. What lies between the instants of client and target, a write and a loopback
// delivery each way, is in the error too: some 12 µs.
func BenchmarkError(b *testing.B) {
	shotput := built(b)
	for _, law := range []string{"constant:2ms", "bimodal:0.7ms,9ms,20"} {
		url := startTarget(b, shotput, "--law", law)
		for _, rate := range []string{"1000", "5000"} {
			b.Run(law+"@"+rate, func(b *testing.B) {
				m, f := newMeters(b, shotput, url, rate), figures{}
				for b.Loop() {
					for _, t := range m.tools {
						resetLog(b, url)
						got := m.read[t.name](execute(b, t.argv))
						truth := logged(b, url)
						for i, name := range levelNames {
							f.add(math.Abs(float64(got[i]-truth[i]))/1e3, "err-"+name+"-µs/"+t.name)
						}
					}
				}
				f.report(b)
			})
		}
	}
}

// meters are tools that fire at a rate and say what they measured.
type meters struct {
	b     *testing.B
	dir   string
	tools []tool
	read  map[string]func(usage) quantiles
}

func newMeters(b *testing.B, shotput, url, rate string) *meters {
	m := &meters{b: b, dir: b.TempDir()}
	body, url := write(b, "body", strings.Repeat("x", 128)), url+"/objects/1"
	targets := write(b, "targets", "PUT "+url+"\n@"+body+"\n")
	script := write(b, "put.lua", "wrk.method = 'PUT'\nwrk.body = string.rep('x', 128)\n")
	m.tools = installed(b, []tool{
		{"shotput", []string{shotput, "-r", rate + "/s", "-z", "2s", "-c", "100", "--data-binary", "@" + body, "--no-preflight", "-s",
			"-o", filepath.Join(m.dir, "run.json"), url}},
		{"vegeta", []string{"vegeta", "attack", "-rate=" + rate, "-workers=100", "-max-workers=100", "-duration=2s",
			"-targets=" + targets, "-output=" + filepath.Join(m.dir, "results")}},
		{"wrk2", []string{"wrk2", "-t1", "-c100", "-d2s", "-R" + rate, "-U", "-s", script, url}},
	})
	m.read = map[string]func(usage) quantiles{"shotput": m.shotput, "vegeta": m.vegeta, "wrk2": m.wrk2}
	return m
}

// shotput's are in its saved run.
func (m *meters) shotput(usage) (q quantiles) {
	m.b.Helper()
	text, err := os.ReadFile(filepath.Join(m.dir, "run.json"))
	if err != nil {
		m.b.Fatal(err)
	}
	var r stats.Run
	if err := json.Unmarshal(text, &r); err != nil {
		m.b.Fatal(err)
	}
	if r.Verdict.Status != stats.Kept {
		m.b.Logf("shotput says: %s: %s", r.Verdict.Status, r.Verdict.Reason)
	}
	for i, p := range levels {
		q[i] = r.Latency.Service.Quantile(p)
	}
	return q
}

// vegeta's are made of its single results: its report has no p99.9, and estimates the others.
func (m *meters) vegeta(usage) (q quantiles) {
	m.b.Helper()
	out, err := exec.Command("vegeta", "encode", "-to=csv", filepath.Join(m.dir, "results")).Output()
	if err != nil {
		m.b.Fatal(err)
	}
	rows, err := csv.NewReader(strings.NewReader(string(out))).ReadAll()
	if err != nil {
		m.b.Fatal(err)
	}
	var all []time.Duration
	for _, row := range rows {
		ns, err := strconv.ParseInt(row[2], 10, 64)
		if err != nil {
			m.b.Fatal(err)
		}
		all = append(all, time.Duration(ns))
	}
	slices.Sort(all)
	for i, p := range levels {
		q[i] = all[max(int(p*float64(len(all))+0.5), 1)-1]
	}
	return q
}

// wrk2's are lines such as " 99.900%    2.05ms" in what it prints, after the heading with that word.
func (m *meters) wrk2(u usage) (q quantiles) {
	m.b.Helper()
	_, table, _ := strings.Cut(u.out, "Uncorrected")
	for line := range strings.Lines(table) {
		words := strings.Fields(line)
		for i, p := range levels {
			if len(words) != 2 || words[0] != fmt.Sprintf("%.3f%%", p*100) {
				continue
			}
			var err error
			if q[i], err = time.ParseDuration(words[1]); err != nil {
				m.b.Fatal(err)
			}
		}
	}
	return q
}

// startTarget runs the built-in target as a process of its own, on the first core, until the benchmark ends.
func startTarget(b *testing.B, shotput string, args ...string) (url string) {
	b.Helper()
	command := pinned(0, append([]string{shotput, "target", "--listen", "127.0.0.1:0"}, args...))
	out, err := command.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := command.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		command.Process.Signal(os.Interrupt)
		command.Wait()
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		b.Fatal(err)
	}
	return strings.TrimSpace(strings.TrimPrefix(line, "listening on "))
}

// resetLog empties the target's log.
func resetLog(b *testing.B, url string) {
	b.Helper()
	request, err := http.NewRequest(http.MethodDelete, url+putserver.LogPath, nil)
	if err != nil {
		b.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		b.Fatal(err)
	}
	response.Body.Close()
}

// logged is the truth.
func logged(b *testing.B, url string) quantiles {
	b.Helper()
	response, err := http.Get(url + putserver.LogPath)
	if err != nil {
		b.Fatal(err)
	}
	defer response.Body.Close()
	var log putserver.LogStats
	if err := json.NewDecoder(response.Body).Decode(&log); err != nil {
		b.Fatal(err)
	}
	if log.Held.Count == 0 || log.Unstamped*100 > log.Requests {
		b.Logf("the log has %d requests, %d of them without the kernel's stamp", log.Requests, log.Unstamped)
	}
	return quantiles{log.Held.P50, log.Held.P90, log.Held.P99, log.Held.P999}
}
