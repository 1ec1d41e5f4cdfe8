package machine

import (
	"bytes"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// readSystem fills in what Linux tells of this process and machine. A file that is not there leaves zero.
func (s *Sample) readSystem() {
	var usage syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &usage) == nil {
		s.cpu = time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
		s.peakResident = int64(usage.Maxrss) << 10
	}
	var limit syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit) == nil {
		s.descriptorLimit = limit.Cur
	}
	s.descriptors = openDescriptors()
	s.steal, s.ticks = stolen()
	s.throttled = readThrottled()
}

// openDescriptors asks for the size of /proc/self/fd, which since Linux 6.2 is how many there are; counting its
// entries would cost milliseconds with many thousands open.
func openDescriptors() int {
	info, err := os.Stat("/proc/self/fd")
	if err != nil {
		return 0
	}
	return int(info.Size())
}

// stolen reads the first line of /proc/stat: cpu user nice system idle iowait irq softirq steal …
func stolen() (steal, total uint64) {
	b, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0, 0
	}
	line, _, _ := bytes.Cut(b, []byte("\n"))
	for i, f := range strings.Fields(string(line)) {
		n, _ := strconv.ParseUint(f, 10, 64) // the first field is the word cpu
		if total += n; i == 8 {
			return n, total
		}
	}
	return 0, total
}

// readThrottled reads how long a container's CPU limit has held its processes back (cgroup v2, in its own namespace).
func readThrottled() time.Duration {
	b, err := os.ReadFile("/sys/fs/cgroup/cpu.stat")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(b)) {
		if us, ok := strings.CutPrefix(line, "throttled_usec "); ok {
			n, _ := strconv.ParseInt(strings.TrimSpace(us), 10, 64)
			return time.Duration(n) * time.Microsecond
		}
	}
	return 0
}
