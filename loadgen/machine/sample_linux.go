package machine

import (
	"syscall"
	"time"
)

// readSystem fills in what Linux tells of this process and machine.
func (s *Sample) readSystem() {
	var usage syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &usage) == nil {
		s.cpu = time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
		s.peakResident = int64(usage.Maxrss) << 10
	}
	s.descriptorLimit, _ = openFilesAllowed()
	s.descriptors = thisSystem.openDescriptors()
	s.steal, s.ticks = thisSystem.stolen()
	s.ports = thisSystem.ports(portLimits())
	s.throttled = thisSystem.throttled()
	s.quota, _ = thisSystem.cpuQuota()
}
