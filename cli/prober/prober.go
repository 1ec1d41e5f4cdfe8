// Package prober is the server of a verification as loadgen reaches it: each request of a check goes the way of the
// caller's plan, with its headers, authentication and connections, on the engine that a run would use. It says where
// names stand in a URL, and writes the command lines that send the same. It refuses to judge, and writes nowhere but
// below the names that it is given.
package prober

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"shotput/cli/address"
	"shotput/cli/line"
	"shotput/loadgen"
	"shotput/loadgen/header"
	"shotput/loadgen/request"
	"shotput/verify"
)

// A Server implements verify.Server. Close it when done.
type Server struct {
	plan        loadgen.Plan
	write, read Place
	prefix      string
	rows        line.Rows
	mu          sync.Mutex
	main        map[string]*loadgen.Session   // by server
	many        map[string][]*loadgen.Session // the same, of requests that are sent together
	began       map[*loadgen.Session]bool     // its first connection is open
	closes      map[string]bool               // servers that close connections after an answer without saying so
}

// An Aim is where names are written and read, and what they begin with.
type Aim struct {
	Write, Read Place
	Prefix      string
	Rows        line.Rows // which know what of a plan is a secret
}

// Tell says what will be written, and what becomes of it.
func (a *Aim) Tell(cleanup bool) string {
	after := "nothing is deleted"
	if cleanup {
		after = "in the end they are deleted"
	}
	text := fmt.Sprintf("writes names that begin with %s, and no others; %s",
		line.ShowURL(a.Write.Folder+a.Prefix), after)
	if !a.Write.Said {
		text += "\n(no {{key}} in the URL says where names go: they stand behind its path)"
	}
	return text
}

// own are headers that a check sets itself, or that tell of one body alone.
var own = []string{"Content-Length", "Transfer-Encoding", "Expect", "If-Match", "If-None-Match", "If-Modified-Since",
	"If-Unmodified-Since", "If-Range", "Range", "Content-Range", "Content-Md5", "Content-Digest", "Repr-Digest",
	"Digest", "X-Amz-Content-Sha256"}

// isOwn says whether a caller's header is left out.
func isOwn(h loadgen.Header) bool {
	name := http.CanonicalHeaderKey(h.Name)
	return !h.Remove && (slices.Contains(own, name) || strings.HasPrefix(name, "X-Amz-Checksum-"))
}

// ofBody are headers that say something of a body: a request without one has none of them.
var ofBody = []string{"Content-Type", "Content-Encoding", "Content-Language", "Content-Disposition"}

// LeftOut names the caller's headers that are not sent, since the checks set them.
func LeftOut(p *loadgen.Plan) (names []string) {
	for _, h := range p.Request.Header {
		if isOwn(h) && !slices.Contains(names, h.Name) {
			names = append(names, h.Name)
		}
	}
	return names
}

// PlanOf is the plan as single requests have it: no load, no promises, nothing of an answer left out.
func PlanOf(p loadgen.Plan, to Place) loadgen.Plan {
	p.Load = loadgen.Load{Concurrency: 1, Requests: 1, Seed: p.Load.Seed}
	p.Rules, p.Labels, p.Mix, p.Answer = loadgen.Rules{}, nil, nil, loadgen.AnswerSpec{}
	p.NoPreflight, p.Trace, p.Capture, p.Samples = true, false, 0, false
	p.Engine = loadgen.Firing{Name: p.Engine.Name, Loops: 1, Poll: "epoll", Spin: "off"}
	p.Transport.SkipBody, p.Transport.ExpectContinue, p.Request.Compressed = false, false, false
	p.Request.Header = slices.DeleteFunc(slices.Clone(p.Request.Header), isOwn)
	p.Request.URL, p.Request.URLs, p.Request.Body = to.URL("", ""), "", loadgen.Body{}
	return p
}

// New makes the server of a plan that has been checked. No connection is opened before the first request.
func New(plan loadgen.Plan, at Aim) *Server {
	return &Server{plan: PlanOf(plan, at.Write), write: at.Write, read: at.Read, prefix: at.Prefix, rows: at.Rows,
		main: map[string]*loadgen.Session{}, many: map[string][]*loadgen.Session{}, began: map[*loadgen.Session]bool{},
		closes: map[string]bool{}}
}

// Close closes all connections. It may be called again.
func (s *Server) Close() (err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for at, one := range s.main {
		for _, other := range s.many[at] {
			err = errors.Join(err, other.Close())
		}
		err = errors.Join(err, one.Close())
	}
	clear(s.main)
	clear(s.many)
	return err
}

