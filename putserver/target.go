// Package putserver is an in-memory HTTP server for PUT with set manners: how long it takes (a Law), how much it
// can do at once (servers, a token bucket), how often it fails, and what it refuses. It is what `shotput
// target` and the demo fire at, and in tests it is the truth that a report is held against: it keeps a log of
// when each request arrived and when its answer left.
//
// # Words
//
//   - arrival: the instant the first bytes of a request reached this machine; on Linux the kernel's stamp, where
//     there is one (not on a process's very first, nor always above 16 KiB), else the return of the read.
//   - departure: the instant just before the first byte of the answer is handed to the kernel.
//   - held: departure − arrival, what the server made of one request.
//   - an instant is a time.Duration since the server was made (Server.Zero), on the monotonic clock.
//
// # Manners
//
// A request that is refused (400, 401, 405, 413, 415, 429) is answered at once. Every other one is admitted: it takes
// its place in a line of Config.Servers servers, first in first out, when the last of its bytes has arrived, and
// leaves when the Law says so. That is arithmetic on instants (line.admit), not a race of goroutines: the
// server merely sleeps until the departure that was computed, so one late wake-up never delays another request.
// Faults fall on admitted requests, each by its exact share and never two on one. Nothing here is drawn at
// random: the same requests in the same order meet the same manners.
//
// # What is right, and what is wrong
//
// About PUT the server is right: what RFC 9110 asks for of names, conditions, validators and parts, and RFC 9530 of
// digests, it does (nameOf, judge, refuse, claimsOf); a PUT is judged and stored under one lock. A refusal keeps the
// connection, and so is sent when the body was read; where the client waits for 100 (Continue), or the body is larger
// than 4 MiB or Config.MaxBody, it is sent before, also that of a condition (412). Config.Wrong makes the server
// wrong at one point (conduct), for those who look for such faults.
//
// # Flows
//
// Below flows.Path stands what clients need that send several requests for one purpose: uploads in parts, presigned
// URLs, sessions and others (package flows). The manners of above hold there too. The log has these requests with their
// queries, by which a test can tell whose each is, and Works has the truth of what was accepted with 202.
//
// # What it refuses to be
//
// A server for production, or for anything worth keeping: objects live in bounded memory and the oldest are
// forgotten, of those above 4 MiB only size and ETag are known, passwords are compared carelessly, the log is open to
// whoever asks, there are no ranges, and there is HTTP/1 only.
package putserver

import (
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"shotput/putserver/flows"
)

// Config is the server's manners. The zero value answers every request at once and refuses none but what the standard
// refuses, what has a method other than PUT, GET, HEAD, DELETE and OPTIONS, and what writes below /readonly/.
type Config struct {
	Law     Law // how long a request is worked on; nil: not at all
	Servers int // how many requests are worked on at once, first in first out; 0: all

	TokenRate  float64 // requests per second above which the answer is 429 with Retry-After; 0: no such limit
	TokenBurst int     // requests that may come at once within TokenRate; 0: 1

	FailShare   float64 // share of admitted requests, 0 to 1, answered with FailStatus; exact to a millionth
	FailStatus  int     // 0: 503
	ResetShare  float64 // share whose connection is reset instead of an answer
	SilentShare float64 // share never answered

	MaxBody  int64  // bytes of body above which the answer is 413; 0: no limit
	User     string // "name:password" that requests must carry as Basic authorization, else 401; "": none
	ReadOnly string // path prefix below which PUT and DELETE are answered 405; "": /readonly/
	Wrong    Wrong  // the one manner in which PUT is not what it should be; zero: it is right

	// What is below flows.Path, for clients that need several requests.
	WorkLaw     Law           // when the work that a 202 promises is done; nil: as Law says
	RetryAfter  time.Duration // what the status of running work says, in whole seconds; 0: nothing
	SessionTime time.Duration // how long after its login a session expires; 0: an hour
	SessionUses int           // requests that a session is good for; 0: all
	URLTime     time.Duration // how long a presigned URL is good; 0: 15 minutes

	// Bytes of memory for objects and the log, a quarter of it for the log: beyond that the oldest objects are
	// forgotten, and requests are only counted; what is kept for flows may take a quarter more. 0: 256 MiB.
	Keep     int64
	LogLimit int // requests that the log keeps, if Keep allows it; above it they are only counted; 0: 2 million
}

