//go:build !linux

package machine

// readSystem knows nothing of this system: the hiccup meter and the runtime's own figures still watch.
func (s *Sample) readSystem() {}
