package poll

import (
	"os"
	"sync/atomic"

	"golang.org/x/sys/unix"
)

// A Waker is an eventfd by which other goroutines wake whoever waits. Its events have a token of their own; see
// Event.IsWake.
type Waker struct {
	fd    int
	woken atomic.Bool
}

// NewWaker makes a waker; Close it.
func NewWaker() (*Waker, error) {
	fd, err := unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
	return &Waker{fd: fd}, os.NewSyscallError("eventfd", err)
}

// Wake ends a wait; safe for concurrent use.
func (w *Waker) Wake() {
	if w.woken.Swap(true) {
		return
	}
	one := [8]byte{1}
	unix.Write(w.fd, one[:])
}

// Drain takes note that the wake-up was seen.
func (w *Waker) Drain() {
	var b [8]byte
	unix.Read(w.fd, b[:])
	w.woken.Store(false)
}

// Close gives its descriptor back.
func (w *Waker) Close() { unix.Close(w.fd) }
