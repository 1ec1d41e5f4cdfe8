//go:build unix

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"shotput/putserver/realtest"
)

// BenchmarkUpload is how many MiB of body a client gets through in a second of its CPU time. shotput sends from
// memory (--size), shotput-T from a file. The bytes are those that nginx says it has read: it takes each body into
// memory, and only then asks itself for the 204. (With "return 204" it would answer before the body has come, and
// a client that heeds the answer need not send the rest.)
func BenchmarkUpload(b *testing.B) {
	address, dir := realtest.Nginx(b, `
		listen unix:DIR/void.sock; client_max_body_size 0; client_body_buffer_size 65m;
		location = /status { stub_status; }
		location /void { return 204; }
		location /objects { access_log DIR/access.log length; proxy_pass http://unix:DIR/void.sock:/void;
			proxy_pass_request_body off; proxy_set_header Content-Length ""; }`)
	shotput := built(b)
	for _, c := range []struct{ name, size, bodies, connections string }{
		{"1MiB", "1MiB", "6000", "8"},
		{"64MiB", "64MiB", "96", "4"},
	} {
		b.Run(c.name, func(b *testing.B) {
			tools, f := installed(b, uploads(b, c.size, []string{shotput, "-n", c.bodies, "-c", c.connections, "--no-preflight", "-s"},
				"http://"+address+"/objects/1")), figures{}
			for b.Loop() {
				for _, t := range tools {
					before := nginxRead(b, dir)
					u := execute(b, t.argv)
					nginxStatus(b, address) // one worker: when it answers this, it has logged what came before
					f.add(float64(nginxRead(b, dir)-before)/(1<<20)/u.cpu.Seconds(), "MiB/cpu-s/"+t.name)
				}
			}
			f.report(b)
			f.ratios(b, "MiB/cpu-s/")
		})
	}
}

// uploads are the command lines; shotput is the part of its own that they have in common.
func uploads(b *testing.B, size string, shotput []string, url string) []tool {
	mib, _ := strconv.Atoi(strings.TrimSuffix(size, "MiB")) // of the table above
	file := write(b, "body", strings.Repeat("x", mib<<20))
	tools := []tool{
		{"shotput", append(shotput[:len(shotput):len(shotput)], "--size", size, url)},
		{"shotput-T", append(shotput[:len(shotput):len(shotput)], "-T", file, url)},
		{"curl", []string{"curl", "-s", "-H", "Expect:", "-T", file, fmt.Sprintf("%s/[1-%d]", url, 1024/mib)}},
	}
	if mib == 1 { // wrk only sends for a time, and would be in the middle of most bodies of 64 MiB
		script := write(b, "put.lua", fmt.Sprintf("wrk.method = 'PUT'\nwrk.body = string.rep('x', %d)\n", mib<<20))
		tools = append(tools, tool{"wrk", []string{"wrk", "-t1", "-c8", "-d2s", "-s", script, url}})
	}
	return tools
}

// nginxRead is how many bytes of requests nginx has read, by its log.
func nginxRead(b *testing.B, dir string) (sum int64) {
	b.Helper()
	log, err := os.ReadFile(filepath.Join(dir, "access.log"))
	if err != nil {
		b.Fatal(err)
	}
	for _, line := range strings.Fields(string(log)) {
		n, err := strconv.ParseInt(line, 10, 64)
		if err != nil {
			b.Fatal(err)
		}
		sum += n
	}
	return sum
}

// BenchmarkConnections is a connection for each PUT of 128 bytes, 64 at a time: how many the client opens a second,
// and its CPU time for each. nginx counts them. A port may stay blocked for a minute after its use, there are some
// 28 000 for each address of a server, and looking for a free one takes time: each run goes to the next address.
func BenchmarkConnections(b *testing.B) {
	if runtime.GOOS != "linux" {
		b.Skip("only Linux has all of 127.0.0.0/8 without being told")
	}
	_, port, _ := strings.Cut(realtest.FreeAddress(b), ":")
	var hosts []string
	for i := range 30 {
		hosts = append(hosts, fmt.Sprintf("127.0.0.%d:%s", i+2, port))
	}
	address, _ := realtest.Nginx(b, "listen "+strings.Join(hosts, " backlog=4096; listen ")+` backlog=4096;
		location = /status { stub_status; }
		location / { return 204; }`)
	tools, f, run := installed(b, reconnecting(b, built(b), hosts)), figures{}, 0
	for b.Loop() {
		for _, t := range tools {
			before := nginxStatus(b, address)
			u := execute(b, aimed(t.argv, hosts[run%len(hosts)]))
			run++
			n := float64(nginxStatus(b, address).accepted - before.accepted)
			f.add(float64(u.cpu.Microseconds())/n, "µs/"+t.name)
			f.add(n/u.wall.Seconds(), "conns/s/"+t.name)
		}
	}
	f.report(b)
	f.ratios(b, "µs/")
}

