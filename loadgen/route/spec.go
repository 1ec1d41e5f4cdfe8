// Package route knows the way to a server: names and addresses, proxies, local interfaces, unix sockets, TLS. It opens
// connections and counts what they carry. It refuses to know what is spoken on them.
package route

import (
	"time"

	"shotput/loadgen/header"
)

// A Spec says how connections get to the server.
type Spec struct {
	// http://, https://, socks5:// or socks5h:// URL; "" is the environment's; "none" is none
	Proxy          string
	NoProxy        string        // hosts reached without the proxy, comma-separated as in curl; "*": all
	ProxyHeader    []header.Line // for the proxy alone, in CONNECT
	Resolve        []string      // HOST:PORT:ADDRESS[,ADDRESS], as in curl
	ConnectTo      []string      // HOST1:PORT1:HOST2:PORT2, as in curl; empty parts mean any, or the same
	UnixSocket     string        // path of a unix socket to connect to, whatever the URL's host
	Interface      string        // local address, or name of an interface, that connections leave from
	IPVersion      int           // 4 or 6; 0: either
	Env            Env           // used where Proxy and NoProxy are empty
	ConnectTimeout time.Duration
	TLS            TLS
}

// TLS says whom a connection trusts, and as whom it is made.
type TLS struct {
	Insecure  bool   // do not verify the server's certificate
	CACert    string // file of PEM certificates to trust instead of the system's
	Cert, Key string // files of a client certificate (PEM); Key may be in Cert's file
	Min, Max  string // "1.0" to "1.3"; "": what crypto/tls has by default
}
