//go:build linux || darwin

package route

import "syscall"

// Left says whether the other side has ended the connection, or has sent what nobody read: for a connection that waits
// for a request. It asks the kernel, and takes nothing from whoever reads: that one is told by the runtime, which on a
// busy machine may take a while.
func (c *CountedConn) Left() (left bool) {
	socket, ok := c.Conn.(syscall.Conn)
	if !ok {
		return false
	}
	raw, err := socket.SyscallConn()
	if err != nil {
		return true
	}
	err = raw.Control(func(fd uintptr) {
		var b [1]byte
		_, _, err := syscall.Recvfrom(int(fd), b[:], syscall.MSG_PEEK) // sockets of the runtime never block
		left = err != syscall.EAGAIN && err != syscall.EINTR
	})
	return left || err != nil
}