// reconnecting are the command lines, of some thousand requests each, at HOST.
func reconnecting(b *testing.B, shotput string, hosts []string) []tool {
	body, url := strings.Repeat("x", 128), "http://HOST/objects/1"
	script := write(b, "put.lua", "wrk.method = 'PUT'\nwrk.body = string.rep('x', 128)\nwrk.headers['Connection'] = 'close'\n")
	file, dir := write(b, "body", body), b.TempDir()
	for _, host := range hosts {
		if err := os.WriteFile(filepath.Join(dir, host), []byte("PUT http://"+host+"/objects/1\n@"+file+"\n"), 0o644); err != nil {
			b.Fatal(err)
		}
	}
	return []tool{
		{"shotput", []string{shotput, "-n", "6400", "-c", "64", "-d", body, "--no-keepalive", "--no-preflight", "-s", url}},
		{"wrk", []string{"wrk", "-t1", "-c64", "-d1s", "-s", script, url}},
		{"hey", []string{"hey", "-n", "6400", "-c", "64", "-m", "PUT", "-d", body, "-disable-keepalive", url}},
		{"vegeta", []string{"vegeta", "attack", "-rate=0", "-workers=64", "-max-workers=64", "-duration=500ms", "-keepalive=false",
			"-targets=" + filepath.Join(dir, "HOST"), "-output=/dev/null"}},
		{"oha", []string{"oha", "--no-tui", "--disable-keepalive", "-n", "6400", "-c", "64", "-m", "PUT", "-d", body, url}},
	}
}

// aimed is the command line with a host for HOST.
func aimed(argv []string, host string) (at []string) {
	for _, arg := range argv {
		at = append(at, strings.ReplaceAll(arg, "HOST", host))
	}
	return at
}

// BenchmarkMemory is the tool's peak resident memory: after 100 000 and after 1 000 000 requests, and the ratio, since
// it must not grow with the run; and with many connections, nearly all of them idle, which nginx counts.
func BenchmarkMemory(b *testing.B) {
	if runtime.GOOS != "linux" {
		b.Skip("only Linux has /proc/PID/status")
	}
	address, _ := realtest.Nginx(b, `
		location = /status { stub_status; }
		location / { return 204; }`)
	shotput, url := built(b), "http://"+address+"/objects/{{seq}}"
	peak := func(b *testing.B, args ...string) float64 {
		return peakResident(b, append([]string{shotput, "-d", "x", "--no-preflight", "-s", url}, args...))
	}
	b.Run("run", func(b *testing.B) {
		f := figures{}
		for b.Loop() {
			short, long := peak(b, "-c", "64", "-n", "100000"), peak(b, "-c", "64", "-n", "1000000")
			f.add(short, "MiB/100k")
			f.add(long, "MiB/1M")
			f.add(long/short, "ratio")
		}
		f.report(b)
	})
	for _, connections := range []int{64, 2000, 10000} {
		b.Run(fmt.Sprintf("%dconns", connections), func(b *testing.B) {
			needDescriptors(b, connections)
			f := figures{}
			for b.Loop() {
				before := nginxStatus(b, address)
				f.add(peak(b, "-c", strconv.Itoa(connections), "-r", "500/s", "-z", "2s"), "MiB")
				f.add(float64(nginxStatus(b, address).accepted-before.accepted), "conns")
			}
			f.report(b)
		})
	}
}

// peakResident runs a command to its end and gives the most memory that it had, in MiB.
//
// It asks again and again, since what the kernel says of a process after its end (Maxrss) is never less than what
// its parent had, and this one has held bodies of megabytes.
func peakResident(b *testing.B, argv []string) (mib float64) {
	b.Helper()
	command := pinned(runtime.NumCPU()-1, argv)
	if err := command.Start(); err != nil {
		b.Fatal(err)
	}
	ended := make(chan error)
	go func() { ended <- command.Wait() }()
	for {
		select {
		case err := <-ended:
			if err != nil || mib == 0 {
				b.Fatalf("%s: %v, peak %.1f MiB", strings.Join(argv, " "), err, mib)
			}
			return mib
		case <-time.After(5 * time.Millisecond):
			status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", command.Process.Pid)) // not there: it has ended
			if _, peak, ok := strings.Cut(string(status), "VmHWM:"); ok {
				kib, _ := strconv.ParseFloat(strings.Fields(peak)[0], 64) // the kernel writes a number
				mib = kib / 1024
			}
		}
	}
}

// needDescriptors lets this process's children open so many files and some more, or skips.
func needDescriptors(b *testing.B, n int) {
	b.Helper()
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		b.Fatal(err)
	}
	if int(limit.Max) < n+100 {
		b.Skipf("%d open files are allowed, too few for %d connections", limit.Max, n)
	}
	limit.Cur = limit.Max
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil { // children get what was set, not what Go raised
		b.Fatal(err)
	}
}
