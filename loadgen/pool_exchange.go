package loadgen

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"slices"
	"strings"
	"sync"
	"time"

	"shotput/loadgen/answer"
	"shotput/loadgen/flow"
	"shotput/loadgen/secret"
	"shotput/loadgen/transport"
	"shotput/loadgen/wire/http1"

	"shotput/stats"
)

// exchange sends a request over the run's transport, alone, and keeps what came.
func (e *pool) exchange(ctx context.Context, one alone) *Exchange {
	m, k, i := one.mixture, one.number, one.unit
	x := newExchange(&one)
	start := one.ready()
	m.begin(start)
	t := transport.NewTrace(ctx, start)
	maker := m.all[i].NewMaker()
	maker.Give(one.given)
	made, err := maker.Make(t.Ctx, k, 0)
	seen := new(flow.Answer)
	if err != nil {
		o := &x.Observation
		o.Sent, o.Outcome, o.Detail, x.Err = time.Since(start), outcomeOfUnmade(err), secret.Detail(err), err
		o.Done = o.Sent
		one.end(x, seen, nil)
		return x
	}
	limited, cancel := context.WithTimeoutCause(t.Ctx, one.limit, transport.ErrTimeLimit)
	defer cancel()
	hooks := new(hooked)
	made = made.WithContext(httptrace.WithClientTrace(limited, hooks.trace()))
	if one.plain {
		hooks.count(made, one.cut) // it costs a system call: net/http knows no more that the body is in memory
	}
	e.send(x, made, one, judged{limited, t, m.answers[i], new(transport.BodyReader)}, seen)
	hooks.fill(x, one.plain)
	x.AnswerHead = secret.Head(e.heads.all())
	x.keep(one.end(x, seen, made.Header.Values("Authorization")), one.plain)
	e.settle()
	return x
}

// hooked is what net/http tells of one exchange beside its trace. Hooks run on goroutines of the transport's, also
// when the exchange is over.
type hooked struct {
	sync.Mutex
	remote  string
	tls     string // "" without
	interim []int
	read    int64 // of the request's body, by the transport
}

func (h *hooked) trace() *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		GotConn: func(c httptrace.GotConnInfo) {
			h.Lock()
			defer h.Unlock()
			h.meet(c.Conn)
		},
		Got1xxResponse: func(code int, _ textproto.MIMEHeader) error {
			h.Lock()
			defer h.Unlock()
			h.interim = append(h.interim, code)
			return nil
		},
	}
}

// meet notes where a connection led.
func (h *hooked) meet(c net.Conn) {
	h.remote, h.tls = c.RemoteAddr().String(), ""
	if secure, ok := c.(interface{ ConnectionState() tls.ConnectionState }); ok {
		h.tls = tls.VersionName(secure.ConnectionState().Version)
	}
}

// count has the request's body counted as it is read, and broken off after so many bytes, unless that is negative.
func (h *hooked) count(r *http.Request, cut int) {
	if r.Body == nil || r.Body == http.NoBody {
		return
	}
	r.Body = &countedBody{r.Body, h, cut}
	if again := r.GetBody; again != nil {
		r.GetBody = func() (io.ReadCloser, error) {
			body, err := again()
			h.Lock()
			defer h.Unlock()
			h.read = 0
			return &countedBody{body, h, cut}, err
		}
	}
}

// fill notes in the exchange what was seen.
func (h *hooked) fill(x *Exchange, counted bool) {
	h.Lock()
	defer h.Unlock()
	x.Remote, x.Interim = h.remote, slices.Clone(h.interim)
	if h.tls != "" {
		x.TLS = h.tls
	}
	if counted {
		x.noteSent(h.read)
	}
}

// errCut breaks a body off on purpose.
var errCut = errors.New("the body was broken off on purpose")

// A countedBody is a request's body that tells how much of it was read.
type countedBody struct {
	io.ReadCloser
	of  *hooked
	cut int // negative: it is whole
}

func (b *countedBody) Read(p []byte) (int, error) {
	b.of.Lock()
	before := b.of.read
	b.of.Unlock()
	if left := int64(b.cut) - before; b.cut >= 0 {
		if left <= 0 {
			return 0, errCut
		}
		p = p[:min(int64(len(p)), left)]
	}
	n, err := b.ReadCloser.Read(p)
	b.of.Lock()
	defer b.of.Unlock()
	b.of.read += int64(n)
	return n, err
}

