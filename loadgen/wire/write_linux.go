package wire

import "errors"

// write hands on what the kernel takes. A write that fails does not end the request: a server that has answered
// and closed makes writes fail, and its answer is still there to be read.
func (l *Loop) write(s *slot) {
	for n := 0; s.halfway; n++ {
		if n == mostWrites {
			l.again(s)
			return
		}
		err := l.push(s)
		if err == errAgain {
			return
		}
		if errors.Is(err, ErrBody) {
			l.fail(s, err)
			return
		}
		if err != nil {
			s.writeErr, s.halfway = err, false
			l.readable(s, true)
			return
		}
		if len(s.head) == 0 && s.at == s.body.Size && !s.conn.backlog() {
			s.halfway = false
			s.o.Uploaded = l.tick()
			l.heardOf(s, s.o.Uploaded)
		}
	}
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
	chunk := s.chunk()
	switch {
	case len(s.head) > 0 && len(chunk) > 0:
		n, err = writeBoth(s.conn.fd, s.head, chunk)
	case len(s.head) > 0:
		n, err = writeFD(s.conn.fd, s.head, s.body.Size > 0)
	case s.body.File != nil:
		n, err = sendFile(s.conn.fd, s.body.File.Fd(), s.at, s.body.Size-s.at)
		if n == 0 && err == nil {
			err = ErrBody
		}
	default:
		n, err = writeFD(s.conn.fd, chunk, false)
	}
	l.sent += int64(n)
	ofHead := min(n, len(s.head))
	s.head = s.head[ofHead:]
	s.at += int64(n - ofHead)
	return err
}

// ErrBody ends a request whose body could not be had whole. The server would wait for the rest.
var ErrBody = errors.New("the body's file became shorter during the run")

// chunk is the next part of a body in memory.
func (s *slot) chunk() []byte {
	left := s.body.Size - s.at
	if s.body.File != nil || left == 0 {
		return nil
	}
	from := (int64(s.body.At) + s.at) % int64(len(s.body.Data))
	rest := s.body.Data[from:]
	return rest[:min(left, int64(len(rest)))]
}

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
	plain := s.head
	if chunk := s.chunk(); len(chunk) > 0 {
		chunk = chunk[:min(sealed, len(chunk))]
		if len(s.head) == 0 {
			plain = chunk
		} else {
			plain = append(l.plain[:0], s.head...)
			plain = append(plain, chunk...)
			l.plain = plain
		}
		s.at += int64(len(chunk))
	} else if s.body.File != nil && s.at < s.body.Size {
		l.plain = append(l.plain[:0], s.head...)
		room := l.plain[len(l.plain):cap(l.plain)]
		if len(room) < sealed {
			l.plain = append(make([]byte, 0, len(s.head)+sealed), s.head...)
			room = l.plain[len(l.plain):cap(l.plain)]
		}
		n, err := s.body.File.ReadAt(room[:min(int64(sealed), s.body.Size-s.at)], s.at)
		if n == 0 {
			return errors.Join(ErrBody, err)
		}
		plain = l.plain[:len(l.plain)+n]
		s.at += int64(n)
	}
	s.head = nil
	_, err := s.conn.tls.Write(plain)
	return err
}
