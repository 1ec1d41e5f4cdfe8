package poll

import (
	"errors"
	"fmt"
	"net"
	"os"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Detach takes an open TCP or unix connection out of Go's hands: the descriptor is duplicated and the original closed,
// since the runtime's poller must not see it. It never blocks from then on.
func Detach(c net.Conn) (fd int, err error) {
	fd, err = duplicate(c)
	c.Close()
	if err != nil {
		return -1, err
	}
	if err := unix.SetNonblock(fd, true); err != nil {
		Close(fd)
		return -1, os.NewSyscallError("fcntl", err)
	}
	return fd, nil
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

// Close closes a descriptor.
func Close(fd int) error { return unix.Close(fd) }

// ErrAgain says that a socket has no room, or nothing to read. Write and the like are raw calls on sockets that never
// block: they give bytes, or an error, which may be this.
var ErrAgain = errors.New("would block")

func outcome(n uintptr, e syscall.Errno) (int, error) {
	switch e {
	case 0:
		return int(n), nil
	case unix.EAGAIN:
		return 0, ErrAgain
	}
	return 0, e
}

// Write sends b. More says that more follows at once, so that the kernel need not send it by itself.
func Write(fd int, b []byte, more bool) (int, error) {
	flags := unix.MSG_NOSIGNAL
	if more {
		flags |= unix.MSG_MORE
	}
	n, _, e := syscall.RawSyscall6(unix.SYS_SENDTO, uintptr(fd),
		uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)), uintptr(flags), 0, 0)
	return outcome(n, e)
}

// WriteParts writes what goes before a part of a body, the part, and what goes behind it, in one call.
func WriteParts(fd int, head, body, tail []byte) (int, error) {
	iov := [3]unix.Iovec{{Base: unsafe.SliceData(head)}, {Base: unsafe.SliceData(body)}, {Base: unsafe.SliceData(tail)}}
	iov[0].SetLen(len(head))
	iov[1].SetLen(len(body))
	iov[2].SetLen(len(tail))
	message := unix.Msghdr{Iov: &iov[0]}
	message.SetIovlen(len(iov))
	n, _, e := syscall.RawSyscall(unix.SYS_SENDMSG, uintptr(fd), uintptr(unsafe.Pointer(&message)), unix.MSG_NOSIGNAL)
	return outcome(n, e)
}

// HasBytes says whether something is there to be read, and leaves it there.
func HasBytes(fd int) bool {
	var b [1]byte
	n, _, e := syscall.RawSyscall6(unix.SYS_RECVFROM, uintptr(fd), uintptr(unsafe.Pointer(&b[0])), 1,
		unix.MSG_PEEK|unix.MSG_DONTWAIT, 0, 0)
	return e == 0 && n > 0
}

// SendFile copies from a file to the socket within the kernel. It may read the disk, so the scheduler is told.
func SendFile(fd int, file uintptr, offset int64, n int64) (int, error) {
	const most = 1 << 20 // at a time
	sent, _, e := syscall.Syscall6(unix.SYS_SENDFILE, uintptr(fd), file,
		uintptr(unsafe.Pointer(&offset)), uintptr(min(n, most)), 0, 0)
	return outcome(sent, e)
}

func readFD(fd int, b []byte) (int, error) {
	n, _, e := syscall.RawSyscall(unix.SYS_READ, uintptr(fd),
		uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)))
	return outcome(n, e)
}