// send does the exchange of one of the plan's requests and fills x and seen in.
func (e *pool) send(x *Exchange, made *http.Request, one alone, j judged, seen *flow.Answer) {
	o := &x.Observation
	withheld := one.plan.Transport.Withhold(made, j.trace)
	defer withheld.End()
	o.Sent = time.Since(j.trace.Start)
	response, err := transport.Exchange(e.over.of(x.Template, one.given), made)
	var answered time.Duration
	if err == nil {
		answered = time.Since(j.trace.Start)
		x.Proto, x.Status, x.Header = response.Proto, secret.Clip(strings.TrimSpace(response.Status)), response.Header
		if response.TLS != nil { // HTTP/3 tells of no connection
			x.TLS = tls.VersionName(response.TLS.Version)
		}
		how := transport.ReadLimit{Skip: e.plan.Transport.SkipBody, Keep: max(e.plan.kept(), one.keep)}
		err = j.body.Read(how, response, nil)
		response.Body.Close()
		x.Body, o.BodyRead = j.body.Kept[:min(len(j.body.Kept), one.keep)], j.body.Size
		*seen = seenIn(response, j.body, e.plan.Transport.Follow)
	}
	o.Done = time.Since(j.trace.Start)
	j.trace.FillStream(o, answered, x.BodyBytes)
	if o.Uploaded != 0 {
		o.BodySent = x.BodyBytes
	}
	withheld.Fill(o, x.BodyBytes, response != nil)
	x.Err = j.judge(o, response, err)
}

// seenIn is an answer as a flow looks at it. Where redirects are followed, it says where they led.
func seenIn(r *http.Response, body *transport.BodyReader, follows bool) (a flow.Answer) {
	a.Header, a.Body, a.Cut = r.Header, body.Kept, body.Size > int64(len(body.Kept))
	if follows && r.Request != nil && r.Request.URL != nil && r.Request.URL.Opaque == "" { // which ours has
		a.URL = r.Request.URL.String()
	}
	return a
}

// judged is what decides on a request's outcome beside its answer.
type judged struct {
	ctx    context.Context
	trace  *transport.Trace
	wanted *answer.Expected
	body   *transport.BodyReader
}

// judge names the outcome of a request that was sent, and gives why it failed, where it got no answer.
func (j judged) judge(o *stats.Observation, response *http.Response, err error) error {
	if early := j.trace.Early(); early != "" {
		j.trace.Refuse()
		response, err = nil, transport.EarlyError(early)
	}
	if response != nil {
		o.Status = response.StatusCode
		if reason := http1.Plain([]byte(reasonOf(response))); reason != http.StatusText(o.Status) {
			o.Reason = reason
		}
	}
	var turned *transport.BadRedirect
	switch {
	case errors.As(err, &turned):
		o.Outcome, o.Status, o.Detail = stats.BadRedirect, turned.Status, secret.Detail(err)
	case err != nil:
		err = withCause(j.ctx, err)
		stage := j.trace.Stage()
		if o.Outcome = transport.Classify(err, stage); o.Outcome == stats.Protocol || o.Outcome == stats.Closed {
			if ended := j.trace.Ended(); ended != nil { // net/http finds an answer malformed that was cut short
				err = errors.Join(ended, err)
				o.Outcome = transport.Classify(err, stage)
			}
		}
		if o.Outcome == stats.Protocol {
			err = j.inOurWords(err)
		}
		o.Stage = transport.StageOf(o.Outcome, stage)
		o.Detail = secret.Detail(err)
	default:
		j.wanted.Judge(
			o,
			&answer.Seen{Header: response.Header, Body: j.body.Kept, Cut: j.body.Size > int64(len(j.body.Kept))},
		)
	}
	return err
}

// inOurWords is why an answer is no HTTP as the event loop says it of the same bytes. Over TLS nobody reads along, and
// what is told is net/http's, of which the lengths are known by their name.
func (j judged) inOurWords(err error) error {
	if wrong := j.trace.Wrong(); wrong != nil {
		return wrong
	}
	if strings.Contains(err.Error(), "Content-Length") {
		return http1.ErrLength
	}
	return err
}

// withCause adds why the context ended where net/http gives only the context's own error.
func withCause(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause != nil && !errors.Is(err, cause) {
		return errors.Join(cause, err)
	}
	return err
}

// reasonOf is the reason phrase as it came: what follows the code in "201 Created".
func reasonOf(r *http.Response) string {
	if len(r.Status) <= 4 {
		return ""
	}
	return r.Status[4:]
}
