package route

import (
	"bufio"
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"time"

	"shotput/loadgen/fault"
	"shotput/loadgen/secret"

	"golang.org/x/net/proxy"
)

// A Dialler opens connections, for both engines: to a server, or through a proxy to it. It knows nothing of the
// server's own TLS, nor of what is spoken then. Safe for concurrent use.
type Dialler struct {
	Spec    *Spec
	Setting Setting
	Known   Resolutions
	Local   Locality
	Version int                     // of IP: 4 or 6; 0: either
	TLS     *tls.Config             // without a server's name; to be cloned by whoever adds to it
	Wrap    func(net.Conn) net.Conn // applied to what was connected; nil: nothing. Set before the first use
	detours []detour
	winners winners

	ways struct { // found so far
		sync.Mutex
		byOrigin  map[string]Way // "http://host:port"
		byAddress map[string]Way // "host:port", as net/http dials it
	}
}

// A Way is how requests get to a server.
type Way struct {
	Server   string   // host:port that is connected to, or that the proxy is asked for: Spec.ConnectTo is applied
	Proxy    *url.URL // nil: none
	Absolute bool     // the proxy is not asked for a tunnel, but gets the requests themselves, with their whole URL
}

// A Setting is what a run asks of its route, beside what the route says itself.
type Setting struct {
	Limit     time.Duration // for a connection, where the route has none
	Sessions  int           // of TLS that are remembered
	UserAgent string        // that a proxy is told in CONNECT
	Traffic   *Traffic
}

// NewDialler makes the dialler of a route that has been checked.
func NewDialler(r *Spec, use Setting) (d *Dialler, err error) {
	d = &Dialler{Spec: r, Setting: use, Version: r.IPVersion}
	d.ways.byOrigin, d.ways.byAddress = map[string]Way{}, map[string]Way{}
	if d.TLS, err = r.TLS.config(use.Sessions); err != nil {
		return nil, err
	}
	if d.Known, err = readResolutions(r.Resolve); err != nil {
		return nil, err
	}
	if d.detours, err = readDetours(r.ConnectTo); err != nil {
		return nil, err
	}
	if d.Local, err = r.local(); err != nil {
		return nil, err
	}
	return d, nil
}

// WayTo finds the way of requests to u. A plain http URL goes whole to an HTTP proxy, unless connections are led
// elsewhere: then the proxy is asked for a tunnel to there, as curl does.
func (r *Spec) WayTo(u *url.URL) (Way, error) {
	detours, err := readDetours(r.ConnectTo)
	if err != nil {
		return Way{}, err
	}
	return r.wayBy(detours, u)
}

// wayBy is WayTo with the route's detours, read before.
func (r *Spec) wayBy(detours []detour, u *url.URL) (Way, error) {
	proxy, err := r.proxyFor(u)
	if err != nil {
		return Way{}, r.badProxy(err)
	}
	w := Way{Server: lead(detours, HostPort(u)), Proxy: proxy}
	w.Absolute = proxy != nil && (proxy.Scheme == "http" || proxy.Scheme == "https") && u.Scheme == "http" &&
		w.Server == HostPort(u)
	return w, nil
}

func (r *Spec) badProxy(why error) *fault.Fault {
	return fault.Malformed.In("proxy", secret.URL(r.Proxy), "%v", why)
}

// Way is the way of requests to u, as Spec.WayTo finds it, once for each server.
func (d *Dialler) Way(u *url.URL) (Way, error) {
	d.ways.Lock()
	defer d.ways.Unlock()
	key := u.Scheme + "://" + u.Host
	if w, found := d.ways.byOrigin[key]; found {
		return w, nil
	}
	w, err := d.Spec.wayBy(d.detours, u)
	if err != nil {
		return Way{}, err
	}
	d.ways.byOrigin[key] = w
	if d.ways.byAddress[HostPort(u)] = w; w.Absolute {
		d.ways.byAddress[w.Proxy.Host] = Way{Server: w.Proxy.Host}
	}
	return w, nil
}

// WayAt is the way to an address, host:port, of a URL that Way has been asked for before; else an error.
func (d *Dialler) WayAt(address string) (Way, error) {
	d.ways.Lock()
	defer d.ways.Unlock()
	w, found := d.ways.byAddress[address]
	if !found {
		return Way{}, errors.New("no way was found to " + address)
	}
	return w, nil
}

// Reach opens the way to a server. ConnectTimeout bounds all of it, the proxy's part too.
func (d *Dialler) Reach(ctx context.Context, w Way) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, d.Limit())
	defer cancel()
	if w.Proxy == nil {
		return d.open(ctx, w.Server)
	}
	if w.Proxy.Scheme == "socks5" { // the name is resolved here; with "socks5h", by the proxy
		all, err := d.Addresses(ctx, w.Server)
		if err != nil {
			return nil, err
		}
		w.Server = all[0].String()
	}
	step, through := "proxyconnect", d.tunnel
	if strings.HasPrefix(w.Proxy.Scheme, "socks5") {
		step, through = "socks connect", d.socks
	}
	c, err := d.open(ctx, w.Proxy.Host)
	if err == nil && !w.Absolute {
		c, err = d.passProxy(ctx, c, func(c net.Conn) (net.Conn, error) { return through(ctx, c, w) })
	}
	if err != nil {
		return nil, &ProxyFailure{&net.OpError{Op: step, Net: "tcp", Err: err}}
	}
	return c, nil
}

