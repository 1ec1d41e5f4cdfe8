package loadgen

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/url"
	"strings"
	"time"

	"shotput/loadgen/bare"
	"shotput/loadgen/fault"
	"shotput/loadgen/route"
	"shotput/loadgen/secret"
	"shotput/loadgen/text"
	"shotput/loadgen/transport"
	"shotput/stats"
)

// Once sends request k of the plan alone, by the engine that a run would use, and reports it whole; of a flow, see
// OncePass, the exchange by which it failed, or the last. The error is of the
// plan; a request that failed is an Exchange with Err; that no OAuth2 token could be had is a *TokenError.
func Once(ctx context.Context, plan Plan, k int64) (*Exchange, error) {
	s, err := ready(ctx, plan, new(heads))
	if err != nil {
		return nil, err
	}
	defer s.Close()
	return s.passOf(ctx, k).telling(), nil
}

// # Requests of one's own
//
// Whoever asks a server questions, one by one, has requests that no plan holds: with another method, header or body
// each. They go the plan's way, on the engine that a run would use and over connections that stay warm, so that what is
// asked is what a run would meet. What no engine sends, such as a request that ends before its body does, goes out on a
// connection of its own, which leads the same way.

// A Single is a request of one's own.
type Single struct {
	Request RequestSpec // in the place of the plan's; its server is the plan's
	Expect  bool        // the body waits for a 100
	Keep    int         // bytes of the answer's body
	Break   *Break      // nil: it is as it should be
	Begin   func()      // called when all is made, just before it is sent; may be nil
}

// A Break is what makes a request one that no engine sends.
type Break struct {
	Length   *int64 // what Content-Length says; nil: the truth
	Unframed bool   // nothing says how long the body is
	Cut      bool   // it ends After bytes of its body
	After    int
	Reset    bool // by a reset of the connection, or of the stream, instead of an orderly end
}

// ErrCannotSend says that a request cannot be expressed in the protocol that is spoken.
var ErrCannotSend = errors.New("cannot be sent over this protocol")

// Begin makes a plan ready for requests of one's own; nothing of it is sent but for tokens. The errors are those of
// Prepare.
func Begin(ctx context.Context, plan Plan) (*Session, error) { return ready(ctx, plan, nil) }

// Warm opens the connections that requests will need, and opens anew those that the other side has closed; it says
// whether there were any.
func (s *Session) Warm(ctx context.Context) (closed bool) {
	closed = s.engine.refresh(ctx) > 0
	if !s.warm {
		s.warm = true
		s.engine.open(ctx)
	}
	return closed
}

// Exchange sends a request of one's own and reports it whole, its answer's header and body as they came, secrets and
// all. The error is of the request, a *Fault, or ErrCannotSend; one that failed is an Exchange with Err. Exchanges of a
// session follow each other.
func (s *Session) Exchange(ctx context.Context, one Single) (*Exchange, error) {
	plan := s.plan
	plan.Request, plan.Mix, plan.Flows, plan.Transport.ExpectContinue = one.Request, nil, Flows{}, one.Expect
	plan = plan.WithDefaults()
	if err := s.tokens.Refresh(ctx); err != nil {
		return nil, err
	}
	m, err := newMixture(&plan, time.Now(), s.tokens)
	if err == nil {
		defer m.Close()
		err = errors.Join(m.ready(&plan), s.checkServer(m))
	}
	if err != nil {
		return nil, err
	}
	s.singles++
	a := alone{plan: &plan, mixture: m, number: s.singles, keep: one.Keep, plain: true, cut: -1, begin: one.Begin,
		limit: plan.Transport.Timeout}
	if one.Break == nil {
		if one.Begin == nil {
			s.engine.refresh(ctx)
		}
		x := s.engine.exchange(ctx, a)
		s.spoken = x.Proto
		return x, nil
	}
	return s.exchangeBroken(ctx, a, &one)
}

// checkServer refuses a request to another server than the plan's: connections are open to that one alone.
func (s *Session) checkServer(m *mixture) error {
	own, there := s.mixture.all[0].Servers()[0], m.all[0].Servers()[0]
	if transport.Foreign(own, there) {
		return fault.Unfit.In("url", there.Host, "is another server than the plan's")
	}
	return nil
}

// Hide takes the plan's secrets out of a text that was made of what a server said.
func (s *Session) Hide(text string) string {
	return secret.HideIn(text, secret.Sorted(s.mixture.secretsOf(0, 1, nil)))
}

// exchangeBroken sends what no engine sends. Where streams are spoken, a reset of one can be said, and nothing else of
// it. Whoever has to answer a challenge first can break a body off, in order.
func (s *Session) exchangeBroken(ctx context.Context, a alone, one *Single) (*Exchange, error) {
	b := one.Break
	streams := s.plan.Transport.HTTP != "" && s.plan.Transport.HTTP != "1.1" &&
		!strings.HasPrefix(s.spoken, "HTTP/1.")
	if digest := one.Request.Auth.Digest; streams || digest {
		if !b.Cut || b.Reset != streams || b.Length != nil || b.Unframed {
			return nil, ErrCannotSend
		}
		a.cut = b.After
		return s.engine.exchange(ctx, a), nil
	}
	x := newExchange(&a)
	limited, cancel := context.WithTimeoutCause(ctx, a.plan.Transport.Timeout, transport.ErrTimeLimit)
	defer cancel()
	c, err := s.dial(limited, a.mixture.all[0].Servers()[0])
	a.ready()
	began := time.Now()
	a.mixture.begin(began)
	if err != nil {
		x.Err, x.Observation.Stage = err, stats.InConnect
	} else {
		x.Remote = c.RemoteAddr().String()
		x.take(bare.Exchange(limited, c, a.written(b)))
		if b.Cut {
			x.noteSent(min(x.BodySent, int64(b.After))) // what frames it is no part of it
		}
	}
	x.Observation.Done = time.Since(began)
	x.keep(a.mixture.secretsOf(0, a.number, nil), true)
	return x, nil
}

