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
	"net/url"
	"time"

	"golang.org/x/net/proxy"

	"shotput/loadgen/wire"
	"shotput/stats"
)

// A dialler opens connections for the event loop with Go's own net, as net/http would: straight, through an HTTP
// proxy (by CONNECT for https, as they are for http, where the request line names the server), or through a SOCKS5
// proxy; and shakes hands where the URL says https. Safe for concurrent use.
type dialler struct {
	plan    *Plan
	target  *url.URL
	proxy   *url.URL // nil: none
	tls     *tls.Config
	traffic *traffic
	net     net.Dialer
}

func newDialler(p *Plan, target *url.URL, t *traffic) (*dialler, error) {
	d := &dialler{plan: p, target: target, traffic: t, net: net.Dialer{Timeout: p.ConnectTimeout}}
	find := proxyOf(p)
	var err error
	if find != nil {
		if d.proxy, err = find(&http.Request{URL: target}); err != nil {
			return nil, &Fault{Field: "proxy", Value: redactURL(p.Proxy), Why: err.Error()}
		}
	}
	if d.tls, err = tlsConfig(p); err != nil {
		return nil, err
	}
	d.tls.ServerName = target.Hostname()
	d.tls.NextProtos = []string{"http/1.1"}
	d.tls.DynamicRecordSizingDisabled = true // small records first serve pages; here they cost uploads
	return d, nil
}

// dial opens one connection, ready for requests.
func (d *dialler) dial(ctx context.Context, reached func(stats.Stage)) (*wire.Conn, error) {
	began := time.Now()
	c, err := d.connect(ctx)
	if err != nil {
		return nil, err
	}
	d.traffic.opened.Add(1)
	took := time.Since(began)
	if d.target.Scheme != "https" {
		return wire.Adopt(c, took)
	}
	reached(stats.InTLS)
	if d.plan.ConnectTimeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, d.plan.ConnectTimeout)
		defer cancel()
	}
	return wire.Handshake(ctx, c, d.tls, took)
}

// connect opens the way to the server: to it, or through a proxy.
func (d *dialler) connect(ctx context.Context) (net.Conn, error) {
	server := hostPort(d.target)
	if d.proxy == nil {
		return d.net.DialContext(ctx, "tcp", server)
	}
	switch d.proxy.Scheme {
	case "socks5", "socks5h":
		return d.socks(ctx, server)
	}
	c, err := d.net.DialContext(ctx, "tcp", hostPort(d.proxy))
	if err != nil {
		return nil, &net.OpError{Op: "proxyconnect", Net: "tcp", Err: err}
	}
	if d.target.Scheme != "https" {
		return c, nil
	}
	if err := d.tunnel(ctx, c, server); err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

func (d *dialler) socks(ctx context.Context, server string) (net.Conn, error) {
	var user *proxy.Auth
	if u := d.proxy.User; u != nil {
		password, _ := u.Password()
		user = &proxy.Auth{User: u.Username(), Password: password}
	}
	through, err := proxy.SOCKS5("tcp", hostPort(d.proxy), user, nil)
	if err != nil {
		return nil, fmt.Errorf("socks connect: %w", err)
	}
	c, err := d.net.DialContext(ctx, "tcp", hostPort(d.proxy))
	if err != nil {
		return nil, &net.OpError{Op: "socks connect", Net: "tcp", Err: err}
	}
	if _, err := through.(socksDialler).DialWithConn(ctx, c, "tcp", server); err != nil {
		c.Close()
		return nil, &net.OpError{Op: "socks connect", Net: "tcp", Err: err}
	}
	return c, nil
}

// A socksDialler asks the proxy at the other end of c. What its plain Dial gives hides the descriptor.
type socksDialler interface {
	DialWithConn(ctx context.Context, c net.Conn, network, address string) (net.Addr, error)
}

// tunnel asks an HTTP proxy to connect c to the server.
func (d *dialler) tunnel(ctx context.Context, c net.Conn, server string) error {
	undo := context.AfterFunc(ctx, func() { c.SetDeadline(time.Unix(1, 0)) })
	defer undo()
	request := &http.Request{Method: http.MethodConnect, URL: &url.URL{Opaque: server}, Host: server, Header: http.Header{}}
	if u := d.proxy.User; u != nil {
		request.Header.Set("Proxy-Authorization", basic(u))
	}
	if err := request.Write(c); err != nil {
		return &net.OpError{Op: "proxyconnect", Net: "tcp", Err: errors.Join(context.Cause(ctx), err)}
	}
	// A server that speaks first has to wait for our handshake, so that nothing of its own is lost in this reader.
	answer, err := http.ReadResponse(bufio.NewReader(c), request)
	if err != nil {
		return &net.OpError{Op: "proxyconnect", Net: "tcp", Err: errors.Join(context.Cause(ctx), err)}
	}
	answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return &ProxyRefusal{Status: answer.Status}
	}
	return nil
}

// hostPort is a URL's address, with the port of its scheme where it names none.
func hostPort(u *url.URL) string {
	port := map[string]string{"http": "80", "https": "443", "socks5": "1080", "socks5h": "1080"}[u.Scheme]
	return net.JoinHostPort(u.Hostname(), cmp.Or(u.Port(), port))
}
