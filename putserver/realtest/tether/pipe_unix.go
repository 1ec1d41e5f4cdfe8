//go:build unix

package tether

import (
	"os"
	"strconv"
	"syscall"
)

// A test binary holds the one end of a pipe; the other is left to every process that comes of it, through shells and
// all. Where such a process is this test binary again, it reads there, and ends when nobody holds the first end. Go's
// own way, a signal at the parent's death, is none here: Linux sends it when the parent's thread ends, and the event
// loop's threads do.

func init() {
	if held, err := strconv.Atoi(os.Getenv(Env)); err == nil {
		if isPipe(held) { // and was not closed on the way here
			go endWith(held)
		}
		return
	}
	endWithGo()
	var ends [2]int
	if syscall.Pipe(ends[:]) != nil {
		return // then processes end by themselves, some later
	}
	syscall.CloseOnExec(ends[1])
	os.Setenv(Env, strconv.Itoa(ends[0]))
}

// endWith ends this process when the other end of the pipe is closed. Nothing is ever written there. The descriptor
// stays open for processes that this one starts.
func endWith(held int) {
	for {
		_, err := syscall.Read(held, make([]byte, 1))
		switch err {
		case nil:
			syscall.Kill(os.Getpid(), syscall.SIGKILL)
		case syscall.EINTR:
		default:
			return
		}
	}
}

func isPipe(fd int) bool {
	var s syscall.Stat_t
	return syscall.Fstat(fd, &s) == nil && uint32(s.Mode)&syscall.S_IFMT == syscall.S_IFIFO
}
