package poll

import (
	"errors"
	"fmt"
	"net"
	"runtime"
	"syscall"
	"time"
)

// ProbeStamps says whether this kernel stamps what it receives, as found on a connection of its own on loopback. What
// comes first may have none: the kernel begins to stamp when it is first asked, and takes a moment to.
func ProbeStamps() (stamped bool, err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return false, fmt.Errorf("probe receive stamps: %w", err)
	}
	defer l.Close()
	near, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		return false, fmt.Errorf("probe receive stamps: %w", err)
	}
	defer near.Close()
	far, err := l.Accept()
	if err != nil {
		return false, fmt.Errorf("probe receive stamps: %w", err)
	}
	defer far.Close()
	fd, err := duplicate(near)
	if err != nil {
		return false, err
	}
	defer syscall.Close(fd)
	return AskStamps(fd) && stampsCome(fd, far), nil
}

// stampsCome sends bytes from the far end until one of them has a stamp.
func stampsCome(fd int, far net.Conn) bool {
	const most, pause = 50, time.Millisecond
	r, b := newReceiver(true), make([]byte, 16)
	for range most {
		if _, err := far.Write([]byte{0}); err != nil {
			return false
		}
		time.Sleep(pause)
		_, stamp, err := r.read(fd, b)
		if stamp != 0 {
			return true
		}
		if err != nil && !errors.Is(err, ErrAgain) {
			return false
		}
	}
	return false
}

// ProbeRing says why this kernel gives no ring: it is too old, or io_uring is forbidden. nil: it does.
func ProbeRing() error {
	runtime.LockOSThread() // whose ring it is
	defer runtime.UnlockOSThread()
	w, err := NewWaker()
	if err != nil {
		return err
	}
	defer w.Close()
	r, err := NewRing(w, true)
	if err != nil {
		return err
	}
	r.Close()
	return nil
}
