package wire

import (
	"os"
	"runtime"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// A poller tells a loop what happens on its connections, and reads what has arrived. There are two: an epoll set,
// and a ring where the kernel allows it. Used by one thread.
type poller interface {
	// add watches a connection: whether something arrives, or it ends. Age tells its events from those of an earlier
	// connection in the same slot.
	add(fd, slot int, age int32) error
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
