package wire

import (
	"cmp"
	"net"
	"net/netip"
	"os"
	"syscall"
	"time"
	"unsafe"
)

// # Connecting
//
// Where connections go straight to an address (Config.Straight), without a name to look up, a proxy to ask or hands to
// shake, the loop opens them itself. On the same machine connecting is done when the call returns, and the request follows
// in the same turn. Dialled by Go and handed over, a connection costs a goroutine, two wake-ups and a dozen calls more:
// with one for each PUT that was 85 µs of CPU, where this takes 50.
//
// A slot that waits for its connection is in Loop.connecting, in the order in which connecting began: all have one time
// limit. Its descriptor is the slot's already, and is closed as any other; only the events are few: room, or the end.

// connect opens a connection for the slot's request.
func (l *Loop) connect(s *slot) {
	s.state = connecting
	l.connecting.push(s)
	l.opening++
	fd, err := newSocket(l.Straight, l.Keepalive)
	if err != nil {
		l.connected(s, err)
		return
	}
	s.conn = &Conn{fd: fd}
	if err = connectFD(fd, l.Straight); err == nil {
		err = opened(fd)
	}
	if err == errAgain {
		if err = l.poller.await(fd, s.index, s.age); err == nil {
			return
		}
	}
	l.connected(s, err)
}

// connectLimit bounds connecting. It begins when the request does.
func (l *Loop) connectLimit() time.Duration { return cmp.Or(l.Connect, l.Timeout) }

// connects looks what became of a connection that something happened on.
func (l *Loop) connects(s *slot) {
	err := opened(s.conn.fd)
	if err == errAgain {
		if err = l.poller.full(s.conn.fd, s.index, s.age); err == nil {
			return
		}
	}
	l.connected(s, err)
}

// connected goes on with the request of a slot whose connection is open, or ends it.
func (l *Loop) connected(s *slot, err error) {
	if err == nil {
		s.conn.Connect = l.tick() - s.o.Sent
		l.Opened()
		err = l.install(s, s.conn)
	} else {
		err = &net.OpError{Op: "dial", Net: "tcp", Addr: net.TCPAddrFromAddrPort(l.Straight), Err: err}
	}
	if err != nil {
		l.fail(s, err)
		return
	}
	l.connecting.remove(s)
	l.opening--
	l.begin(s)
}

// newSocket makes a socket as Go's net makes its own: what is written goes out at once, and a connection that is kept
// is probed every 15 s when nothing else goes over it.
func newSocket(to netip.AddrPort, kept bool) (int, error) {
	family := syscall.AF_INET6
	if to.Addr().Is4() {
		family = syscall.AF_INET
	}
	fd, err := syscall.Socket(family, syscall.SOCK_STREAM|syscall.SOCK_NONBLOCK|syscall.SOCK_CLOEXEC, syscall.IPPROTO_TCP)
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

// connectFD begins to connect. A raw call: the socket does not block.
func connectFD(fd int, to netip.AddrPort) error {
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
		*(*syscall.RawSockaddrInet4)(unsafe.Pointer(raw)) = syscall.RawSockaddrInet4{Family: syscall.AF_INET, Port: port, Addr: to.Addr().As4()}
		return syscall.SizeofSockaddrInet4
	}
	*(*syscall.RawSockaddrInet6)(unsafe.Pointer(raw)) = syscall.RawSockaddrInet6{Family: syscall.AF_INET6, Port: port, Addr: to.Addr().As16()}
	return syscall.SizeofSockaddrInet6
}

// opened says that a connection is open (nil), is being opened (errAgain), or why it will not be.
//
// A connection to a port of this machine that nobody listens on can meet itself, where the kernel gives it the
// same port as its own. Nobody is there: it counts as refused.
func opened(fd int) error {
	var here, there syscall.RawSockaddrAny
	switch e := named(syscall.SYS_GETPEERNAME, fd, &there); e {
	case 0:
		if named(syscall.SYS_GETSOCKNAME, fd, &here) == 0 && here == there {
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
	return errAgain
}

// named asks for one of a socket's two addresses.
func named(call uintptr, fd int, raw *syscall.RawSockaddrAny) syscall.Errno {
	n := uint32(syscall.SizeofSockaddrAny)
	_, _, e := syscall.RawSyscall(call, uintptr(fd), uintptr(unsafe.Pointer(raw)), uintptr(unsafe.Pointer(&n)))
	return e
}
