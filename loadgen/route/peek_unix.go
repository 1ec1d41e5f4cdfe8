//go:build unix

package route

import (
	"net"
	"syscall"
)

// peek gives what has arrived on a connection and was not read yet, and takes nothing from whoever reads: that one is
// told by the runtime, which on a busy machine may take a while. ended says that the other side has ended it.
func peek(c net.Conn, b []byte) (n int, ended bool) {
	socket, ok := c.(syscall.Conn)
	if !ok {
		return 0, false
	}
	raw, err := socket.SyscallConn()
	if err != nil {
		return 0, true
	}
	var told error
	err = raw.Control(func(fd uintptr) { // Read would wait for whoever reads
		n, _, told = syscall.Recvfrom(int(fd), b, syscall.MSG_PEEK) // sockets of the runtime never block
	})
	switch {
	case err != nil: // it is closed
		return 0, true
	case told != nil:
		return 0, told != syscall.EAGAIN && told != syscall.EINTR
	}
	return n, n == 0
}
