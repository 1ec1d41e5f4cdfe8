package doctor

import (
	"strings"
	"testing"
	"time"

	"shotput/loadgen/machine"
)

// sound is a machine with nothing to look at.
func sound() host {
	return host{OS: "linux/amd64", Limits: machine.Limits{FilesSoft: 1 << 20, FilesHard: 1 << 20, PortFirst: 32768, PortLast: 60999,
		PortReuse: 2, CPUs: 8, ClockSource: "tsc"},
		SleepP50: 900 * time.Microsecond, SleepP99: 1100 * time.Microsecond, PreciseP50: 52 * time.Microsecond, PreciseP99: 90 * time.Microsecond,
		Precise: true, Stamps: true, Engine: "wire"}
}

// foundOf finds what was said of one thing.
func foundOf(t *testing.T, m host, what string) (finding, bool) {
	t.Helper()
	for _, f := range judge(m) {
		if f.What == what {
			return f, true
		}
	}
	return finding{}, false
}

func TestSoundMachine(t *testing.T) {
	found := judge(sound())
	if len(found) != 8 || bad(found) != 0 {
		t.Errorf("%d findings, %d bad: %+v", len(found), bad(found), found)
	}
}

// Each machine has one thing that is not good, which is found, explained and mended.
func TestUnsoundMachines(t *testing.T) {
	for _, c := range []struct {
		what  string
		spoil func(m *host)
		seen  string
		try   string
	}{
		{"open files", func(m *host) { m.FilesSoft, m.FilesHard = 1024, 524288 }, "1,024 at once, 524,288 when asked for", "ulimit -n 524288"},
		{"open files", func(m *host) { m.FilesSoft, m.FilesHard = 1024, 1024 }, "1,024 at once", "sudo prlimit --pid $$ --nofile=65536:65536"},
		{"local ports", func(m *host) { m.PortFirst = 60000 }, "1,000: 16 connections/s per server (loopback 1,000)", "sudo sysctl -w net.ipv4.ip_local_port_range='1024 65535'"},
		{"local ports", func(m *host) { m.PortFirst, m.PortReuse = 60000, 0 }, "1,000: 16 connections/s per server", "sudo sysctl -w net.ipv4.ip_local_port_range='1024 65535'"},
		{"CPUs", func(m *host) { m.CPUs = 1 }, "1", "nproc"},
		{"CPUs", func(m *host) { m.CPUQuota, m.QuotaFile = 1.5, "/sys/fs/cgroup/cpu.max" }, "8, of which the container may use 1.5", "cat /sys/fs/cgroup/cpu.max"},
		{"clock", func(m *host) { m.ClockSource = "hpet" }, "hpet", "grep . /sys/devices/system/clocksource/*/available_clocksource"},
		{"sleep", func(m *host) { m.SleepP99 = 9 * time.Millisecond }, "late by p50 900 µs, p99 9.00 ms (Go's own timers)", "top -b -n 1"},
		{"precise sleep", func(m *host) { m.PreciseP99 = 4 * time.Millisecond }, "late by p50 52 µs, p99 4.00 ms (what keeps schedules)", "top -b -n 1"},
		{"CPUs", func(m *host) { m.CPUQuota, m.QuotaFile = .05, "/sys/fs/cgroup/cpu/x/cpu.cfs_quota_us" }, "8, of which the container may use 0.05", "cat /sys/fs/cgroup/cpu/x/cpu.cfs_quota_us"},
		{"receive stamps", func(m *host) { m.Stamps = false }, "none from this kernel", "uname -a"},
		{"engine", func(m *host) { m.Engine, m.Reason = "http", "the event loop needs Linux" }, "http (the event loop needs Linux)", "shotput --engine http"},
	} {
		m := sound()
		c.spoil(&m)
		f, found := foundOf(t, m, c.what)
		if !found || f.Good || f.Seen != c.seen || f.Try != c.try || f.Why == "" || bad(judge(m)) != 1 {
			t.Errorf("%s: %+v, and %d bad in all", c.what, f, bad(judge(m)))
		}
	}
}

// Who is late in a container that is stopped is told of its limit, and not of what else there may be.
func TestLateByQuota(t *testing.T) {
	m := sound()
	m.CPUQuota, m.QuotaFile, m.SleepP99, m.PreciseP99 = .05, "/sys/fs/cgroup/cpu/x/cpu.cfs_quota_us", time.Second, time.Second
	for _, what := range []string{"sleep", "precise sleep"} {
		if f, _ := foundOf(t, m, what); f.Good || strings.Contains(f.Why, "something else") || f.Try != "cat "+m.QuotaFile {
			t.Errorf("%+v", f)
		}
	}
}

// Just enough is good, and what is not known is neither.
func TestDoctorBounds(t *testing.T) {
	m := sound()
	m.FilesSoft, m.FilesHard, m.PortFirst, m.CPUs, m.CPUQuota = enoughFiles, enoughFiles, m.PortLast-enoughPorts+1, 2, 2
	m.SleepP99, m.PreciseP99 = lateSleep, latePrecise
	if n := bad(judge(m)); n != 0 {
		t.Errorf("%d bad: %+v", n, judge(m))
	}
	for _, f := range judge(host{OS: "plan9/386", Engine: "wire", Stamps: true}) {
		if !f.Good || f.What == "open files" || f.What == "local ports" || f.What == "clock" || f.What == "precise sleep" {
			t.Errorf("of what is not known it is said: %+v", f)
		}
	}
	m.PortReuse = 1
	if f, _ := foundOf(t, m, "local ports"); f.Seen != "20,000: 20,000 connections/s per server" {
		t.Errorf("ports that may be used again: %s", f.Seen)
	}
}

// A command to try stands below whatever is not good, within 80 columns.
func TestPrintFindings(t *testing.T) {
	m := sound()
	m.FilesSoft, m.ClockSource, m.PreciseP99, m.Stamps, m.CPUs, m.SleepP99, m.PortFirst = 256, "acpi_pm", time.Second, false, 1, time.Second, 60000
	var b strings.Builder
	if err := printFindings(&b, m.OS, judge(m)); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(b.String(), "this machine, linux/amd64: 7 to look at\n") || strings.Count(b.String(), "\n      try   ") != 7 {
		t.Error(b.String())
	}
	for line := range strings.Lines(b.String()) {
		if len([]rune(line)) > 80+1 {
			t.Errorf("too long: %s", line)
		}
	}
}
