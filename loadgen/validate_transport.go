package loadgen

import (
	"cmp"
	"net/url"
	"strconv"
	"time"
)

// withDefaults fills in what is left open.
func (s TransportSpec) withDefaults() TransportSpec {
	s.Timeout = cmp.Or(s.Timeout, 30*time.Second)
	s.ExpectTimeout = cmp.Or(s.ExpectTimeout, time.Second)
	s.MaxRedirects = cmp.Or(s.MaxRedirects, 50)
	return s
}

// check says what is wrong with what is to be spoken to these servers, over that route.
func (s *TransportSpec) check(f *faults, over *RouteSpec, origins []*url.URL) {
	if s.Timeout < 0 {
		f.add("timeout", s.Timeout.String(), "must be more than 0")
	}
	if s.ReadTimeout < 0 {
		f.add("read_timeout", s.ReadTimeout.String(), "must be more than 0")
	}
	if s.MaxRedirects < -1 {
		f.add("max-redirs", strconv.Itoa(s.MaxRedirects), "must be at least -1, which is no bound")
	}
	if s.ExpectTimeout < 0 {
		f.add("expect100-timeout", s.ExpectTimeout.String(), "must be more than 0")
	}
	s.checkProtocol(f, over, origins)
}

// checkProtocol holds HTTP against the servers, and against what stands between.
func (s *TransportSpec) checkProtocol(f *faults, over *RouteSpec, origins []*url.URL) {
	field := map[string]string{http2Offered: "http2", http2Only: "http2-prior-knowledge", http3Only: "http3"}[s.HTTP]
	if field == "" {
		if s.HTTP != "" && s.HTTP != "1.1" {
			f.add("http", s.HTTP, "is none of 1.1, 2, 2-prior-knowledge, 3")
		}
		return
	}
	if most := tlsVersions[over.TLS.Max]; s.HTTP == http3Only && most != 0 && most < tlsVersions["1.3"] {
		f.add("tls-max", over.TLS.Max, "is too low: HTTP/3 is spoken over TLS 1.3")
	}
	if s.HTTP == http3Only && over.UnixSocket != "" {
		f.add(field, "", "is spoken over UDP, and cannot go through a unix socket")
	}
	if s.HTTP == http3Only && s.NoKeepalive {
		f.add(field, "", "keeps its connections: it cannot be had with one for each request")
	}
	for _, u := range origins {
		w, _ := over.wayTo(u)
		if why := s.protocolFault(u, w); why != "" {
			f.add(field, "", "%s", why)
		}
	}
}

// protocolFault says why the protocol cannot be spoken to the server of u; empty where it can.
func (s *TransportSpec) protocolFault(u *url.URL, w way) string {
	plain := u.Scheme == "http"
	switch {
	case s.HTTP == http2Offered && plain:
		return "is offered in the TLS handshake, and the URL is http; where the server is known to speak it, --http2-prior-knowledge does"
	case s.HTTP == http3Only && plain:
		return "is spoken over TLS alone; the URL must be https"
	case s.HTTP == http3Only && w.proxy != nil:
		return "h3 cannot go through a proxy; --noproxy '*' goes without"
	case s.HTTP == http2Only && plain && w.absolute:
		return "h2 without TLS cannot go through an HTTP proxy; --noproxy '*' goes without"
	}
	return ""
}
