package doctor

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"runtime"
	"strconv"
	"strings"
	"time"

	"shotput/loadgen"
	"shotput/stats"
)

// A machine is what there is to know of one before it fires. What is not known is zero, and is not judged.
type machine struct {
	OS          string        `json:"os"` // such as "linux/amd64"
	FilesSoft   uint64        `json:"files_soft"`
	FilesHard   uint64        `json:"files_hard"`
	PortFirst   int           `json:"port_first"`
	PortLast    int           `json:"port_last"`
	PortReuse   int           `json:"port_reuse"` // tcp_tw_reuse: 0 never, 1 everywhere, 2 on loopback
	CPUs        int           `json:"cpus"`
	CPUQuota    float64       `json:"cpu_quota"` // of a container, in CPUs; 0: none
	ClockSource string        `json:"clock_source"`
	SleepP50    time.Duration `json:"sleep_overshoot_p50_ns"` // of Go's own timers
	SleepP99    time.Duration `json:"sleep_overshoot_p99_ns"`
	PreciseP50  time.Duration `json:"precise_overshoot_p50_ns"` // of the wait that keeps schedules
	PreciseP99  time.Duration `json:"precise_overshoot_p99_ns"`
	Precise     bool          `json:"precise"` // there is such a wait
	Stamps      bool          `json:"receive_stamps"`
	Engine      string        `json:"engine"`
	Reason      string        `json:"engine_reason,omitempty"`
	Poll        string        `json:"poll,omitempty"` // how a closed loop waits: "io_uring" or "epoll"
}

// thisMachine reads and measures, for about a tenth of a second.
func thisMachine() machine {
	m := readMachine(os.DirFS("/"))
	m.OS, m.CPUs = runtime.GOOS+"/"+runtime.GOARCH, runtime.NumCPU()
	m.FilesSoft, m.FilesHard = fileLimits()
	p := loadgen.ProbeMachine()
	m.SleepP50, m.SleepP99 = halfAndMost(&p.Ordinary)
	m.PreciseP50, m.PreciseP99 = halfAndMost(&p.Precise)
	m.Precise, m.Stamps, m.Engine, m.Reason, m.Poll = p.Precise.Count() > 0, p.Stamps, p.Engine, p.Reason, p.Poll
	return m
}

func halfAndMost(h *stats.Histogram) (p50, p99 time.Duration) { return h.Quantile(.5), h.Quantile(.99) }

// readMachine reads what Linux tells in files; elsewhere there are none.
func readMachine(root fs.FS) (m machine) {
	text := func(name string) string {
		b, _ := fs.ReadFile(root, name) // none is as good as an empty one
		return strings.TrimSpace(string(b))
	}
	fmt.Sscan(text("proc/sys/net/ipv4/ip_local_port_range"), &m.PortFirst, &m.PortLast)
	m.PortReuse, _ = strconv.Atoi(text("proc/sys/net/ipv4/tcp_tw_reuse"))
	m.ClockSource = text("sys/devices/system/clocksource/clocksource0/current_clocksource")
	m.CPUQuota = cpuQuota(text)
	return m
}

// cpuQuota is the least that this process's control group, or one above it, may use, in CPUs; 0 when there is no
// limit. Version 2 has one tree of groups, version 1 one for the CPU alone; a container sees its own group as the root.
func cpuQuota(text func(name string) string) (least float64) {
	note := func(quota, period string) {
		q, _ := strconv.ParseFloat(quota, 64) // "max" and -1 are no limit
		p, _ := strconv.ParseFloat(period, 64)
		if q > 0 && p > 0 && (least == 0 || q/p < least) {
			least = q / p
		}
	}
	for line := range strings.Lines(text("proc/self/cgroup")) {
		parts := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(parts) < 3 {
			continue
		}
		for group := path.Clean("/" + parts[2]); ; group = path.Dir(group) {
			if controllers := strings.Split(parts[1], ","); controllers[0] == "" {
				quota, period, _ := strings.Cut(text(path.Join("sys/fs/cgroup", group, "cpu.max")), " ")
				note(quota, period)
			} else if controllers[0] == "cpu" || controllers[len(controllers)-1] == "cpu" {
				at := path.Join("sys/fs/cgroup/cpu", group)
				note(text(at+"/cpu.cfs_quota_us"), text(at+"/cpu.cfs_period_us"))
			}
			if group == "/" {
				break
			}
		}
	}
	return least
}
