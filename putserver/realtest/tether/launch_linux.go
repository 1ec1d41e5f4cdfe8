package tether

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
)

// endWithGo has this test binary ended when go test is, which passes no signal on.
func endWithGo() {
	name, err := os.ReadFile(fmt.Sprintf("/proc/%d/comm", os.Getppid()))
	if err == nil && strings.TrimSpace(string(name)) == "go" {
		syscall.RawSyscall(syscall.SYS_PRCTL, syscall.PR_SET_PDEATHSIG, uintptr(syscall.SIGTERM), 0)
	}
}

// Launch starts a process that is sent SIGTERM when this one ends; wait waits for its end. Linux takes the end of the
// thread that started a process for the end of its parent, so that thread is kept until then.
func Launch(command *exec.Cmd) (wait func(), err error) {
	if command.SysProcAttr == nil {
		command.SysProcAttr = new(syscall.SysProcAttr)
	}
	command.SysProcAttr.Pdeathsig = syscall.SIGTERM
	began, ended := make(chan error), make(chan struct{})
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := command.Start()
		began <- err
		if err == nil {
			command.Wait()
			close(ended)
		}
	}()
	return func() { <-ended }, <-began
}
