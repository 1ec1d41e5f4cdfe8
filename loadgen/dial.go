package loadgen

import (
	"bufio"
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"time"

	"golang.org/x/net/proxy"
)

// A dialler opens connections, for both engines: to a server, or through a proxy to it. It knows nothing of the
// server's own TLS, nor of what is spoken then. Safe for concurrent use.
type dialler struct {
	spec    *RouteSpec
	use     Use
	known   resolutions
	detours []detour
	local   locality
	version int
	tls     *tls.Config
	wrap    func(net.Conn) net.Conn // applied to what was connected; nil: nothing

	ways struct { // found so far
		sync.Mutex
		byOrigin  map[string]way // "http://host:port"
		byAddress map[string]way // "host:port", as net/http dials it
	}
}

// A way is how requests get to a server.
type way struct {
	server   string   // host:port that is connected to, or that the proxy is asked for: Plan.ConnectTo is applied
	proxy    *url.URL // nil: none
	absolute bool     // the proxy is not asked for a tunnel, but gets the requests themselves, with their whole URL
}

// A Use is what a run asks of its route, beside what the route says itself.
type Use struct {
	Limit     time.Duration // for a connection, where the route has none
	Sessions  int           // of TLS that are remembered
	UserAgent string        // that a proxy is told in CONNECT
	Traffic   *traffic
}

// newDialler makes the dialler of a route that has been checked.
func newDialler(r *RouteSpec, use Use) (d *dialler, err error) {
	d = &dialler{spec: r, use: use, version: r.IPVersion}
	d.ways.byOrigin, d.ways.byAddress = map[string]way{}, map[string]way{}
	if d.tls, err = r.tlsConfig(use.Sessions); err != nil {
		return nil, err
	}
	if d.known, err = readResolutions(r.Resolve); err != nil {
		return nil, err
	}
	if d.detours, err = readDetours(r.ConnectTo); err != nil {
		return nil, err
	}
	if d.local, err = parseInterface(r.Interface); err != nil {
		return nil, &Fault{Field: "interface", Value: r.Interface, Why: err.Error()}
	}
	return d, nil
}

// wayTo finds the way of requests to u. A plain http URL goes whole to an HTTP proxy, unless connections are led
// elsewhere: then the proxy is asked for a tunnel to there, as curl does.
func (r *RouteSpec) wayTo(u *url.URL) (way, error) {
	detours, err := readDetours(r.ConnectTo)
	if err != nil {
		return way{}, err
	}
	proxy, err := r.proxyFor(u)
	if err != nil {
		return way{}, &Fault{Field: "proxy", Value: redactURL(r.Proxy), Why: err.Error()}
	}
	w := way{server: detoured(detours, hostPort(u)), proxy: proxy}
	w.absolute = proxy != nil && (proxy.Scheme == "http" || proxy.Scheme == "https") && u.Scheme == "http" && w.server == hostPort(u)
	return w, nil
}

// way is wayTo, found once for each server.
func (d *dialler) way(u *url.URL) (way, error) {
	d.ways.Lock()
	defer d.ways.Unlock()
	key := u.Scheme + "://" + u.Host
	if w, found := d.ways.byOrigin[key]; found {
		return w, nil
	}
	w, err := d.spec.wayTo(u)
	if err != nil {
		return way{}, err
	}
	d.ways.byOrigin[key] = w
	if d.ways.byAddress[hostPort(u)] = w; w.absolute {
		d.ways.byAddress[w.proxy.Host] = way{server: w.proxy.Host}
	}
	return w, nil
}

// wayAt is the way of an address that way has been asked for before.
func (d *dialler) wayAt(address string) (way, error) {
	d.ways.Lock()
	defer d.ways.Unlock()
	w, found := d.ways.byAddress[address]
	if !found {
		return way{}, errors.New("no way was found to " + address)
	}
	return w, nil
}

// reach opens the way to a server. ConnectTimeout bounds all of it, the proxy's part too.
func (d *dialler) reach(ctx context.Context, w way) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, d.limit())
	defer cancel()
	if w.proxy == nil {
		return d.open(ctx, w.server)
	}
	if w.proxy.Scheme == "socks5" { // the name is resolved here; with "socks5h", by the proxy
		all, err := d.addresses(ctx, w.server)
		if err != nil {
			return nil, err
		}
		w.server = all[0].String()
	}
	step, through := "proxyconnect", d.tunnel
	if strings.HasPrefix(w.proxy.Scheme, "socks5") {
		step, through = "socks connect", d.socks
	}
	c, err := d.open(ctx, w.proxy.Host)
	if err == nil && !w.absolute {
		c, err = d.passing(ctx, c, func(c net.Conn) (net.Conn, error) { return through(ctx, c, w) })
	}
	if err != nil {
		return nil, &net.OpError{Op: step, Net: "tcp", Err: err}
	}
	return c, nil
}