// written is the request as it is broken, byte for byte.
func (a *alone) written(b *Break) bare.Request {
	t, k := a.mixture.all[0], a.number
	from, size := t.Body(k, 0)
	defer from.Close()
	body, _ := io.ReadAll(from) // it is in memory
	r := bare.Request{Method: t.Method, Body: body, Keep: a.keep}
	if b.Length != nil {
		if size < *b.Length {
			r.End = bare.Close // else the other side would wait for what is missing
		}
		size = *b.Length
	}
	r.Head = t.AppendHead(nil, k, 0, size) // signed, where the plan signs
	if b.Unframed {
		r.Head = withoutLength(r.Head)
	}
	if b.Cut {
		r.Body = body[:min(b.After, len(body))]
		if r.End = bare.Close; b.Reset {
			r.End = bare.Reset
		}
	}
	if t.Source.Chunked && !b.Unframed {
		r.Body = bare.Chunks(r.Body, !b.Cut)
	}
	return r
}

// withoutLength is a head that does not say how long its body is, or how its end is known.
func withoutLength(head []byte) (left []byte) {
	for line := range bytes.SplitAfterSeq(head, []byte("\r\n")) {
		name, _, _ := bytes.Cut(line, []byte(":"))
		if n := string(name); n != "Content-Length" && n != "Transfer-Encoding" {
			left = append(left, line...)
		}
	}
	return left
}

// take notes what came on a bare connection.
func (x *Exchange) take(a bare.Answer) {
	x.Proto, x.Status, x.Header, x.Body = a.Proto, secret.Clip(strings.TrimSpace(a.Status)), a.Header, a.Body
	x.Interim, x.Observation.BodyRead, x.Err = a.Interim, a.Size, a.Err
	x.noteSent(min(a.Sent, x.BodyBytes))
}

// dial opens a connection of its own, as the plan says.
func (s *Session) dial(ctx context.Context, origin *url.URL) (net.Conn, error) {
	d, err := route.NewDialler(&s.plan.Route, s.plan.use(&s.traffic))
	if err != nil {
		return nil, err
	}
	w, err := d.Way(origin)
	if err != nil {
		return nil, err
	}
	c, err := d.Reach(ctx, w)
	if err != nil || origin.Scheme != "https" {
		return c, err
	}
	config := d.TLS.Clone()
	config.ServerName, config.NextProtos = origin.Hostname(), []string{"http/1.1"}
	secure := tls.Client(c, config)
	if err := secure.HandshakeContext(ctx); err != nil {
		c.Close()
		return nil, err
	}
	return secure, nil
}

// A Rendered is a request as it would go out on HTTP/1.1.
type Rendered struct {
	URL  string // secrets redacted
	Head []byte // secrets redacted
	Body []byte // its beginning
	From Body   // where the body comes from: of several files, the one that this request has
}

// Render gives request k of the plan, with up to limit bytes of its body; of a flow, its first step. Nothing is sent.
func Render(plan Plan, k int64, limit int) (made Rendered, err error) {
	if err := plan.Validate(); err != nil {
		return made, err
	}
	plan = plan.WithDefaults()
	l := newLot(&plan)
	return render(&plan, plan.firstOf(l.pick(k)), k, limit)
}

// RenderEach gives request 1 as it is if it is the i-th of Each: a step of a flow, or one that is sent once, with what
// it reads of answers unfilled. The plan has been checked; nothing is sent.
func RenderEach(plan Plan, i int, limit int) (Rendered, error) {
	plan = plan.WithDefaults()
	return render(&plan, i, 1, limit)
}

// render gives request k as it is if it is the i-th of Each.
func render(p *Plan, i int, k int64, limit int) (made Rendered, err error) {
	one := p.Each()[i]
	template, err := compileOne(&one, &p.units()[i], time.Now(), nil)
	if err != nil {
		return made, err
	}
	defer template.Close()
	unfilled := text.Given{Unfilled: true, Part: 1}
	maker := template.NewMaker()
	maker.Give(&unfilled)
	request, err := maker.Make(context.Background(), k, 0)
	if err != nil {
		return made, err
	}
	if request.Body != nil {
		defer request.Body.Close()
		made.Body, err = io.ReadAll(io.LimitReader(request.Body, int64(limit)))
	}
	r := template.Scope(template.From.NewRenderer(), k, 0)
	r.With.Given = &unfilled
	made.Head = secret.Head(template.AppendHeadOf(nil, r, request.ContentLength))
	url, _ := template.URLText(k, &unfilled)
	made.URL, made.From = secret.URL(url), template.BodyOf(&one.Request.Body, k)
	return made, err
}
