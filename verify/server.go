package verify

import (
	"context"
	"errors"
	"net/http"
	"time"
)

// A Server is what is verified, as whoever runs a verification reaches it: with the caller's own headers,
// authentication and connections, by the engine that a run would use.
type Server interface {
	// Send does one exchange. That no answer came is an Answer with Err.
	Send(ctx context.Context, r Request) Answer
	// Together sends all at one instant, each on a connection of its own that is open already, and returns their
	// answers in the same order.
	Together(ctx context.Context, all []Request) []Answer
	// Sleep waits, and reports false when ctx ended first.
	Sleep(ctx context.Context, d time.Duration) bool
	// Now is the present instant.
	Now() time.Time
}

// A Request is what a check sends.
type Request struct {
	Method string // "" is the caller's own, PUT
	// as it stands in the URL, escaped already: it begins with the run's prefix. "" is the folder of names
	Name   string
	Query  string   // to be added to the URL's own, such as "rev=1-abc"
	Header []Header // beside the caller's own, of which it takes the place of one with the same name
	Body   []byte
	Read   bool // by the URL that reads, where reading is elsewhere

	Framing Framing
	// Content-Length as told, where it is not that of the body: longer and then the connection is closed, or shorter
	Length *int64
	Cut    *Cut
	Expect bool   // 100-continue: the body waits for it, a second at most
	Note   string // why it cannot be repeated later, for the reader of a report; "" where it can
}

// A Header is a line of a request. With Remove, none of that name is sent, not even the caller's own.
type Header struct {
	Name, Value string
	Remove      bool
}

// A Framing says how the end of a body is told.
type Framing int

// The framings. Unframed is a body without a word of it, which HTTP/1.1 does not know.
const (
	ByLength Framing = iota
	Chunked
	Unframed
)

// A Cut ends a request before its body does.
type Cut struct {
	After int  // bytes of the body
	Reset bool // by a reset instead of an orderly end
}

// An Answer is what came back.
type Answer struct {
	Status  int // 0: none came
	Reason  string
	Proto   string
	Header  http.Header
	Interim []int  // statuses of 1xx before it
	Body    []byte // up to MostKept
	Size    int64  // of the body, all of it
	Early   bool   // its first byte came before the last of the request's body was sent
	Sent    int64  // bytes of the request's body that were handed to the network
	Began   time.Time
	Took    time.Duration
	Err     error // why there is no answer, or only a part of one

	URL  string // that was asked, secrets hidden
	Curl string // a command line that sends the same; "" where there is none
}

// ErrCannotSend is why there is no answer to a request that the protocol has no form for.
var ErrCannotSend = errors.New("cannot be sent over this protocol")

// MostKept is how much of an answer's body a Server keeps.
const MostKept = 4 << 20

// OK says whether it is a 2xx.
func (a *Answer) OK() bool { return a.Status >= 200 && a.Status < 300 }

// ETag is its validator, "" where it has none.
func (a *Answer) ETag() string { return a.Header.Get("ETag") }
