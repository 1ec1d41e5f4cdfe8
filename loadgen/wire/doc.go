// Package wire is the fast engine: HTTP/1.1 requests on an event loop, timed by the kernel. A Loop is one OS
// thread with one poller and its own connections; it takes arrivals, writes requests, reads answers, and
// hands on what it observed. It knows sockets and HTTP/1.1; it knows no plan, no template, no statistics.
// It refuses everything else that HTTP can be: other versions, redirects, pipelining.
//
// # Words
//
//   - slot: room for one request in flight. It has a connection (warm) or none yet (cold).
//   - claim: a free slot takes the next arrival. It does so ahead of time, and waits until the arrival is due.
//   - stamp: the kernel's receive time of the last bytes that a read gave.
//   - read lag: from the stamp to the moment the loop had the bytes: the tool's own lateness, kept out of the
//     numbers.
package wire
