package transport

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/url"
	"os"
	"time"
)

// silence is how long a connection without TLS is watched: what forwards a port takes connections before the server
// behind it does, and ends them at once. A server waits for a request.
const silence = 50 * time.Millisecond

// Knock opens one connection to a server as requests would have it, TLS and all, and closes it; nil where the server is
// there. Nothing is asked.
func (t *Transport) Knock(ctx context.Context, origin *url.URL) error {
	if t.spec.HTTP == HTTP3Only {
		return t.knockHTTP3(ctx, origin)
	}
	w, err := t.dialler.Way(origin)
	if err != nil {
		return err
	}
	c, err := t.dialler.Reach(ctx, w)
	if err != nil {
		return err
	}
	defer c.Close()
	undo := context.AfterFunc(ctx, func() { c.SetDeadline(time.Unix(1, 0)) })
	defer undo()
	if origin.Scheme == "https" {
		ctx, cancel := context.WithTimeout(ctx, t.dialler.Limit())
		defer cancel()
		return tls.Client(c, t.secureFor(origin)).HandshakeContext(ctx)
	}
	c.SetReadDeadline(time.Now().Add(silence))
	if _, err = c.Read(make([]byte, 1)); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		return ctx.Err()
	}
	return &net.OpError{Op: "read", Net: "tcp", Err: err}
}

func (t *Transport) secureFor(origin *url.URL) *tls.Config {
	secure := t.dialler.TLS.Clone()
	secure.ServerName, secure.NextProtos = origin.Hostname(), []string{"http/1.1"}
	if t.spec.HTTP == HTTP2Offered || t.spec.HTTP == HTTP2Known {
		secure.NextProtos = []string{"h2", "http/1.1"}
	}
	return secure
}

// knockHTTP3 asks for nothing too: a connection of QUIC is one whose handshake is done. It is opened by a transport of
// its own, which no request uses.
func (t *Transport) knockHTTP3(ctx context.Context, origin *url.URL) error {
	h := newHTTP3(t)
	defer h.close()
	return h.knock(ctx, origin)
}

// lasting says whether waiting does not help: what was reached is not the server that was asked for.
func lasting(err error) bool {
	var certificate *tls.CertificateVerificationError
	var noTLS tls.RecordHeaderError
	return errors.As(err, &certificate) || errors.As(err, &noTLS)
}

// Await knocks until a server is there, waiting does not help, or ctx has ended; then it gives why. told is called
// once, when the server is not there at first.
func (t *Transport) Await(ctx context.Context, origin *url.URL, told func(error)) error {
	const first, longest = 10 * time.Millisecond, 500 * time.Millisecond
	for pause := first; ; pause = min(2*pause, longest) {
		err := t.Knock(ctx, origin)
		if err == nil || lasting(err) || ctx.Err() != nil {
			return err
		}
		if pause == first {
			told(err)
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return err
		}
	}
}
