package poll

import (
	"net/netip"
	"os"
	"syscall"
	"time"
	"unsafe"
)

// NewSocket makes a socket as Go's net makes its own: what is written goes out at once, and a connection that is kept
// is probed every 15 s when nothing else goes over it.
func NewSocket(to netip.AddrPort, kept bool) (int, error) {
	family := syscall.AF_INET6
	if to.Addr().Is4() {
		family = syscall.AF_INET
	}
	fd, err := syscall.Socket(
		family,
		syscall.SOCK_STREAM|syscall.SOCK_NONBLOCK|syscall.SOCK_CLOEXEC,
		syscall.IPPROTO_TCP,
	)
	if err != nil {
		return 0, os.NewSyscallError("socket", err)
	}
	syscall.SetsockoptInt(fd, syscall.IPPROTO_TCP, syscall.TCP_NODELAY, 1)
	if kept {
		const probed = int(15 * time.Second / time.Second)
		syscall.SetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_KEEPALIVE, 1)
		syscall.SetsockoptInt(fd, syscall.IPPROTO_TCP, syscall.TCP_KEEPIDLE, probed)
		syscall.SetsockoptInt(fd, syscall.IPPROTO_TCP, syscall.TCP_KEEPINTVL, probed)
	}
	return fd, nil
}

// Connect begins to connect. A raw call: the socket does not block.
func Connect(fd int, to netip.AddrPort) error {
	var raw syscall.RawSockaddrAny
	n := fill(&raw, to)
	_, _, e := syscall.RawSyscall(syscall.SYS_CONNECT, uintptr(fd), uintptr(unsafe.Pointer(&raw)), n)
	if e == 0 || e == syscall.EINPROGRESS || e == syscall.EINTR {
		return nil
	}
	return os.NewSyscallError("connect", e)
}

// fill writes an address as the kernel has it, and gives its length.
func fill(raw *syscall.RawSockaddrAny, to netip.AddrPort) uintptr {
	port := to.Port()<<8 | to.Port()>>8 // in the order of the network
	if to.Addr().Is4() {
		four := syscall.RawSockaddrInet4{Family: syscall.AF_INET, Port: port, Addr: to.Addr().As4()}
		*(*syscall.RawSockaddrInet4)(unsafe.Pointer(raw)) = four
		return syscall.SizeofSockaddrInet4
	}
	six := syscall.RawSockaddrInet6{Family: syscall.AF_INET6, Port: port, Addr: to.Addr().As16()}
	*(*syscall.RawSockaddrInet6)(unsafe.Pointer(raw)) = six
	return syscall.SizeofSockaddrInet6
}

// CheckOpen says that a connection is open (nil), is being opened (ErrAgain), or why it will not be.
//
// A connection to a port of this machine that nobody listens on can meet itself, where the kernel gives it the
// same port as its own. Nobody is there: it counts as refused.
func CheckOpen(fd int) error {
	var here, there syscall.RawSockaddrAny
	switch e := askName(syscall.SYS_GETPEERNAME, fd, &there); e {
	case 0:
		if askName(syscall.SYS_GETSOCKNAME, fd, &here) == 0 && here == there {
			return os.NewSyscallError("connect", syscall.ECONNREFUSED)
		}
		return nil
	case syscall.ENOTCONN:
	default:
		return os.NewSyscallError("getpeername", e)
	}
	failed, err := syscall.GetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_ERROR)
	if err != nil {
		return os.NewSyscallError("getsockopt", err)
	}
	if failed != 0 {
		return os.NewSyscallError("connect", syscall.Errno(failed))
	}
	return ErrAgain
}

// askName asks for one of a socket's two addresses.
func askName(call uintptr, fd int, raw *syscall.RawSockaddrAny) syscall.Errno {
	n := uint32(syscall.SizeofSockaddrAny)
	_, _, e := syscall.RawSyscall(call, uintptr(fd), uintptr(unsafe.Pointer(raw)), uintptr(unsafe.Pointer(&n)))
	return e
}
