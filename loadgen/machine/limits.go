package machine

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Limits are what this machine, and the container around it, allow this process. What is not known is zero.
type Limits struct {
	FilesSoft   uint64  `json:"files_soft"` // open at once
	FilesHard   uint64  `json:"files_hard"` // when asked for
	PortFirst   int     `json:"port_first"` // of those that connections leave from
	PortLast    int     `json:"port_last"`
	PortReuse   int     `json:"port_reuse"` // tcp_tw_reuse: 0 never, 1 everywhere, 2 on loopback
	CPUs        int     `json:"cpus"`
	CPUQuota    float64 `json:"cpu_quota"`                // of a container, in CPUs; 0: none
	QuotaFile   string  `json:"cpu_quota_file,omitempty"` // that says so
	ClockSource string  `json:"clock_source"`
}

// ReadLimits reads the limits as they are now.
func ReadLimits() Limits {
	l := thisSystem.limits()
	l.FilesSoft, l.FilesHard = openFilesAllowed()
	l.CPUs = runtime.NumCPU()
	return l
}

// A system is where Linux tells in files what it is doing and what it allows, by the names that they have below "/"; a
// test has a tree of its own. Elsewhere there are no such files: one that is not there leaves zero.
type system struct{ root fs.FS }

var thisSystem = system{os.DirFS("/")}

// text is what a file says; none is as good as an empty one.
func (s system) text(name string) string {
	b, _ := fs.ReadFile(s.root, name)
	return strings.TrimSpace(string(b))
}

// limits are those that stand in files.
func (s system) limits() (l Limits) {
	fmt.Sscan(s.text("proc/sys/net/ipv4/ip_local_port_range"), &l.PortFirst, &l.PortLast)
	l.PortReuse, _ = strconv.Atoi(s.text("proc/sys/net/ipv4/tcp_tw_reuse"))
	l.ClockSource = s.text("sys/devices/system/clocksource/clocksource0/current_clocksource")
	l.CPUQuota, l.QuotaFile = s.cpuQuota()
	return l
}

// cpuQuota is the least that this process's control group, or one above it, may use, in CPUs, and the file that says
// so; 0 when there is no limit.
func (s system) cpuQuota() (least float64, file string) {
	for _, g := range s.cpuGroups() {
		name := g.path + "/cpu.max"
		quota, period, _ := strings.Cut(s.text(name), " ")
		if g.version == 1 {
			name = g.path + "/cpu.cfs_quota_us"
			quota, period = s.text(name), s.text(g.path+"/cpu.cfs_period_us")
		}
		q, _ := strconv.ParseFloat(quota, 64) // "max" and -1 are no limit
		p, _ := strconv.ParseFloat(period, 64)
		if q > 0 && p > 0 && (least == 0 || q/p < least) {
			least, file = q/p, "/"+name
		}
	}
	return least, file
}

// throttled is how long CPU limits have held this process's control group back, or one above it: the longest of them,
// since a process that two of them hold waits once.
func (s system) throttled() (longest time.Duration) {
	for _, g := range s.cpuGroups() {
		name, unit := "throttled_usec ", time.Microsecond
		if g.version == 1 {
			name, unit = "throttled_time ", time.Nanosecond
		}
		for line := range strings.Lines(s.text(g.path + "/cpu.stat")) {
			if count, ok := strings.CutPrefix(line, name); ok {
				n, _ := strconv.ParseInt(strings.TrimSpace(count), 10, 64)
				longest = max(longest, time.Duration(n)*unit)
			}
		}
	}
	return longest
}

// A cpuGroup is a control group that bounds the CPU of this process.
type cpuGroup struct {
	version int
	path    string // of its folder
}

// cpuGroups are this process's own control groups and all above them. Version 2 has one tree of groups, version 1 one
// for the CPU alone; a container sees its own group as the root.
func (s system) cpuGroups() (all []cpuGroup) {
	for line := range strings.Lines(s.text("proc/self/cgroup")) {
		parts := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(parts) < 3 {
			continue
		}
		version, root := 2, "sys/fs/cgroup"
		if parts[1] != "" {
			version, root = 1, "sys/fs/cgroup/cpu"
			if controllers := strings.Split(parts[1], ","); !slices.Contains(controllers, "cpu") {
				continue
			}
		}
		for group := path.Clean("/" + parts[2]); ; group = path.Dir(group) {
			all = append(all, cpuGroup{version, path.Join(root, group)})
			if group == "/" {
				break
			}
		}
	}
	return all
}

// openDescriptors asks for the size of /proc/self/fd, which since Linux 6.2 is how many there are; counting its
// entries would cost milliseconds with many thousands open.
func (s system) openDescriptors() int {
	info, err := fs.Stat(s.root, "proc/self/fd")
	if err != nil {
		return 0
	}
	return int(info.Size())
}

// stolen is how much of the CPUs' time the host took away, of how much in all, in clock ticks. It reads the first line
// of /proc/stat: cpu user nice system idle iowait irq softirq steal …
func (s system) stolen() (steal, total uint64) {
	line, _, _ := strings.Cut(s.text("proc/stat"), "\n")
	for i, f := range strings.Fields(line) {
		n, _ := strconv.ParseUint(f, 10, 64) // the first field is the word cpu
		if total += n; i == 8 {
			return n, total
		}
	}
	return 0, total
}
