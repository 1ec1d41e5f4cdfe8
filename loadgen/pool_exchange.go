package loadgen

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"net/http/httptrace"
	"strings"
	"time"

	"shotput/loadgen/secret"
	"shotput/loadgen/transport"
	"shotput/stats"
)

// exchange sends request k over the run's transport, alone, and keeps what came.
func (e *pool) exchange(ctx context.Context, m *mixture, k int64) *Exchange {
	i := m.pick(k)
	x := newExchange(m, k)
	start := time.Now()
	m.begin(start)
	t := transport.NewTrace(ctx, start)
	made, err := m.all[i].NewMaker().Make(t.Ctx, k, 0)
	if err != nil {
		x.Observation.Outcome, x.Observation.Detail, x.Err = stats.BadBody, secret.Detail(err), err
		return x
	}
	limited, cancel := context.WithTimeoutCause(t.Ctx, e.plan.Transport.Timeout, transport.ErrTimeLimit)
	defer cancel()
	made = made.WithContext(httptrace.WithClientTrace(limited, &httptrace.ClientTrace{
		GotConn: func(c httptrace.GotConnInfo) { x.meet(c.Conn) }}))
	e.send(x, made, i, judged{limited, t, m.answers[i], new(transport.BodyReader)})
	x.AnswerHead = secret.Head(e.heads.all())
	x.keep(m.secretsOf(i, k, made.Header.Values("Authorization")))
	e.transport.Settle()
	return x
}

// meet notes where a connection led.
func (x *Exchange) meet(c net.Conn) {
	x.Remote, x.TLS = c.RemoteAddr().String(), ""
	if secure, ok := c.(interface{ ConnectionState() tls.ConnectionState }); ok {
		x.TLS = tls.VersionName(secure.ConnectionState().Version)
	}
}

// send does the exchange of one of the plan's requests and fills x in.
func (e *pool) send(x *Exchange, made *http.Request, template int, j judged) {
	o := &x.Observation
	withheld := e.plan.Transport.Withhold(made, j.trace)
	defer withheld.End()
	o.Sent = time.Since(j.trace.Start)
	response, err := transport.Exchange(e.each[template], made)
	var answered time.Duration
	if err == nil {
		answered = time.Since(j.trace.Start)
		x.Proto, x.Status, x.Header = response.Proto, secret.Clip(strings.TrimSpace(response.Status)), response.Header
		if response.TLS != nil { // HTTP/3 tells of no connection
			x.TLS = tls.VersionName(response.TLS.Version)
		}
		how := transport.ReadLimit{Skip: e.plan.Transport.SkipBody, Keep: max(e.plan.kept(), transport.AnswerKept)}
		err = j.body.Read(how, response, nil)
		response.Body.Close()
		x.Body, o.BodyRead = j.body.Kept[:min(len(j.body.Kept), transport.AnswerKept)], j.body.Size
	}
	o.Done = time.Since(j.trace.Start)
	j.trace.FillStream(o, answered, x.BodyBytes)
	if o.Uploaded != 0 {
		o.BodySent = x.BodyBytes
	}
	withheld.Fill(o, x.BodyBytes, response != nil)
	j.judge(o, response, err)
	if o.Outcome == stats.Unasked {
		err = transport.ErrUnasked
	}
	if err != nil {
		x.Err = withCause(j.ctx, err)
	}
}
