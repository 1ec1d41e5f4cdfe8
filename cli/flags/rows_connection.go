package flags

import (
	"shotput/cli/line"
)

// connectionRows are the flags that say where connections go.
func connectionRows(a *Asked) []line.Row {
	p := &a.Plan
	return line.InGroup(groupConnection, line.Rows{
		{Long: "proxy", Short: "x", Arg: "URL", Eg: "http://127.0.0.1:3128",
			Help: "http://, https://, socks5:// or socks5h://; none",
			Hide: line.ShowURL, Curl: true, Set: takeProxy(&p.Route.Proxy)},
		{
			Long:  "proxy-user",
			Short: "U",
			Arg:   "NAME:PASSWORD",
			Eg:    "name:password",
			Help:  "user and password for the proxy",
			Hide:  line.HideAll,
			Curl:  true,
			Set:   takeUser(&a.network.proxyUser),
		},
		{Long: "proxy-header", Arg: "LINE", Eg: "Name: value", Help: "header for the proxy only, as -H; repeat",
			Repeats: true, Hide: line.HideHeader, Names: headerNames, Paths: line.PathAfterAt, Curl: true,
			Set: takeLine(&a.network.proxyHeaders)},
		{Long: "noproxy", Arg: "HOSTS", Eg: "127.0.0.1",
			Help: "reach these without the proxy: a.example,.b.example, *",
			Curl: true, Set: takeNoProxy(&p.Route.NoProxy)},
		{Long: "resolve", Arg: "ENTRY", Eg: "name.example:80:127.0.0.1",
			Help:    "HOST:PORT:ADDRESS[,ADDRESS] instead of asking DNS;\nrepeat",
			Repeats: true, Curl: true, Set: line.Each(&p.Route.Resolve, line.NotEmpty)},
		{Long: "connect-to", Arg: "ENTRY", Eg: "name.example:80:127.0.0.1:8080",
			Help:    "HOST1:PORT1:HOST2:PORT2: connect to the second; repeat",
			Repeats: true, Curl: true, Set: line.Each(&p.Route.ConnectTo, line.NotEmpty)},
		{Long: "unix-socket", Arg: "PATH", Eg: "/run/server.sock", Help: "connect to a unix socket",
			Paths: line.WholePath, Curl: true, Set: line.Filled(&p.Route.UnixSocket)},
		{Long: "interface", Arg: "NAME", Eg: "127.0.0.1", Help: "leave from this interface or local address",
			Curl: true, Set: line.Filled(&p.Route.Interface)},
		{Long: "ipv4", Short: "4", Field: "ip-version", Help: "IPv4 only",
			Curl: true, Set: line.Choose(&p.Route.IPVersion, 4)},
		{Long: "ipv6", Short: "6", Field: "ip-version", Help: "IPv6 only",
			Curl: true, Set: line.Choose(&p.Route.IPVersion, 6)},
	})
}

// protocolRows are the flags that say how a connection is spoken on, and how long it lives.
func protocolRows(a *Asked) []line.Row {
	p := &a.Plan
	return line.InGroup(groupProtocol, line.Rows{
		{Long: "http1.1", Field: "http", Help: "HTTP/1.1",
			Curl: true, Set: line.Choose(&p.Transport.HTTP, "1.1")},
		{Long: "http2", Help: "HTTP/2, offered in the TLS handshake",
			Curl: true, Set: line.Choose(&p.Transport.HTTP, "2")},
		{Long: "http2-prior-knowledge", Help: "HTTP/2 without asking, with TLS or without",
			Curl: true, Set: line.Choose(&p.Transport.HTTP, "2-prior-knowledge")},
		{Long: "http3", Help: "HTTP/3",
			Curl: true, Set: line.Choose(&p.Transport.HTTP, "3")},
		{Long: "http3-only",
			Curl: true, Set: line.Choose(&p.Transport.HTTP, "3")},
		{Long: "no-keepalive", Help: "a new connection for each request",
			Elsewhere: list("disable-keepalive"), Set: line.OnOff(&p.Transport.NoKeepalive)},
		{Long: "wait", Arg: "TIME", Eg: "30s",
			Help:   "so long for the server to take connections, before\nanything is sent",
			Amount: true, Set: TakeSpan(&a.Wait)},
		{Long: "connect-timeout", Arg: "TIME", Eg: "5s", Help: "timeout of opening a connection",
			Amount: true, Curl: true, Set: TakeSpan(&p.Route.ConnectTimeout)},
	}).Hiding("http3-only")
}

