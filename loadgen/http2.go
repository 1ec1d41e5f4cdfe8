package loadgen

import "net/http"

// # Protocols
//
// Plan.HTTP as curl has it. "2" is offered in the TLS handshake, and a server that does not know it is spoken to in
// HTTP/1.1: that is reported, and no failure. Over plain http there is no handshake to offer it in, and a request that
// asks for an upgrade would cost each connection a round trip of its own kind; so there one has to know beforehand that
// the server speaks it.
//
// Many requests share a connection (streams.go).

// What Plan.HTTP may say beside "" and "1.1".
const (
	http2Offered = "2"
	http2Only    = "2-prior-knowledge"
	http3Only    = "3"
)

// protocolsOf is what net/http may speak.
func protocolsOf(p *Plan) *http.Protocols {
	all := new(http.Protocols)
	all.SetHTTP1(p.HTTP != http2Only)
	all.SetHTTP2(p.HTTP == http2Offered || p.HTTP == http2Only)
	all.SetUnencryptedHTTP2(p.HTTP == http2Only)
	return all
}

// spreadHTTP2 makes net/http's transports, one for each lane; closeAll gives their connections back.
func spreadHTTP2(d *dialler) (transport http.RoundTripper, closeAll func()) {
	var all []*http.Transport
	transport = spread(d.plan, func() http.RoundTripper {
		h := newTransport(d)
		all = append(all, h)
		return newOpener(h)
	})
	return transport, func() {
		for _, h := range all {
			h.CloseIdleConnections()
		}
	}
}
