package wire

import (
	"errors"
	"io"

	"shotput/loadgen/wire/http1"
	"shotput/loadgen/wire/poll"
)

// A conn is a connection of the loop's, and what it speaks: its socket, its TLS, its reader of answers, and whose
// request is on it. It serves one server for as long as it is open; then another may be opened in its place. Owned by
// the loop.
type conn struct {
	Conn
	lines  *lines
	token  poll.Token // the index is its place in conns.all; the age counts the connections in this place
	server int
	state  connState
	fresh  bool // it has carried no request yet
	slot   *slot
	place  link[conn] // in the list of idle ones of its server

	reader   http1.Response
	keeps    bool  // the reader hands on what Config.Check will see
	raws     bool  // and the head as it came
	halfway  bool  // something of the request is still to be written
	writeErr error // writing failed; there may still be an answer to read
}

// connState is what a connection is doing.
type connState uint8

const (
	closed   connState = iota // its place is free
	opening                   // not open yet
	idle                      // free for a request of its server
	carrying                  // has a request on it
)

func byConn(c *conn) *link[conn] { return &c.place }

// lines are what the connections of a loop share. Owned by the loop.
type lines struct {
	poller  poll.Poller
	reading *poll.Event // whose bytes are being read
	buffer  []byte      // for reading; forgotten after each read
	plain   []byte      // for encrypting
	stamp   int64       // of the last read; 0: none
	keep    int         // bytes of an answer's body; Config.Keep

	traffic Traffic
}

// receive reads once from a socket, and notes the kernel's stamp.
func (l *lines) receive(fd int, b []byte) (int, error) {
	n, stamp, err := l.poller.Read(fd, l.reading, b)
	if n > 0 {
		l.stamp = stamp
		l.traffic.Received += int64(n)
	}
	return n, err
}

// receive reads once, into the lines' buffer, and notes the kernel's stamp there.
func (c *conn) receive() (int, error) {
	if c.tls == nil {
		return c.lines.receive(c.fd, c.lines.buffer)
	}
	n, err := c.tls.Read(c.lines.buffer)
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

// push makes one write of what is left of an upload.
func (c *conn) push(u *upload) error {
	if c.tls != nil {
		return c.pushTLS(u)
	}
	var n int
	var err error
	head, data, tail := u.pieces()
	switch {
	case len(data)+len(tail) == 0 && len(head) > 0:
		n, err = poll.Write(c.fd, head, u.at < u.to)
	case len(head)+len(tail) == 0 && len(data) > 0:
		n, err = poll.Write(c.fd, data, false)
	case len(head)+len(tail) > 0:
		n, err = poll.WriteParts(c.fd, head, data, tail)
	default:
		n, err = poll.SendFile(c.fd, u.body.File.Fd(), u.at, u.to-u.at)
		if n == 0 && err == nil {
			err = ErrBody
		}
	}
	c.lines.traffic.Sent += int64(n)
	u.advance(n)
	return err
}

// pushTLS encrypts the next part, once the last is out, and makes one write of it.
func (c *conn) pushTLS(u *upload) error {
	if !c.hasBacklog() {
		if err := c.seal(u); err != nil {
			return err
		}
	}
	n, err := c.socket.flush()
	c.lines.traffic.Sent += int64(n)
	return err
}

func (c *conn) seal(u *upload) (err error) {
	var plain []byte
	if plain, c.lines.plain, err = u.gather(c.lines.plain); err != nil {
		return err
	}
	u.advance(len(plain))
	_, err = c.tls.Write(plain)
	return err
}

// hasBacklog says whether ciphertext waits to be written.
func (c *conn) hasBacklog() bool { return c.tls != nil && len(c.socket.out) > 0 }

// mostChunk bounds the chunks of a body without a length.
func (c *conn) mostChunk() int64 {
	if c.tls != nil {
		return largestSealedChunk
	}
	return largestChunk
}

// again asks for the connection's events anew, should there be something to read or room to write now.
func (c *conn) again() error { return c.lines.poller.Again(c.fd, c.token) }

// awaitRoom asks to be told when there is room.
func (c *conn) awaitRoom() error { return c.lines.poller.Room(c.fd, c.token) }
