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
	"testing"
	"time"

	"shotput/putserver/realtest"
)

// The tool as a whole, measured from outside as a child process, beside the peers that are installed. Machines
// are noisy, so what is reported is CPU time per request, not wall time, and medians and their ratios: all tools
// run in turn, round by round, against one server. The server has the first core, the clients have the last.
// docs/benchmarks.md says how to run them and how to read the figures.

// BenchmarkCPU is the CPU time of the client for one PUT: closed loop, keep-alive, nginx answering 204. Requests
// are counted by nginx, so that no tool's own count is believed. µs/x is tool x; shotput/x is the ratio of the
// medians, below 1 where shotput is cheaper.
func BenchmarkCPU(b *testing.B) {
	secure := realtest.FreeAddress(b)
	cert, key := realtest.Certificate(b)
	address, _ := realtest.Nginx(b, fmt.Sprintf(`
		listen %s ssl; ssl_certificate %s; ssl_certificate_key %s;
		ssl_protocols TLSv1.3; ssl_conf_command Ciphersuites TLS_AES_128_GCM_SHA256;
		location = /status { stub_status; }
		location / { return 204; }`, secure, cert, key))
	plain, tls := "http://"+address+"/objects/1", "https://"+secure+"/objects/1"
	shotput := built(b)
	for _, c := range []struct {
		name string
		load load
	}{
		{"64×128B", load{plain, 64, 128, 2 * time.Second}},
		{"1×128B", load{plain, 1, 128, time.Second}},
		{"1000×128B", load{plain, 1000, 128, time.Second}},
		{"64×16KiB", load{plain, 64, 16 << 10, time.Second}},
		{"1×16KiB", load{plain, 1, 16 << 10, time.Second}},
		{"1000×16KiB", load{plain, 1000, 16 << 10, time.Second}},
		{"64×128B-TLS", load{tls, 64, 128, time.Second}},
	} {
		b.Run(c.name, func(b *testing.B) {
			tools, f := installed(b, c.load.tools(b, shotput)), figures{}
			for b.Loop() {
				for _, t := range tools {
					before := nginxStatus(b, address)
					u := execute(b, t.argv)
					n := nginxStatus(b, address).requests - before.requests - 1 // the status request itself
					f.add(float64(u.cpu.Microseconds())/float64(n), "µs/"+t.name)
				}
			}
			f.report(b)
			f.ratios(b, "µs/")
		})
	}
}

// A load is what BenchmarkCPU has each tool do: PUTs to one URL in a closed loop.
type load struct {
	url         string
	connections int
	size        int // of the body, bytes
	duration    time.Duration
}

// A tool is a command line, and the name under which it is reported.
type tool struct {
	name string
	argv []string
}

// tools are the command lines for the load.
func (l load) tools(b *testing.B, shotput string) []tool {
	body := strings.Repeat("x", l.size)
	file := write(b, "body", body)
	script := write(b, "put.lua", fmt.Sprintf("wrk.method = 'PUT'\nwrk.body = string.rep('x', %d)\n", l.size))
	targets := write(b, "targets", "PUT "+l.url+"\n@"+file+"\n")
	c, z := strconv.Itoa(l.connections), l.duration.String()
	return []tool{
		{"shotput", []string{shotput, "-z", z, "-c", c, "--data-binary", "@" + file, "--no-preflight", "-s", "-k", l.url}},
		{"wrk", []string{"wrk", "-t1", "-c" + c, "-d" + z, "-s", script, l.url}},
		{"h2load", []string{"h2load", "--h1", "-t1", "-c" + c, "-D" + z, "-d", file, "-H", ":method: PUT", l.url}},
		{"oha", []string{"oha", "--no-tui", "--insecure", "-z", z, "-c", c, "-m", "PUT", "-D", file, l.url}},
		{"hey", []string{"hey", "-z", z, "-c", c, "-m", "PUT", "-D", file, l.url}},
		{"vegeta", []string{"vegeta", "attack", "-rate=0", "-workers=" + c, "-max-workers=" + c, "-duration=" + z, "-insecure",
			"-targets=" + targets, "-output=/dev/null"}},
		{"bombardier", []string{"bombardier", "-q", "-k", "-d", z, "-c", c, "-m", "PUT", "-f", file, l.url}},
	}
}

// write makes a file for a tool to read.
func write(b *testing.B, name, text string) (path string) {
	b.Helper()
	path = filepath.Join(b.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		b.Fatal(err)
	}
	return path
}

// installed leaves out the tools that this machine does not have.
func installed(b *testing.B, tools []tool) (found []tool) {
	b.Helper()
	for _, t := range tools {
		path, err := exec.LookPath(t.argv[0])
		if err != nil {
			b.Logf("%s is not installed", t.argv[0])
			continue
		}
		found = append(found, tool{t.name, append([]string{path}, t.argv[1:]...)})
	}
	return found
}

// figures are the values of each unit, round by round.
type figures map[string][]float64

func (f figures) add(value float64, unit string) { f[unit] = append(f[unit], value) }

// report gives the median of each unit.
func (f figures) report(b *testing.B) {
	for unit, values := range f {
		b.ReportMetric(median(values), unit)
	}
	b.ReportMetric(0, "ns/op")
}

// ratios gives, for the units that begin so and end in a tool's name, each of shotput's medians by each peer's.
func (f figures) ratios(b *testing.B, prefix string) {
	for ours := range f {
		our, ok := strings.CutPrefix(ours, prefix)
		if !ok || !strings.HasPrefix(our, "shotput") {
			continue
		}
		for theirs := range f {
			if peer, ok := strings.CutPrefix(theirs, prefix); ok && !strings.HasPrefix(peer, "shotput") {
				b.ReportMetric(median(f[ours])/median(f[theirs]), our+"/"+peer)
			}
		}
	}
}

func median(values []float64) float64 {
	s := slices.Sorted(slices.Values(values))
	return (s[(len(s)-1)/2] + s[len(s)/2]) / 2
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

// usage is what a finished command cost, and what it said.
type usage struct {
	cpu, wall time.Duration // cpu: user and system
	out       string
}

// execute runs a command to its end, on the last core.
func execute(b *testing.B, argv []string) usage {
	b.Helper()
	command := pinned(runtime.NumCPU()-1, argv)
	began := time.Now()
	out, err := command.CombinedOutput()
	if err != nil {
		b.Fatalf("%s: %v\n%s", strings.Join(argv, " "), err, out)
	}
	state := command.ProcessState
	return usage{state.UserTime() + state.SystemTime(), time.Since(began), string(out)}
}

// pinned is a command on a core of its own, where there are several and taskset is installed.
func pinned(core int, argv []string) *exec.Cmd {
	if taskset, err := exec.LookPath("taskset"); err == nil && runtime.NumCPU() > 1 {
		argv = append([]string{taskset, "-c", strconv.Itoa(core)}, argv...)
	}
	return exec.Command(argv[0], argv[1:]...)
}

// served is what nginx has counted.
type served struct{ accepted, handled, requests int64 }

// nginxStatus asks nginx what it has counted, the question included.
func nginxStatus(b *testing.B, address string) (n served) {
	b.Helper()
	response, err := http.Get("http://" + address + "/status")
	if err != nil {
		b.Fatal(err)
	}
	defer response.Body.Close()
	lines := bufio.NewScanner(response.Body)
	for lines.Scan() {
		if _, err := fmt.Sscan(lines.Text(), &n.accepted, &n.handled, &n.requests); err == nil {
			return n
		}
	}
	b.Fatal("nginx's status page has no line of three numbers")
	return n
}
