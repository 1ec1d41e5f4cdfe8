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

// An event says what happened on which connection.
type event = unix.EpollEvent

// What an event may say: there is something to read, room to write, or the other side has closed or failed.
const (
	canRead  = unix.EPOLLIN
	canWrite = unix.EPOLLOUT
	hungUp   = unix.EPOLLRDHUP | unix.EPOLLHUP | unix.EPOLLERR
)

// A poller is one epoll set, and an eventfd by which other goroutines wake whoever waits.
type poller struct {
	epoll, wakeFD int
	events        [256]event
	woken         atomic.Bool
}

// wakeSlot marks events of the eventfd.
const wakeSlot = -1

func newPoller() (*poller, error) {
	epoll, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, os.NewSyscallError("epoll_create1", err)
	}
	wakeFD, err := unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
	if err != nil {
		unix.Close(epoll)
		return nil, os.NewSyscallError("eventfd", err)
	}
	p := &poller{epoll: epoll, wakeFD: wakeFD}
	if err := unix.EpollCtl(epoll, unix.EPOLL_CTL_ADD, wakeFD, &event{Events: unix.EPOLLIN, Fd: wakeSlot}); err != nil {
		p.close()
		return nil, os.NewSyscallError("epoll_ctl", err)
	}
	return p, nil
}

func (p *poller) close() {
	unix.Close(p.epoll)
	unix.Close(p.wakeFD)
}

// add watches a connection, once and for all: edge-triggered, both ways. Age tells events of this connection
// from those of an earlier one in the same slot.
func (p *poller) add(fd, slot int, age int32) error {
	e := watched(slot, age)
	return os.NewSyscallError("epoll_ctl", unix.EpollCtl(p.epoll, unix.EPOLL_CTL_ADD, fd, &e))
}

// again lets a watched connection's events come anew: those that are true now, too.
func (p *poller) again(fd, slot int, age int32) error {
	e := watched(slot, age)
	return os.NewSyscallError("epoll_ctl", unix.EpollCtl(p.epoll, unix.EPOLL_CTL_MOD, fd, &e))
}

func watched(slot int, age int32) event {
	return event{Events: unix.EPOLLIN | unix.EPOLLOUT | unix.EPOLLRDHUP | unix.EPOLLET&0xffffffff, Fd: int32(slot), Pad: age}
}

// wake ends a wait; safe for concurrent use.
func (p *poller) wake() {
	if p.woken.Swap(true) {
		return
	}
	one := [8]byte{1}
	unix.Write(p.wakeFD, one[:])
}

// drained takes note that the wake-up was seen.
func (p *poller) drained() {
	var b [8]byte
	unix.Read(p.wakeFD, b[:])
	p.woken.Store(false)
}

// look gives what events there are now. A raw call: it never blocks, so the scheduler need not know.
func (p *poller) look() []event {
	n, _, _ := syscall.RawSyscall6(unix.SYS_EPOLL_PWAIT, uintptr(p.epoll), uintptr(unsafe.Pointer(&p.events)), uintptr(len(p.events)), 0, 0, 0)
	return p.events[:max(0, int(n))]
}

// wait waits for events for up to d, to the nanosecond where the kernel can (epoll_pwait2, Linux 5.11). The call
// goes through the scheduler, so that a loop that waits never holds the garbage collector up.
func (p *poller) wait(d time.Duration) []event {
	limit := unix.NsecToTimespec(int64(d))
	n, _, err := syscall.Syscall6(unix.SYS_EPOLL_PWAIT2, uintptr(p.epoll), uintptr(unsafe.Pointer(&p.events)), uintptr(len(p.events)),
		uintptr(unsafe.Pointer(&limit)), 0, 0)
	if err == syscall.ENOSYS {
		ms := (d + time.Millisecond - 1) / time.Millisecond
		n, _, _ = syscall.Syscall6(unix.SYS_EPOLL_PWAIT, uintptr(p.epoll), uintptr(unsafe.Pointer(&p.events)), uintptr(len(p.events)), uintptr(ms), 0, 0)
	}
	if int(n) < 0 {
		return nil
	}
	return p.events[:n]
}

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