// limit is how long a connection may take to open.
func (d *dialler) limit() time.Duration { return cmp.Or(d.spec.ConnectTimeout, d.use.Limit) }

// passing lets pass ask the proxy at the other end of c. The way is open when that is done, and so is the time taken
// for it: whoever traces connections is told so again.
func (d *dialler) passing(ctx context.Context, c net.Conn, pass func(net.Conn) (net.Conn, error)) (net.Conn, error) {
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
func (d *dialler) open(ctx context.Context, address string) (net.Conn, error) {
	c, err := d.connect(ctx, address)
	if err != nil {
		return nil, err
	}
	d.use.Traffic.opened.Add(1)
	if d.wrap != nil {
		c = d.wrap(c)
	}
	return c, nil
}

// connect leaves as much as it can to Go's net, which tries both IP versions at once.
func (d *dialler) connect(ctx context.Context, address string) (net.Conn, error) {
	var plain net.Dialer
	if d.spec.UnixSocket != "" {
		return plain.DialContext(ctx, "unix", d.spec.UnixSocket)
	}
	host, port, _ := net.SplitHostPort(address)
	if !d.local.given() && d.known.of(host, port) == nil {
		return plain.DialContext(ctx, d.network(), address)
	}
	all, err := d.addresses(ctx, address)
	if err != nil {
		return nil, err
	}
	return d.firstOf(ctx, all)
}

func (d *dialler) network() string {
	return map[int]string{0: "tcp", 4: "tcp4", 6: "tcp6"}[d.version]
}

// firstOf tries one address after the other; each has its share of the time that is left.
func (d *dialler) firstOf(ctx context.Context, all []netip.AddrPort) (c net.Conn, err error) {
	for i, to := range all {
		var one net.Dialer
		if limit, limited := ctx.Deadline(); limited {
			one.Timeout = max(1, time.Until(limit)/time.Duration(len(all)-i))
		}
		if from := d.local.from(to.Addr()); from.IsValid() {
			one.LocalAddr = net.TCPAddrFromAddrPort(netip.AddrPortFrom(from, 0))
		}
		if c, err = one.DialContext(ctx, "tcp", to.String()); err == nil {
			return c, nil
		}
	}
	return nil, err
}

// socks asks a SOCKS5 proxy to connect c to the server.
func (d *dialler) socks(ctx context.Context, c net.Conn, w way) (net.Conn, error) {
	var user *proxy.Auth
	if u := w.proxy.User; u != nil {
		password, _ := u.Password()
		user = &proxy.Auth{User: u.Username(), Password: password}
	}
	through, err := proxy.SOCKS5("tcp", w.proxy.Host, user, nil)
	if err != nil {
		return nil, fmt.Errorf("socks connect: %w", err)
	}
	_, err = through.(socksDialler).DialWithConn(ctx, c, "tcp", w.server)
	return c, err
}

// A socksDialler asks the proxy at the other end of c. What its plain Dial gives hides the descriptor.
type socksDialler interface {
	DialWithConn(ctx context.Context, c net.Conn, network, address string) (net.Addr, error)
}

// tunnel asks an HTTP proxy, which may itself be reached over TLS, to connect c to the server.
func (d *dialler) tunnel(ctx context.Context, c net.Conn, w way) (net.Conn, error) {
	undo := context.AfterFunc(ctx, func() { c.SetDeadline(time.Unix(1, 0)) })
	defer undo()
	if w.proxy.Scheme == "https" {
		config := d.tls.Clone()
		config.ServerName = w.proxy.Hostname()
		secure := tls.Client(c, config)
		if err := secure.HandshakeContext(ctx); err != nil {
			return nil, err
		}
		c = secure
	}
	request := &http.Request{Method: http.MethodConnect, URL: &url.URL{Opaque: w.server}, Host: w.server, Header: d.spec.connectHeader(w.proxy, d.use.UserAgent)}
	if err := request.Write(c); err != nil {
		return nil, errors.Join(context.Cause(ctx), err)
	}
	// A server that speaks first has to wait for our handshake, so that nothing of its own is lost in this reader.
	answer, err := http.ReadResponse(bufio.NewReader(c), request)
	if err != nil {
		return nil, errors.Join(context.Cause(ctx), err)
	}
	answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return nil, &ProxyRefusal{Status: answer.Status}
	}
	return c, nil
}

// hostPort is a URL's address, with the port of its scheme where it names none.
func hostPort(u *url.URL) string {
	port := map[string]string{"http": "80", "https": "443"}[u.Scheme]
	return net.JoinHostPort(u.Hostname(), cmp.Or(u.Port(), port))
}
