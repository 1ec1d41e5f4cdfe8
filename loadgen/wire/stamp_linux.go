package wire

import (
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// # Whose time
//
// The kernel stamps each packet when it arrives (SO_TIMESTAMPING, software receive). A read gives the stamp of
// the last packet that it took bytes from. That instant is true however late the loop wakes: on a busy machine
// the wake-up is most of what a client measures of a fast server.
//
// Stamps are CLOCK_REALTIME, which may be set and is slewed; the run's clock is monotonic. The difference is
// read anew every 100 ms, so that a slewed clock (at most 500 ppm) is off by at most 50 ns. A clock that is set
// makes stamps that cannot be: before the request was sent, or after the read. Such a stamp, and one that is
// missing, gives way to the loop's own clock, and is counted.

const refreshEvery = 100 * time.Millisecond

// wall carries kernel stamps to the run's clock. Owned by the loop.
type wall struct {
	offset  int64 // realtime − run clock, ns
	checked time.Duration
}

func (w *wall) refresh(now func() time.Duration) {
	var best int64 = 1 << 62
	for range 3 { // the narrowest bracket is the least disturbed
		before := now()
		var t unix.Timespec
		unix.ClockGettime(unix.CLOCK_REALTIME, &t)
		after := now()
		if gap := int64(after - before); gap < best {
			best = gap
			w.offset = t.Nano() - int64(before+after)/2
			w.checked = after
		}
	}
}

// keep refreshes the difference when it is old: before stamps are read with it, however long nothing happened.
func (w *wall) keep(at time.Duration, now func() time.Duration) {
	if at-w.checked > refreshEvery {
		w.refresh(now)
	}
}

// instant is a stamp on the run's clock; 0 for none.
func (w *wall) instant(stamp int64) time.Duration {
	if stamp == 0 {
		return 0
	}
	return time.Duration(stamp - w.offset)
}

// askStamps asks the kernel to stamp what this socket receives; false where it can not.
func askStamps(fd int) bool {
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
// used by one loop.
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
