//go:build !linux

package tether

import "os/exec"

// Launch starts a process; wait waits for its end.
func Launch(command *exec.Cmd) (wait func(), err error) {
	return func() { command.Wait() }, command.Start()
}

// endWithGo does nothing: here a test binary outlives a go test that is killed, to its own end.
func endWithGo() {}
