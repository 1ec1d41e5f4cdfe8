package loadgen

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"strings"
	"time"

	"shotput/loadgen/request"
	"shotput/loadgen/route"
	"shotput/loadgen/secret"
	"shotput/loadgen/transport"

	"shotput/stats"
)

// A PreflightError says that the one request sent before the load showed the run to be hopeless.
type PreflightError struct {
	Exchange *Exchange
	Request  string // the name of the request, where the plan has several
}

func (e *PreflightError) Error() string {
	what := "preflight " + e.Exchange.URL
	if e.Request != "" && e.Request != e.Exchange.URL {
		what = fmt.Sprintf("preflight of %q, %s", e.Request, e.Exchange.URL)
	}
	if e.Exchange.Err != nil {
		return fmt.Sprintf("%s: %v", what, e.Exchange.Err)
	}
	return fmt.Sprintf("%s: the server answered %s", what, e.Exchange.Status)
}

// Unwrap gives what the transport said, if no answer came.
func (e *PreflightError) Unwrap() error { return e.Exchange.Err }

// Exchange is one request and its answer, seen whole: for --once, and for the preflight.
type Exchange struct {
	URL         string            // as rendered, secrets redacted
	RequestHead []byte            // as rendered, secrets redacted
	BodyBytes   int64             // of the request
	Observation stats.Observation // instants since the request was begun
	Proto       string            // of the answer, such as "HTTP/1.1"; empty when none came
	Status      string            // such as "201 Created"
	Header      http.Header       // of the answer
	Body        []byte            // of the answer, its first 64 KiB, the plan's own secrets redacted
	TLS         string            // as negotiated, such as "TLS 1.3"
	Remote      string            // address of the connection's far end
	Err         error             // what the transport said, if no answer came
}

// preflight sends request 0, of each of the plan's several requests, which m are, and decides whether a run is worth
// while: not when one of them is hopeless. It gives the first exchange.
func preflight(ctx context.Context, plan *Plan, m *mixture, sink stats.Sink) (first *Exchange, err error) {
	for i, one := range plan.Each() {
		m.all[i].Begin(time.Now())
		x, err := one.once(ctx, m.all[i], 0)
		if err != nil {
			return nil, placed(err, i, plan)
		}
		if x.Err != nil || hopeless(x.Observation.Status) && !plan.Answer.Status.Contains(x.Observation.Status) {
			refused := &PreflightError{Exchange: x}
			if len(plan.Mix) > 0 {
				refused.Request = plan.Mix[i].name(&one)
			}
			return nil, refused
		}
		if told, ok := sink.(preflightSink); ok {
			told.Preflight(x)
		}
		if first == nil {
			first = x
		}
	}
	return first, nil
}

// hopeless says whether an answer like this one will be every answer: a refusal of the request itself, not of
// its moment, its key or its load.
func hopeless(status int) bool {
	switch status {
	case http.StatusRequestTimeout, http.StatusConflict, http.StatusPreconditionFailed, http.StatusLocked,
		http.StatusTooEarly, http.StatusTooManyRequests:
		return false
	case http.StatusNotImplemented, http.StatusHTTPVersionNotSupported:
		return true
	}
	return status >= 300 && status < 500
}

// Once sends request k of the plan on a connection of its own and reports it whole. The error is of the plan; a
// request that failed is an Exchange with Err; that no OAuth2 token could be had is a *TokenError.
func Once(ctx context.Context, plan Plan, k int64) (*Exchange, error) {
	if err := plan.Validate(); err != nil {
		return nil, err
	}
	plan = plan.WithDefaults().only(k)
	tokens, err := plan.fetchTokens(ctx)
	if err != nil {
		return nil, err
	}
	template, err := plan.compile(time.Now(), tokens)
	if err != nil {
		return nil, err
	}
	defer template.Close()
	return plan.once(ctx, template, k)
}

// once sends request k of a plan of one request, whose template that is.
func (p *Plan) once(ctx context.Context, template *request.Template, k int64) (*Exchange, error) {
	checks, err := p.Answer.Compile(p.Request.Compressed)
	if err != nil {
		return nil, err
	}
	over, err := p.transport(new(route.Traffic))
	if err != nil {
		return nil, err
	}
	defer over.Close()
	x := &Exchange{BodyBytes: template.Size(k), RequestHead: secret.Head(template.AppendHead(nil, k, 0, template.Size(k)))}
	t := transport.NewTrace(ctx, time.Now())
	request, err := template.NewMaker().Make(t.Ctx, k, 0)
	x.URL = secret.URL(template.URL(k, 0))
	if err != nil {
		x.Observation.Outcome, x.Observation.Detail, x.Err = stats.BadBody, secret.Detail(err), err
		return x, nil
	}
	limited, cancel := context.WithTimeoutCause(t.Ctx, p.Transport.Timeout, transport.ErrTimeLimit)
	defer cancel()
	request = request.WithContext(httptrace.WithClientTrace(limited, &httptrace.ClientTrace{
		GotConn: func(i httptrace.GotConnInfo) { x.Remote = i.Conn.RemoteAddr().String() }}))
	x.send(request, p.through(over), p, judged{limited, t, &expected{p.Answer.Status, checks}, new(transport.BodyReader)})
	x.Body = secret.Hide(x.Body, p.Request.Secrets(p.Values.Env, request))
	return x, nil
}

// send does the exchange and fills x in.
func (x *Exchange) send(request *http.Request, over http.RoundTripper, p *Plan, j judged) {
	o := &x.Observation
	withheld := p.Transport.Withhold(request, j.trace)
	defer withheld.End()
	o.Sent = time.Since(j.trace.Start)
	response, err := transport.Exchange(over, request)
	var answered time.Duration
	if err == nil {
		answered = time.Since(j.trace.Start)
		x.Proto, x.Status, x.Header = response.Proto, strings.TrimSpace(response.Status), response.Header
		if response.TLS != nil {
			x.TLS = tls.VersionName(response.TLS.Version)
		}
		how := transport.ReadLimit{Skip: p.Transport.SkipBody, Keep: max(p.kept(), transport.AnswerKept)}
		err = j.body.Read(how, response, nil)
		response.Body.Close()
		x.Body, o.BodyRead = j.body.Kept[:min(len(j.body.Kept), transport.AnswerKept)], j.body.Size
	}
	o.Done = time.Since(j.trace.Start)
	j.trace.Fill(o, answered)
	withheld.Fill(o, x.BodyBytes, response != nil)
	j.judge(o, response, err)
	if err != nil {
		x.Err = errors.Join(context.Cause(j.ctx), err)
	}
}

// Render gives request k of the plan as it would go out on HTTP/1.1, secrets redacted, and up to limit bytes of
// its body. Nothing is sent.
func Render(plan Plan, k int64, limit int) (head, body []byte, err error) {
	if err := plan.Validate(); err != nil {
		return nil, nil, err
	}
	plan = plan.WithDefaults().only(k)
	template, err := plan.compile(time.Now(), nil)
	if err != nil {
		return nil, nil, err
	}
	defer template.Close()
	request, err := template.NewMaker().Make(context.Background(), k, 0)
	if err != nil {
		return nil, nil, err
	}
	if request.Body != nil {
		body, err = io.ReadAll(io.LimitReader(request.Body, int64(limit)))
	}
	return secret.Head(template.AppendHead(nil, k, 0, template.Size(k))), body, err
}
