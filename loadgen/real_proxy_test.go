//go:build unix

package loadgen

import (
	"path/filepath"
	"testing"

	"shotput/loadgen/request"
	"shotput/loadgen/route"
	"shotput/loadgen/transport"

	"shotput/putserver/realtest"
)

// behindTLS is nginx, reached plainly and over TLS, and the file of the certificate it has.
func behindTLS(t *testing.T) (plain, secure, dir, cert string) {
	cert, key := realtest.Certificate(t)
	secure = realtest.FreeAddress(t)
	plain, dir = realtest.Nginx(t, dav+`listen `+secure+` ssl; ssl_certificate `+cert+`; ssl_certificate_key `+key+`;`)
	return "http://" + plain, "https://" + secure, dir, cert
}

// passes fires the plan through its proxy, at a server without TLS and at one with it, and looks at what arrived.
func passes(t *testing.T, plan Plan) {
	t.Helper()
	plain, secure, dir, cert := behindTLS(t)
	plan.Route.TLS.CACert, plan.Request.URL = cert, plain+"/plain/{{seq}}"
	d := deed{plan: plan, want: "1000 × 201 Created", engine: "wire"}
	if plan.Transport.NoKeepalive {
		d.opened = 1000
	}
	wantFiles(t, d.do(t), filepath.Join(dir, "www/plain"))
	d.plan.Request.URL, d.plan.Transport.NoKeepalive, d.opened = secure+"/tunnel/{{seq}}", false, 0 // a tunnel is its ends' to close
	wantFiles(t, d.do(t), filepath.Join(dir, "www/tunnel"))
}

// Tinyproxy closes every connection after one answer, without saying so ahead. So each request must bring its own:
// one that is sent meanwhile is lost, and no engine sends a request again.
func TestRealTinyproxyPassesOn(t *testing.T) {
	realtest.Long(t, "it keeps servers that are not ours at work with thousands of requests")
	address, dir := realtest.Tinyproxy(t)
	passes(t, Plan{Route: route.Spec{Proxy: "http://" + address}, Transport: transport.Spec{NoKeepalive: true}, Load: Load{Concurrency: 64}}) // it waits 40 ms in each
	wantLines(t, filepath.Join(dir, "log"), ": PUT http://", 1000)
	wantLines(t, filepath.Join(dir, "log"), ": CONNECT ", 64)
}

// Apache keeps connections, and asks for a password.
func TestRealApachePassesOn(t *testing.T) {
	realtest.Long(t, "it keeps servers that are not ours at work with thousands of requests")
	address, dir := realtest.Apache(t, `
		ProxyRequests On
		AllowCONNECT 1-65535
		<Proxy *>
			AuthType Basic
			AuthName r
			AuthUserFile DIR/users
			Require valid-user
		</Proxy>
		CustomLog DIR/access.log short`)
	passes(t, Plan{Route: route.Spec{Proxy: "http://ann:p%3Aw@" + address}})
	wantLines(t, filepath.Join(dir, "access.log"), " HTTP/1.1 201 ann\n", 1000)
	stranger := Plan{Request: request.Spec{URL: "http://127.0.0.1:1/{{seq}}"}, Route: route.Spec{Proxy: "http://ann:p@" + address}, NoPreflight: true}
	deed{plan: stranger, want: all1000("407 Proxy Authentication Required"), engine: "wire"}.do(t)
}

func TestRealMicrosocksPassesOn(t *testing.T) {
	realtest.Long(t, "it keeps servers that are not ours at work with thousands of requests")
	small := request.Body{Text: "{{seq}}: {{randString 500}}"} // it sends each KiB by itself, and waits 40 ms between
	passes(t, Plan{Route: route.Spec{Proxy: "socks5://" + realtest.Microsocks(t, "", "")}, Request: request.Spec{Body: small}})
	address := realtest.Microsocks(t, "ann", "p:w")
	passes(t, Plan{Route: route.Spec{Proxy: "socks5h://ann:p%3Aw@" + address}, Request: request.Spec{Body: small}})
	stranger := Plan{Request: request.Spec{URL: "http://127.0.0.1:1/{{seq}}"}, Route: route.Spec{Proxy: "socks5://ann:p@" + address}, NoPreflight: true}
	deed{plan: stranger, want: "1000 × proxy connect", engine: "wire", opened: uncounted}.do(t)
}
