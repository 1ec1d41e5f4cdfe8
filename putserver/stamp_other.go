//go:build !linux

package putserver

import "net"

// stamps is nothing here: arrivals are known from the return of the read.
type stamps struct{}

func stampsOf(net.Conn) *stamps { return nil }

func (*stamps) read([]byte) (n int, stamp int64, err error) {
	panic("read stamps: stampsOf never gives any")
}
