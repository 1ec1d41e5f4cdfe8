package transport

import (
	"context"
	"io"
	"net/http"
	"net/http/httptrace"
	"sync"
	"sync/atomic"
)

// # Streams
//
// On HTTP/2 and HTTP/3 many requests share a connection, up to a number that the server sets. Left to themselves, the
// transports make too much or too little of it. net/http opens a connection for each request that finds none with
// room, as all do when a run begins, uses one of them and closes the others. quic-go has one connection, and
// lets requests wait in line for it. So there are lanes, each with a transport of its own that needs one connection,
// and a request goes on the first lane with room.

// streamsEach is how many requests share a connection: as many as servers are asked to allow at least
// (RFC 9113 §6.5.2, RFC 9114 §6.1).
const streamsEach = 100

// IsMultiplexed says whether many requests may share a connection.
func (s *Spec) IsMultiplexed() bool { return s.HTTP != "" && s.HTTP != "1.1" }

// Connections is how many connections so many requests in flight take.
func Connections(inFlight int64) int64 { return (inFlight + streamsEach - 1) / streamsEach }

// lanes is a RoundTripper.
type lanes []*lane

// A lane is one connection's worth of requests.
type lane struct {
	transport http.RoundTripper
	inFlight  atomic.Int64
}

// spread makes as many lanes as the concurrency needs.
func (t *Transport) spread(transport func() http.RoundTripper) http.RoundTripper {
	var all lanes
	for range Connections(int64(t.how.Concurrency)) {
		all = append(all, &lane{transport: transport()})
	}
	if len(all) == 1 {
		return all[0].transport
	}
	return all
}

// RoundTrip sends r on the first lane that has room.
func (all lanes) RoundTrip(r *http.Request) (*http.Response, error) {
	l := all.enter()
	response, err := l.transport.RoundTrip(r)
	if err != nil {
		l.inFlight.Add(-1)
		return nil, err
	}
	response.Body = &laneBody{ReadCloser: response.Body, lane: l}
	return response, nil
}

func (all lanes) enter() *lane {
	last := len(all) - 1 // which has to have room
	for _, l := range all[:last] {
		if l.inFlight.Add(1) <= streamsEach {
			return l
		}
		l.inFlight.Add(-1)
	}
	all[last].inFlight.Add(1)
	return all[last]
}

// A laneBody leaves its lane when it is closed.
type laneBody struct {
	io.ReadCloser
	lane *lane
	left sync.Once
}

func (b *laneBody) Close() error {
	b.left.Do(func() { b.lane.inFlight.Add(-1) })
	return b.ReadCloser.Close()
}

// An opener lets the first request of a lane open its connection while the others wait for it, since they can go
// over that one then.
type opener struct {
	next  http.RoundTripper
	begun atomic.Bool
	ready chan struct{} // closed when the first request has a connection, or has failed
}

func newOpener(next http.RoundTripper) *opener {
	return &opener{next: next, ready: make(chan struct{})}
}

func (o *opener) RoundTrip(r *http.Request) (*http.Response, error) {
	if o.begun.CompareAndSwap(false, true) {
		open := sync.OnceFunc(func() { close(o.ready) })
		defer open()
		ctx := httptrace.WithClientTrace(r.Context(),
			&httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { open() }})
		return o.next.RoundTrip(r.WithContext(ctx))
	}
	select {
	case <-o.ready:
		return o.next.RoundTrip(r)
	case <-r.Context().Done():
		return nil, context.Cause(r.Context())
	}
}
