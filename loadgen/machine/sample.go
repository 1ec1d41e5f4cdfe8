package machine

import (
	"math"
	"runtime/metrics"
	"time"
)

// A Sample is the machine's and the runtime's own figures at one instant; all but At, limits and descriptors grow.
// Figures that this system does not give are zero, and raise no alarm: a Sample with At alone is of a machine on which
// nothing happens.
type Sample struct {
	At              time.Time
	cpu             time.Duration // of this process, user and system
	steal, ticks    uint64        // of the machine's CPUs, in clock ticks
	throttled       time.Duration // by a container's CPU limit
	quota           float64       // that limit, in CPUs; 0: none
	descriptors     int
	descriptorLimit uint64
	ports           ports
	peakResident    int64 // bytes
	gcCPU           float64
	sched, pauses   *metrics.Float64Histogram // nil: nothing was counted
}

// Take reads the figures as they are now.
func Take() Sample {
	read := []metrics.Sample{{Name: "/sched/latencies:seconds"}, {Name: "/sched/pauses/total/gc:seconds"},
		{Name: "/cpu/classes/gc/total:cpu-seconds"}}
	metrics.Read(read)
	s := Sample{At: time.Now(), sched: read[0].Value.Float64Histogram(), pauses: read[1].Value.Float64Histogram(),
		gcCPU: read[2].Value.Float64()}
	s.readSystem()
	return s
}

// p99Between is the 99th percentile of what b counted since a: the upper edge of its bucket.
func p99Between(a, b *metrics.Float64Histogram) time.Duration {
	if a == nil || b == nil {
		return 0
	}
	var total uint64
	for i := range b.Counts {
		total += b.Counts[i] - a.Counts[i]
	}
	if total == 0 {
		return 0
	}
	rank := uint64(math.Ceil(float64(total) * 0.99))
	var sum uint64
	for i := range b.Counts {
		if sum += b.Counts[i] - a.Counts[i]; sum >= rank {
			return edge(b, i)
		}
	}
	return 0
}

// maxBetween is the greatest value that b counted since a: the upper edge of its bucket.
func maxBetween(a, b *metrics.Float64Histogram) (d time.Duration) {
	if a == nil || b == nil {
		return 0
	}
	for i := range b.Counts {
		if b.Counts[i] > a.Counts[i] {
			d = edge(b, i)
		}
	}
	return d
}

// edge is the upper edge of bucket i, or its lower one where the upper is infinite.
func edge(h *metrics.Float64Histogram, i int) time.Duration {
	e := h.Buckets[i+1]
	if math.IsInf(e, 1) {
		e = h.Buckets[i]
	}
	return time.Duration(e * float64(time.Second))
}
