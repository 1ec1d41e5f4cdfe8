package setup

import (
	"context"
	"os"
	"os/exec"
	"strconv"
	"syscall"
)

// shell gives the text to cmd as it stands: with /s it takes the outer quotes off and leaves all others alone.
func shell(ctx context.Context, text string) *exec.Cmd {
	c := exec.CommandContext(ctx, "cmd")
	c.SysProcAttr = &syscall.SysProcAttr{CmdLine: `cmd /s /c "` + text + `"`}
	return c
}

// end ends the process and all that it started: there is no gentler way.
func end(p *os.Process) error {
	return exec.Command("taskkill", "/t", "/f", "/pid", strconv.Itoa(p.Pid)).Run()
}

func kill(*os.Process) {}
