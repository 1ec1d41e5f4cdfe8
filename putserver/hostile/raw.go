package hostile

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"strings"
	"time"
)

const (
	ok     = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
	empty  = "Content-Length: 0\r\n\r\n"
	chunks = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
)

// answers are heads that are wrong, or odd.
func answers() []Peer {
	head := func(name, lines string) Peer { return fixed(name, "HTTP/1.1 200 OK\r\n"+lines+empty) }
	return []Peer{
		fixed("status 99", "HTTP/1.1 99 Low\r\n"+empty),
		fixed("status 1000", "HTTP/1.1 1000 High\r\n"+empty),
		fixed("status 999", "HTTP/1.1 999 Odd\r\n"+empty),
		drawn("any status", func(r *rand.Rand) string {
			return fmt.Sprintf("HTTP/1.1 %d Any\r\n", 200+r.IntN(800)) + empty
		}),
		fixed("version 2", "HTTP/2.0 200 OK\r\n"+empty),
		fixed("ICY", "ICY 200 OK\r\n"+empty),
		fixed("no status", "HTTP/1.1\r\n"+empty),
		fixed("blank lines first", "\r\n\r\n"+ok),
		fixed("a greeting", "SSH-2.0-OpenSSH_9.2\r\n"),
		drawn("noise", noise),
		head("no colon", "nonsense\r\n"),
		head("a control byte", "X-A: a\x00b\r\n"),
		head("no name", ": b\r\n"),
		head("a folded line", "X-A: a\r\n b\r\n"),
		head("a fold first", " b\r\n"),
		head("a bare CR", "X-A: a\rb\r\n"),
		head("a space before the colon", "X-A : b\r\n"),
		head("a header of 100 KB", "X-A: "+strings.Repeat("b", 100_000)+"\r\n"),
		head("5,000 headers", strings.Repeat("X-A: "+strings.Repeat("b", 20)+"\r\n", 5000)),
		drawn("a long reason", func(r *rand.Rand) string {
			return "HTTP/1.1 503 " + strings.Repeat("very ", 1000+r.IntN(8000)) + "busy\r\n" + empty
		}),
		fixed("interim answers without end", strings.Repeat("HTTP/1.1 100 Continue\r\n\r\n", 8000)),
		fixed("three hints, then an answer", strings.Repeat("HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n", 3)+ok),
		fixed("another protocol", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"),
		last("an interim answer alone", "HTTP/1.1 100 Continue\r\n\r\n"),
		last("cut in the status line", "HTTP/1.1 20"),
		last("cut after an interim answer", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 O"),
		{"cut anywhere", func(r *rand.Rand) func(net.Conn) { return answering(ok[:r.IntN(len(ok))], 1) }},
		fixed("lines that end in LF", strings.ReplaceAll(ok, "\r\n", "\n")),
		fixed("no reason", "HTTP/1.1 200\r\n"+empty),
	}
}

// strangers speak something else than HTTP/1.
func strangers() []Peer {
	return []Peer{
		fixed("an alert of TLS", "\x15\x03\x01\x00\x02\x02\x28"),
		last("an alert of TLS, and the end", "\x15\x03\x01\x00\x02\x02\x28"),
		fixed("a frame of HTTP/2", "\x00\x00\x06\x04\x00\x00\x00\x00\x00\x00\x03\x00\x00\x00\x64"),
		fixed("a hint, then noise", "HTTP/1.1 103 Early Hints\r\n\r\n\x00\x01\x02\x03"),
	}
}

func noise(r *rand.Rand) string {
	b := make([]byte, 2000)
	for i := range b {
		b[i] = byte(128 + r.IntN(128)) // no line end
	}
	return string(b) + "\r\n"
}

// bodies are lengths and chunks that are wrong, or odd.
func bodies() []Peer {
	length := func(name, lines string) Peer { return fixed(name, "HTTP/1.1 200 OK\r\n"+lines+"\r\nhello") }
	chunk := func(name, text string) Peer { return fixed(name, chunks+text) }
	return []Peer{
		length("the same length twice", "Content-Length: 5\r\nContent-Length: 5\r\n"),
		length("two lengths", "Content-Length: 5\r\nContent-Length: 6\r\n"),
		length("a negative length", "Content-Length: -5\r\n"),
		length("a length with a plus", "Content-Length: +5\r\n"),
		length("a list of lengths", "Content-Length: 5, 5\r\n"),
		length("a length beyond all", "Content-Length: 99999999999999999999\r\n"),
		length("an unknown coding", "Transfer-Encoding: gzip\r\n"),
		length("chunked twice", "Transfer-Encoding: chunked, chunked\r\n"),
		last("a length too long", "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhello"),
		last("until the end", "HTTP/1.1 200 OK\r\n\r\nhello"),
		last("HTTP/1.0", "HTTP/1.0 200 OK\r\n\r\nhello"),
		fixed("a length and chunks", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"+
			"2\r\nok\r\n0\r\n\r\n"),
		fixed("no content, with a length", "HTTP/1.1 204 No Content\r\nContent-Length: 9\r\n\r\n"),
		fixed("not modified", "HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n"),
		chunk("no chunk size", "\r\n"),
		chunk("no hexadecimal", "zz\r\n"),
		chunk("a negative chunk", "-1\r\n"),
		chunk("a chunk beyond all", "fffffffffffffffff\r\n"),
		chunk("a chunk of 2^61 bytes", "2000000000000000\r\n"),
		chunk("a chunk line without end", "1;"+strings.Repeat("x", 1<<17)),
		chunk("a chunk line that ends in LF", "2\nok\r\n0\r\n\r\n"),
		chunk("no end of a chunk", "2\r\nokXX0\r\n\r\n"),
		chunk("a trailer without a colon", "0\r\nnonsense\r\n\r\n"),
		chunk("a long trailer", "0\r\n"+strings.Repeat("X-A: "+strings.Repeat("b", 100)+"\r\n", 2000)+"\r\n"),
		chunk("more framing than data", strings.Repeat("1;"+strings.Repeat("x", 1000)+"\r\na\r\n", 100)),
		drawn("chunks of all sizes", func(r *rand.Rand) string {
			text := chunks
			for range 20 {
				n := 1 + r.IntN(3000)
				text += fmt.Sprintf("%x\r\n%s\r\n", n, strings.Repeat("y", n))
			}
			return text + "0\r\n\r\n"
		}),
	}
}

// surplus are servers that say more than they were asked.
func surplus() []Peer {
	return []Peer{
		fixed("no content, with a body", "HTTP/1.1 204 No Content\r\nContent-Length: 9\r\n\r\nno body\r\n"),
		fixed("no content, in chunks", "HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n"+
			"1\r\nx\r\n0\r\n\r\n"),
		fixed("not modified, with a body", "HTTP/1.1 304 Not Modified\r\nContent-Length: 4\r\n\r\nbody"),
		doing("garbage behind the answer, and the end", func(c net.Conn) { io.WriteString(c, ok+"garbage") }),
		fixed("garbage behind the answer", ok+"garbage"),
		fixed("two answers", ok+ok),
		fixed("two answers in chunks", chunks+"1\r\nx\r\n0\r\n\r\n"+ok),
		start("greets", func(c net.Conn) {
			io.WriteString(c, "220 mail.example.com ESMTP\r\n")
			hang(c)
		}),
		doing("ends each answer with a hint", func(c net.Conn) {
			io.WriteString(c, ok+"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n")
			hang(c)
		}),
	}
}

// start is a peer that does something of its own as soon as it is connected to.
func start(name string, serve func(net.Conn)) Peer { return Peer{name, plain(serve)} }

// ends are servers that end connections, or do not, against the rules.
func ends() []Peer {
	return []Peer{
		start("never reads", func(net.Conn) { time.Sleep(5 * time.Second) }),
		start("closes at once", func(net.Conn) {}),
		start("resets at once", reset),
		doing("never answers", hang),
		doing("closes without an answer", func(net.Conn) {}),
		doing("resets", reset),
		doing("half of a body, then nothing", func(c net.Conn) {
			io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
			hang(c)
		}),
		doing("half of a body, then a reset", func(c net.Conn) {
			io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
			time.Sleep(20 * time.Millisecond) // a reset takes away what was not read yet
			reset(c)
		}),
	}
}

// endless are answers that never end, fast or slowly.
func endless() []Peer {
	return []Peer{
		doing("a status line without end", func(c net.Conn) { pour(c, "HTTP/1.1 200 "+strings.Repeat("x", 4000)) }),
		doing("headers without end", func(c net.Conn) {
			pour(c, "HTTP/1.1 200 OK\r\n"+strings.Repeat("X-A: b\r\n", 1000))
		}),
		doing("a slow header without end", func(c net.Conn) {
			io.WriteString(c, "HTTP/1.1 200 OK\r\n")
			drip(c, "X-A: b\r\n")
		}),
		doing("a body without end", func(c net.Conn) {
			io.WriteString(c, "HTTP/1.1 200 OK\r\n\r\n")
			pour(c, strings.Repeat("x", 10_000))
		}),
		doing("a slow body without end", func(c net.Conn) {
			io.WriteString(c, "HTTP/1.1 200 OK\r\n\r\n")
			drip(c, "x")
		}),
		doing("chunks without end", func(c net.Conn) {
			io.WriteString(c, chunks)
			pour(c, strings.Repeat("1000\r\n"+strings.Repeat("x", 0x1000)+"\r\n", 4))
		}),
	}
}

// manners are servers whose words and deeds differ.
func manners() []Peer {
	return []Peer{
		doing("says close and stays", func(c net.Conn) {
			io.WriteString(c, "HTTP/1.1 200 OK\r\nConnection: close\r\n"+empty)
			hang(c)
		}),
		doing("says keep-alive and closes", func(c net.Conn) {
			io.WriteString(c, "HTTP/1.1 200 OK\r\nConnection: keep-alive\r\n"+empty)
		}),
		start("a byte at a time", func(c net.Conn) {
			for r := bufio.NewReader(c); read(r); {
				for i := range ok {
					io.WriteString(c, ok[i:i+1])
					time.Sleep(time.Millisecond)
				}
			}
		}),
	}
}
