//go:build linux

package loadgen

import (
	"os"
	"strings"
	"testing"
	"time"

	"shotput/loadgen/arrivals"
	"shotput/loadgen/header"
	"shotput/loadgen/request"
	"shotput/loadgen/route"
	"shotput/loadgen/rows"
	"shotput/loadgen/transport"
)

// askedFor is a plan for each row of the table in docs/engines.md.
func askedFor() map[string]Plan {
	const http, https = "http://127.0.0.1/", "https://127.0.0.1/"
	return map[string]Plan{
		"HTTP/1.1 over TCP": {Request: request.Spec{URL: http}, Transport: transport.Spec{HTTP: "1.1"}},
		"HTTP/1.1 over TLS": {Request: request.Spec{URL: https}},
		"a client certificate, or an authority of one's own":           {Request: request.Spec{URL: https}, Route: route.Spec{TLS: route.TLS{Cert: "c.pem", CACert: "ca.pem"}}},
		"TLS versions (`--tlsv1.2`, `--tls-max`)":                      {Request: request.Spec{URL: https}, Route: route.Spec{TLS: route.TLS{Min: "1.2", Max: "1.2"}}},
		"a unix socket (`--unix-socket`)":                              {Request: request.Spec{URL: http}, Route: route.Spec{UnixSocket: "s"}},
		"addresses known beforehand (`--resolve`)":                     {Request: request.Spec{URL: http}, Route: route.Spec{Resolve: []string{"a:80:127.0.0.1"}}},
		"another server than the URL's (`--connect-to`)":               {Request: request.Spec{URL: http}, Route: route.Spec{ConnectTo: []string{"::b:"}}},
		"a local address or interface (`--interface`)":                 {Request: request.Spec{URL: http}, Route: route.Spec{Interface: "127.0.0.1"}},
		"one IP version (`-4`, `-6`)":                                  {Request: request.Spec{URL: http}, Route: route.Spec{IPVersion: 4}},
		"an HTTP proxy":                                                {Request: request.Spec{URL: http}, Route: route.Spec{Proxy: "http://127.0.0.1:1"}},
		"an HTTP proxy, by a tunnel":                                   {Request: request.Spec{URL: https}, Route: route.Spec{Proxy: "http://127.0.0.1:1"}},
		"a SOCKS5 proxy":                                               {Request: request.Spec{URL: https}, Route: route.Spec{Proxy: "socks5h://127.0.0.1:1"}},
		"headers for the proxy (`--proxy-header`)":                     {Request: request.Spec{URL: http}, Route: route.Spec{Proxy: "http://127.0.0.1:1", ProxyHeader: []header.Line{{Name: "a"}}}},
		"a connection for each request (`--no-keepalive`)":             {Request: request.Spec{URL: http}, Transport: transport.Spec{NoKeepalive: true}},
		"a compressed answer (`--compressed`)":                         {Request: request.Spec{URL: http, Compressed: true}},
		"a name and password (`-u`)":                                   {Request: request.Spec{URL: http, Auth: request.Auth{User: "a:b"}}},
		"a token (`--oauth2-bearer`)":                                  {Request: request.Spec{URL: http, Auth: request.Auth{Bearer: "t"}}},
		"several requests to one server":                               {Mix: []Request{{Request: request.Spec{URL: "http://a/1"}}, {Request: request.Spec{URL: "http://A:80/2"}}}},
		"an HTTP proxy that is reached over TLS":                       {Request: request.Spec{URL: http}, Route: route.Spec{Proxy: "https://127.0.0.1:1"}},
		"HTTP/2, offered (`--http2`)":                                  {Request: request.Spec{URL: https}, Transport: transport.Spec{HTTP: "2"}},
		"HTTP/2, known beforehand (`--http2-prior-knowledge`)":         {Request: request.Spec{URL: http}, Transport: transport.Spec{HTTP: "2-prior-knowledge"}},
		"HTTP/3 (`--http3`)":                                           {Request: request.Spec{URL: https}, Transport: transport.Spec{HTTP: "3"}},
		"redirects followed (`-L`)":                                    {Request: request.Spec{URL: http}, Transport: transport.Spec{Follow: true}},
		"digest authentication (`--digest`)":                           {Request: request.Spec{URL: http, Auth: request.Auth{User: "a:b", Digest: true}}},
		"a form with a file for each row (`-F 'f=@{{csv \"file\"}}'`)": {Request: request.Spec{URL: http, Body: request.Body{Form: []request.Part{{Name: "f", File: `{{csv "file"}}`}}}}},
		"a list of URLs (`--urls`)":                                    {Request: request.Spec{URLs: "urls.txt"}},
		"requests to several servers":                                  {Mix: []Request{{Request: request.Spec{URL: "http://a/1"}}, {Request: request.Spec{URL: "https://a/2"}}}},
		"a flow: several requests an arrival (`flow`)":                 flowPlan(stepOf("a", http, "u header Location"), stepOf("b", `{{captured "u"}}`)),
		"a flow that goes where answers lead, beside a proxy that is reached over TLS": {Route: route.Spec{Env: route.Env{"https_proxy": "https://127.0.0.1:1"}},
			Mix: flowPlan(stepOf("a", http, "u header Location"), stepOf("b", `{{captured "u"}}`)).Mix},
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

// TestByteRateCountsTheBodiesThatAreSent: at 1000 B/s the gap behind request k is as many milliseconds as it has bytes.
func TestByteRateCountsTheBodiesThatAreSent(t *testing.T) {
	plan := Plan{Request: request.Spec{URL: "http://h/", Body: request.Body{Sizes: "1..1000"}}, Load: Load{Rate: arrivals.Rate{BytesPerSecond: 1000}, Requests: 20}}.WithDefaults()
	f := firingOf(t, &plan)
	due := time.Duration(0)
	for range 20 {
		a, ok := f.claim(0)
		if !ok || a.intended.Round(time.Microsecond) != due {
			t.Errorf("request %d is due at %v, want %v", a.number, a.intended, due)
		}
		due += time.Duration(f.mixture.Size(a.number)) * time.Millisecond
	}
}

// A form with a large file is read as it is sent, which the event loop cannot do.
func TestEngineOfLargeForms(t *testing.T) {
	plan := Plan{Request: request.Spec{URL: "http://h/", Body: request.Body{Form: []request.Part{{Name: "f", File: writeFile(t, rows.SmallFile+1)}}}}}
	if wireUnfit(&plan) == "" {
		t.Error("the event loop would be given a form that it cannot send")
	}
}
