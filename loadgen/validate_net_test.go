//go:build unix

package loadgen

import (
	"errors"
	"net"
	"path/filepath"
	"strings"
	"testing"

	"shotput/loadgen/fault"
	"shotput/loadgen/header"
	"shotput/loadgen/request"
	"shotput/loadgen/route"
	"shotput/loadgen/transport"
)

// faultsOf lists what is wrong with a plan: "field value: why".
func faultsOf(p Plan) (all []string) {
	joined, _ := p.Validate().(interface{ Unwrap() []error })
	if joined == nil {
		return nil
	}
	for _, err := range joined.Unwrap() {
		var f *fault.Fault
		if errors.As(err, &f) {
			why := f.Sentence(func(field string) string { return "--" + field })
			all = append(all, strings.TrimSpace(f.Field+" "+f.Value)+": "+why)
		}
	}
	return all
}

func TestNetFaults(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "s")
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	const http, https = "http://127.0.0.1:1/", "https://127.0.0.1:1/"
	for _, c := range []struct {
		plan Plan
		want string // all faults, " | " between; empty: none
	}{
		{Plan{Request: request.Spec{URL: http}, Route: route.Spec{Resolve: []string{"a:80"}}}, "resolve a:80: is not HOST:PORT:ADDRESS"},
		{Plan{Request: request.Spec{URL: http}, Route: route.Spec{Resolve: []string{":80:1.2.3.4"}}}, "resolve :80:1.2.3.4: is not HOST:PORT:ADDRESS"},
		{Plan{Request: request.Spec{URL: http}, Route: route.Spec{Resolve: []string{"a:x:1.2.3.4", "a:80:b", "a:80:"}}},
			`resolve a:x:1.2.3.4: has the port "x"; it must be from 1 to 65535 | resolve a:80:b: has the address "b", which is no IP address | resolve a:80:: has the address "", which is no IP address`},
		{Plan{Request: request.Spec{URL: http}, Route: route.Spec{Resolve: []string{"-a:80:1.2.3.4"}}}, "resolve -a:80:1.2.3.4: is not HOST:PORT:ADDRESS"},
		{Plan{Request: request.Spec{URL: http}, Route: route.Spec{Resolve: []string{"-a:80", "+a:80:1.2.3.4,::1,[::2]", "*:80:1.2.3.4", "[::1]:80:1.2.3.4"}}}, ""},
		{Plan{Request: request.Spec{URL: http}, Route: route.Spec{ConnectTo: []string{"a:80:b"}}}, "connect-to a:80:b: is not HOST1:PORT1:HOST2:PORT2; each part may be empty"},
		{Plan{Request: request.Spec{URL: http}, Route: route.Spec{ConnectTo: []string{"a:80:b:0"}}}, `connect-to a:80:b:0: has the port "0"; it must be from 1 to 65535`},
		{Plan{Request: request.Spec{URL: http}, Route: route.Spec{ConnectTo: []string{"[x]:80:b:1"}}}, "connect-to [x]:80:b:1: is not HOST1:PORT1:HOST2:PORT2; each part may be empty"},
		{Plan{Request: request.Spec{URL: http}, Route: route.Spec{ConnectTo: []string{":::", "a:1:b:2", "[::1]:1:[::2]:2"}}}, ""},
		{Plan{Request: request.Spec{URL: http}, Route: route.Spec{UnixSocket: "/nowhere/s"}}, "unix-socket /nowhere/s: no such file or directory"},
		{Plan{Request: request.Spec{URL: http}, Route: route.Spec{UnixSocket: "/dev/null"}}, "unix-socket /dev/null: is no unix socket"},
		{Plan{Request: request.Spec{URL: http}, Route: route.Spec{UnixSocket: socket, Proxy: "http://p"}}, "unix-socket " + socket + ": is reached without a proxy, and one is given"},
		{Plan{Request: request.Spec{URL: http}, Route: route.Spec{UnixSocket: socket, Interface: "127.0.0.1"}}, "unix-socket " + socket + ": is reached through no interface, and one is given"},
		{Plan{Request: request.Spec{URL: http}, Route: route.Spec{UnixSocket: socket, Proxy: route.NoProxy}}, ""},
		{Plan{Request: request.Spec{URL: http}, Route: route.Spec{Interface: "nosuch0"}}, "interface nosuch0: is no interface of this machine, and no address"},
		{Plan{Request: request.Spec{URL: http}, Route: route.Spec{Interface: "192.0.2.1"}}, "interface 192.0.2.1: is no address of this machine"},
		{Plan{Request: request.Spec{URL: http}, Route: route.Spec{Interface: "host!localhost"}}, "interface host!localhost: is no IP address; names of hosts are not looked up here"},
		{Plan{Request: request.Spec{URL: http}, Route: route.Spec{Interface: "if!127.0.0.1"}}, "interface if!127.0.0.1: is no interface of this machine, and no address"},
		{Plan{Request: request.Spec{URL: "http://[::1]/"}, Route: route.Spec{Interface: "127.0.0.1", IPVersion: 6}}, "interface 127.0.0.1: has no address of the IP version asked for, 6"},
		{Plan{Request: request.Spec{URL: http}, Route: route.Spec{Interface: "if!lo", IPVersion: 4}}, ""},
		{Plan{Request: request.Spec{URL: http}, Route: route.Spec{IPVersion: 5}}, "ip_version 5: is none of 4, 6"},
		{Plan{Request: request.Spec{URL: http}, Route: route.Spec{IPVersion: 6}}, "ipv6 127.0.0.1: is an address of the other IP version"},
		{Plan{Request: request.Spec{URL: http}, Route: route.Spec{IPVersion: 6, ConnectTo: []string{"::[::1]:"}}}, ""},
		{Plan{Request: request.Spec{URL: https}, Route: route.Spec{TLS: route.TLS{Min: "1.4"}}}, "tls-min 1.4: is none of 1.0, 1.1, 1.2, 1.3"},
		{Plan{Request: request.Spec{URL: https}, Route: route.Spec{TLS: route.TLS{Max: "2"}}}, "tls-max 2: is none of 1.0, 1.1, 1.2, 1.3"},
		{Plan{Request: request.Spec{URL: https}, Route: route.Spec{TLS: route.TLS{Min: "1.3", Max: "1.2"}}}, "tls-max 1.2: is below the lowest version asked for, 1.3"},
		{Plan{Request: request.Spec{URL: https}, Route: route.Spec{TLS: route.TLS{Min: "1.2", Max: "1.2"}}}, ""},
		{Plan{Request: request.Spec{URL: https}, Route: route.Spec{TLS: route.TLS{Max: "1.2"}}, Transport: transport.Spec{HTTP: "3"}}, "tls-max 1.2: is too low: HTTP/3 is spoken over TLS 1.3"},
		{Plan{Request: request.Spec{URL: http}, Route: route.Spec{Proxy: "gopher://p"}}, `proxy gopher://p: has the scheme "gopher"; known are http, https, socks5, socks5h`},
		{Plan{Request: request.Spec{URL: http}, Route: route.Spec{Proxy: "gopher://p", NoProxy: "*"}}, `proxy gopher://p: has the scheme "gopher"; known are http, https, socks5, socks5h`},
		{Plan{Request: request.Spec{URL: http}, Route: route.Spec{NoProxy: "10.0.0.0/33"}}, `noproxy 10.0.0.0/33: is no network such as 10.0.0.0/8: "33" is no number of bits for an address`},
		{Plan{Request: request.Spec{URL: http}, Route: route.Spec{NoProxy: "a.test 10.0.0.0/8,::/8, *"}}, ""},
		{Plan{Request: request.Spec{URL: http}, Route: route.Spec{ProxyHeader: []header.Line{{Name: "a b"}}}}, "proxy-header a b: is no header name; write 'Name: value'"},
		{Plan{Request: request.Spec{URL: http}, Route: route.Spec{ProxyHeader: []header.Line{{Name: "a", Value: "1\r\nb: 2"}}}}, "proxy-header a: has a value with a control character at byte 2"},
		{Plan{Request: request.Spec{URL: http}, Transport: transport.Spec{MaxRedirects: -2}}, "max-redirs -2: must be at least -1, which is no bound"},
		{Plan{Request: request.Spec{URL: http}, Transport: transport.Spec{HTTP: "4"}}, "http 4: is none of 1.1, 2, 2-prior-knowledge, 3"},
		{Plan{Request: request.Spec{URL: http}, Transport: transport.Spec{HTTP: "2"}}, "http2: is offered in the TLS handshake, and the URL is http; where the server is known to speak it, --http2-prior-knowledge does"},
		{Plan{Request: request.Spec{URL: http}, Transport: transport.Spec{HTTP: "3"}}, "http3: is spoken over TLS alone; the URL must be https"},
		{Plan{Request: request.Spec{URL: https}, Transport: transport.Spec{HTTP: "3"}, Route: route.Spec{Proxy: "http://p"}}, "http3: h3 cannot go through a proxy; --noproxy '*' goes without"},
		{Plan{Request: request.Spec{URL: https}, Transport: transport.Spec{HTTP: "3"}, Route: route.Spec{Proxy: "http://p", NoProxy: "127.0.0.1"}}, ""},
		{Plan{Request: request.Spec{URL: https}, Transport: transport.Spec{HTTP: "3"}, Route: route.Spec{UnixSocket: socket}}, "http3: is spoken over UDP, and cannot go through a unix socket"},
		{Plan{Request: request.Spec{URL: https}, Transport: transport.Spec{HTTP: "3", NoKeepalive: true}}, "http3: keeps its connections: it cannot be had with one for each request"},
		{Plan{Request: request.Spec{URL: http}, Transport: transport.Spec{HTTP: "2-prior-knowledge"}, Route: route.Spec{Proxy: "http://p"}}, "http2-prior-knowledge: h2 without TLS cannot go through an HTTP proxy; --noproxy '*' goes without"},
		{Plan{Request: request.Spec{URL: https}, Transport: transport.Spec{HTTP: "2"}, Route: route.Spec{Proxy: "http://p"}}, ""},
		{Plan{Request: request.Spec{URL: https}, Transport: transport.Spec{HTTP: "2"}, Engine: Firing{Name: "wire"}}, "engine wire: cannot run this: it is to speak HTTP/2"},
	} {
		if got := strings.Join(faultsOf(c.plan), " | "); got != c.want {
			t.Errorf("%+v\nhas the faults %s\nwant           %s", c.plan, got, c.want)
		}
	}
}

// No plan's fault in one field hides another's.
func TestNetFaultsAllAtOnce(t *testing.T) {
	all := faultsOf(Plan{
		Request:   request.Spec{URL: "http://127.0.0.1/"},
		Transport: transport.Spec{HTTP: "2", MaxRedirects: -9},
		Route:     route.Spec{Resolve: []string{"x"}, ConnectTo: []string{"x"}, UnixSocket: "/nowhere", Interface: "nosuch0", TLS: route.TLS{Min: "9"}, NoProxy: "http://a"},
	})
	if len(all) != 9 { // the unix socket has two: it is not there, and an interface is given too
		t.Errorf("%d faults: %s", len(all), strings.Join(all, "\n"))
	}
}
