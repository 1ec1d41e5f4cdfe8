//go:build unix

package setup

import (
	"context"
	"os"
	"os/exec"
	"syscall"
)

// shell gives the command a process group of its own, by which all of it can be ended.
func shell(ctx context.Context, text string) *exec.Cmd {
	c := exec.CommandContext(ctx, "sh", "-c", text)
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	return c
}

// end tells the group to end; kill is for what did not.
func end(p *os.Process) error { return syscall.Kill(-p.Pid, syscall.SIGTERM) }

// kill is of a group whose first process may have been waited for: its number stays taken as long as any of it is
// there, and where none is, nobody has had the time to take it.
func kill(p *os.Process) { syscall.Kill(-p.Pid, syscall.SIGKILL) }
