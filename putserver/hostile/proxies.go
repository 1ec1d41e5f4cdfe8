package hostile

import (
	"io"
	"net"
	"strings"
)

// tunnels are HTTP proxies that are asked to CONNECT.
func tunnels() []Peer {
	const open = "HTTP/1.1 200 Connection established\r\n\r\n"
	return []Peer{
		last("refuses", "HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno"),
		last("asks who asks", "HTTP/1.1 407 Proxy Authentication Required\r\n"+
			"Proxy-Authenticate: Basic realm=\"x\"\r\nContent-Length: 0\r\n\r\n"),
		last("has no way", "HTTP/1.1 502 Bad Gateway\r\n\r\n"),
		last("redirects", "HTTP/1.1 302 Found\r\nLocation: /login\r\nContent-Length: 0\r\n\r\n"),
		last("speaks something else", "SSH-2.0-OpenSSH_9.2\r\n"),
		doing("says nothing", func(net.Conn) {}),
		doing("resets", reset),
		doing("hangs", hang),
		doing("a head without end", func(c net.Conn) {
			pour(c, "HTTP/1.1 200 OK\r\n"+strings.Repeat("X-A: b\r\n", 1000))
		}),
		doing("a line without end", func(c net.Conn) { pour(c, strings.Repeat("x", 10_000)) }),
		doing("a refusal with a body without end", func(c net.Conn) {
			io.WriteString(c, "HTTP/1.1 503 Busy\r\n\r\n")
			pour(c, strings.Repeat("x", 10_000))
		}),
		last("opens and closes", open),
		doing("opens and resets", func(c net.Conn) {
			io.WriteString(c, open)
			read16(c)
			reset(c)
		}),
		doing("opens, and nobody is there", func(c net.Conn) {
			io.WriteString(c, open)
			hang(c)
		}),
		doing("opens to what speaks no TLS", func(c net.Conn) {
			io.WriteString(c, open)
			read16(c)
			io.WriteString(c, "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")
			hang(c)
		}),
	}
}

// read16 waits for the beginning of what comes.
func read16(c net.Conn) { io.ReadFull(c, make([]byte, 16)) }

// socks are SOCKS5 proxies. Each first reads the greeting: version, and the ways to say who asks.
func socks() []Peer {
	after := func(name string, do func(net.Conn)) Peer {
		return Peer{name, plain(func(c net.Conn) {
			io.ReadFull(c, make([]byte, 3))
			do(c)
		})}
	}
	reply := func(name string, answer string) Peer {
		return after(name, func(c net.Conn) {
			io.WriteString(c, "\x05\x00")
			io.ReadFull(c, make([]byte, 10))
			io.WriteString(c, answer)
		})
	}
	return []Peer{
		after("SOCKS: closes", func(net.Conn) {}),
		after("SOCKS: hangs", hang),
		after("SOCKS: another version", func(c net.Conn) { io.WriteString(c, "\x04\x00") }),
		after("SOCKS: no way to say who asks", func(c net.Conn) { io.WriteString(c, "\x05\xff") }),
		after("SOCKS: speaks HTTP", func(c net.Conn) { io.WriteString(c, "HTTP/1.1 400 Bad Request\r\n\r\n") }),
		reply("SOCKS: refused", "\x05\x05\x00\x01\x00\x00\x00\x00\x00\x00"),
		reply("SOCKS: an unknown fault", "\x05\x63\x00\x01\x00\x00\x00\x00\x00\x00"),
		reply("SOCKS: an unknown kind of address", "\x05\x00\x00\x09\x00\x00\x00\x00\x00\x00"),
		reply("SOCKS: a reply cut short", "\x05\x00\x00"),
	}
}
