package doctor

import (
	"fmt"
	"slices"
	"time"

	"shotput/stats"
)

// A finding is one thing about a machine: what, what was seen, whether that is good, and what to do when it is not.
type finding struct {
	What string `json:"what"`
	Seen string `json:"seen"`
	Good bool   `json:"good"`
	Why  string `json:"why,omitempty"`
	Try  string `json:"try,omitempty"` // a command
}

// The bounds of what is good.
const (
	enoughFiles = 4096  // a thousand connections, and room
	enoughPorts = 20000 // of 28,232 that Linux has by default

	// Linux keeps the port of a closed connection for a minute, unless it may be used again, after a second.
	portKept   = 60 * time.Second
	portReused = time.Second

	// The verdict doubts a run when requests start later than this in one of a hundred: see stats.Judge.
	latePrecise = time.Millisecond
	lateSleep   = 2500 * time.Microsecond
)

// slowClocks are read by asking the kernel, or a device: a microsecond each time, and twice in every request.
var slowClocks = []string{"hpet", "acpi_pm", "jiffies", "refined-jiffies", "pit", "xen"}

// judge says what is good and what is not, of what is known of the machine.
func judge(m host) (all []finding) {
	add := func(known bool, f finding) {
		if !known {
			return
		}
		if f.Good {
			f.Why, f.Try = "", ""
		}
		all = append(all, f)
	}
	add(m.FilesSoft > 0, judgeFiles(m))
	add(m.PortLast > 0, judgePorts(m))
	add(m.CPUs > 0, judgeCPUs(m))
	isSlow := slices.Contains(slowClocks, m.ClockSource)
	add(m.ClockSource != "", finding{What: "clock", Seen: m.ClockSource, Good: !isSlow,
		Why: "each reading is a call to the kernel, and a request has several",
		Try: "grep . /sys/devices/system/clocksource/*/available_clocksource"})
	busy, look := "something else keeps the CPUs busy", "top -b -n 1"
	if m.isTight() {
		busy, look = "the container's CPU limit stops it for a part of the time", quotaTry(m)
	}
	add(true, finding{What: "sleep", Good: m.SleepP99 <= lateSleep,
		Seen: "late by " + lateness(m.SleepP50, m.SleepP99) + " (Go's own timers)", Why: busy, Try: look})
	add(m.Precise, finding{What: "precise sleep", Good: m.PreciseP99 <= latePrecise,
		Seen: "late by " + lateness(m.PreciseP50, m.PreciseP99) + " (what keeps schedules)",
		Why:  "requests would start late, and a run would be judged client_limited", Try: look})
	add(true, judgeEngine(m))
	add(m.Engine == "wire", finding{What: "receive stamps", Seen: stampsSeen(m.Stamps), Good: m.Stamps,
		Why: "the tool's own delay is in every time; some sandboxes have no stamps", Try: "uname -a"})
	return all
}

func judgeFiles(m host) finding {
	f := finding{What: "open files", Seen: stats.FormatCount(m.FilesSoft) + " at once",
		Good: m.FilesSoft >= enoughFiles,
		Why:  "each connection is an open file", Try: fmt.Sprintf("ulimit -n %d", max(enoughFiles, m.FilesHard))}
	if m.FilesHard > m.FilesSoft {
		f.Seen += ", " + stats.FormatCount(m.FilesHard) + " when asked for"
	} else if !f.Good {
		f.Try = "sudo prlimit --pid $$ --nofile=65536:65536"
	}
	return f
}

// judgePorts tells how many connections a second can be opened for good: that many ports, each kept for a while.
func judgePorts(m host) finding {
	ports := m.PortLast - m.PortFirst + 1
	kept := portKept
	if m.PortReuse == 1 {
		kept = portReused
	}
	perSecond := max(0, ports) / int(kept.Seconds())
	f := finding{What: "local ports", Good: ports >= enoughPorts,
		Seen: fmt.Sprintf("%s: %s connections/s per server", stats.FormatCount(int64(max(0, ports))),
			stats.FormatCount(int64(perSecond))),
		Why: "without keep-alive, or with many connections, they run out",
		Try: "sudo sysctl -w net.ipv4.ip_local_port_range='1024 65535'"}
	if m.PortReuse == 2 {
		reused := max(0, ports) / int(portReused.Seconds())
		f.Seen += fmt.Sprintf(" (loopback %s)", stats.FormatCount(uint64(reused)))
	}
	return f
}

func judgeCPUs(m host) finding {
	f := finding{What: "CPUs", Seen: fmt.Sprint(m.CPUs), Good: m.CPUs >= 2,
		Why: "with one, the tool and all else take turns, and requests start late", Try: "nproc"}
	if m.CPUQuota > 0 {
		f.Seen += fmt.Sprintf(", of which the container may use %.3g", m.CPUQuota)
	}
	if m.isTight() {
		f.Good, f.Why = false, "a container at its limit is stopped for up to a tenth of a second"
		f.Try = quotaTry(m)
	}
	return f
}

// isTight says whether a container may use less than is enough.
func (m *host) isTight() bool { return m.CPUQuota > 0 && m.CPUQuota < 2 }

// quotaTry shows the limit where it stands: in another file in each version of control groups.
func quotaTry(m host) string { return "cat " + m.QuotaFile }

func judgeEngine(m host) finding {
	f := finding{What: "engine", Seen: m.Engine, Good: m.Engine == "wire",
		Why: "it costs more CPU, and its times have the tool's own delay in them", Try: "shotput --engine http"}
	if m.Reason != "" {
		f.Seen += " (" + m.Reason + ")"
	}
	if m.Poll != "" {
		f.Seen += ", in closed loop on " + m.Poll
	}
	return f
}

func stampsSeen(stamps bool) string {
	if stamps {
		return "the kernel says when answers arrive"
	}
	return "none from this kernel"
}

func lateness(p50, p99 time.Duration) string {
	return "p50 " + stats.FormatDuration(p50) + ", p99 " + stats.FormatDuration(p99)
}