func (c Config) withDefaults() Config {
	if c.TokenBurst == 0 {
		c.TokenBurst = 1
	}
	if c.FailStatus == 0 {
		c.FailStatus = http.StatusServiceUnavailable
	}
	if c.ReadOnly == "" {
		c.ReadOnly = "/readonly/"
	}
	if c.SessionTime == 0 {
		c.SessionTime = time.Hour
	}
	if c.URLTime == 0 {
		c.URLTime = 15 * time.Minute
	}
	if c.WorkLaw == nil {
		c.WorkLaw = c.Law
	}
	if c.Keep == 0 {
		c.Keep = 256 << 20
	}
	if c.LogLimit == 0 {
		c.LogLimit = 2_000_000
	}
	return c
}

// validate names every fault at once, with field and value.
func (c Config) validate() error {
	var faults []error
	require := func(ok bool, format string, args ...any) {
		if !ok {
			faults = append(faults, fmt.Errorf(format, args...))
		}
	}
	for _, s := range []struct {
		name  string
		value float64
	}{{"FailShare", c.FailShare}, {"ResetShare", c.ResetShare}, {"SilentShare", c.SilentShare}} {
		require(s.value >= 0 && s.value <= 1, "%s %v is not within 0 and 1", s.name, s.value)
	}
	sum := c.FailShare + c.ResetShare + c.SilentShare
	require(sum <= 1+1e-9, "FailShare + ResetShare + SilentShare is %v, more than 1", sum)
	require(c.FailStatus >= 200 && c.FailStatus <= 999, "FailStatus %d is not a final status code", c.FailStatus)
	require(c.Servers >= 0, "Servers %d is negative", c.Servers)
	require(c.Servers == 0 || c.Law != nil, "Servers %d has no effect without a Law", c.Servers)
	require(c.TokenRate >= 0 && c.TokenRate <= 1e9, "TokenRate %v is not within 0 and 1e9", c.TokenRate)
	require(c.TokenBurst >= 1, "TokenBurst %d is less than 1", c.TokenBurst)
	require(c.MaxBody >= 0, "MaxBody %d is negative", c.MaxBody)
	require(c.User == "" || strings.Contains(c.User, ":"), "User has no colon: write name:password")
	require(strings.HasPrefix(c.ReadOnly, "/"), "ReadOnly %q does not begin with /", c.ReadOnly)
	require(c.RetryAfter >= 0, "RetryAfter %v is negative", c.RetryAfter)
	require(c.SessionTime > 0, "SessionTime %v is not positive", c.SessionTime)
	require(c.SessionUses >= 0, "SessionUses %d is negative", c.SessionUses)
	require(c.URLTime > 0, "URLTime %v is not positive", c.URLTime)
	require(c.Wrong.text != "413-late" || c.MaxBody > 0, "Wrong %s has no effect without MaxBody", c.Wrong)
	require(c.Keep > 0, "Keep %d is not positive", c.Keep)
	require(c.LogLimit > 0, "LogLimit %d is not positive", c.LogLimit)
	return errors.Join(faults...)
}

// A Server is the target. It is an http.Handler, so that httptest can serve it; only under Serve and ServeTLS
// are arrivals and departures those of the connection, elsewhere they are those of the handler.
type Server struct {
	config  Config
	zero    time.Time
	auth    string // the Authorization header that is let in; "": any
	conduct conduct
	line    *line
	bucket  *bucket
	faults  *faults
	store   *store
	flows   *flows.Site
	log     *requestLog

	http    http.Server
	closed  chan struct{}  // closed by Close; whoever waits on anything else waits on this too
	serving sync.WaitGroup // Serve calls
	afters  sync.WaitGroup // what later started; added to only before closed
	conns   sync.WaitGroup // connections; added to only while a Serve call is counted

	mu struct {
		sync.Mutex
		addr   net.Addr
		closed bool
	}
}

// New makes a server, or names every fault of the Config. It starts nothing; the instants of its log count from
// this moment.
func New(c Config) (*Server, error) {
	c = c.withDefaults()
	if err := c.validate(); err != nil {
		return nil, fmt.Errorf("make target: %w", err)
	}
	c.ReadOnly = nameOf(&url.URL{Path: c.ReadOnly})
	s := &Server{config: c, zero: time.Now(), closed: make(chan struct{})}
	if c.User != "" {
		s.auth = "Basic " + base64.StdEncoding.EncodeToString([]byte(c.User))
	}
	s.line = newLine(c.Law, c.Servers)
	s.bucket = newBucket(c.TokenRate, c.TokenBurst)
	s.faults = newFaults(c.FailShare, c.ResetShare, c.SilentShare)
	forLog := c.Keep / 4
	s.conduct = right()
	c.Wrong.apply(&s.conduct)
	s.store = newStore(c.Keep-forLog, s.conduct.tag)
	s.flows = s.newFlows()
	s.log = &requestLog{limit: c.LogLimit, budget: forLog}
	s.http = http.Server{Handler: s, ConnContext: withConn, ConnState: s.countConn, DisableGeneralOptionsHandler: true,
		ErrorLog: log.New(io.Discard, "", 0)} // what clients do wrong is in the request log, or theirs to report
	return s, nil
}

