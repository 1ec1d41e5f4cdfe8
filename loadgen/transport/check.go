package transport

import (
	"cmp"
	"net/url"
	"strconv"
	"time"

	"shotput/loadgen/fault"
	"shotput/loadgen/route"
)

// WithDefaults fills in what is left open.
func (s Spec) WithDefaults() Spec {
	s.Timeout = cmp.Or(s.Timeout, 30*time.Second)
	s.ExpectTimeout = cmp.Or(s.ExpectTimeout, time.Second)
	s.MaxRedirects = cmp.Or(s.MaxRedirects, 50)
	return s
}

// Check says what is wrong with what is to be spoken to these servers, over that route.
func (s *Spec) Check(f *fault.List, over *route.Spec, origins []*url.URL) {
	if s.Timeout < 0 {
		f.Add(fault.OutOfRange.In("timeout", s.Timeout.String(), "must be more than 0"))
	}
	if s.ReadTimeout < 0 {
		f.Add(fault.OutOfRange.In("read_timeout", s.ReadTimeout.String(), "must be more than 0"))
	}
	if s.MaxRedirects < -1 {
		f.Add(fault.OutOfRange.In("max-redirs", strconv.Itoa(s.MaxRedirects), "must be at least -1, which is no bound"))
	}
	if s.ExpectTimeout < 0 {
		f.Add(fault.OutOfRange.In("expect100-timeout", s.ExpectTimeout.String(), "must be more than 0"))
	}
	s.checkProtocol(f, over, origins)
}

// checkProtocol holds HTTP against the servers, and against what stands between.
func (s *Spec) checkProtocol(f *fault.List, over *route.Spec, origins []*url.URL) {
	field := map[string]string{HTTP2Offered: "http2", HTTP2Known: "http2-prior-knowledge", HTTP3Only: "http3"}[s.HTTP]
	if field == "" {
		if s.HTTP != "" && s.HTTP != "1.1" {
			f.Add(fault.Unknown.In("http", s.HTTP, "is none of 1.1, 2, 2-prior-knowledge, 3"))
		}
		return
	}
	if most := route.TLSVersions[over.TLS.Max]; s.HTTP == HTTP3Only && most != 0 && most < route.TLSVersions["1.3"] {
		f.Add(fault.Conflict.In("tls-max", over.TLS.Max, "is too low: HTTP/3 is spoken over TLS 1.3").With(field))
	}
	if s.HTTP == HTTP3Only && over.UnixSocket != "" {
		f.Add(
			fault.Conflict.In(field, "", "is spoken over UDP, and cannot go through a unix socket").With("unix-socket"),
		)
	}
	if s.HTTP == HTTP3Only && s.NoKeepalive {
		f.Add(fault.Conflict.In(field, "", "keeps its connections: it cannot be had with one for each request").
			With("no-keepalive"))
	}
	for _, u := range origins {
		w, _ := over.WayTo(u)
		if refused := s.protocolFault(field, u, w); refused != nil {
			f.Add(refused)
		}
	}
}

// protocolFault says why the protocol that field asks for cannot be spoken to the server of u; nil where it can.
func (s *Spec) protocolFault(field string, u *url.URL, w route.Way) *fault.Fault {
	plain := u.Scheme == "http"
	switch {
	case s.HTTP == HTTP2Offered && plain:
		return fault.Conflict.In(field, "", "is offered in the TLS handshake, and the URL is http").With("url").
			Advise("http2-prior-knowledge", "where the server is known to speak it, %s does")
	case s.HTTP == HTTP3Only && plain:
		return fault.Conflict.In(field, "", "is spoken over TLS alone; the URL must be https").With("url")
	case s.HTTP == HTTP3Only && w.Proxy != nil:
		return fault.Conflict.In(field, "", "h3 cannot go through a proxy").With("proxy").Advise("noproxy", exempt)
	case s.HTTP == HTTP2Known && plain && w.Absolute:
		return fault.Conflict.In(field, "", "h2 without TLS cannot go through an HTTP proxy").With("proxy").
			Advise("noproxy", exempt)
	}
	return nil
}

// exempt is the advice to whom a proxy stands in the way of.
const exempt = "%s '*' goes without"
