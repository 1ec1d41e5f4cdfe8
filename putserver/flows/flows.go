// Package flows is what clients that need several requests for one purpose ask of a server: a resource that a POST
// creates, a presigned URL, an upload in parts, an upload session, a PUT that is accepted and done later, a session
// that expires, a condition that is required, a revision that must be named. All of it stands below Path, where no
// plain PUT goes. It is for practising and for tests: it is right where clients look, and knows no more of S3,
// container registries and CouchDB than a client's way through them needs.
//
// A request comes twice: with its head (Exchange.Check), and when its body has come (Exchange.Do), at the end of the
// server's work on it. What becomes of it is a pure function of what is on the shelf, of the request and of the two
// instants; nothing is drawn at random but the key with which tokens and URLs are signed.
//
// Whatever is kept, also an upload that was begun or a session, is a thing on one shelf, and is forgotten with the
// oldest when memory is short: an upload whose parts were forgotten is answered like one whose parts never came.
package flows

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"shotput/putserver/shelf"
)

// Path is what the name of every resource here begins with.
const Path = "/_flow/"

// A Config is how the site behaves, and what it has from the server around it.
type Config struct {
	Work        func(begin time.Duration) (end time.Duration) // when work that begins at an instant is done
	RetryAfter  time.Duration                                 // what a running work's status says; 0: nothing
	SessionTime time.Duration                                 // until a session expires
	SessionUses int                                           // requests that a session is good for; 0: all
	URLTime     time.Duration                                 // until a presigned URL expires

	Now   func() time.Duration // the present instant
	Zero  time.Time            // from which instants count
	Keep  int64                // bytes of memory for all that is kept
	Whole int64                // bytes of a body up to which it is kept; of larger ones only size and ETag are
	// Judge holds a request's conditions against a resource, which has no tag where there is none; 0 where they hold.
	Judge func(r *http.Request, tag string, modified time.Time) (status int)
}

// A Site is everything below Path.
type Site struct {
	config Config
	key    []byte // of signatures; another for each site
	count  atomic.Int64
	works  works

	mu struct {
		sync.Mutex
		shelf.Shelf[*thing]
	}
}

// New makes an empty site.
func New(c Config) *Site {
	s := &Site{config: c, key: []byte(rand.Text())}
	forWorks := c.Keep / 4
	s.works.limit = int(forWorks / workCost)
	s.mu.Shelf = shelf.Of[*thing](c.Keep - forWorks)
	return s
}

// A thing is what a request left behind: a resource, or an upload, a part or a session, whose names no URL has, since a
// question mark stands in them. It is not changed once it is on the shelf, but for what its state guards itself.
type thing struct {
	name     string
	size     int64
	body     []byte // nil when it is larger than the server keeps
	etag     string // with its quotes
	kind     string // its Content-Type
	modified time.Time
	state    any // *session, *work, *multipart or *upload; nil of a resource
}

const overhead = 600 // bytes of memory that a thing takes beside its texts, about

func (t *thing) Name() string { return t.name }
func (t *thing) Cost() int64 {
	return overhead + int64(len(t.name)+len(t.body)+len(t.etag)+len(t.kind))
}

// An Exchange is one request and its answer.
type Exchange struct {
	site  *Site
	r     *http.Request
	name  string // of the resource
	at    *endpoint
	rest  string // of the name, behind the endpoint's
	query url.Values
	sum   hash.Hash // of the body; nil where no endpoint wants one
	base  *thing    // the upload as it was when the body began
	body  Body
}

// A Body is what came with a request.
type Body struct {
	Bytes []byte // nil when it is larger than the server keeps
	Size  int64
	ETag  string // as the server makes them, with quotes
}

// Meet begins the exchange of a request for the resource of that name, which begins with Path.
func (s *Site) Meet(r *http.Request, name string) *Exchange {
	x := &Exchange{site: s, r: r, name: name, query: r.URL.Query()}
	first, rest, _ := strings.Cut(name[len(Path):], "/")
	x.rest = rest
	switch {
	case first == "v2":
		x.at = byKind[registryKind(rest)]
	case rest == "":
		x.at = byKind[first]
	default:
		x.at = byKind[first+"/"]
	}
	if x.at != nil && x.at.sum != nil {
		x.sum = x.at.sum(x)
	}
	return x
}

// HasOwnAuth says whether the resource asks for credentials of its own, in place of the server's.
func (x *Exchange) HasOwnAuth() bool { return x.at != nil && x.at.ownAuth }

// Sum is what the body is to be summed with as it comes; nil: nothing.
func (x *Exchange) Sum() hash.Hash { return x.sum }

// Check is the answer that the head alone deserves; nil where the body is to be read and Do asked.
func (x *Exchange) Check() *Answer {
	if x.at == nil {
		return refusal(http.StatusNotFound, "nothing has this path")
	}
	if x.r.Method == http.MethodOptions || x.do() == nil {
		a := Answer{Status: http.StatusNoContent}
		if x.r.Method != http.MethodOptions {
			a = *refusal(http.StatusMethodNotAllowed, "the resource has no "+x.r.Method)
		}
		a.set("Allow", x.at.allow())
		return &a
	}
	if x.at.check != nil {
		return x.at.check(x)
	}
	return nil
}

// Do is the answer to the whole request.
func (x *Exchange) Do(b Body) Answer {
	x.body = b
	return x.do()(x)
}

// do is what the method asks for, nil where the resource has no such method.
func (x *Exchange) do() func(*Exchange) Answer {
	if x.r.Method == http.MethodHead {
		return x.at.methods[http.MethodGet]
	}
	return x.at.methods[x.r.Method]
}

// number is the next of the numbers that ids are made of.
func (s *Site) number() string { return strconv.FormatInt(s.count.Add(1), 10) }

// sign is a text that nobody else makes of these.
func (s *Site) sign(parts ...string) string {
	mac := hmac.New(sha256.New, s.key)
	for _, p := range parts {
		mac.Write([]byte(p + "\n")) // a hash never fails
	}
	return hex.EncodeToString(mac.Sum(nil))
}

// now is the present instant.
func (s *Site) now() time.Duration { return s.config.Now() }

// get is the thing of that name, nil if there is none.
func (s *Site) get(name string) *thing {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.mu.At(name)
}

// set puts a thing on the shelf.
func (s *Site) set(t *thing) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mu.Set(t)
}

// Counts is how many things are kept, what they cost, and how many were forgotten.
func (s *Site) Counts() (things int, cost, forgotten int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.mu.Counts()
}

// server is the beginning of absolute URLs of this server, as the client calls it.
func (x *Exchange) server() string {
	if x.r.TLS != nil {
		return "https://" + x.r.Host
	}
	return "http://" + x.r.Host
}
