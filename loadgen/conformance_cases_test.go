//go:build unix

package loadgen

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"

	"shotput/loadgen/header"
	"shotput/loadgen/request"
	"shotput/loadgen/transport"
)

// An agreement is what a server does to five requests on one connection at a time, and what both engines say of it.
type agreement struct {
	name   string
	serve  func(net.Conn)
	plan   Plan
	want   string // endings
	opened int64  // connections; 0: what the server does makes that a race
	read   int64  // body bytes
	note   string // what stands beside a failure
}

func agreed() []agreement {
	all := append(agreedAnswers(), agreedEnds()...)
	all = append(all, agreedSurplus()...)
	return append(all, agreedRefusals()...)
}

// agreedSurplus: more than was asked for, which is of no request, and what can become no answer, however long it is
// waited for.
func agreedSurplus() []agreement {
	more := func(name, answer, want string, read int64) agreement {
		return agreement{name: name, serve: answers(answer), want: want, opened: 5, read: read}
	}
	never := func(name, answer, want string) agreement {
		return agreement{name: name, serve: answersOnce(answer), want: want, opened: 5}
	}
	return []agreement{
		more("204 with a body", "HTTP/1.1 204 No Content\r\nContent-Length: 4\r\n\r\nbody", "5 × 204 No Content", 0),
		more("more than the length", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nxyz", "5 × 200 OK", 5),
		more("more than the chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\nyz", "5 × 200 OK", 5),
		more("two answers", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nHTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n", "5 × 200 OK", 0),
		{name: "two answers, the second time", serve: answersMoreTheSecondTime, want: "3 × 200 OK, 2 × unasked", opened: 3},
		never("an alert of TLS", "\x15\x03\x01\x00\x02\x02\x28", "5 × protocol"),
		never("an HTTP/2 frame", "\x00\x00\x06\x04\x00\x00\x00\x00\x00\x00\x03\x00\x00\x00\x64", "5 × protocol"),
		never("an HTTP/2 frame after an interim answer", "HTTP/1.1 100 Continue\r\n\r\n\x00\x00\x06\x04\x00\x00\x00\x00\x00", "5 × protocol"),
		never("a chunk of 2^64 bytes", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n", "5 × 200 OK, 5 × protocol 200"),
		never("a chunk of 2^61 bytes", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2000000000000000\r\n", "5 × 200 OK, 5 × protocol 200"),
		{name: "a greeting", serve: greets, want: "5 × protocol"},
	}
}

// greets says something before it is asked, and then listens.
func greets(c net.Conn) {
	io.WriteString(c, "220 mail\r\n")
	io.Copy(io.Discard, c)
}

// answersMoreTheSecondTime answers the first request of a connection, and the second twice: which of the two is its
// answer nobody can know.
func answersMoreTheSecondTime(c net.Conn) {
	const ok = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
	r := bufio.NewReader(c)
	for n := 1; ; n++ {
		if request, err := http.ReadRequest(r); err != nil || drain(request) != nil {
			return
		}
		answer := ok
		if n == 2 {
			answer = ok + ok
		}
		io.WriteString(c, answer)
	}
}

// agreedAnswers: whole answers on connections that stay open.
func agreedAnswers() []agreement {
	ok := func(name, answer, want string, read int64) agreement {
		return agreement{name: name, serve: answers(answer), want: want, opened: 1, read: read}
	}
	return []agreement{
		ok("length", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", "5 × 200 OK", 25),
		ok("no body", "HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n", "5 × 201 Created", 0),
		ok("204", "HTTP/1.1 204 No Content\r\n\r\n", "5 × 204 No Content", 0),
		ok("204 with a length", "HTTP/1.1 204 No Content\r\nContent-Length: 7\r\n\r\n", "5 × 204 No Content", 0),
		ok("empty reason", "HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n", "5 × 200 OK", 0),
		ok("no reason", "HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n", "5 × 200 OK", 0),
		ok("reason of its own", "HTTP/1.1 200 Very Well\r\nContent-Length: 0\r\n\r\n", "5 × 200 Very Well", 0),
		ok("unknown status", "HTTP/1.1 299 \r\nContent-Length: 0\r\n\r\n", "5 × 299", 0),
		ok("100", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "5 × 200 OK", 0),
		ok("100 twice", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx", "5 × 200 OK", 5),
		ok("103 with a header", "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 204 \r\n\r\n", "5 × 204 No Content", 0),
		ok("chunked", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n", "5 × 200 OK", 25),
		ok("trailer", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n3\r\nabc\r\n0\r\nX-Sum: 1\r\nX-More: 2\r\n\r\n", "5 × 200 OK", 15),
		ok("chunked and empty", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "5 × 200 OK", 0),
		ok("HTTP/1.0 kept", "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nhi", "5 × 200 OK", 10),
		ok("same length twice", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nhi", "5 × 200 OK", 10),
		ok("folded header", "HTTP/1.1 200 OK\r\nX-Long: a\r\n b\r\nContent-Length: 0\r\n\r\n", "5 × 200 OK", 0),
		ok("lines ended by LF", "HTTP/1.1 200 OK\nContent-Length: 2\n\nhi", "5 × 200 OK", 10),
		{name: "HEAD", serve: answers("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"), plan: Plan{Request: request.Spec{Method: "HEAD"}}, want: "5 × 200 OK", opened: 1},
		{name: "with a body", serve: answers("HTTP/1.1 204 \r\n\r\n"), plan: Plan{Request: request.Spec{Body: request.Body{Text: "{{seq}}"}}}, want: "5 × 204 No Content", opened: 1},
		{name: "key", serve: answers("HTTP/1.1 204 \r\n\r\n"), plan: Plan{Request: request.Spec{Header: []header.Line{{Name: "Idempotency-Key", Value: "{{uuid}}"}}}},
			want: "5 × 204 No Content", opened: 1},
		{name: "no keep-alive", serve: answersOnce("HTTP/1.1 204 \r\nConnection: close\r\n\r\n"), plan: Plan{Transport: transport.Spec{NoKeepalive: true}},
			want: "5 × 204 No Content", opened: 5},
		{name: "no keep-alive, kept by the server", serve: answers("HTTP/1.1 204 \r\n\r\n"), plan: Plan{Transport: transport.Spec{NoKeepalive: true}},
			want: "5 × 204 No Content", opened: 5},
		{name: "more than asked for", serve: answers("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nabc"), plan: Plan{Transport: transport.Spec{NoKeepalive: true}},
			want: "5 × 200 OK", opened: 5, read: 5},
	}
}

// agreedEnds: connections that end.
func agreedEnds() []agreement {
	end := func(name, answer, want string, read int64) agreement {
		return agreement{name: name, serve: answersOnce(answer), want: want, opened: 5, read: read}
	}
	return []agreement{
		end("close each time", "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi", "5 × 200 OK", 10),
		end("HTTP/1.0", "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi", "5 × 200 OK", 10),
		end("until close", "HTTP/1.1 200 OK\r\n\r\nall that comes", "5 × 200 OK", 70),
		end("until close, empty", "HTTP/1.1 200 OK\r\n\r\n", "5 × 200 OK", 0),
		end("HTTP/1.0 until close", "HTTP/1.0 200 OK\r\n\r\nall", "5 × 200 OK", 15),
		end("nothing", "", "5 × closed wait", 0),
		end("within the status line", "HTTP/1.1 20", "5 × closed download", 0),
		end("within the header", "HTTP/1.1 200 OK\r\nContent-", "5 × closed download", 0),
		end("within the body", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", "5 × 200 OK, 5 × closed download 200", 15),
		end("within a chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc", "5 × 200 OK, 5 × closed download 200", 15),
		end("within the trailer", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: 1\r\n", "5 × 200 OK, 5 × closed download 200", 0),
		end("after 100", "HTTP/1.1 100 Continue\r\n\r\n", "5 × closed wait", 0),
		end("status line cut after 100", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 20", "5 × closed wait", 0),
		end("header cut after 100", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-", "5 × closed wait", 0),
		end("body cut after 100", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", "5 × 200 OK, 5 × closed download 200", 15),
		{name: "reset", serve: resets, want: "5 × reset wait", opened: 5},
	}
}

// agreedRefusals: statuses that were not hoped for, and what is no HTTP.
func agreedRefusals() []agreement {
	bad := func(name, answer, want, note string) agreement {
		return agreement{name: name, serve: answers(answer), want: want, opened: 1, note: note}
	}
	broken := func(name, answer, want string, read int64) agreement {
		return agreement{name: name, serve: answers(answer), want: want, opened: 5, read: read}
	}
	return []agreement{
		bad("301", "HTTP/1.1 301 Moved Permanently\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n", "5 × 301 Moved Permanently, 5 × status 301", "Location: /elsewhere"),
		bad("307", "HTTP/1.1 307 Temporary Redirect\r\nLocation: http://u:p@h/x?token=t\r\nContent-Length: 0\r\n\r\n", "5 × 307 Temporary Redirect, 5 × status 307",
			"Location: http://REDACTED@h/x?token=REDACTED"),
		bad("304", "HTTP/1.1 304 Not Modified\r\nContent-Length: 100\r\n\r\n", "5 × 304 Not Modified, 5 × status 304", ""),
		bad("401", "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"x\"\r\nContent-Length: 0\r\n\r\n", "5 × 401 Unauthorized, 5 × status 401", ""),
		bad("405", "HTTP/1.1 405 Method Not Allowed\r\nAllow: GET, HEAD\r\nContent-Length: 0\r\n\r\n", "5 × 405 Method Not Allowed, 5 × status 405", "Allow: GET, HEAD"),
		bad("429", "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n", "5 × 429 Too Many Requests, 5 × status 429", "Retry-After: 7"),
		bad("503", "HTTP/1.1 503 Not Now\r\nContent-Length: 0\r\n\r\n", "5 × 503 Not Now, 5 × status 503", ""),
		bad("999", "HTTP/1.1 999 Odd\r\nContent-Length: 0\r\n\r\n", "5 × 999 Odd, 5 × status 999", ""),
		broken("another protocol", "SSH-2.0-OpenSSH_9.2\r\n", "5 × protocol", 0),
		broken("lengths that differ", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", "5 × protocol", 0),
		broken("bad length", "HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n", "5 × protocol", 0),
		broken("unknown encoding", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", "5 × protocol", 0),
		broken("bad chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "5 × 200 OK, 5 × protocol 200", 0),
		broken("bad end of chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\naXX\r\n", "5 × 200 OK, 5 × protocol 200", 5),
		broken("chunk with a bare LF", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\na\r\n0\r\n\r\n", "5 × 200 OK, 5 × protocol 200", 0),
		broken("chunk without digits", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\r\n", "5 × 200 OK, 5 × protocol 200", 0),
		broken("chunk of 17 digits", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n11111111111111111\r\n", "5 × 200 OK, 5 × protocol 200", 0),
		broken("negative chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n", "5 × 200 OK, 5 × protocol 200", 0),
		broken("chunk line without end", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;"+strings.Repeat("x", 1<<17), "5 × 200 OK, 5 × protocol 200", 0),
		broken("chunks of little but framing", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"+
			strings.Repeat("1;"+strings.Repeat("x", 1000)+"\r\na\r\n", 100), "5 × 200 OK, 5 × protocol 200", 80),
		broken("malformed trailer", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nnonsense\r\n\r\n", "5 × 200 OK, 5 × protocol 200", 0),
		broken("status 99", "HTTP/1.1 99 Low\r\nContent-Length: 0\r\n\r\n", "5 × protocol", 0),
		broken("status 099", "HTTP/1.1 099 Low\r\nContent-Length: 0\r\n\r\n", "5 × protocol", 0),
		broken("status +20", "HTTP/1.1 +20 Low\r\nContent-Length: 0\r\n\r\n", "5 × protocol", 0),
		broken("status 1000", "HTTP/1.1 1000 High\r\nContent-Length: 0\r\n\r\n", "5 × protocol", 0),
		broken("status of letters", "HTTP/1.1 abc Odd\r\nContent-Length: 0\r\n\r\n", "5 × protocol", 0),
		broken("version 2", "HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n", "5 × protocol", 0),
		broken("version 0.9", "HTTP/0.9 200 OK\r\nContent-Length: 0\r\n\r\n", "5 × protocol", 0),
		broken("100 without end", strings.Repeat("HTTP/1.1 100 Continue\r\n\r\n", 6000), "5 × protocol", 0),
		broken("103 without end", strings.Repeat("HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n", 6000), "5 × protocol", 0),
		broken("header of 100 KB", "HTTP/1.1 200 OK\r\n"+strings.Repeat("X-A: "+strings.Repeat("b", 93)+"\r\n", 1000)+"Content-Length: 0\r\n\r\n", "5 × protocol", 0),
		broken("header line of 100 KB", "HTTP/1.1 200 OK\r\nX-A: "+strings.Repeat("b", 100_000)+"\r\nContent-Length: 0\r\n\r\n", "5 × protocol", 0),
		broken("status line of 100 KB", "HTTP/1.1 200 "+strings.Repeat("b", 100_000)+"\r\nContent-Length: 0\r\n\r\n", "5 × protocol", 0),
		broken("no header line", "HTTP/1.1 200 OK\r\nnonsense\r\n\r\n", "5 × protocol", 0),
		broken("switching protocols", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", "5 × protocol", 0),
	}
}
