//go:build !linux

package loadgen

import "time"

// wakes is how precisely workers are woken: by Go's timers.
const wakes = time.Millisecond

// A releaser is not to be had on this system: workers sleep by themselves.
type releaser struct{}

func startReleaser(func() time.Duration) (*releaser, func()) { return nil, func() {} }

func (*releaser) add(time.Duration, chan<- struct{}) {}
