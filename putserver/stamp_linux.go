package putserver

import (
	"encoding/binary"
	"io"
	"net"
	"os"
	"syscall"
)

// stamps reads a TCP connection together with the kernel's receive stamps (SO_TIMESTAMPNS): when the last
// segment that a read finished reached this machine, long before this process was woken, if it was busy.
type stamps struct {
	raw     syscall.RawConn
	control [64]byte // for one control message: no other kind was asked for
	p       []byte   // the rest is of one read; fields, so that try is made once and not for each
	n       int
	stamp   int64
	err     error
	try     func(fd uintptr) bool
}

// stampsOf asks for stamps on c; nil if it is not TCP or has none.
func stampsOf(c net.Conn) *stamps {
	tcp, ok := c.(*net.TCPConn)
	if !ok {
		return nil
	}
	raw, err := tcp.SyscallConn()
	if err != nil {
		return nil
	}
	var refused error
	err = raw.Control(func(fd uintptr) {
		refused = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_TIMESTAMPNS, 1)
	})
	if err != nil || refused != nil {
		return nil
	}
	s := &stamps{raw: raw}
	s.try = s.attempt
	return s
}

// read is net.Conn's Read with the stamp beside it: Unix time in nanoseconds, 0 when the kernel gave none.
func (s *stamps) read(p []byte) (n int, stamp int64, err error) {
	s.p = p
	if err := s.raw.Read(s.try); err != nil {
		return 0, 0, err // a deadline, or closed
	}
	return s.n, s.stamp, s.err
}

// attempt is false when there is nothing to read yet.
func (s *stamps) attempt(fd uintptr) bool {
	s.n, s.stamp, s.err = 0, 0, nil
	var control int
	var err error
	for {
		s.n, control, _, _, err = syscall.Recvmsg(int(fd), s.p, s.control[:], 0)
		if err != syscall.EINTR {
			break
		}
	}
	switch {
	case err == syscall.EAGAIN:
		return false
	case err != nil:
		s.n, s.err = 0, os.NewSyscallError("recvmsg", err)
	case s.n == 0:
		s.err = io.EOF
	default:
		s.stamp = stampIn(s.control[:control])
	}
	return true
}

// stampIn reads a control message that holds a timespec of two 64-bit numbers; 0 if there is none, or a
// smaller one, as on 32-bit machines.
func stampIn(control []byte) int64 {
	head := syscall.CmsgLen(0)
	if len(control) < head+16 {
		return 0
	}
	if kind := binary.NativeEndian.Uint32(control[head-4:]); kind != syscall.SCM_TIMESTAMPNS {
		return 0
	}
	seconds := binary.NativeEndian.Uint64(control[head:])
	return int64(seconds)*1e9 + int64(binary.NativeEndian.Uint64(control[head+8:]))
}
