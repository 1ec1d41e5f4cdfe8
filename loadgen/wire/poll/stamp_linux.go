package poll

import (
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// # Stamps
//
// The kernel stamps each packet when it arrives (SO_TIMESTAMPING, software receive). A read gives the stamp of
// the last packet that it took bytes from, by CLOCK_REALTIME.

// Realtime is the clock of the stamps: Unix time in nanoseconds.
func Realtime() int64 {
	var t unix.Timespec
	unix.ClockGettime(unix.CLOCK_REALTIME, &t)
	return t.Nano()
}

// AskStamps asks the kernel to stamp what this socket receives; false where it can not.
func AskStamps(fd int) bool {
	const want = unix.SOF_TIMESTAMPING_RX_SOFTWARE | unix.SOF_TIMESTAMPING_SOFTWARE
	return unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_TIMESTAMPING, want) == nil
}

// stampRoom is what the stamp's control message takes: three times, of which the first is the software stamp.
var stampRoom = unix.CmsgSpace(int(unsafe.Sizeof([3]unix.Timespec{})))

// stampOf finds the stamp in what came beside the bytes: the only control message that was asked for. 0: none.
func stampOf(control []byte) int64 {
	if len(control) < stampRoom {
		return 0
	}
	head := (*unix.Cmsghdr)(unsafe.Pointer(&control[0]))
	if head.Level != unix.SOL_SOCKET || head.Type != unix.SO_TIMESTAMPING {
		return 0
	}
	return (*unix.Timespec)(unsafe.Pointer(&control[unix.CmsgLen(0)])).Nano()
}

// A receiver reads, with stamps where they are wanted. Its parts refer to each other, so it must not be copied; it is
// used by one thread.
type receiver struct {
	stamps  bool
	message unix.Msghdr
	iov     unix.Iovec
	control [96]byte
}

func newReceiver(stamps bool) *receiver {
	r := &receiver{stamps: stamps}
	r.message.Iov = &r.iov
	r.message.SetIovlen(1)
	r.message.Control = &r.control[0]
	return r
}

// read is a raw read that never blocks, and the stamp of the last packet in it: Unix time in nanoseconds, or 0.
func (r *receiver) read(fd int, b []byte) (n int, stamp int64, err error) {
	if !r.stamps {
		n, err = readFD(fd, b)
		return n, 0, err
	}
	r.iov.Base = unsafe.SliceData(b)
	r.iov.SetLen(len(b))
	r.message.SetControllen(len(r.control))
	got, _, e := syscall.RawSyscall(unix.SYS_RECVMSG, uintptr(fd), uintptr(unsafe.Pointer(&r.message)), 0)
	if n, err = outcome(got, e); n > 0 {
		stamp = stampOf(r.control[:r.message.Controllen])
	}
	return n, stamp, err
}
