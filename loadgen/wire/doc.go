// Package wire is the fast engine: requests on an event loop, timed by the kernel. A Loop is one OS thread with one
// poller and its own connections to a few servers; it takes arrivals, writes requests, reads answers, and hands on
// what it observed. It knows slots and connections, pace and time limits; descriptors and instants are poll's, what
// HTTP/1.1 looks like is http1's. It knows no plan, no template, no statistics, and refuses everything else that HTTP
// can be: other versions, redirects, pipelining. It is Linux's, and empty elsewhere.
//
// # Words
//
//   - slot: room for one request in flight, or for one flow.
//   - flow: an arrival that is several requests, its exchanges; see Flows. A pass is one that is under way.
//   - connection: what carries requests to one server, over HTTP/1.1 one at a time. It is idle, or a slot's request is
//     on it.
//   - claim: a free slot takes the next arrival. It does so ahead of time, and waits until the arrival is due.
//   - stamp: the kernel's receive time of the last bytes that a read gave.
//   - read lag: from the stamp to the moment the loop had the bytes: the tool's own lateness, kept out of the
//     numbers.
package wire
