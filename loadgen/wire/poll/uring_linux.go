package poll

import (
	"os"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// # The queues of io_uring
//
// The kernel and one thread share two queues in memory: the thread writes what it wants done into one, the kernel
// what became of it into the other. One call, enter, hands the first over and waits for the second. Each side moves
// only its own end of a queue, so ends are read and written atomically and there is no lock.
//
// This ring does its work when its thread calls enter and at no other time (DEFER_TASKRUN, Linux 6.1): nothing
// interrupts the loop between two requests.

// What is asked of the kernel. The names, and the layout of these structs, are io_uring's.
const (
	ringCQSize       = 1 << 3
	ringClamp        = 1 << 4
	ringSubmitAll    = 1 << 7
	ringTaskrunFlag  = 1 << 9
	ringSingleIssuer = 1 << 12
	ringDeferTaskrun = 1 << 13

	sqOverflow, sqTaskrun = 1 << 1, 1 << 2 // of the submission queue's flags: enter has something to fetch

	enterGetEvents = 1 << 0
	enterExtArg    = 1 << 3

	offSQRing, offSQEs = 0, 0x10000000
	registerBuffers    = 22 // IORING_REGISTER_PBUF_RING
	registerCancel     = 24 // IORING_REGISTER_SYNC_CANCEL
	cancelAll          = 1 << 0
	cancelAny          = 1 << 2

	opNothing                = 0
	opPollAdd, opRecvmsg     = 6, 10
	pollIn, pollOut, pollEnd = unix.POLLIN, unix.POLLOUT, unix.POLLRDHUP // a failure is told of unasked
	pollMulti                = 1 << 0                                    // of a poll's len
	recvPollFirst            = 1 << 0                                    // of a receive's ioprio
	recvMultishot            = 1 << 1
	selectBuffer             = 1 << 5 // of a request's flags
	noCompletion             = 1 << 6 // of a request's flags: not if it succeeds

	hasBuffer = 1 << 0 // of a completion's flags; the buffer's number stands in the upper half
	hasMore   = 1 << 1 // more completions of the same request will come
)

// sqe is a request, cqe a completion: what became of it.
type sqe struct {
	op, flags   uint8
	ioprio      uint16
	fd          int32
	off, addr   uint64
	len, opFlag uint32
	user        uint64
	group       uint16
	_           uint16
	_           uint32
	_           [2]uint64
}

type cqe struct {
	user  uint64
	res   int32
	flags uint32
}

type ringParams struct {
	sqEntries, cqEntries, flags, cpu, idle, features, wq uint32
	_                                                    [3]uint32
	sq                                                   struct {
		head, tail, mask, entries, flags, dropped, array uint32
		_                                                [3]uint32
	}
	cq struct {
		head, tail, mask, entries, overflow, cqes, flags uint32
		_                                                [3]uint32
	}
}

// queues is a ring of io_uring. It belongs to the thread that made it.
type queues struct {
	fd           int
	shared, sqeM []byte // mapped

	sqHead, sqTail, sqFlags *uint32
	sqes                    []sqe
	tail                    uint32 // the thread's own copy of sqTail
	cqHead, cqTail          *uint32
	cqes                    []cqe
	head                    uint32 // the thread's own copy of cqHead

	limit unix.Timespec
	arg   struct {
		sigmask        uint64
		sigmaskSize, _ uint32
		limit          uint64
	}
}

func newQueues(entries, completions uint32) (*queues, error) {
	p := ringParams{cqEntries: completions,
		flags: ringCQSize | ringClamp | ringSubmitAll | ringTaskrunFlag | ringSingleIssuer | ringDeferTaskrun}
	fd, _, e := syscall.RawSyscall(unix.SYS_IO_URING_SETUP, uintptr(entries), uintptr(unsafe.Pointer(&p)), 0)
	if e != 0 {
		return nil, os.NewSyscallError("io_uring_setup", e)
	}
	q := &queues{fd: int(fd)}
	if err := q.mapIn(&p); err != nil {
		q.close()
		return nil, err
	}
	return q, nil
}

func (q *queues) mapIn(p *ringParams) (err error) {
	const readWrite, how = unix.PROT_READ | unix.PROT_WRITE, unix.MAP_SHARED | unix.MAP_POPULATE
	size := max(p.sq.array+4*p.sqEntries, p.cq.cqes+uint32(unsafe.Sizeof(cqe{}))*p.cqEntries)
	if q.shared, err = unix.Mmap(q.fd, offSQRing, int(size), readWrite, how); err != nil {
		return os.NewSyscallError("mmap", err)
	}
	if q.sqeM, err = unix.Mmap(q.fd, offSQEs, int(p.sqEntries)*int(unsafe.Sizeof(sqe{})), readWrite, how); err != nil {
		return os.NewSyscallError("mmap", err)
	}
	at := func(offset uint32) *uint32 { return (*uint32)(unsafe.Pointer(&q.shared[offset])) }
	q.sqHead, q.sqTail, q.sqFlags = at(p.sq.head), at(p.sq.tail), at(p.sq.flags)
	q.cqHead, q.cqTail = at(p.cq.head), at(p.cq.tail)
	q.sqes = unsafe.Slice((*sqe)(unsafe.Pointer(&q.sqeM[0])), p.sqEntries)
	q.cqes = unsafe.Slice((*cqe)(unsafe.Pointer(&q.shared[p.cq.cqes])), p.cqEntries)
	for i := range p.sqEntries { // entry i of the queue is always sqe i
		unsafe.Slice(at(p.sq.array), p.sqEntries)[i] = i
	}
	return nil
}

func (q *queues) close() {
	unix.Munmap(q.shared)
	unix.Munmap(q.sqeM)
	unix.Close(q.fd)
}

// ask queues a request. It goes to the kernel with the next enter; at once when the queue is full.
func (q *queues) ask(s sqe) error {
	if q.tail-atomic.LoadUint32(q.sqHead) == uint32(len(q.sqes)) {
		if e := q.fetch(); e != 0 {
			return os.NewSyscallError("io_uring_enter", e)
		}
	}
	q.sqes[q.tail&uint32(len(q.sqes)-1)] = s
	q.tail++
	return nil
}

// withdraw takes back what was asked about a descriptor and is not handed over yet. It must come before the
// descriptor is closed: another goroutine's connection may get the same number at once.
func (q *queues) withdraw(fd int) {
	for i := atomic.LoadUint32(q.sqHead); i != q.tail; i++ {
		if s := &q.sqes[i&uint32(len(q.sqes)-1)]; s.fd == int32(fd) {
			*s = sqe{op: opNothing, flags: noCompletion}
		}
	}
}

// idle says that enter would neither hand over nor fetch anything.
func (q *queues) idle() bool {
	return q.tail == atomic.LoadUint32(q.sqHead) && atomic.LoadUint32(q.sqFlags)&(sqOverflow|sqTaskrun) == 0
}

// fetch hands over what was asked, and fetches what has come. A raw call: it never blocks, so the scheduler need not
// know.
func (q *queues) fetch() syscall.Errno {
	_, _, e := syscall.RawSyscall6(unix.SYS_IO_URING_ENTER, uintptr(q.fd), q.handOver(), 0, enterGetEvents, 0, 0)
	return e
}

// enter is fetch, and waits until so many have come or the limit has passed. The call goes through the
// scheduler, so that a loop that waits never holds the garbage collector up.
func (q *queues) enter(least int, limit time.Duration) {
	syscall.Syscall6(unix.SYS_IO_URING_ENTER, uintptr(q.fd), q.handOver(), uintptr(least),
		enterGetEvents|enterExtArg, q.setLimit(limit), unsafe.Sizeof(q.arg))
}

// enterRaw is enter behind the scheduler's back, for waits of which there are so many that telling it costs: 2 % of
// a request. The runtime's signals break it off when the collector needs the thread.
func (q *queues) enterRaw(least int, limit time.Duration) {
	syscall.RawSyscall6(unix.SYS_IO_URING_ENTER, uintptr(q.fd), q.handOver(), uintptr(least),
		enterGetEvents|enterExtArg, q.setLimit(limit), unsafe.Sizeof(q.arg))
}

// handOver publishes what was asked, and says how much of it the kernel has not taken.
func (q *queues) handOver() uintptr {
	atomic.StoreUint32(q.sqTail, q.tail)
	return uintptr(q.tail - atomic.LoadUint32(q.sqHead))
}

// setLimit gives the argument that sets a limit. It stays where it is as long as the queues do.
func (q *queues) setLimit(limit time.Duration) uintptr {
	q.limit = unix.NsecToTimespec(int64(limit))
	q.arg.limit = uint64(uintptr(unsafe.Pointer(&q.limit)))
	return uintptr(unsafe.Pointer(&q.arg))
}

// cancelAll ends every request that the kernel has. Each is completed once more; that is fetched as any other.
func (q *queues) cancelAll() {
	cancel := struct {
		addr          uint64
		fd            int32
		flags         uint32
		seconds, nano int64
		_             [4]uint64
	}{flags: cancelAll | cancelAny, seconds: -1, nano: -1} // no limit: nothing that is asked here takes time to end
	q.register(registerCancel, unsafe.Pointer(&cancel))
}

// register tells the kernel of one thing beside the queues.
func (q *queues) register(what uintptr, arg unsafe.Pointer) syscall.Errno {
	_, _, e := syscall.RawSyscall6(unix.SYS_IO_URING_REGISTER, uintptr(q.fd), what, uintptr(arg), 1, 0, 0)
	return e
}

// next takes the next completion; false when there is none. The completion is valid until release.
func (q *queues) next() (*cqe, bool) {
	if q.head == atomic.LoadUint32(q.cqTail) {
		return nil, false
	}
	c := &q.cqes[q.head&uint32(len(q.cqes)-1)]
	q.head++
	return c, true
}

// release gives the room of the completions that were taken back to the kernel.
func (q *queues) release() { atomic.StoreUint32(q.cqHead, q.head) }
