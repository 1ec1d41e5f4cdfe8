package wire

import (
	"errors"
	"fmt"
	"net"
	"os"
	"runtime"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A poller tells a loop what happens on its connections, and reads what has arrived. There are two: an epoll set,
// and a ring where the kernel allows it. Used by one thread.
type poller interface {
	// add watches a connection: whether something arrives, or it ends. Age tells its events from those of an earlier
	// connection in the same slot.
	add(fd, slot int, age int32) error
	// await asks for an event when a connection that is being opened is open, or will not be. Add comes then.
	await(fd, slot int, age int32) error
	// again lets events come anew: those that are true now, too.
	again(fd, slot int, age int32) error
	// full asks for an event when a connection that took no more has room.
	full(fd, slot int, age int32) error
	// leave forgets a connection, which is about to be closed.
	leave(fd, slot int)

	// look gives what events there are now, and never blocks.
	look() []event
	// wait waits for events for up to d. A ring may wait until there are several.
	wait(d time.Duration, several int) []event
	// read reads once of what the event has announced. It gives errAgain when that is all, and the kernel's
	// stamp of the last bytes: Unix time in nanoseconds, or 0.
	read(fd int, e *event, b []byte) (n int, stamp int64, err error)

	close()
}

// An event says what happened in which slot. It is valid until the next look or wait.
type event struct {
	slot, age int32
	what      uint32
	reads     int // that it may still be asked for

	data  []byte // a ring has read already
	stamp int64
	err   error
}

// What an event may say: there is something to read, room to write, or the other side has closed or failed. A ring
// says ended for that, and what is still to be read comes when asked for again.
const (
	canRead  = unix.EPOLLIN
	canWrite = unix.EPOLLOUT
	hungUp   = unix.EPOLLRDHUP | unix.EPOLLHUP | unix.EPOLLERR
	ended    = unix.EPOLLMSG
)

// mostEvents bounds those of one look.
const mostEvents = 256

// A waker is an eventfd by which other goroutines wake whoever waits. Its events come in wakeSlot.
type waker struct {
	fd    int
	woken atomic.Bool
}

const wakeSlot = -1

func newWaker() (*waker, error) {
	fd, err := unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
	return &waker{fd: fd}, os.NewSyscallError("eventfd", err)
}

// wake ends a wait; safe for concurrent use.
func (w *waker) wake() {
	if w.woken.Swap(true) {
		return
	}
	one := [8]byte{1}
	unix.Write(w.fd, one[:])
}

// drained takes note that the wake-up was seen.
func (w *waker) drained() {
	var b [8]byte
	unix.Read(w.fd, b[:])
	w.woken.Store(false)
}

func (w *waker) close() { unix.Close(w.fd) }

// ownThread ties the goroutine to a thread whose timers are not put off: by default Linux lets them be 50 µs late.
func ownThread() {
	runtime.LockOSThread()
	unix.Prctl(unix.PR_SET_TIMERSLACK, 1, 0, 0, 0)
}

func duplicate(c net.Conn) (int, error) {
	raw, ok := c.(syscall.Conn)
	if !ok {
		return 0, fmt.Errorf("adopt connection: a %T has no descriptor", c)
	}
	rc, err := raw.SyscallConn()
	if err != nil {
		return 0, fmt.Errorf("adopt connection: %w", err)
	}
	fd := -1
	var dupErr error
	if err := rc.Control(func(old uintptr) {
		fd, dupErr = unix.FcntlInt(old, unix.F_DUPFD_CLOEXEC, 0)
	}); err != nil {
		return 0, fmt.Errorf("adopt connection: %w", err)
	}
	return fd, os.NewSyscallError("fcntl", dupErr)
}

// setNonblock makes every call on the connection return at once.
func setNonblock(fd int) error { return os.NewSyscallError("fcntl", unix.SetNonblock(fd, true)) }

func closeFD(fd int) error { return unix.Close(fd) }

// writeFD and the like are raw calls on sockets that never block. They give bytes, or an error that is
// errAgain when the socket has no room or nothing to read.
var errAgain = errors.New("would block")

func outcome(n uintptr, e syscall.Errno) (int, error) {
	switch e {
	case 0:
		return int(n), nil
	case unix.EAGAIN:
		return 0, errAgain
	}
	return 0, e
}

func writeFD(fd int, b []byte, more bool) (int, error) {
	flags := unix.MSG_NOSIGNAL
	if more {
		flags |= unix.MSG_MORE
	}
	n, _, e := syscall.RawSyscall6(unix.SYS_SENDTO, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)), uintptr(flags), 0, 0)
	return outcome(n, e)
}

// writeParts writes what goes before a part of a body, the part, and what goes behind it, in one call.
func writeParts(fd int, head, body, tail []byte) (int, error) {
	iov := [3]unix.Iovec{{Base: unsafe.SliceData(head)}, {Base: unsafe.SliceData(body)}, {Base: unsafe.SliceData(tail)}}
	iov[0].SetLen(len(head))
	iov[1].SetLen(len(body))
	iov[2].SetLen(len(tail))
	message := unix.Msghdr{Iov: &iov[0]}
	message.SetIovlen(len(iov))
	n, _, e := syscall.RawSyscall(unix.SYS_SENDMSG, uintptr(fd), uintptr(unsafe.Pointer(&message)), unix.MSG_NOSIGNAL)
	return outcome(n, e)
}

// sendFile copies from a file to the socket within the kernel. It may read the disk, so the scheduler is told.
func sendFile(fd int, file uintptr, offset int64, n int64) (int, error) {
	sent, _, e := syscall.Syscall6(unix.SYS_SENDFILE, uintptr(fd), file, uintptr(unsafe.Pointer(&offset)), uintptr(min(n, 1<<20)), 0, 0)
	return outcome(sent, e)
}

func readFD(fd int, b []byte) (int, error) {
	n, _, e := syscall.RawSyscall(unix.SYS_READ, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)))
	return outcome(n, e)
}
