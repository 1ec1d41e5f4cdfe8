// Package bare is one exchange over HTTP/1.1 on a bare connection, for requests that no engine sends: one that ends
// before its body does, one whose length is a lie. It is given the connection and the bytes. It refuses to make
// either, and to judge.
package bare

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync/atomic"
	"syscall"
	"time"
)

// An End is how the sending side ends a request.
type End int

// The ends.
const (
	Stay  End = iota // it has said all, and waits
	Close            // it says no more: an orderly end (FIN, and before it what TLS says of one)
	Reset            // it breaks the connection (RST)
)

// A Request is what is written, byte for byte.
type Request struct {
	Method string
	Head   []byte // up to the empty line, that included
	Body   []byte // framed already
	End    End
	Keep   int // bytes of the answer's body
}

// An Answer is what came.
type Answer struct {
	Proto, Status string // of its first line; "" where none came
	Header        http.Header
	Interim       []int // statuses of 1xx before it
	Body          []byte
	Size          int64 // of the body, all of it
	Sent          int64 // bytes of the body that were handed over
	Err           error // why there is no answer, or only a part of one
}

// Before it breaks a request off, the sending side gives the other a moment to take in what came: a reset makes a
// system throw away what has not been read yet. Then an answer has this long.
const (
	settling = 200 * time.Millisecond
	patience = 2 * time.Second
)

// mostHead bounds an answer's heads, in bytes.
const mostHead = 64 << 10

// Exchange writes the request and reads its answer, until ctx ends, and closes the connection.
func Exchange(ctx context.Context, c net.Conn, r Request) Answer {
	defer c.Close()
	undo := context.AfterFunc(ctx, func() { c.SetDeadline(time.Unix(1, 0)) })
	defer undo()
	heard := make(chan Answer, 1)
	var answered atomic.Bool
	go func() {
		a := read(c, &r)
		answered.Store(true)
		c.SetWriteDeadline(time.Unix(1, 0)) // whoever still writes has his answer
		heard <- a
	}()
	sent, err := c.Write(append(r.Head[:len(r.Head):len(r.Head)], r.Body...))
	a := r.end(c, heard, err)
	a.Sent = int64(max(0, sent-len(r.Head)))
	if a.Err != nil {
		if ctx.Err() != nil {
			a.Err = context.Cause(ctx)
		} else if err != nil && !answered.Load() {
			a.Err = err
		}
	}
	return a
}

// end ends the request as it asks to, and gives the answer. An answer that came before that is the one.
func (r *Request) end(c net.Conn, heard <-chan Answer, failed error) Answer {
	if r.End == Stay || failed != nil {
		return <-heard
	}
	select {
	case a := <-heard:
		return a
	case <-time.After(settling):
	}
	if r.End == Reset {
		if err := reset(c); err != nil {
			c.Close()
		}
		a := <-heard
		if a.Status == "" {
			a.Err = errors.New("the connection was reset on purpose")
		}
		return a
	}
	halfClose(c)
	c.SetReadDeadline(time.Now().Add(patience))
	return <-heard
}

// below is the connection that TLS is spoken on, or c itself.
func below(c net.Conn) net.Conn {
	for {
		secure, ok := c.(interface{ NetConn() net.Conn })
		if !ok {
			return c
		}
		c = secure.NetConn()
	}
}

// reset closes a connection by a reset.
func reset(c net.Conn) error {
	plain := below(c)
	abrupt, ok := plain.(interface{ SetLinger(int) error })
	if !ok { // a unix socket knows of none: to close it with bytes unread is as near as it comes
		return plain.Close()
	}
	return errors.Join(abrupt.SetLinger(0), plain.Close())
}

// halfClose says that no more will come; the answer can still be read.
func halfClose(c net.Conn) {
	type writer interface{ CloseWrite() error }
	if w, ok := c.(writer); ok {
		w.CloseWrite()
	}
	if w, ok := below(c).(writer); ok {
		w.CloseWrite()
	}
}

// read reads the answer, and the interim ones before it.
func read(c net.Conn, r *Request) (a Answer) {
	bounded := &io.LimitedReader{R: c, N: mostHead}
	in := bufio.NewReader(bounded)
	for {
		got, err := http.ReadResponse(in, &http.Request{Method: r.Method})
		switch {
		case err != nil && bounded.N == 0:
			a.Err = fmt.Errorf("malformed answer: its head has more than %d bytes", mostHead)
			return a
		case err != nil:
			a.Err = plainly(err)
			return a
		case got.StatusCode < 200 && got.StatusCode != http.StatusSwitchingProtocols:
			a.Interim = append(a.Interim, got.StatusCode)
			continue
		}
		bounded.N = 1 << 62
		a.Proto, a.Status, a.Header = got.Proto, got.Status, got.Header
		a.Body, err = io.ReadAll(io.LimitReader(got.Body, int64(r.Keep)))
		a.Size = int64(len(a.Body))
		if err == nil {
			var more int64
			more, err = io.Copy(io.Discard, got.Body)
			a.Size += more
		}
		a.Err = plainly(err)
		return a
	}
}

// plainly names an end that came too early as what it is.
func plainly(err error) error {
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return errors.New("the connection was closed without a whole answer")
	case errors.Is(err, syscall.ECONNRESET):
		return errors.New("the connection was reset by the server")
	}
	return err
}

// Chunks frames a body as chunks. One that is not whole lacks the last of them.
func Chunks(body []byte, whole bool) (framed []byte) {
	if len(body) > 0 {
		framed = strconv.AppendInt(nil, int64(len(body)), 16)
		framed = append(append(append(framed, "\r\n"...), body...), "\r\n"...)
	}
	if whole {
		framed = append(framed, "0\r\n\r\n"...)
	}
	return framed
}
