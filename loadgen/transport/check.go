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
		f.Add("timeout", s.Timeout.String(), "must be more than 0")
	}
	if s.ReadTimeout < 0 {
		f.Add("read_timeout", s.ReadTimeout.String(), "must be more than 0")
	}
	if s.MaxRedirects < -1 {
		f.Add("max-redirs", strconv.Itoa(s.MaxRedirects), "must be at least -1, which is no bound")
	}
	if s.ExpectTimeout < 0 {
		f.Add("expect100-timeout", s.ExpectTimeout.String(), "must be more than 0")
	}
	s.checkProtocol(f, over, origins)
}

// checkProtocol holds HTTP against the servers, and against what stands between.
func (s *Spec) checkProtocol(f *fault.List, over *route.Spec, origins []*url.URL) {
	field := map[string]string{HTTP2Offered: "http2", HTTP2Known: "http2-prior-knowledge", HTTP3Only: "http3"}[s.HTTP]
	if field == "" {
		if s.HTTP != "" && s.HTTP != "1.1" {
			f.Add("http", s.HTTP, "is none of 1.1, 2, 2-prior-knowledge, 3")
		}
		return
	}
	if most := route.TLSVersions[over.TLS.Max]; s.HTTP == HTTP3Only && most != 0 && most < route.TLSVersions["1.3"] {
		f.Add("tls-max", over.TLS.Max, "is too low: HTTP/3 is spoken over TLS 1.3")
	}
	if s.HTTP == HTTP3Only && over.UnixSocket != "" {
		f.Add(field, "", "is spoken over UDP, and cannot go through a unix socket")
	}
	if s.HTTP == HTTP3Only && s.NoKeepalive {
		f.Add(field, "", "keeps its connections: it cannot be had with one for each request")
	}
	for _, u := range origins {
		w, _ := over.WayTo(u)
		if why := s.protocolFault(u, w); why != "" {
			f.Add(field, "", "%s", why)
		}
	}
}

// protocolFault says why the protocol cannot be spoken to the server of u; empty where it can.
func (s *Spec) protocolFault(u *url.URL, w route.Way) string {
	plain := u.Scheme == "http"
	switch {
	case s.HTTP == HTTP2Offered && plain:
		return "is offered in the TLS handshake, and the URL is http; " +
			"where the server is known to speak it, --http2-prior-knowledge does"
	case s.HTTP == HTTP3Only && plain:
		return "is spoken over TLS alone; the URL must be https"
	case s.HTTP == HTTP3Only && w.Proxy != nil:
		return "h3 cannot go through a proxy; --noproxy '*' goes without"
	case s.HTTP == HTTP2Known && plain && w.Absolute:
		return "h2 without TLS cannot go through an HTTP proxy; --noproxy '*' goes without"
	}
	return ""
}
