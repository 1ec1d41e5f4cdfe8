//go:build linux

package loadgen

import (
	"os"
	"strings"
	"testing"
)

// askedFor is a plan for each row of the table in docs/engines.md.
func askedFor() map[string]Plan {
	const http, https = "http://127.0.0.1/", "https://127.0.0.1/"
	return map[string]Plan{
		"HTTP/1.1 over TCP": {Request: RequestSpec{URL: http}, Transport: TransportSpec{HTTP: "1.1"}},
		"HTTP/1.1 over TLS": {Request: RequestSpec{URL: https}},
		"a client certificate, or an authority of one's own":   {Request: RequestSpec{URL: https}, Route: RouteSpec{TLS: TLS{Cert: "c.pem", CACert: "ca.pem"}}},
		"TLS versions (`--tlsv1.2`, `--tls-max`)":              {Request: RequestSpec{URL: https}, Route: RouteSpec{TLS: TLS{Min: "1.2", Max: "1.2"}}},
		"a unix socket (`--unix-socket`)":                      {Request: RequestSpec{URL: http}, Route: RouteSpec{UnixSocket: "s"}},
		"addresses known beforehand (`--resolve`)":             {Request: RequestSpec{URL: http}, Route: RouteSpec{Resolve: []string{"a:80:127.0.0.1"}}},
		"another server than the URL's (`--connect-to`)":       {Request: RequestSpec{URL: http}, Route: RouteSpec{ConnectTo: []string{"::b:"}}},
		"a local address or interface (`--interface`)":         {Request: RequestSpec{URL: http}, Route: RouteSpec{Interface: "127.0.0.1"}},
		"one IP version (`-4`, `-6`)":                          {Request: RequestSpec{URL: http}, Route: RouteSpec{IPVersion: 4}},
		"an HTTP proxy":                                        {Request: RequestSpec{URL: http}, Route: RouteSpec{Proxy: "http://127.0.0.1:1"}},
		"an HTTP proxy, by a tunnel":                           {Request: RequestSpec{URL: https}, Route: RouteSpec{Proxy: "http://127.0.0.1:1"}},
		"a SOCKS5 proxy":                                       {Request: RequestSpec{URL: https}, Route: RouteSpec{Proxy: "socks5h://127.0.0.1:1"}},
		"headers for the proxy (`--proxy-header`)":             {Request: RequestSpec{URL: http}, Route: RouteSpec{Proxy: "http://127.0.0.1:1", ProxyHeader: []Header{{Name: "a"}}}},
		"a connection for each request (`--no-keepalive`)":     {Request: RequestSpec{URL: http}, Transport: TransportSpec{NoKeepalive: true}},
		"a compressed answer (`--compressed`)":                 {Request: RequestSpec{URL: http, Compressed: true}},
		"a name and password (`-u`)":                           {Request: RequestSpec{URL: http, Auth: Auth{User: "a:b"}}},
		"a token (`--oauth2-bearer`)":                          {Request: RequestSpec{URL: http, Auth: Auth{Bearer: "t"}}},
		"several requests to one server":                       {Mix: []Request{{Request: RequestSpec{URL: "http://a/1"}}, {Request: RequestSpec{URL: "http://A:80/2"}}}},
		"an HTTP proxy that is reached over TLS":               {Request: RequestSpec{URL: http}, Route: RouteSpec{Proxy: "https://127.0.0.1:1"}},
		"HTTP/2, offered (`--http2`)":                          {Request: RequestSpec{URL: https}, Transport: TransportSpec{HTTP: "2"}},
		"HTTP/2, known beforehand (`--http2-prior-knowledge`)": {Request: RequestSpec{URL: http}, Transport: TransportSpec{HTTP: "2-prior-knowledge"}},
		"HTTP/3 (`--http3`)":                                   {Request: RequestSpec{URL: https}, Transport: TransportSpec{HTTP: "3"}},
		"redirects followed (`-L`)":                            {Request: RequestSpec{URL: http}, Transport: TransportSpec{Follow: true}},
		"digest authentication (`--digest`)":                   {Request: RequestSpec{URL: http, Auth: Auth{User: "a:b", Digest: true}}},
		"requests to several servers":                          {Mix: []Request{{Request: RequestSpec{URL: "http://a/1"}}, {Request: RequestSpec{URL: "https://a/2"}}}},
	}
}

// The table in docs/engines.md is what the program does, row by row, and leaves nothing out that is known here.
func TestEngineTable(t *testing.T) {
	text, err := os.ReadFile("../docs/engines.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := engineRows(string(text))
	if len(rows) < 20 {
		t.Fatalf("the table has %d rows", len(rows))
	}
	plans := askedFor()
	for _, row := range rows {
		plan, known := plans[row[0]]
		if !known {
			t.Errorf("the table has a row %q, for which there is no plan here", row[0])
			continue
		}
		delete(plans, row[0])
		if engine, why := engineFor(&plan); engine != row[1] || why != row[2] {
			t.Errorf("%s: the table says %s, %q; it is %s, %q", row[0], row[1], row[2], engine, why)
		}
		plan.Engine.Name = "wire"
		refused := strings.Contains(strings.Join(faultsOf(plan), "\n"), "engine wire: cannot run this: "+row[2])
		if refused != (row[1] == "http") {
			t.Errorf("%s: refused when asked for the event loop: %v", row[0], refused)
		}
	}
	for name := range plans {
		t.Errorf("%q has no row in the table", name)
	}
}

// engineRows are the cells of the table's rows.
func engineRows(text string) (rows [][]string) {
	for line := range strings.Lines(text) {
		cells := strings.Split(strings.TrimSpace(line), "|")
		if len(cells) != 5 || strings.HasPrefix(cells[1], "--") || strings.TrimSpace(cells[2]) == "engine" {
			continue
		}
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		rows = append(rows, cells[1:4])
	}
	return rows
}
