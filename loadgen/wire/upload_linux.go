package wire

import (
	"errors"
	"slices"
	"strconv"
)

// An upload is a request on its way out: what is still to be written, in order. It knows bytes, and no socket.
//
// Where the body waits for a 100, head is the head alone, and an inline body is withheld.
type upload struct {
	own      []byte // its own buffer for heads
	head     []byte // what is still to be written: a part of own, or of shared bytes
	body     Body
	at, to   int64  // bytes of body written so far, and those that may go out now
	tail     []byte // what follows those: the end of a chunk
	chunks   bool   // more chunks are to come
	most     int64  // bytes of a chunk
	withheld []byte // of an inline body: what waits for a 100
}

// lay takes a rendered request, and decides what of it may be written first: all, or the head alone where there is a
// body that has to wait. most bounds a chunk.
func (u *upload) lay(head []byte, b Body, wait bool, most int64) (waits bool) {
	u.head, u.body, u.most = head, b, most
	if !wait || b.Size == 0 && b.Inline == 0 && !b.Chunked {
		u.letGo()
		return false
	}
	bare := len(head) - b.Inline
	u.head, u.withheld = head[:bare], head[bare:]
	return true
}

// letGo lets the body follow the head.
func (u *upload) letGo() {
	if u.body.Chunked && u.body.Inline == 0 {
		u.frame()
		return
	}
	u.to = u.body.Size
}

// release lets a body go out that had to wait; what was before it is written.
func (u *upload) release() {
	u.head, u.withheld = u.withheld, nil
	u.letGo()
}

// clear forgets the request. The buffer stays.
func (u *upload) clear() {
	u.head, u.tail, u.withheld, u.chunks, u.body = nil, nil, nil, false, Body{}
	u.at, u.to = 0, 0
}

// isOut says whether all has been taken that may go out now.
func (u *upload) isOut() bool { return len(u.head)+len(u.tail) == 0 && u.at == u.to }

// bodySent is how many bytes of the body itself have been taken.
func (u *upload) bodySent() int64 {
	return u.at + int64(max(0, u.body.Inline-u.body.Framing-len(u.head)-len(u.withheld)))
}

// pieces is what can be written now, in order, as far as it is in memory. All are empty where a file comes first.
func (u *upload) pieces() (head, data, tail []byte) {
	data = u.chunk()
	if u.at+int64(len(data)) == u.to {
		tail = u.tail
	}
	return u.head, data, tail
}

// advance takes note that n bytes more were written.
func (u *upload) advance(n int) {
	ofHead := min(n, len(u.head))
	ofBody := min(int64(n-ofHead), u.to-u.at)
	u.head = u.head[ofHead:]
	u.at += ofBody
	u.tail = u.tail[n-ofHead-int(ofBody):]
}

// ErrBody ends a request whose body could not be had whole. The server would wait for the rest.
var ErrBody = errors.New("the body's file became shorter during the run")

// chunk is the next part of a body in memory, as far as it may go out.
func (u *upload) chunk() []byte {
	left := u.to - u.at
	if u.body.File != nil || left == 0 {
		return nil
	}
	rest := u.body.Data[u.offset():]
	return rest[:min(left, int64(len(rest)))]
}

// offset is where in its data a body goes on.
func (u *upload) offset() int64 { return (int64(u.body.At) + u.at) % int64(len(u.body.Data)) }

// sealed is how much plaintext is encrypted at a time: what is encrypted must be held until the kernel takes it.
const sealed = 64 << 10

// gather gives the next part to encrypt, in one piece: where it is not one already, it is put into room, which may
// grow.
func (u *upload) gather(room []byte) (plain, grown []byte, err error) {
	head, data, tail := u.pieces()
	if len(data) > sealed {
		data, tail = data[:sealed], nil
	}
	switch {
	case u.body.File != nil && u.at < u.to:
		room, err = u.readFile(room)
		return room, room, err
	case len(data)+len(tail) == 0:
		return head, room, nil
	case len(head)+len(tail) > 0:
		room = append(append(append(room[:0], head...), data...), tail...)
		return room, room, nil
	}
	return data, room, nil
}

// readFile puts the next part of a file into room, with what stands before and behind it.
func (u *upload) readFile(room []byte) ([]byte, error) {
	n := min(sealed, u.to-u.at)
	room = slices.Grow(append(room[:0], u.head...), int(n)+len(u.tail))
	got, err := u.body.File.ReadAt(room[len(room):][:n], u.at)
	if got == 0 {
		return room, errors.Join(ErrBody, err)
	}
	room = room[:len(room)+got]
	if u.at+int64(got) == u.to {
		room = append(room, u.tail...)
	}
	return room, nil
}

// # Chunks
//
// A body without a length goes out in chunks (RFC 9112 §7.1): a size line, data, CRLF. An upload lays out one at a
// time: the size line stands in head, behind the request's own where that is still there, and what ends the chunk in
// tail. So one writev takes all three, data is never copied, and what is left after a partial write is as easy to
// tell as without chunks.

const (
	largestChunk       = 1 << 20 // of plain connections; sendfile takes no more at a time either
	largestSealedChunk = sealed
)

var (
	chunkEnd  = []byte("\r\n")
	chunksEnd = []byte("0\r\n\r\n")
	lastEnd   = []byte("\r\n0\r\n\r\n")
)

// frame lays out the next chunk; the last one brings the end of all along.
func (u *upload) frame() {
	left := u.body.Size - u.at
	n := min(left, u.most)
	u.own = append(u.own[:0], u.head...) // which may be there already, or shared
	u.to, u.chunks, u.tail = u.at+n, n < left, chunkEnd
	if n == left {
		u.tail = lastEnd
	}
	if n == 0 {
		u.tail = chunksEnd
	} else {
		u.own = strconv.AppendInt(u.own, n, 16)
		u.own = append(u.own, '\r', '\n')
	}
	u.head = u.own
}
