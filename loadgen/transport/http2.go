package transport

import (
	"net/http"
)

// # Protocols
//
// Spec.HTTP as curl has it. HTTP/2 is offered in the TLS handshake, and a server that does not know it is spoken to in
// HTTP/1.1: that is reported, and no failure. Over plain http there is no handshake to offer it in, and a request that
// asks for an upgrade would cost each connection a round trip of its own kind; so there one has to know beforehand that
// the server speaks it, and to say so.
//
// Many requests share a connection (streams.go).

// What Spec.HTTP may say beside "" and "1.1".
const (
	HTTP2Offered = "2"
	HTTP2Known   = "2-prior-knowledge"
	HTTP3Only    = "3"
)

// protocolsOf is what net/http may speak. It takes HTTP/2 for granted on plain http where it may not speak HTTP/1.1.
func protocolsOf(s *Spec, plain bool) *http.Protocols {
	known := s.HTTP == HTTP2Known && plain
	all := new(http.Protocols)
	all.SetHTTP1(!known)
	all.SetHTTP2(s.HTTP == HTTP2Offered || s.HTTP == HTTP2Known)
	all.SetUnencryptedHTTP2(known)
	return all
}

// spreadHTTP2 makes net/http's transports, one for each lane; closeAll gives their connections back.
func (t *Transport) spreadHTTP2() (transport http.RoundTripper, closeAll func()) {
	var all []*http.Transport
	transport = t.spread(func() http.RoundTripper {
		h := t.newHTTP()
		all = append(all, h)
		return newOpener(h)
	})
	return transport, func() {
		for _, h := range all {
			h.CloseIdleConnections()
		}
	}
}
