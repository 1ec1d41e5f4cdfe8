package poll

import (
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A bufferRing is memory that the kernel puts what arrives into, buffer by buffer as it is needed.
type bufferRing struct {
	memory, ring []byte
	entries      []bufferEntry
	size         int
	tail         uint16
}

type bufferEntry struct {
	addr uint64
	len  uint32
	id   uint16
	tail uint16 // of the ring, in its first entry
}

// newBuffers makes n buffers, a power of two, of so many bytes, as group 0.
func (q *queues) newBuffers(n, size int) (b *bufferRing, err error) {
	b = &bufferRing{size: size}
	const readWrite, how = unix.PROT_READ | unix.PROT_WRITE, unix.MAP_ANON | unix.MAP_PRIVATE
	if b.memory, err = unix.Mmap(-1, 0, n*size, readWrite, how); err != nil {
		return nil, os.NewSyscallError("mmap", err)
	}
	if b.ring, err = unix.Mmap(-1, 0, n*int(unsafe.Sizeof(bufferEntry{})), readWrite, how); err != nil {
		b.close()
		return nil, os.NewSyscallError("mmap", err)
	}
	b.entries = unsafe.Slice((*bufferEntry)(unsafe.Pointer(&b.ring[0])), n)
	register := struct {
		addr         uint64
		entries      uint32
		group, flags uint16
		_            [3]uint64
	}{addr: uint64(uintptr(unsafe.Pointer(&b.ring[0]))), entries: uint32(n)}
	if e := q.register(registerBuffers, unsafe.Pointer(&register)); e != 0 {
		b.close()
		return nil, os.NewSyscallError("io_uring_register", e)
	}
	for i := range n {
		b.give(uint16(i))
	}
	b.publish()
	return b, nil
}

func (b *bufferRing) close() {
	unix.Munmap(b.memory)
	unix.Munmap(b.ring)
}

// buffer is what stands in a buffer.
func (b *bufferRing) buffer(id uint16, n int) []byte { return b.memory[int(id)*b.size:][:n] }

// give lets the kernel use a buffer again, from the next publish on.
func (b *bufferRing) give(id uint16) {
	e := &b.entries[int(b.tail)&(len(b.entries)-1)]
	e.addr = uint64(uintptr(unsafe.Pointer(&b.memory[int(id)*b.size])))
	e.len, e.id = uint32(b.size), id
	b.tail++
}

// publish needs no barrier: the kernel takes buffers on this thread alone, when it calls enter.
func (b *bufferRing) publish() { b.entries[0].tail = b.tail }
