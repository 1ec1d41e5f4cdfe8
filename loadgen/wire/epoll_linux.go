package wire

import (
	"errors"
	"os"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// An epollSet is the poller of every Linux: it says which connections are ready, and the loop reads them.
type epollSet struct {
	fd       int
	receiver *receiver
	raw      [mostEvents]unix.EpollEvent
	events   [mostEvents]event
}

func newEpollSet(w *waker, r *receiver) (*epollSet, error) {
	fd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, os.NewSyscallError("epoll_create1", err)
	}
	p := &epollSet{fd: fd, receiver: r}
	if err := unix.EpollCtl(fd, unix.EPOLL_CTL_ADD, w.fd, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: wakeSlot}); err != nil {
		p.close()
		return nil, os.NewSyscallError("epoll_ctl", err)
	}
	return p, nil
}

func (p *epollSet) close() { unix.Close(p.fd) }

// add is once and for all: edge-triggered, both ways. A connection that was awaited is there already.
func (p *epollSet) add(fd, slot int, age int32) error {
	err := p.control(unix.EPOLL_CTL_ADD, fd, slot, age)
	if errors.Is(err, unix.EEXIST) {
		return p.again(fd, slot, age)
	}
	return err
}

func (p *epollSet) await(fd, slot int, age int32) error {
	return p.control(unix.EPOLL_CTL_ADD, fd, slot, age)
}

func (p *epollSet) again(fd, slot int, age int32) error {
	return p.control(unix.EPOLL_CTL_MOD, fd, slot, age)
}

func (p *epollSet) control(op, fd, slot int, age int32) error {
	e := unix.EpollEvent{Events: unix.EPOLLIN | unix.EPOLLOUT | unix.EPOLLRDHUP | unix.EPOLLET&0xffffffff, Fd: int32(slot), Pad: age}
	return os.NewSyscallError("epoll_ctl", unix.EpollCtl(p.fd, op, fd, &e))
}

// full and leave: room is an edge too, and closing takes a descriptor out of the set.
func (*epollSet) full(int, int, int32) error { return nil }
func (*epollSet) leave(int, int)             {}

// look is a raw call: it never blocks, so the scheduler need not know.
func (p *epollSet) look() []event {
	n, _, _ := syscall.RawSyscall6(unix.SYS_EPOLL_PWAIT, uintptr(p.fd), uintptr(unsafe.Pointer(&p.raw)), uintptr(len(p.raw)), 0, 0, 0)
	return p.happened(n)
}

// wait waits to the nanosecond where the kernel can (epoll_pwait2, Linux 5.11). The call goes through the scheduler, so
// that a loop that waits never holds the garbage collector up. It can not wait for several.
func (p *epollSet) wait(d time.Duration, _ int) []event {
	limit := unix.NsecToTimespec(int64(d))
	n, _, err := syscall.Syscall6(unix.SYS_EPOLL_PWAIT2, uintptr(p.fd), uintptr(unsafe.Pointer(&p.raw)), uintptr(len(p.raw)),
		uintptr(unsafe.Pointer(&limit)), 0, 0)
	if err == syscall.ENOSYS {
		ms := (d + time.Millisecond - 1) / time.Millisecond
		n, _, _ = syscall.Syscall6(unix.SYS_EPOLL_PWAIT, uintptr(p.fd), uintptr(unsafe.Pointer(&p.raw)), uintptr(len(p.raw)), uintptr(ms), 0, 0)
	}
	return p.happened(n)
}

func (p *epollSet) happened(n uintptr) []event {
	some := p.raw[:max(0, int(n))]
	for i := range some {
		p.events[i] = event{slot: some[i].Fd, age: some[i].Pad, what: some[i].Events, reads: mostReads}
	}
	return p.events[:len(some)]
}

func (p *epollSet) read(fd int, e *event, b []byte) (int, int64, error) {
	if e.reads == 0 {
		return 0, 0, errAgain
	}
	e.reads--
	return p.receiver.read(fd, b)
}