// FlowPath is what the names of all resources for flows begin with.
const FlowPath = flows.Path

// FlowKinds says what there is below FlowPath, for people.
func FlowKinds() []flows.Kind { return flows.Kinds() }

// newFlows makes what is below flows.Path.
func (s *Server) newFlows() *flows.Site {
	c := &s.config
	return flows.New(flows.Config{Work: newLine(c.WorkLaw, 0).admit, RetryAfter: c.RetryAfter,
		SessionTime: c.SessionTime, SessionUses: c.SessionUses, URLTime: c.URLTime,
		Now: s.now, Zero: s.zero, Keep: c.Keep / 4, Whole: keptWhole,
		Judge: func(r *http.Request, tag string, modified time.Time) int {
			if tag == "" {
				return judge(r, nil, "")
			}
			return judge(r, &object{modified: modified}, tag)
		}})
}

// MemoryLimit is what a process that is nothing but this server should be held to, in bytes (debug.SetMemoryLimit):
// Keep, what requests under way take, and some air for the garbage collector, which would else let twice as much
// gather.
func (s *Server) MemoryLimit() int64 { return s.config.Keep + s.config.Keep/2 + 64<<20 }

// Zero is the moment from which all instants of the log count.
func (s *Server) Zero() time.Time { return s.zero }

// Addr is the address of the listener served last; nil before the first Serve.
func (s *Server) Addr() net.Addr {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.mu.addr
}

// Serve answers on l until Close, also one that came before, which gives nil, or until accepting fails. It closes l.
func (s *Server) Serve(l net.Listener) error {
	return s.serve(l, func(l net.Listener) net.Listener { return l })
}

// ServeTLS is Serve over TLS. The certificates are the config's.
func (s *Server) ServeTLS(l net.Listener, config *tls.Config) error {
	if s.conduct.mute { // what is said over TLS cannot be told from anything else by who writes it out
		return errors.Join(fmt.Errorf("serve TLS: the manner %s is none of TLS", s.config.Wrong), l.Close())
	}
	config = config.Clone()
	config.NextProtos = []string{"http/1.1"}
	return s.serve(l, func(l net.Listener) net.Listener { return tls.NewListener(l, config) })
}

func (s *Server) serve(l net.Listener, over func(net.Listener) net.Listener) error {
	s.mu.Lock()
	if s.mu.closed {
		s.mu.Unlock()
		return l.Close()
	}
	s.mu.addr = l.Addr()
	s.serving.Add(1)
	s.mu.Unlock()
	defer s.serving.Done()
	err := s.http.Serve(over(listener{l, s}))
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return fmt.Errorf("serve: %w", err)
}

// Close ends every Serve, cuts all connections, and returns when their goroutines have ended. What was waiting
// for its departure is logged as Broken.
func (s *Server) Close() error {
	s.mu.Lock()
	if !s.mu.closed {
		close(s.closed)
	}
	s.mu.closed = true
	s.mu.Unlock()
	err := s.http.Close() // it cuts connections after the last accept, so that none slips through
	s.serving.Wait()
	s.conns.Wait()
	s.afters.Wait()
	return err
}

// later does something after a while, unless the server closes before.
func (s *Server) later(d time.Duration, do func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.mu.closed {
		return
	}
	until := s.now() + d
	s.afters.Go(func() {
		if s.wait(until) {
			do()
		}
	})
}

// countConn is told by net/http of each connection's states: new before its goroutine starts, closed as the
// last thing that goroutine does.
func (s *Server) countConn(_ net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew:
		s.conns.Add(1)
	case http.StateClosed, http.StateHijacked:
		s.conns.Done()
	}
}

// now is the present instant.
func (s *Server) now() time.Duration { return time.Since(s.zero) }

// wait sleeps until an instant; false if the server closed first.
func (s *Server) wait(until time.Duration) bool {
	left := until - s.now()
	if left <= 0 {
		return true
	}
	t := time.NewTimer(left)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-s.closed:
		return false
	}
}
