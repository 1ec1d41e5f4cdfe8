package wire

import (
	"errors"
	"shotput/loadgen/wire/poll"
	"slices"
)

// write hands on what the kernel takes. A write that fails does not end the request: a server that has answered
// and closed makes writes fail, and its answer is still there to be read.
func (l *Loop) write(s *slot) {
	for n := 0; s.halfway; n++ {
		if n == mostWrites {
			l.again(s)
			return
		}
		err := l.push(s)
		if err == poll.ErrAgain {
			l.full(s)
			return
		}
		if err != nil {
			l.writeFailed(s, err)
			return
		}
		if len(s.head)+len(s.tail) == 0 && s.at == s.to && !s.conn.backlog() {
			l.wrote(s)
		}
	}
}

// writeFailed: unless it is the body that cannot be had, there may be an answer to read.
func (l *Loop) writeFailed(s *slot, err error) {
	if errors.Is(err, ErrBody) {
		l.fail(s, err)
		return
	}
	s.writeErr, s.halfway = err, false
	l.again(s)
}

// full asks to be told when there is room.
func (l *Loop) full(s *slot) {
	if err := l.poller.Room(s.conn.fd, s.token()); err != nil {
		l.closed(s, err)
	}
}

// wrote: all has gone out that might.
func (l *Loop) wrote(s *slot) {
	if s.chunks {
		s.frame()
		return
	}
	s.halfway = false
	if s.awaiting {
		l.await(s)
		return
	}
	s.o.Uploaded = l.tick()
	l.heardOf(s, s.o.Uploaded)
}

// backlog says whether ciphertext waits to be written.
func (c *Conn) backlog() bool { return c.tls != nil && len(c.socket.out) > 0 }

// push makes one write of what is left.
func (l *Loop) push(s *slot) error {
	if s.conn.tls != nil {
		return l.pushTLS(s)
	}
	var n int
	var err error
	head, data, tail := s.pieces()
	switch {
	case len(data)+len(tail) == 0 && len(head) > 0:
		n, err = poll.Write(s.conn.fd, head, s.at < s.to)
	case len(head)+len(tail) == 0 && len(data) > 0:
		n, err = poll.Write(s.conn.fd, data, false)
	case len(head)+len(tail) > 0:
		n, err = poll.WriteParts(s.conn.fd, head, data, tail)
	default:
		n, err = poll.SendFile(s.conn.fd, s.body.File.Fd(), s.at, s.to-s.at)
		if n == 0 && err == nil {
			err = ErrBody
		}
	}
	l.sent += int64(n)
	s.took(n)
	return err
}

// pieces is what can be written now, in order, as far as it is in memory. All are empty where a file comes first.
func (s *slot) pieces() (head, data, tail []byte) {
	data = s.chunk()
	if s.at+int64(len(data)) == s.to {
		tail = s.tail
	}
	return s.head, data, tail
}

// took takes note that n bytes more were written.
func (s *slot) took(n int) {
	ofHead := min(n, len(s.head))
	ofBody := min(int64(n-ofHead), s.to-s.at)
	s.head = s.head[ofHead:]
	s.at += ofBody
	s.tail = s.tail[n-ofHead-int(ofBody):]
}

// ErrBody ends a request whose body could not be had whole. The server would wait for the rest.
var ErrBody = errors.New("the body's file became shorter during the run")

// chunk is the next part of a body in memory, as far as it may go out.
func (s *slot) chunk() []byte {
	left := s.to - s.at
	if s.body.File != nil || left == 0 {
		return nil
	}
	rest := s.body.Data[s.offset():]
	return rest[:min(left, int64(len(rest)))]
}

// offset is where in its data a body goes on.
func (s *slot) offset() int64 { return (int64(s.body.At) + s.at) % int64(len(s.body.Data)) }

// sealed is how much plaintext is encrypted at a time: what is encrypted must be held until the kernel takes it.
const sealed = 64 << 10

func (l *Loop) pushTLS(s *slot) (err error) {
	if !s.conn.backlog() {
		if err := l.seal(s); err != nil {
			return err
		}
	}
	n, err := s.conn.socket.flush()
	l.sent += int64(n)
	return err
}

// seal encrypts the next part of the request.
func (l *Loop) seal(s *slot) error {
	head, data, tail := s.pieces()
	if len(data) > sealed {
		data, tail = data[:sealed], nil
	}
	plain := data
	switch {
	case s.body.File != nil && s.at < s.to:
		if err := l.readFile(s); err != nil {
			return err
		}
		plain = l.plain
	case len(data)+len(tail) == 0:
		plain = head
	case len(head)+len(tail) > 0:
		l.plain = append(append(append(l.plain[:0], head...), data...), tail...)
		plain = l.plain
	}
	s.took(len(plain))
	_, err := s.conn.tls.Write(plain)
	return err
}

// readFile puts the next part of a file into l.plain, with what stands before and behind it.
func (l *Loop) readFile(s *slot) error {
	n := min(sealed, s.to-s.at)
	l.plain = slices.Grow(append(l.plain[:0], s.head...), int(n)+len(s.tail))
	got, err := s.body.File.ReadAt(l.plain[len(l.plain):][:n], s.at)
	if got == 0 {
		return errors.Join(ErrBody, err)
	}
	l.plain = l.plain[:len(l.plain)+got]
	if s.at+int64(got) == s.to {
		l.plain = append(l.plain, s.tail...)
	}
	return nil
}