// Hide takes the plan's secrets out of what a server said.
func (s *Server) Hide(text string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, one := range s.main {
		text = one.Hide(text)
	}
	return text
}

// HideIn takes the plan's secrets out of what a report shows of answers, and of what checks sent on of them: of a line
// that had one nothing is left, for without it another request would go out.
func (s *Server) HideIn(r *verify.Report) {
	r.Server = s.Hide(r.Server)
	for i := range r.Findings {
		f := &r.Findings[i]
		f.Why = s.Hide(f.Why)
		for j := range f.Exchanges {
			x := &f.Exchanges[j]
			x.Answer, x.URL = s.Hide(x.Answer), s.Hide(x.URL)
			if s.Hide(x.Curl) != x.Curl {
				x.Curl, x.Note = "", strings.TrimPrefix(x.Note+", with a secret that the server gave back", ", ")
			}
		}
	}
}

// Now is the present instant.
func (s *Server) Now() time.Time { return time.Now() }

// Sleep waits, and reports false when ctx ended first.
func (s *Server) Sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// Send does one exchange, over a connection that stays open for the next.
func (s *Server) Send(ctx context.Context, r verify.Request) verify.Answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	spec := s.spec(&r)
	a, lost := s.sendOn(ctx, r, spec)
	if lost { // the server has not seen it
		s.closes[serverOf(spec.URL)] = true
		a, _ = s.sendOn(ctx, r, spec)
	}
	a.Curl = s.lineOf(&r, spec)
	return a
}

func (s *Server) sendOn(ctx context.Context, r verify.Request, spec request.Spec) (a verify.Answer, lost bool) {
	session, err := s.session(ctx, spec.URL)
	if err != nil {
		return verify.Answer{Began: time.Now(), Err: err}, false
	}
	return exchange(ctx, session, r, spec, nil)
}

// session is that of the URL's server. One that closes connections without a word gets another each time: whether it
// has closed one yet cannot be known.
func (s *Server) session(ctx context.Context, url string) (*loadgen.Session, error) {
	at := serverOf(url)
	before := s.main[at]
	if before != nil && !s.closes[at] {
		return before, nil
	}
	one, err := s.open(ctx, url)
	if err != nil {
		return nil, err
	}
	if before != nil {
		before.Close()
	}
	s.main[at] = one
	return one, nil
}

func (s *Server) open(ctx context.Context, url string) (*loadgen.Session, error) {
	plan := s.plan
	plan.Request.URL = url
	return loadgen.Begin(ctx, plan)
}

// serverOf tells servers apart.
func serverOf(url string) string {
	u, err := address.Server(url)
	if err != nil {
		return ""
	}
	return strings.ToLower(u.Scheme + "://" + u.Host)
}

// Together sends all at one instant, each over a connection of its own that is open already.
func (s *Server) Together(ctx context.Context, all []verify.Request) []verify.Answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	answers, specs := make([]verify.Answer, len(all)), make([]request.Spec, len(all))
	for i := range all {
		specs[i] = s.spec(&all[i])
	}
	sessions, err := s.sessions(ctx, specs)
	if err != nil {
		for i := range answers {
			answers[i] = verify.Answer{Began: time.Now(), Err: err}
		}
		return answers
	}
	var ready, over sync.WaitGroup
	start := make(chan struct{})
	for i := range all {
		ready.Add(1)
		over.Go(func() {
			arrive := sync.OnceFunc(ready.Done)
			defer arrive() // also one that could not be made
			answers[i], _ = exchange(ctx, sessions[i], all[i], specs[i], func() {
				arrive()
				<-start
			})
		})
	}
	ready.Wait()
	close(start)
	over.Wait()
	for i := range all {
		answers[i].Curl = s.lineOf(&all[i], specs[i])
	}
	return answers
}

// sessions are one for each of the requests, with a connection that is open.
func (s *Server) sessions(ctx context.Context, specs []request.Spec) ([]*loadgen.Session, error) {
	used := map[string]int{}
	all := make([]*loadgen.Session, len(specs))
	for i := range specs {
		at := serverOf(specs[i].URL)
		if _, err := s.session(ctx, specs[i].URL); err != nil { // by which all of a server are found
			return nil, err
		}
		if used[at] == len(s.many[at]) {
			one, err := s.open(ctx, specs[i].URL)
			if err != nil {
				return nil, err
			}
			s.many[at] = append(s.many[at], one)
		}
		all[i] = s.many[at][used[at]]
		used[at]++
	}
	return all, s.warmAll(ctx, all, specs)
}

