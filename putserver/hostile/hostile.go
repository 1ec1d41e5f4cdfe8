// Package hostile has peers that no load tool should have to meet: servers over raw sockets and over HTTP/2, and
// proxies, that break the rules of their protocols, or keep them in ways that hurt. It is for tests: a campaign fires
// at each of them and holds the engines to their promises. It refuses to be random: a Peer made twice with the same
// source of numbers does the same.
package hostile

import (
	"bufio"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"slices"
	"time"
)

// A Peer is one way to misbehave.
type Peer struct {
	Name string
	// Make draws the peer's figures, and gives what it does on each connection, which it owns until it returns.
	Make func(r *rand.Rand) func(net.Conn)
}

// A Kind is what peers are reached as.
type Kind int

// The kinds.
const (
	Server Kind = iota // an HTTP/1.1 server
	HTTP2              // a server that is known to speak HTTP/2 without TLS
	Tunnel             // an HTTP proxy that is asked for a tunnel
	Socks              // a SOCKS5 proxy
)

// All are the peers of a kind.
func All(k Kind) []Peer {
	switch k {
	case HTTP2:
		return frames()
	case Tunnel:
		return tunnels()
	case Socks:
		return socks()
	}
	return slices.Concat(answers(), strangers(), bodies(), surplus(), ends(), endless(), manners())
}

// Of is peer number seed, round and round, and how it is reached.
func Of(seed uint64) (Peer, Kind) {
	var n uint64
	var each [Socks + 1][]Peer
	for k := range each {
		each[k] = All(Kind(k))
		n += uint64(len(each[k]))
	}
	i := seed % n
	for k, all := range each {
		if i < uint64(len(all)) {
			return all[i], Kind(k)
		}
		i -= uint64(len(all))
	}
	panic("a number below the sum of all lengths is in one of them")
}

// Source gives the numbers of a seed.
func Source(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 0x5407)) }

// fixed is a peer that reads each request whole and answers it with the same bytes, and goes on.
func fixed(name, answer string) Peer {
	return Peer{name, func(*rand.Rand) func(net.Conn) { return answering(answer, 1<<30) }}
}

// last is a peer that closes after its answer.
func last(name, answer string) Peer {
	return Peer{name, func(*rand.Rand) func(net.Conn) { return answering(answer, 1) }}
}

// drawn is fixed with an answer that is drawn.
func drawn(name string, answer func(*rand.Rand) string) Peer {
	return Peer{name, func(r *rand.Rand) func(net.Conn) { return answering(answer(r), 1<<30) }}
}

// doing is a peer that does something of its own once it has read a request, and then closes.
func doing(name string, do func(net.Conn)) Peer {
	return Peer{name, func(*rand.Rand) func(net.Conn) {
		return func(c net.Conn) {
			if read(bufio.NewReader(c)) {
				do(c)
			}
		}
	}}
}

func answering(answer string, most int) func(net.Conn) {
	return func(c net.Conn) {
		for r, n := bufio.NewReader(c), 0; n < most && read(r); n++ {
			if _, err := io.WriteString(c, answer); err != nil {
				return
			}
		}
	}
}

// read reads a request whole.
func read(r *bufio.Reader) bool {
	request, err := http.ReadRequest(r)
	if err != nil {
		return false
	}
	_, err = io.Copy(io.Discard, request.Body)
	return err == nil
}

// hang reads until the other side has had enough.
func hang(c net.Conn) { io.Copy(io.Discard, c) }

// pour writes the same for ever, or until the other side has had enough.
func pour(c net.Conn, text string) {
	for {
		if _, err := io.WriteString(c, text); err != nil {
			return
		}
	}
}

// drip writes the same for ever, slowly.
func drip(c net.Conn, text string) {
	for {
		if _, err := io.WriteString(c, text); err != nil {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// reset has the connection end in a reset.
func reset(c net.Conn) {
	if t, ok := c.(*net.TCPConn); ok {
		t.SetLinger(0)
	}
}

// plain is what a peer without figures makes.
func plain(serve func(net.Conn)) func(*rand.Rand) func(net.Conn) {
	return func(*rand.Rand) func(net.Conn) { return serve }
}
