// Package poll knows descriptors and instants: it tells what happens on sockets that never block, by epoll or by
// io_uring, reads from them with the kernel's receive stamps, writes to them, and wakes to the microsecond. It knows
// no HTTP and no request; it is Linux's, and empty elsewhere. It refuses to block, but in Wait.
//
// # Words
//
//   - token: what a connection is called when something happened on it. Whoever watches it chooses it.
//   - event: what happened on one connection, until the next look.
//   - stamp: the kernel's receive time of the last bytes that a read gave.
package poll