// Limit is how long a connection may take to open.
func (d *Dialler) Limit() time.Duration { return cmp.Or(d.Spec.ConnectTimeout, d.Setting.Limit) }

// passProxy lets pass ask the proxy at the other end of c. The way is open when that is done, and so is the time taken
// for it: whoever traces connections is told so again.
func (d *Dialler) passProxy(ctx context.Context, c net.Conn, pass func(net.Conn) (net.Conn, error)) (net.Conn, error) {
	through, err := pass(c)
	if err != nil {
		c.Close()
		return nil, err
	}
	if t := httptrace.ContextClientTrace(ctx); t != nil && t.ConnectDone != nil {
		t.ConnectDone("tcp", c.RemoteAddr().String(), nil)
	}
	return through, nil
}

// open opens a connection to address, host:port, or to the plan's unix socket.
func (d *Dialler) open(ctx context.Context, address string) (net.Conn, error) {
	c, err := d.connect(ctx, address)
	if err != nil {
		return nil, err
	}
	d.Setting.Traffic.Opened.Add(1)
	if d.Wrap != nil {
		c = d.Wrap(c)
	}
	return c, nil
}

// connect opens a connection to the first address that answers. One that stands in the URL needs no race.
func (d *Dialler) connect(ctx context.Context, address string) (net.Conn, error) {
	if d.Spec.UnixSocket != "" {
		return new(net.Dialer).DialContext(ctx, "unix", d.Spec.UnixSocket)
	}
	host, port, _ := net.SplitHostPort(address)
	if _, err := netip.ParseAddr(host); err == nil && d.Known.Of(host, port) == nil && !d.Local.Given() {
		return new(net.Dialer).DialContext(ctx, d.network(), address)
	}
	return Racer[net.Conn]{"tcp", d.dialOne}.Reach(ctx, d, address)
}

func (d *Dialler) network() string {
	return map[int]string{0: "tcp", 4: "tcp4", 6: "tcp6"}[d.Version]
}

// socks asks a SOCKS5 proxy to connect c to the server.
func (d *Dialler) socks(ctx context.Context, c net.Conn, w Way) (net.Conn, error) {
	var user *proxy.Auth
	if u := w.Proxy.User; u != nil {
		password, _ := u.Password()
		user = &proxy.Auth{User: u.Username(), Password: password}
	}
	through, err := proxy.SOCKS5("tcp", w.Proxy.Host, user, nil)
	if err != nil {
		return nil, fmt.Errorf("socks connect: %w", err)
	}
	_, err = through.(socksDialler).DialWithConn(ctx, c, "tcp", w.Server)
	return c, err
}

// A socksDialler asks the proxy at the other end of c. What its plain Dial gives hides the descriptor.
type socksDialler interface {
	DialWithConn(ctx context.Context, c net.Conn, network, address string) (net.Addr, error)
}

// tunnel asks an HTTP proxy, which may itself be reached over TLS, to connect c to the server.
func (d *Dialler) tunnel(ctx context.Context, c net.Conn, w Way) (net.Conn, error) {
	undo := context.AfterFunc(ctx, func() { c.SetDeadline(time.Unix(1, 0)) })
	defer undo()
	if w.Proxy.Scheme == "https" {
		config := d.TLS.Clone()
		config.ServerName = w.Proxy.Hostname()
		secure := tls.Client(c, config)
		if err := secure.HandshakeContext(ctx); err != nil {
			return nil, err
		}
		c = secure
	}
	request := &http.Request{Method: http.MethodConnect, URL: &url.URL{Opaque: w.Server}, Host: w.Server,
		Header: d.Spec.connectHeader(w.Proxy, d.Setting.UserAgent)}
	if err := request.Write(c); err != nil {
		return nil, errors.Join(context.Cause(ctx), err)
	}
	if err := readConnectAnswer(c, request); err != nil {
		return nil, errors.Join(context.Cause(ctx), err)
	}
	return c, nil
}

// mostConnectHead bounds a proxy's answer to CONNECT, in bytes.
const mostConnectHead = 64 << 10

// refusalTime bounds how long a proxy may take to say why it refuses, after the head of its answer.
const refusalTime = 250 * time.Millisecond

// readConnectAnswer reads what a proxy says to CONNECT; nil where it has opened the tunnel. Of a refusal the beginning
// of the body is read; its connection is closed. A server that speaks first has to wait for our handshake, so that
// nothing of its own is lost in this reader.
func readConnectAnswer(c net.Conn, request *http.Request) error {
	bounded := &io.LimitedReader{R: c, N: mostConnectHead}
	answer, err := http.ReadResponse(bufio.NewReader(bounded), request)
	switch {
	case err != nil && bounded.N == 0:
		return fmt.Errorf("malformed answer to CONNECT: longer than %d bytes", mostConnectHead)
	case err != nil:
		return err
	case answer.StatusCode != http.StatusOK:
		c.SetReadDeadline(time.Now().Add(refusalTime))
		body, _ := io.ReadAll(io.LimitReader(answer.Body, secret.ExcerptRead+1)) // what came is shown
		return (&ProxyRefusal{secret.Clip(answer.Status), body}).hide(request.Header)
	}
	return nil
}

// HostPort is a URL's address, with the port of its scheme where it names none.
func HostPort(u *url.URL) string {
	port := map[string]string{"http": "80", "https": "443"}[u.Scheme]
	return net.JoinHostPort(u.Hostname(), cmp.Or(u.Port(), port))
}
