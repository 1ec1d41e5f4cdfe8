package machine

import (
	"io/fs"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

func file(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }

// What Linux tells in files, in either version of control groups.
func TestLimitsInFiles(t *testing.T) {
	root := fstest.MapFS{
		"proc/sys/net/ipv4/ip_local_port_range": file("32768\t60999\n"), "proc/sys/net/ipv4/tcp_tw_reuse": file("2\n"),
		"sys/devices/system/clocksource/clocksource0/current_clocksource": file("tsc\n"),
	}
	if m := (system{root}).limits(); m.PortFirst != 32768 || m.PortLast != 60999 || m.PortReuse != 2 ||
		m.ClockSource != "tsc" || m.CPUQuota != 0 {
		t.Errorf("%+v", m)
	}
	if m := (system{fstest.MapFS{}}).limits(); m != (Limits{}) {
		t.Errorf("out of nothing: %+v", m)
	}
	for what, c := range map[string]struct {
		files fstest.MapFS
		want  float64
	}{
		"no limit": {fstest.MapFS{"proc/self/cgroup": file("0::/a\n"),
			"sys/fs/cgroup/a/cpu.max": file("max 100000\n")}, 0},
		"in a container": {fstest.MapFS{"proc/self/cgroup": file("0::/\n"),
			"sys/fs/cgroup/cpu.max": file("150000 100000\n")}, 1.5},
		"of the one above": {fstest.MapFS{"proc/self/cgroup": file("0::/a/b\n"),
			"sys/fs/cgroup/a/b/cpu.max": file("400000 100000\n"),
			"sys/fs/cgroup/a/cpu.max":   file("200000 100000\n")}, 2},
		"version 1": {fstest.MapFS{"proc/self/cgroup": file("4:cpu,cpuacct:/x\n"),
			"sys/fs/cgroup/cpu/x/cpu.cfs_quota_us":  file("50000\n"),
			"sys/fs/cgroup/cpu/x/cpu.cfs_period_us": file("100000\n")}, .5},
		"version 1, beside an empty tree of version 2": {fstest.MapFS{"proc/self/cgroup": file("9:name=systemd:/\n2:cpuacct:/\n1:cpu:/x/y\n0::/\n"),
			"sys/fs/cgroup/cpu/x/y/cpu.cfs_quota_us": file("-1\n"), "sys/fs/cgroup/cpu/x/y/cpu.cfs_period_us": file("100000\n"),
			"sys/fs/cgroup/cpu/x/cpu.cfs_quota_us": file("5000\n"), "sys/fs/cgroup/cpu/x/cpu.cfs_period_us": file("100000\n"),
			"sys/fs/cgroup/unified/cgroup.procs": file("1\n")}, .05},
		"version 1, none": {fstest.MapFS{"proc/self/cgroup": file("4:cpu:/\n"),
			"sys/fs/cgroup/cpu/cpu.cfs_quota_us":  file("-1\n"),
			"sys/fs/cgroup/cpu/cpu.cfs_period_us": file("100000\n")}, 0},
		"of what is no CPU": {fstest.MapFS{"proc/self/cgroup": file("4:memory:/\nbroken\n"),
			"sys/fs/cgroup/cpu.max": file("100000 100000\n")}, 0},
	} {
		l := (system{c.files}).limits()
		if l.CPUQuota != c.want {
			t.Errorf("%s: %v CPUs, want %v", what, l.CPUQuota, c.want)
		}
		if _, err := fs.Stat(c.files, strings.TrimPrefix(l.QuotaFile, "/")); (c.want > 0) != (l.QuotaFile != "") || c.want > 0 && err != nil {
			t.Errorf("%s: the limit stands in %q: %v", what, l.QuotaFile, err)
		}
	}
}

// How long CPU limits held this process back, in either version of control groups.
func TestThrottled(t *testing.T) {
	for what, c := range map[string]struct {
		files fstest.MapFS
		want  time.Duration
	}{
		"nothing": {fstest.MapFS{}, 0},
		"no limit": {fstest.MapFS{"proc/self/cgroup": file("0::/a\n"),
			"sys/fs/cgroup/a/cpu.stat": file("usage_usec 5\nuser_usec 5\n")}, 0},
		"in a container": {fstest.MapFS{"proc/self/cgroup": file("0::/\n"),
			"sys/fs/cgroup/cpu.stat": file("usage_usec 5\nnr_throttled 1\nthrottled_usec 1500\n")},
			1500 * time.Microsecond},
		"not its namespace": {fstest.MapFS{"proc/self/cgroup": file("0::/docker/1\n"),
			"sys/fs/cgroup/cpu.stat": file("throttled_usec 7\n")}, 7 * time.Microsecond},
		"of the one above": {fstest.MapFS{"proc/self/cgroup": file("0::/a/b\n"),
			"sys/fs/cgroup/a/b/cpu.stat": file("throttled_usec 20\n"),
			"sys/fs/cgroup/a/cpu.stat":   file("throttled_usec 30\n")}, 30 * time.Microsecond},
		"version 1": {fstest.MapFS{"proc/self/cgroup": file("4:cpu,cpuacct:/x\n"),
			"sys/fs/cgroup/cpu/x/cpu.stat": file("nr_periods 9\nnr_throttled 2\nthrottled_time 2500\n")}, 2500},
		"of what is no CPU": {fstest.MapFS{"proc/self/cgroup": file("4:memory:/\n"),
			"sys/fs/cgroup/cpu/cpu.stat": file("throttled_time 2500\n")}, 0},
		"no number": {fstest.MapFS{"proc/self/cgroup": file("0::/\n"),
			"sys/fs/cgroup/cpu.stat": file("throttled_usec many\n")}, 0},
		"more than above": {fstest.MapFS{"proc/self/cgroup": file("0::/a/b\n"),
			"sys/fs/cgroup/a/b/cpu.stat": file("throttled_usec 30\n"),
			"sys/fs/cgroup/a/cpu.stat":   file("throttled_usec 20\n")}, 30 * time.Microsecond},
	} {
		if got := (system{c.files}).throttled(); got != c.want {
			t.Errorf("%s: %v, want %v", what, got, c.want)
		}
	}
}

// What the host takes away is the eighth figure of the first line.
func TestStolen(t *testing.T) {
	for stat, want := range map[string][2]uint64{
		"":                                    {0, 0},
		"cpu  1 2 3 4 5 6 7\n":                {0, 28}, // before Linux 2.6.11
		"cpu  1 2 3 4 5 6 7 8 9 10\ncpu0 1 1": {8, 36}, // the guests' time is in the user's
	} {
		steal, total := system{fstest.MapFS{"proc/stat": file(stat)}}.stolen()
		if got := [2]uint64{steal, total}; got != want {
			t.Errorf("%q: %v, want %v", stat, got, want)
		}
	}
}

// This machine tells what every machine does.
func TestReadLimits(t *testing.T) {
	l := ReadLimits()
	if l.CPUs < 1 || l.FilesSoft > l.FilesHard {
		t.Errorf("%+v", l)
	}
	if runtime.GOOS != "linux" {
		return
	}
	s := Take()
	if l.FilesSoft == 0 || s.descriptorLimit != l.FilesSoft || s.ticks == 0 {
		t.Errorf("%+v, and a sample of %d descriptors and %d ticks", l, s.descriptorLimit, s.ticks)
	}
}
