package http1

import (
	"slices"
	"strings"
	"testing"
)

// refusals are answers that no part of can be trusted.
var refusals = []struct {
	bytes string
	want  protocolError
}{
	{"|", errStatusLine},
	{"SSH-2.0-OpenSSH_9.2p1", errStatusLine},
	{"\x15\x03\x01\x00\x02", errStatusLine},
	{"ICY 200 OK|", errStatusLine},
	{"HTTP/2.0 200 OK||", errStatusLine},
	{"HTTP/0.9 200 OK||", errStatusLine},
	{"HTTP/1.11 200 OK||", errStatusLine},
	{"HTTP/1.1|", errStatusLine},
	{"HTTP/1.1 |", errStatusLine},
	{"HTTP/1.1 20|", errStatusLine},
	{"HTTP/1.1 2000|", errStatusLine},
	{"HTTP/1.1 20x OK|", errStatusLine},
	{"HTTP/1.1 +20 OK|", errStatusLine},
	{"HTTP/1.1 099 OK|", errStatusLine},
	{"HTTP/1.1 200\tOK|", errStatusLine},
	{"HTTP/1.1 100 Continue||<html>", errStatusLine},
	{"HTTP/1.1 101 Switching Protocols|Upgrade: h2c||", errSwitched},
	{"HTTP/1.1 200 OK|no colon|", errHeaderLine},
	{"HTTP/1.1 200 OK|: no name|", errHeaderLine},
	{"HTTP/1.1 200 OK|na\tme: x|", errHeaderLine},
	{"HTTP/1.1 200 OK|näme: x|", errHeaderLine},
	{"HTTP/1.1 200 OK|name: a\x00b|", errHeaderLine},
	{"HTTP/1.1 200 OK|name: a\rb|", errHeaderLine},
	{"HTTP/1.1 200 OK|name: a| b\x7f|", errHeaderLine},
	{"HTTP/1.1 200 OK| folded from nothing|", errFolded},
	{"HTTP/1.1 103 Early Hints|A: b||HTTP/1.1 200 OK| folded from nothing|", errFolded},
	{"HTTP/1.1 200 OK|Connection: keep-alive,| close|", errFolded},
	{"HTTP/1.1 200 OK|Content-Length: 1|\t2|", errFolded},
	{"HTTP/1.1 200 OK|Transfer-Encoding: chunked| |", errFolded},
	{"HTTP/1.1 200 OK|Content-Length:|", ErrLength},
	{"HTTP/1.1 200 OK|Content-Length: -1|", ErrLength},
	{"HTTP/1.1 200 OK|Content-Length: 1_0|", ErrLength},
	{"HTTP/1.1 200 OK|Content-Length: 5, 5|", ErrLength},
	{"HTTP/1.1 200 OK|Content-Length: 9223372036854775808|", ErrLength},
	{"HTTP/1.1 200 OK|Content-Length: 5|Content-Length: 6|", ErrLength},
	{"HTTP/1.1 200 OK|Content-Length: 5|Content-Length: 05|", ErrLength},
	{"HTTP/1.1 200 OK|Transfer-Encoding: chunked|Content-Length: x|", ErrLength},
	{"HTTP/1.1 204 No Content|Content-Length: x|", ErrLength},
	{"HTTP/1.1 200 OK|Transfer-Encoding: gzip|", errEncoding},
	{"HTTP/1.1 200 OK|Transfer-Encoding: gzip, chunked|", errEncoding},
	{"HTTP/1.1 200 OK|Transfer-Encoding: chunked|Transfer-Encoding: chunked|", errEncoding},
	{"HTTP/1.1 200 OK|Transfer-Encoding: chun\u212Aed|", errEncoding},
	{"HTTP/1.1 200 OK|Transfer-Encoding: chunked||x|", errChunk},
	{"HTTP/1.1 200 OK|Transfer-Encoding: chunked|||", errChunk},
	{"HTTP/1.1 200 OK|Transfer-Encoding: chunked||0x5|", errChunk},
	{"HTTP/1.1 200 OK|Transfer-Encoding: chunked|| 5|", errChunk},
	{"HTTP/1.1 200 OK|Transfer-Encoding: chunked||5 ;a|", errChunk},
	{"HTTP/1.1 200 OK|Transfer-Encoding: chunked||5\n", errChunk},
	{"HTTP/1.1 200 OK|Transfer-Encoding: chunked||5;a\rb|", errChunk},
	{"HTTP/1.1 200 OK|Transfer-Encoding: chunked||00000000000000005|", errChunk},
	{"HTTP/1.1 200 OK|Transfer-Encoding: chunked||ffffffffffffffff|", errChunk},
	{"HTTP/1.1 200 OK|Transfer-Encoding: chunked||2|okay|", errChunk},
	{"HTTP/1.1 200 OK|Transfer-Encoding: chunked||2|ok\n", errChunk},
	{"HTTP/1.1 200 OK|Transfer-Encoding: chunked||2|okay?", errChunk},
	{"HTTP/1.1 200 OK|Transfer-Encoding: chunked||2|ok|0|\n", errTrailer},
	{"HTTP/1.1 200 OK|Transfer-Encoding: chunked||2|ok|0|A: b\n", errTrailer},
	{"HTTP/1.1 200 OK|Transfer-Encoding: chunked||2|ok|0| A: b|", errFolded},
	{"HTTP/1.1 200 OK|Transfer-Encoding: chunked||2|ok|0|A|", errHeaderLine},
	{"HTTP/1.1 200 OK|Transfer-Encoding: chunked||1;" + strings.Repeat("x", chunkLineMax), errTooLong},
	{"HTTP/1.1 200 OK|Transfer-Encoding: chunked||" + wasteful + "1;" + strings.Repeat("x", 15) + "|", errWaste},
	{"HTTP/1.1 200 OK|Transfer-Encoding: chunked||0|" + strings.Repeat("A: b|", headMax/6+1), errTooLong},
	{"HTTP/1.1 200 OK|" + strings.Repeat("A: b|", headMax/6+1), errTooLong},
	{"HTTP/1.1 200 OK|A: " + strings.Repeat("b", headMax), errTooLong},
	{strings.Repeat("HTTP/1.1 100 Continue||", headMax/25+1), errTooLong},
}

func TestRefusals(t *testing.T) {
	for _, c := range refusals {
		b := []byte(crlf(c.bytes))
		if got := readAnswer(t, "PUT", b); got.err != c.want {
			t.Errorf("%.60q: %+v, want %q", c.bytes, got, c.want)
		}
		if got := readAnswer(t, "PUT", slices.Collect(slices.Chunk(b, 1))...); got.err != c.want {
			t.Errorf("%.60q byte by byte: %+v, want %q", c.bytes, got, c.want)
		}
	}
	_, _, err := new(Response).Feed([]byte("x"))
	if err == nil || !strings.HasPrefix(err.Error(), "read response: ") {
		t.Errorf("an error says %v", err)
	}
}
