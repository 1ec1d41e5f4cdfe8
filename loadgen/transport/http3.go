package transport

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"sync"
	"syscall"
	"time"

	"shotput/loadgen/route"

	"github.com/quic-go/quic-go"
	"github.com/quic-go/quic-go/http3"
)

// An http3Conns opens the connections of a run on HTTP/3, and closes them.
type http3Conns struct {
	*Transport
	closing sync.Once
	open    sync.WaitGroup // a count for each connection whose socket is open
	mu      struct {
		sync.Mutex
		lanes []*http3Lane
		conns []*http3Conn
	}
}

// An http3Lane is quic-go's transport, which has one connection to a server; it says of errors what they would be on
// TCP.
type http3Lane struct{ http3.Transport }

func newHTTP3(t *Transport) *http3Conns { return &http3Conns{Transport: t} }

// lane makes a transport. A connection may be silent for longer than any request may take: a server that thinks is no
// dead server.
func (h *http3Conns) lane() http.RoundTripper {
	l := &http3Lane{http3.Transport{TLSClientConfig: h.dialler.TLS, DisableCompression: true, Dial: h.dial,
		MaxResponseHeaderBytes: mostHead,
		QUICConfig: &quic.Config{HandshakeIdleTimeout: h.dialler.Limit(),
			MaxIdleTimeout: h.spec.Timeout + 30*time.Second}}}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.mu.lanes = append(h.mu.lanes, l)
	return l
}

func (l *http3Lane) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := l.Transport.RoundTrip(r)
	if err != nil {
		return nil, plainQUIC(err)
	}
	response.Body = http3Body{response.Body}
	return response, nil
}

type http3Body struct{ io.ReadCloser }

func (b http3Body) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err != nil && err != io.EOF {
		err = plainQUIC(err)
	}
	return n, err
}

// dial opens a connection to the first address that answers, on a socket of its own. QUIC shakes hands while it
// connects, so the two are timed as one.
func (h *http3Conns) dial(ctx context.Context, address string, secure *tls.Config, config *quic.Config) (
	*quic.Conn, error,
) {
	d := h.dialler
	ctx, cancel := context.WithTimeout(ctx, d.Limit())
	defer cancel()
	open := func(ctx context.Context, to netip.AddrPort) (*http3Conn, error) {
		return h.shake(ctx, to, secure, config)
	}
	c, err := route.Racer[*http3Conn]{Network: "udp", Open: open}.Reach(ctx, d, d.Detour(address))
	if err != nil {
		return nil, err
	}
	if c.refused != nil {
		return nil, c.refused
	}
	d.Setting.Traffic.Opened.Add(1)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.mu.conns = append(h.mu.conns, c)
	return c.Conn, nil
}

// shake shakes hands with one address. That these fail is an answer too, after which no other address is asked: on TCP
// they are shaken on the connection that won.
func (h *http3Conns) shake(ctx context.Context, to netip.AddrPort, secure *tls.Config, config *quic.Config) (
	*http3Conn, error,
) {
	var from *net.UDPAddr
	if local := h.dialler.Local.From(to.Addr()); local.IsValid() {
		from = net.UDPAddrFromAddrPort(netip.AddrPortFrom(local, 0))
	}
	socket, err := net.ListenUDP("udp", from)
	if err != nil {
		return nil, err
	}
	c, err := quic.Dial(ctx, socket, net.UDPAddrFromAddrPort(to), secure, config)
	if err != nil {
		socket.Close()
		if answersQUIC(err) {
			return &http3Conn{refused: err}, nil
		}
		return nil, err
	}
	h.open.Add(1)
	context.AfterFunc(c.Context(), func() {
		defer h.open.Done()
		socket.Close()
	})
	return &http3Conn{Conn: c}, nil
}

// answersQUIC says whether a handshake failed by what the other side said.
func answersQUIC(err error) bool {
	var transport *quic.TransportError
	var version *quic.VersionNegotiationError
	var application *quic.ApplicationError
	return errors.As(err, &transport) || errors.As(err, &version) || errors.As(err, &application)
}

// knock opens a connection and leaves it to close; see Transport.Knock. One that nobody answers is given up soon: QUIC
// waits longer and longer between its own attempts, and is not told that nobody listens.
func (h *http3Conns) knock(ctx context.Context, origin *url.URL) error {
	secure := h.dialler.TLS.Clone()
	secure.ServerName, secure.NextProtos = origin.Hostname(), []string{http3.NextProtoH3}
	_, err := h.dial(ctx, route.HostPort(origin), secure, &quic.Config{HandshakeIdleTimeout: time.Second})
	return err
}

// close closes the connections, those too that quic-go has given up, and counts what they carried.
func (h *http3Conns) close() {
	h.closing.Do(func() {
		for _, l := range h.mu.lanes { // all were made before the run
			l.Close() // waits for dials, which take the lock
		}
		h.mu.Lock()
		defer h.mu.Unlock()
		for _, c := range h.mu.conns {
			c.Close()
			c.count(h.how.Dial.Traffic)
		}
		h.open.Wait()
	})
}

// An http3Conn is a connection, and what of its bytes was counted; or why the other side refused one.
type http3Conn struct {
	*quic.Conn
	refused        error // Conn is nil
	sent, received uint64
}

// Close closes the connection. It may be called again.
func (c *http3Conn) Close() error {
	if c.refused != nil {
		return nil
	}
	return c.CloseWithError(quic.ApplicationErrorCode(http3.ErrCodeNoError), "")
}

// count adds what the connection has carried since it was last asked.
func (c *http3Conn) count(t *route.Traffic) {
	s := c.ConnectionStats()
	t.Sent.Add(int64(s.BytesSent - c.sent))
	t.Received.Add(int64(s.BytesReceived - c.received))
	c.sent, c.received = s.BytesSent, s.BytesReceived
}

// count adds what all connections have carried since they were last asked.
func (h *http3Conns) count() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, c := range h.mu.conns {
		c.count(h.how.Dial.Traffic)
	}
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