// greet sends a request that changes nothing.
func (s *Server) greet(ctx context.Context, one *loadgen.Session, url string) {
	read := verify.Request{Method: http.MethodHead, Name: s.prefix + "warm"}
	head := s.spec(&read)
	if serverOf(head.URL) != serverOf(url) {
		read.Read = true
		head = s.spec(&read)
	}
	exchange(ctx, one, read, head, nil)
}

// grace is how long a server is given to close a connection without a word.
const grace = 20 * time.Millisecond

// warmAll opens a connection for each. What a handshake is only made for with a request gets one that changes nothing.
func (s *Server) warmAll(ctx context.Context, all []*loadgen.Session, specs []request.Spec) error {
	settle := false
	var warming sync.WaitGroup
	for i, one := range all {
		fresh := !s.began[one]
		s.began[one] = true
		settle = settle || fresh || s.closes[serverOf(specs[i].URL)]
		warming.Go(func() {
			if one.Warm(ctx); fresh {
				s.greet(ctx, one, specs[i].URL)
			}
		})
	}
	warming.Wait()
	if !settle {
		return context.Cause(ctx)
	}
	s.Sleep(ctx, grace)
	for i, one := range all {
		if one.Warm(ctx) {
			s.closes[serverOf(specs[i].URL)] = true
		}
	}
	return context.Cause(ctx)
}

// spec is a check's request as the engine takes it.
func (s *Server) spec(r *verify.Request) request.Spec {
	spec, place := s.plan.Request, s.write
	if r.Read {
		place = s.read
	}
	spec.URL = place.URL(r.Name, r.Query)
	if r.Method != "" {
		spec.Method = r.Method
	}
	spec.Header = slices.DeleteFunc(slices.Clone(spec.Header), func(h header.Line) bool {
		is := func(o verify.Header) bool { return strings.EqualFold(o.Name, h.Name) }
		return slices.ContainsFunc(r.Header, is) ||
			r.Body == nil && slices.Contains(ofBody, http.CanonicalHeaderKey(h.Name))
	})
	for _, h := range r.Header {
		spec.Header = append(spec.Header,
			header.Line{Name: h.Name, Value: address.Literally(h.Value), Remove: h.Remove})
	}
	if r.Body != nil || r.Framing == verify.Chunked {
		spec.Body = loadgen.Body{Data: r.Body, Chunked: r.Framing == verify.Chunked}
	}
	return spec
}

// exchange sends a request over a session. begin, which may be nil, is called just before.
func exchange(ctx context.Context, over *loadgen.Session, r verify.Request, spec request.Spec,
	begin func()) (a verify.Answer, lost bool) {
	one := loadgen.Single{Request: spec, Expect: r.Expect, Keep: verify.MostKept, Begin: begin}
	if r.Cut != nil || r.Length != nil || r.Framing == verify.Unframed {
		one.Break = &loadgen.Break{Length: r.Length, Unframed: r.Framing == verify.Unframed}
		if r.Cut != nil {
			one.Break.Cut, one.Break.After, one.Break.Reset = true, r.Cut.After, r.Cut.Reset
		}
	}
	began := time.Now()
	x, err := over.Exchange(ctx, one)
	if errors.Is(err, loadgen.ErrCannotSend) {
		err = verify.ErrCannotSend
	}
	if err != nil {
		return verify.Answer{Began: began, Took: time.Since(began), Err: err}, false
	}
	a = answerOf(x)
	a.Began, a.Took = began, time.Since(began)
	return a, x.Lost()
}

// answerOf is an exchange's answer as checks see it.
func answerOf(x *loadgen.Exchange) verify.Answer {
	a := verify.Answer{Proto: x.Proto, Header: x.Header, Interim: x.Interim, Body: x.Body, Size: x.Observation.BodyRead,
		Early: x.Early, Sent: x.BodySent, Err: x.Err, URL: x.URL}
	code, reason, _ := strings.Cut(x.Status, " ")
	a.Status, _ = strconv.Atoi(code)
	if a.Reason = reason; reason == "" {
		a.Reason = http.StatusText(a.Status)
	}
	if a.Header == nil {
		a.Header = http.Header{}
	}
	if a.Status == 0 && a.Err == nil {
		a.Err = fmt.Errorf("no answer: %s", x.Observation.Outcome)
	}
	return a
}
