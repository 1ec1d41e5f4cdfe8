//go:build unix

package route

import (
	"net"
	"syscall"
)

// peek gives what has arrived on a connection and was not read yet; nothing where that cannot be known.
func peek(c net.Conn, b []byte) (n int) {
	socket, ok := c.(syscall.Conn)
	if !ok {
		return 0
	}
	raw, err := socket.SyscallConn()
	if err != nil {
		return 0
	}
	raw.Control(func(fd uintptr) { // Read would wait for whoever reads
		n, _, err = syscall.Recvfrom(int(fd), b, syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
	})
	if err != nil {
		return 0
	}
	return max(n, 0)
}
