// Package route knows the way to a server: names and addresses, proxies, local interfaces, unix sockets, TLS. It opens
// connections and counts what they carry. It refuses to know what is spoken on them.
package route

import (
	"time"

	"shotput/loadgen/header"
	"shotput/loadgen/secret"
	"shotput/stats"
)

// A Spec says how connections get to the server.
type Spec struct {
	// http://, https://, socks5:// or socks5h:// URL; "" is the environment's; "none" is none
	Proxy string `json:"proxy,omitzero"`
	// hosts reached without the proxy, comma-separated as in curl; "*": all
	NoProxy     string        `json:"no_proxy,omitzero"`
	ProxyHeader []header.Line `json:"proxy_header,omitzero"` // for the proxy alone, in CONNECT
	Resolve     []string      `json:"resolve,omitzero"`      // HOST:PORT:ADDRESS[,ADDRESS], as in curl
	// HOST1:PORT1:HOST2:PORT2, as in curl; empty parts mean any, or the same
	ConnectTo []string `json:"connect_to,omitzero"`
	// path of a unix socket to connect to, whatever the URL's host
	UnixSocket string `json:"unix_socket,omitzero"`
	// local address, or name of an interface, that connections leave from
	Interface      string        `json:"interface,omitzero"`
	IPVersion      int           `json:"ip_version,omitzero"` // 4 or 6; 0: either
	Env            Env           `json:"env,omitzero"`        // used where Proxy and NoProxy are empty
	ConnectTimeout time.Duration `json:"connect_timeout_ns,omitzero"`
	TLS            TLS           `json:"tls,omitzero"`
}

// TLS says whom a connection trusts, and as whom it is made.
type TLS struct {
	Insecure bool   `json:"insecure,omitzero"`  // do not verify the server's certificate
	CACert   string `json:"cacert,omitzero"`    // file of PEM certificates to trust instead of the system's
	Cert     string `json:"cert,omitzero"`      // file of a client certificate
	CertType string `json:"cert_type,omitzero"` // of Cert: "PEM" (default), or "P12", which has the key too
	Key      string `json:"key,omitzero"`       // file of its key (PEM); "": it is in Cert's file
	Pass     string `json:"pass,omitzero"`      // of the key, where it is encrypted; a secret
	Min      string `json:"min,omitzero"`       // the lowest version, "1.0" to "1.3"; "": what crypto/tls has by default
	Max      string `json:"max,omitzero"`       // the highest
}

// Record notes the route in a saved run's plan, secrets hidden.
func (s *Spec) Record(r *stats.Plan) {
	r.Proxy, r.NoProxy, r.ConnectTimeout = secret.URL(s.Proxy), s.NoProxy, s.ConnectTimeout
	r.Resolve, r.ConnectTo, r.UnixSocket = s.Resolve, s.ConnectTo, s.UnixSocket
	r.Interface, r.IPVersion = s.Interface, s.IPVersion
	r.Insecure, r.TLSMin, r.TLSMax = s.TLS.Insecure, s.TLS.Min, s.TLS.Max
}
