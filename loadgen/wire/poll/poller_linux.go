package poll

import (
	"syscall"
	"time"
)

// A Poller tells what happens on connections, and reads what has arrived. There are two: an epoll set, and a ring where
// the kernel allows it. Used by one thread at a time; a ring, by the thread that made it.
type Poller interface {
	// Add watches a connection: whether something arrives, or it ends.
	Add(fd int, t Token) error
	// Await asks for an event when a connection that is being opened is open, or will not be. Add comes then.
	Await(fd int, t Token) error
	// Again lets events come anew: those that are true now, too.
	Again(fd int, t Token) error
	// Room asks for an event when a connection that took no more has room.
	Room(fd int, t Token) error
	// Leave forgets a connection, which is about to be closed.
	Leave(fd int, t Token)

	// Look gives what events there are now, and never blocks.
	Look() []Event
	// Wait waits for events for up to d. A ring may wait until there are several.
	Wait(d time.Duration, several int) []Event
	// Read reads once of what the event has announced. It gives ErrAgain when that is all, and the kernel's
	// stamp of the last bytes: Unix time in nanoseconds, or 0.
	Read(fd int, e *Event, b []byte) (n int, stamp int64, err error)

	// Stop watches nothing any more, and leaves the connections as they are. Look then gives what had been taken from
	// them.
	Stop()
	Close()
}

// A Token says whose an event is. Index is small, and not in use twice at a time: a ring keeps a table by it. Age tells
// the events of a connection from those of an earlier one of the same index.
type Token struct{ Index, Age int32 }

// wake is the token of a Waker's events.
var wake = Token{Index: -1}

// IsWake says whether the event is that a Waker woke.
func (e *Event) IsWake() bool { return e.Token == wake }

// An Event says what happened to whom. It is valid until the next Look or Wait.
type Event struct {
	Token
	What  uint32
	Reads int // that it may still be asked for

	data  []byte // a ring has read already
	stamp int64
	err   error
}

// What an event may say: there is something to read, room to write, or the other side has closed or failed. A ring
// says Ended for that, and what is still to be read comes when asked for again.
const (
	CanRead  = syscall.EPOLLIN
	CanWrite = syscall.EPOLLOUT
	HungUp   = syscall.EPOLLRDHUP | syscall.EPOLLHUP | syscall.EPOLLERR
	Ended    = syscall.EPOLLMSG
)

// MostReads bounds the reads of one event, so that an answer without end does not keep a loop from its other
// connections. It is below crypto/tls, which may hold whole records that the kernel knows nothing of.
const MostReads = 16

// mostEvents bounds those of one look.
const mostEvents = 256