func tlsRows(a *Asked) []line.Row {
	p := &a.Plan
	return line.InGroup(groupTLS, line.Rows{
		{Long: "insecure", Short: "k", Help: "do not verify the server's certificate",
			Curl: true, Set: line.OnOff(&p.Route.TLS.Insecure)},
		{Long: "cacert", Arg: "FILE", Eg: "ca.pem", Help: "trust the PEM certificates in FILE",
			Paths: line.WholePath, AsKey: list("verify"), Curl: true, Set: line.Filled(&p.Route.TLS.CACert)},
		{Long: "cert", Short: "E", Arg: "FILE", Eg: "client.pem", Help: "client certificate; FILE:PASSWORD, as in curl",
			Hide: hideCertPassword, Paths: certPath, Curl: true, Set: takeCert(&p.Route.TLS)},
		{Long: "cert-type", Arg: "TYPE", Eg: "P12", Help: "of it: PEM, or P12 (PKCS#12), which has the key too",
			Curl: true, Set: takeUpper(&p.Route.TLS.CertType)},
		{Long: "key", Arg: "FILE", Eg: "client.key", Help: "its key, PEM",
			Paths: line.WholePath, Curl: true, Set: line.Filled(&p.Route.TLS.Key)},
		{Long: "pass", Arg: "PASSWORD", Eg: "env:KEY_PASSWORD", Help: "of the key; env:NAME or @FILE hold it",
			Hide: line.HideUnlessElsewhere, Paths: line.PathAfterAt, Curl: true,
			Set: takeSecret(a.World, &p.Route.TLS.Pass)},
		{Long: "tlsv1.2", Field: "tls-min", Help: "TLS 1.2 or later; -1, --tlsv1.0, --tlsv1.1 likewise",
			Curl: true, Set: line.Choose(&p.Route.TLS.Min, "1.2")},
		{Long: "tlsv1.3", Field: "tls-min", Help: "TLS 1.3 or later",
			Curl: true, Set: line.Choose(&p.Route.TLS.Min, "1.3")},
		{Long: "tlsv1", Short: "1", Field: "tls-min",
			Curl: true, Set: line.Choose(&p.Route.TLS.Min, "1.0")},
		{Long: "tlsv1.0", Field: "tls-min",
			Curl: true, Set: line.Choose(&p.Route.TLS.Min, "1.0")},
		{Long: "tlsv1.1", Field: "tls-min",
			Curl: true, Set: line.Choose(&p.Route.TLS.Min, "1.1")},
		{Long: "tls-max", Arg: "VERSION", Eg: "1.2", Help: "1.0, 1.1, 1.2, 1.3 or default at the most",
			Curl: true, Set: takeTLSMax(&p.Route.TLS.Max)},
	}).Hiding("tlsv1", "tlsv1.0", "tlsv1.1")
}

func exchangeRows(a *Asked) []line.Row {
	p := &a.Plan
	return line.InGroup(groupExchange, line.Rows{
		{Long: "max-time", Short: "m", Arg: "TIME", Field: "timeout", Eg: "30s",
			Help:   "timeout of a request (30s): 2.5 (seconds), 250ms",
			Amount: true, Elsewhere: list("timeout"), AsKey: list("timeout"), Clashes: timeClashes, Curl: true,
			Set: TakeSpan(&p.Transport.Timeout)},
		{Long: "read-timeout", Arg: "TIME", Eg: "5s", Help: "timeout between two bytes of the answer",
			Amount: true, Set: TakeSpan(&p.Transport.ReadTimeout)},
		{Long: "expect-continue", Help: "send the body when the server agrees to it (100)",
			Set: line.OnOff(&p.Transport.ExpectContinue)},
		{Long: "expect100-timeout", Arg: "TIME", Field: "expect-timeout", Eg: "1s",
			Help: "or after so long all the same (1s)",
			Curl: true, Set: TakeSpan(&p.Transport.ExpectTimeout)},
		{Long: "location", Short: "L", Field: "follow", Help: "follow redirects that keep the method: 307, 308",
			Curl: true, Set: line.OnOff(&p.Transport.Follow)},
		{Long: "location-trusted", Field: "follow-trusted",
			Help: "-L, and tell other hosts user and cookies",
			Curl: true, Set: takeTrusted(&p.Transport)},
		{Long: "max-redirs", Arg: "N", Eg: "50", Help: "so many of them (50); -1: without limit",
			Curl: true, Set: line.One(&a.network.redirects, parseRedirects)},
		{Long: "compressed", Help: "ask for a compressed answer",
			Curl: true, Set: line.OnOff(&p.Request.Compressed)},
		{Long: "read-body", Arg: "HOW", Field: "skip-body", Eg: "all",
			Help:  "all, or none: an answer is done with its head",
			Words: list("all", "none"), Set: takeSkip(&p.Transport.SkipBody)},
	})
}
