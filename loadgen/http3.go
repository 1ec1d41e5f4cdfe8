package loadgen

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/netip"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/quic-go/quic-go"
	"github.com/quic-go/quic-go/http3"
)

// An http3Transport speaks HTTP/3. It is quic-go's transport, several times: one has one connection to a server, and
// requests beyond the streams that the server allows on it would wait in line for each other. So there are as
// many connections as the plan's concurrency needs at streamsEach, and a request goes on the first with room.
type http3Transport struct {
	dialler *dialler
	lanes   []*lane
	closing sync.Once
	open    sync.WaitGroup // a count for each connection whose socket is open
	mu      struct {
		sync.Mutex
		conns []*quic.Conn
	}
}

// A lane is one connection's worth of requests.
type lane struct {
	transport http3.Transport
	inFlight  atomic.Int64
}

// streamsEach is how many requests share a connection: as many as RFC 9114 §6.1 wants servers to allow at least.
const streamsEach = 100

func newHTTP3(d *dialler) *http3Transport {
	// quic-go writes to the standard error stream where the kernel's limit on buffers is low; that stream is ours.
	os.Setenv("QUIC_GO_DISABLE_RECEIVE_BUFFER_WARNING", "true")
	h := &http3Transport{dialler: d}
	for range (d.plan.Concurrency + streamsEach - 1) / streamsEach {
		h.lanes = append(h.lanes, &lane{transport: http3.Transport{TLSClientConfig: d.tls, DisableCompression: true, Dial: h.dial,
			QUICConfig: &quic.Config{HandshakeIdleTimeout: cmp.Or(d.plan.ConnectTimeout, d.plan.Timeout), MaxIdleTimeout: idleEnd(d.plan)}}})
	}
	return h
}

// idleEnd is how long a connection may be silent: longer than any request may take, or quic-go would end requests
// to a server that thinks.
func idleEnd(p *Plan) time.Duration { return p.Timeout + 30*time.Second }

// RoundTrip sends r on the first lane that has room.
func (h *http3Transport) RoundTrip(r *http.Request) (*http.Response, error) {
	l := h.enter()
	response, err := l.transport.RoundTrip(r)
	if err != nil {
		l.inFlight.Add(-1)
		return nil, plainQUIC(err)
	}
	response.Body = &http3Body{ReadCloser: response.Body, lane: l}
	return response, nil
}

func (h *http3Transport) enter() *lane {
	for _, l := range h.lanes[:len(h.lanes)-1] {
		if l.inFlight.Add(1) <= streamsEach {
			return l
		}
		l.inFlight.Add(-1)
	}
	last := h.lanes[len(h.lanes)-1]
	last.inFlight.Add(1)
	return last
}

// An http3Body leaves its lane when it is closed.
type http3Body struct {
	io.ReadCloser
	lane *lane
	left sync.Once
}

func (b *http3Body) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err != nil && err != io.EOF {
		err = plainQUIC(err)
	}
	return n, err
}

func (b *http3Body) Close() error {
	b.left.Do(func() { b.lane.inFlight.Add(-1) })
	return b.ReadCloser.Close()
}

// dial opens a connection, on a socket of its own. QUIC shakes hands while it connects, so the two are timed as one.
func (h *http3Transport) dial(ctx context.Context, address string, secure *tls.Config, config *quic.Config) (*quic.Conn, error) {
	d := h.dialler
	trace := httptrace.ContextClientTrace(ctx)
	if trace != nil && trace.ConnectStart != nil {
		trace.ConnectStart("udp", address)
	}
	ctx, cancel := context.WithTimeout(ctx, cmp.Or(d.plan.ConnectTimeout, d.plan.Timeout))
	defer cancel()
	all, err := d.addresses(ctx, detoured(d.detours, address))
	if err != nil {
		return nil, err
	}
	c, err := h.shake(ctx, all[0], secure, config)
	if trace != nil && trace.ConnectDone != nil {
		trace.ConnectDone("udp", address, err)
	}
	return c, err
}

func (h *http3Transport) shake(ctx context.Context, to netip.AddrPort, secure *tls.Config, config *quic.Config) (*quic.Conn, error) {
	var from *net.UDPAddr
	if local := h.dialler.local.from(to.Addr()); local.IsValid() {
		from = net.UDPAddrFromAddrPort(netip.AddrPortFrom(local, 0))
	}
	socket, err := net.ListenUDP("udp", from)
	if err != nil {
		return nil, err
	}
	c, err := quic.Dial(ctx, socket, net.UDPAddrFromAddrPort(to), secure, config)
	if err != nil {
		socket.Close()
		return nil, err
	}
	h.dialler.traffic.opened.Add(1)
	h.mu.Lock()
	h.mu.conns = append(h.mu.conns, c)
	h.mu.Unlock()
	h.open.Add(1)
	context.AfterFunc(c.Context(), func() {
		defer h.open.Done()
		socket.Close()
	})
	return c, nil
}

// close closes the connections, those too that quic-go has given up, and counts what they carried.
func (h *http3Transport) close() {
	h.closing.Do(func() {
		for _, l := range h.lanes {
			l.transport.Close()
		}
		h.mu.Lock()
		defer h.mu.Unlock()
		for _, c := range h.mu.conns {
			c.CloseWithError(quic.ApplicationErrorCode(http3.ErrCodeNoError), "")
			s := c.ConnectionStats()
			h.dialler.traffic.sent.Add(int64(s.BytesSent))
			h.dialler.traffic.received.Add(int64(s.BytesReceived))
		}
		h.open.Wait()
	})
}

// A quicError says what an error of QUIC's would be on TCP, so that outcomes have one name for both.
type quicError struct {
	error
	like error
}

func (e *quicError) Unwrap() []error { return []error{e.like, e.error} }

// plainQUIC finds that out. Time limits, and certificates that were refused here, need no help.
func plainQUIC(err error) error {
	var transport *quic.TransportError
	var version *quic.VersionNegotiationError
	var stateless *quic.StatelessResetError
	var stream *quic.StreamError
	var answer *http3.Error
	var application *quic.ApplicationError
	switch {
	case errors.As(err, &transport) && transport.ErrorCode.IsCryptoError():
		return &quicError{err, &net.OpError{Op: "remote error", Err: syscall.EPROTO}} // as crypto/tls has it
	case errors.As(err, &stateless), errors.As(err, &stream):
		return &quicError{err, syscall.ECONNRESET}
	case errors.As(err, &answer) && answer.Remote && answer.ErrorCode != http3.ErrCodeNoError:
		return &quicError{err, syscall.ECONNRESET}
	case errors.As(err, &answer) && !answer.Remote, errors.As(err, &version):
		return &quicError{err, errNotHTTP3}
	case errors.As(err, &application), errors.As(err, &answer), errors.As(err, &transport):
		return &quicError{err, io.ErrUnexpectedEOF}
	}
	return err
}

var errNotHTTP3 = errors.New("malformed answer: not HTTP/3 as it should be")
