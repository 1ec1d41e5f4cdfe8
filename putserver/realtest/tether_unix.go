//go:build unix

package realtest

import (
	"os"
	"strconv"
	"syscall"
)

// No process outlives the test that started it, however that ends: a tester's Ctrl-C reaches all that share the
// terminal, but a kill reaches the test alone, and a shell or a terminal of its own may stand between.
//
// A test binary holds the one end of a pipe; the other is left to every process that comes of it, through shells and
// all. Where such a process is this test binary again, it reads there, and ends when nobody holds the first end. Go's
// own way, a signal at the parent's death, is none here: Linux sends it when the parent's thread ends, and the event
// loop's threads do.

func init() {
	if held, err := strconv.Atoi(os.Getenv(Tether)); err == nil {
		go endWith(held)
		return
	}
	endWithGo()
	var ends [2]int
	if syscall.Pipe(ends[:]) != nil {
		return // then processes end by themselves, some later
	}
	syscall.CloseOnExec(ends[1])
	os.Setenv(Tether, strconv.Itoa(ends[0]))
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
			return // it was closed on the way here
		}
	}
}
