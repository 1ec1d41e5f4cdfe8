package wire

import (
	"errors"
	"io"
	"shotput/loadgen/wire/poll"
)

// A connection has so many reads (poll.MostReads) and writes in a turn, so that an answer or a body without end does not
// keep the loop from the others. Then it asks for its event again.
const mostWrites = 4

// again asks for the slot's events anew, should there be something to read or room to write now.
func (l *Loop) again(s *slot) {
	if err := l.poller.Again(s.conn.fd, s.token()); err != nil {
		l.closed(s, err)
	}
}

// readable reads what the event has announced, until there is no more: nobody will say again what is left. A read that
// gives less than was asked has taken all, unless the other side has closed (hungUp).
func (l *Loop) readable(s *slot, e *poll.Event) {
	hungUp := e.What&poll.HungUp != 0
	if s.conn.tls != nil {
		s.conn.socket.empty, s.conn.socket.hungUp = false, hungUp
	}
	l.reading = e
	for s.conn != nil && s.age == e.Age {
		n, err := l.receive(s.conn)
		switch {
		case err == poll.ErrAgain && e.Reads == 0:
			l.again(s)
			return
		case err == poll.ErrAgain:
			return
		case err != nil:
			l.closed(s, err)
			return
		case n == 0:
			l.closed(s, io.EOF)
			return
		}
		l.got(s, l.buffer[:n])
		if n < len(l.buffer) && !hungUp && s.conn != nil && s.conn.tls == nil {
			return
		}
	}
}

// parted: the other side has closed or failed. What it sent before is still to be read.
func (l *Loop) parted(s *slot) {
	if s.state == busy {
		l.again(s)
	} else {
		l.drop(s)
	}
}

// receive reads once, into l.buffer, and notes the kernel's stamp in l.stamp.
func (l *Loop) receive(c *Conn) (int, error) {
	if c.tls == nil {
		return l.receiveRaw(c.fd, l.buffer)
	}
	n, err := c.tls.Read(l.buffer)
	if n > 0 {
		return n, nil
	}
	if _, empty := err.(emptySocket); empty {
		return 0, poll.ErrAgain
	}
	if errors.Is(err, io.EOF) {
		return 0, nil
	}
	return 0, err
}

func (l *Loop) receiveRaw(fd int, b []byte) (int, error) {
	n, stamp, err := l.poller.Read(fd, l.reading, b)
	if n > 0 {
		l.stamp = stamp
		l.received += int64(n)
	}
	return n, err
}

// got takes in a piece of an answer.
func (l *Loop) got(s *slot, b []byte) {
	if s.state != busy {
		l.drop(s) // nobody asked: what follows could not be told from the next answer
		return
	}
	at, stamped := l.stampedAt(s.o.Sent)
	used, done, err := l.memo.Feed(&s.response, b)
	l.heardOf(s, l.clock)
	if s.response.Began {
		s.o.FirstByte, s.o.Stamped = at, stamped
	}
	if s.response.IsBetween() {
		s.o.FirstByte = 0 // it was an interim answer's
	}
	if l.HeadOnly && !done && s.response.HeaderStatus() != 0 {
		done, err = true, nil // its end has not come, so the connection is not used again
	}
	switch {
	case err != nil:
		l.fail(s, err)
	case s.awaiting && !done:
		l.heardWhileAwaiting(s, at)
	case done:
		s.o.Stamped = s.o.Stamped && stamped
		s.o.Unstamped = !l.UserClock && !s.o.Stamped
		if s.o.Stamped {
			s.o.ReadLag = l.clock - at
		}
		l.answered(s, at, used == len(b))
	}
}
