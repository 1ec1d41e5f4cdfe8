//go:build !unix

package route

import "net"

// peek cannot be done here.
func peek(net.Conn, []byte) (n int, ended bool) { return 0, false }
