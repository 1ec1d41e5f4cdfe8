package poll

import (
	"errors"
	"os"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// An Epoll is the poller of every Linux: it says which connections are ready, and they are read one by one.
type Epoll struct {
	fd       int
	receiver *receiver
	raw      [mostEvents]unix.EpollEvent
	events   [mostEvents]Event
}

// NewEpoll makes a set, which tells of w too. Reads give stamps where they are wanted; see AskStamps.
func NewEpoll(w *Waker, stamps bool) (*Epoll, error) {
	fd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, os.NewSyscallError("epoll_create1", err)
	}
	p := &Epoll{fd: fd, receiver: newReceiver(stamps)}
	e := unix.EpollEvent{Events: unix.EPOLLIN, Fd: wake.Index}
	if err := unix.EpollCtl(fd, unix.EPOLL_CTL_ADD, w.fd, &e); err != nil {
		p.Close()
		return nil, os.NewSyscallError("epoll_ctl", err)
	}
	return p, nil
}

// Stop has nothing to do: what was not read stays in its socket, and closing the set forgets all.
func (*Epoll) Stop() {}

// Close gives the set back; connections and the waker are their owners'.
func (p *Epoll) Close() { unix.Close(p.fd) }

// Add is once and for all: edge-triggered, both ways. A connection that was awaited is there already.
func (p *Epoll) Add(fd int, t Token) error {
	err := p.control(unix.EPOLL_CTL_ADD, fd, t)
	if errors.Is(err, unix.EEXIST) {
		return p.Again(fd, t)
	}
	return err
}

// Await is Add: it tells of both ways anyhow.
func (p *Epoll) Await(fd int, t Token) error {
	return p.control(unix.EPOLL_CTL_ADD, fd, t)
}

// Again arms both edges anew.
func (p *Epoll) Again(fd int, t Token) error {
	return p.control(unix.EPOLL_CTL_MOD, fd, t)
}

func (p *Epoll) control(op, fd int, t Token) error {
	const both = unix.EPOLLIN | unix.EPOLLOUT | unix.EPOLLRDHUP | unix.EPOLLET&0xffffffff
	e := unix.EpollEvent{Events: both, Fd: t.Index, Pad: t.Age}
	return os.NewSyscallError("epoll_ctl", unix.EpollCtl(p.fd, op, fd, &e))
}

// Room and Leave: room is an edge too, and closing takes a descriptor out of the set.
func (*Epoll) Room(int, Token) error { return nil }
func (*Epoll) Leave(int, Token)      {}

// Look is a raw call: it never blocks, so the scheduler need not know.
func (p *Epoll) Look() []Event {
	n, _, _ := syscall.RawSyscall6(unix.SYS_EPOLL_PWAIT, uintptr(p.fd),
		uintptr(unsafe.Pointer(&p.raw)), uintptr(len(p.raw)), 0, 0, 0)
	return p.collect(n)
}

// Wait waits to the nanosecond where the kernel can (epoll_pwait2, Linux 5.11). The call goes through the scheduler, so
// that a loop that waits never holds the garbage collector up. It can not wait for several.
func (p *Epoll) Wait(d time.Duration, _ int) []Event {
	limit := unix.NsecToTimespec(int64(d))
	n, _, err := syscall.Syscall6(unix.SYS_EPOLL_PWAIT2, uintptr(p.fd),
		uintptr(unsafe.Pointer(&p.raw)), uintptr(len(p.raw)), uintptr(unsafe.Pointer(&limit)), 0, 0)
	if err == syscall.ENOSYS {
		ms := (d + time.Millisecond - 1) / time.Millisecond
		n, _, _ = syscall.Syscall6(unix.SYS_EPOLL_PWAIT, uintptr(p.fd),
			uintptr(unsafe.Pointer(&p.raw)), uintptr(len(p.raw)), uintptr(ms), 0, 0)
	}
	return p.collect(n)
}

func (p *Epoll) collect(n uintptr) []Event {
	some := p.raw[:max(0, int(n))]
	for i := range some {
		p.events[i] = Event{Token: Token{some[i].Fd, some[i].Pad}, What: some[i].Events, Reads: MostReads}
	}
	return p.events[:len(some)]
}

// Read asks the kernel, as often as an event may.
func (p *Epoll) Read(fd int, e *Event, b []byte) (int, int64, error) {
	if e.Reads == 0 {
		return 0, 0, ErrAgain
	}
	e.Reads--
	return p.receiver.read(fd, b)
}
