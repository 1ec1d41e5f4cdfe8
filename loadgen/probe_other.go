//go:build !linux

package loadgen

import "shotput/stats"

// There is no precise wait on this system, and no receive stamps.
func preciseOvershoots() (none stats.Histogram) { return none }

func stampsReceived() bool { return false }
