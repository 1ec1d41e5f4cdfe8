//go:build unix

package main

import (
	"bufio"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"shotput/target/realtest"
)

// The tool as a whole, measured from outside as a child process, beside the peers that are installed. Machines
// are noisy, so what is reported is CPU time per request, not wall time, and ratios of medians: all tools run
// in turn, against one server. The server has the first core, the clients have the last.
//
//	go test -run '^$' -bench . -benchtime 5x

// BenchmarkCPU is the CPU time of the client for one PUT of 128 bytes: closed loop, 64 connections, keep-alive,
// nginx answering 204. Requests are counted by nginx, so that no tool's own count is believed. µs/x is tool x;
// shotput/x is the ratio of the medians, below 1 where shotput is cheaper.
func BenchmarkCPU(b *testing.B) {
	address, dir := realtest.Nginx(b, `
		location = /status { stub_status; }
		location / { return 204; }`)
	url := "http://" + address + "/objects/1"
	tools := clients(b, dir, url)
	costs := map[string][]float64{}
	for b.Loop() {
		for name, argv := range tools {
			before := nginxRequests(b, address)
			u := execute(b, argv)
			n := nginxRequests(b, address) - before - 1 // the status request itself
			costs[name] = append(costs[name], float64(u.cpu.Microseconds())/float64(n))
		}
	}
	ours := median(costs["shotput"])
	for name := range tools {
		b.ReportMetric(median(costs[name]), "µs/"+name)
		if name != "shotput" {
			b.ReportMetric(ours/median(costs[name]), "shotput/"+name)
		}
	}
	b.ReportMetric(0, "ns/op")
}

// clients are the command lines that fire for two seconds; those of peers that are not installed are left out.
func clients(b *testing.B, dir, url string) map[string][]string {
	body := strings.Repeat("x", 128)
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			b.Fatal(err)
		}
		return path
	}
	script := write("put.lua", fmt.Sprintf("wrk.method = 'PUT'\nwrk.body = '%s'\n", body))
	targets := write("targets", "PUT "+url+"\n@"+write("put.body", body)+"\n")
	tools := map[string][]string{
		"shotput": {built(b), "-z", "2s", "-c", "64", "-d", body, "--no-preflight", "-s", url},
		"wrk":     {"wrk", "-t1", "-c64", "-d2s", "-s", script, url},
		"hey":     {"hey", "-z", "2s", "-c", "64", "-m", "PUT", "-d", body, url},
		"vegeta":  {"vegeta", "attack", "-rate=0", "-workers=64", "-max-workers=64", "-duration=2s", "-targets=" + targets, "-output=/dev/null"},
	}
	for name, argv := range tools {
		path, err := exec.LookPath(argv[0])
		if err != nil {
			b.Logf("%s is not installed", name)
			delete(tools, name)
			continue
		}
		argv[0] = path
	}
	return tools
}

// BenchmarkMemory is the tool's peak resident memory after 100 000 and after 1 000 000 requests, and the ratio:
// it must not grow with the run.
func BenchmarkMemory(b *testing.B) {
	tool := built(b)
	url := startTarget(b, tool)
	peaks := map[string][]float64{}
	for b.Loop() {
		for _, n := range []string{"100000", "1000000"} {
			u := execute(b, []string{tool, "-n", n, "-c", "64", "-d", "x", "-s", "--no-preflight", url})
			peaks[n] = append(peaks[n], float64(u.resident)/(1<<20))
		}
	}
	b.ReportMetric(median(peaks["100000"]), "MiB/100k")
	b.ReportMetric(median(peaks["1000000"]), "MiB/1M")
	b.ReportMetric(median(peaks["1000000"])/median(peaks["100000"]), "ratio")
	b.ReportMetric(0, "ns/op")
}

// startTarget runs the built-in target as a process of its own until the benchmark ends, and gives a URL on it.
func startTarget(b *testing.B, tool string) string {
	b.Helper()
	command := exec.Command(tool, "target", "--listen", "127.0.0.1:0")
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
	return strings.TrimSpace(strings.TrimPrefix(line, "listening on ")) + "/objects/{{seq}}"
}

// built is the tool, compiled.
func built(b *testing.B) string {
	b.Helper()
	path := filepath.Join(b.TempDir(), "shotput")
	if out, err := exec.Command("go", "build", "-o", path, ".").CombinedOutput(); err != nil {
		b.Fatalf("build: %v\n%s", err, out)
	}
	return path
}

// usage is what a finished command cost.
type usage struct {
	cpu      time.Duration // user and system
	resident int64         // peak, bytes
}

// execute runs a command to its end, on the last core where taskset is installed.
func execute(b *testing.B, argv []string) usage {
	b.Helper()
	if taskset, err := exec.LookPath("taskset"); err == nil && runtime.NumCPU() > 1 {
		argv = append([]string{taskset, "-c", strconv.Itoa(runtime.NumCPU() - 1)}, argv...)
	}
	command := exec.Command(argv[0], argv[1:]...)
	out, err := command.CombinedOutput()
	if err != nil {
		b.Fatalf("%s: %v\n%s", strings.Join(argv, " "), err, out)
	}
	state := command.ProcessState
	return usage{cpu: state.UserTime() + state.SystemTime(), resident: state.SysUsage().(*syscall.Rusage).Maxrss << 10}
}

// nginxRequests is how many requests nginx has served.
func nginxRequests(b *testing.B, address string) (n int64) {
	b.Helper()
	response, err := http.Get("http://" + address + "/status")
	if err != nil {
		b.Fatal(err)
	}
	defer response.Body.Close()
	lines := bufio.NewScanner(response.Body)
	for lines.Scan() {
		var accepted, handled int64
		if _, err := fmt.Sscan(lines.Text(), &accepted, &handled, &n); err == nil {
			return n
		}
	}
	b.Fatal("nginx's status page has no line of three numbers")
	return 0
}

func median(values []float64) float64 {
	s := slices.Sorted(slices.Values(values))
	return (s[(len(s)-1)/2] + s[len(s)/2]) / 2
}
