package loadgen

import (
	"errors"
	"net/http"
	"net/url"
	"time"

	"shotput/loadgen/answer"
	"shotput/loadgen/flow"
	"shotput/loadgen/request"
	"shotput/loadgen/route"
	"shotput/loadgen/secret"
	"shotput/loadgen/text"
	"shotput/loadgen/transport"
	"shotput/stats"
)

// Exchange is one request and its answer, seen whole: for a request that is sent alone, and for the first of a run.
type Exchange struct {
	Template    int               // which of the plan's requests it is, from 0
	URL         string            // as rendered, secrets redacted
	RequestHead []byte            // as rendered, secrets redacted
	BodyBytes   int64             // of the request
	Observation stats.Observation // instants since the request was begun, judged
	Proto       string            // of the answer, such as "HTTP/1.1"; empty when none came
	Status      string            // such as "201 Created"
	Header      http.Header       // of the answer
	// of the answer, interim ones before it, as it came, secrets redacted; nil of HTTP/2 and 3, and of what is sent
	// ahead of a run by net/http
	AnswerHead []byte
	Body       []byte // of the answer, its first 64 KiB or as much as was asked for, the plan's own secrets redacted
	Interim    []int  // statuses of the interim answers (1xx) before it
	BodySent   int64  // how much of a Single's body was handed over
	Early      bool   // its answer came before the last of that
	TLS        string // as negotiated, such as "TLS 1.3"
	Remote     string // address of the connection's far end
	Err        error  // what the transport said, if no answer came

	// Of a step, of a flow or of what is sent once; empty of a plain request. What was captured is hidden in all of the
	// above.
	Step  string
	Phase string // see stats.StepFlow
	Part  int64  // from 1; 0: the step has no parts
	Taken []Taken
}

// A Taken is what was captured with an answer: of a step with parts, with that which was the last.
type Taken struct {
	Name   string
	Values []string // secrets, all of them: one, or one for each part
}

// A Passage is a flow that was sent alone: each of its exchanges, in their order, and what became of the whole.
type Passage struct {
	Exchanges []*Exchange
	Arrival   stats.Observation // instants since it was begun
}

// telling is the exchange by which the flow failed; of one that did not, the last. There is always one.
func (p *Passage) telling() *Exchange {
	for i := len(p.Exchanges) - 1; i >= 0; i-- {
		x := p.Exchanges[i]
		if p.Arrival.Outcome == stats.OK || x.Step == p.Arrival.Step && x.Phase != stats.StepOnFailure {
			return x
		}
	}
	return &Exchange{Template: p.Arrival.Template, Observation: p.Arrival, Step: p.Arrival.Step,
		Err: errors.New(p.Arrival.Detail)} // nothing was sent of it
}

// An alone is a request that is sent alone.
type alone struct {
	plan    *Plan
	mixture *mixture
	unit    int // which of the plan's
	number  int64
	keep    int       // bytes of the answer's body
	plain   bool      // the answer is kept as it came, and no secret hidden in it
	cut     int       // the portable engine breaks the body off after so many bytes; negative: it is whole
	begin   func()    // called when all is made; nil: nobody waits for that
	since   time.Time // its instants are since then; zero: since it was begun
	limit   time.Duration

	// Of an exchange of a flow.
	given  *text.Given
	server *url.URL // where its URL was taken from an answer; nil: its template's own
	// told of the answer before anything is hidden in it; it gives more to hide
	ended func(o *stats.Observation, a *flow.Answer) (secrets []string)
}

// ready is told that all is made, and gives the instant since which time counts.
func (a *alone) ready() time.Time {
	if a.begin != nil {
		a.begin()
	}
	if !a.since.IsZero() {
		return a.since
	}
	return time.Now()
}

// end tells whoever waits for it of an answer, and gives the secrets that are to be hidden in it.
func (a *alone) end(x *Exchange, seen *flow.Answer, authorization []string) []string {
	secrets := a.mixture.secretsOf(a.unit, a.number, authorization)
	if a.ended != nil {
		secrets = append(secrets, a.ended(&x.Observation, seen)...)
	}
	return secrets
}

// ofPlan is request k of a plan, or the first of its flow.
func ofPlan(p *Plan, m *mixture, k int64) alone {
	return alone{plan: p, mixture: m, unit: m.pick(k), number: k, keep: transport.AnswerKept, cut: -1,
		limit: p.Transport.Timeout}
}

// newExchange is what is known of a request before it is sent.
func newExchange(a *alone) *Exchange {
	t, k := a.mixture.all[a.unit], a.number
	if a.given != nil {
		return newGivenExchange(a, t)
	}
	size := t.Size(k)
	return &Exchange{
		Template:    a.unit,
		URL:         secret.URL(t.URL(k, 0)),
		RequestHead: secret.Head(t.AppendHead(nil, k, 0, size)),
		BodyBytes:   size,
	}
}

// newGivenExchange is newExchange of one that a flow has given something to. A request that cannot be made is known by
// what could be.
func newGivenExchange(a *alone, t *request.Template) *Exchange {
	r := t.Scope(t.From.NewRenderer(), a.number, 0)
	r.With.Given = a.given
	c := t.Source.Content(r)
	x := &Exchange{Template: a.unit, BodyBytes: c.Size}
	c.Release()
	x.RequestHead = secret.Head(t.AppendHeadOf(nil, r, x.BodyBytes))
	x.URL, _ = t.URLText(a.number, a.given)
	if aim := a.given.Aim; aim != nil {
		x.URL = aim.Scheme + "://" + aim.Host + aim.Target
	}
	x.URL = secret.URL(x.URL)
	return x
}

// noteSent notes how much of the request's body was handed over. What was not when the answer came, the answer did not
// wait for; instants do not tell, since a body is handed over before whoever did it has looked at the clock.
func (x *Exchange) noteSent(n int64) {
	x.BodySent, x.Early = n, x.Status != "" && n < x.BodyBytes
}

// Lost says that the other side ended a connection that was open before without a byte of an answer: most likely it had
// closed it already when the request came, as servers do that close after an answer and do not say so.
func (x *Exchange) Lost() bool {
	o := &x.Observation
	return x.Status == "" && !o.NewConn && (o.Outcome == stats.Reset || o.Outcome == stats.Closed)
}

// keep hides the plan's secrets in all that the far end said, since some servers echo all that they were sent; what it
// says of why it is not the one expected goes where the run counts it. With plain, the header and the body stay as they
// came, for whoever has to judge by them.
func (x *Exchange) keep(secrets []string, plain bool) {
	secrets = secret.Sorted(secrets)
	said := secret.Hide(answer.Readable(x.Body), secrets)
	x.AnswerHead, x.Status = secret.Hide(x.AnswerHead, secrets), secret.HideIn(x.Status, secrets)
	x.Observation.Detail = secret.HideIn(x.Observation.Detail, secrets)
	if !plain {
		x.Body = secret.Hide(x.Body, secrets)
		for _, values := range x.Header {
			for i := range values {
				values[i] = secret.HideIn(values[i], secrets)
			}
		}
	}
	if o := &x.Observation; o.Outcome == stats.BadStatus || o.Outcome == stats.CheckFailed {
		o.Answer = answer.Words(said)
	}
	var refusal *route.ProxyRefusal
	if errors.As(x.Err, &refusal) {
		x.Observation.Answer = answer.Words(secret.Hide(answer.Readable(refusal.Body), secrets))
	}
	if x.Err != nil {
		if text := secret.HideIn(x.Err.Error(), secrets); text != x.Err.Error() {
			x.Err = &hiddenError{x.Err, text}
		}
	}
}

// A hiddenError is an error whose text had a secret in it.
type hiddenError struct {
	error
	text string
}

func (e *hiddenError) Error() string { return e.text }

// Unwrap gives the error for whoever asks what it is.
func (e *hiddenError) Unwrap() error { return e.error }

// codes are the status codes of which the words were kept already, one bit each.
type codes [16]uint64

// isFirst says whether it is asked for the first time of a status.
func (c *codes) isFirst(status int) bool {
	word, bit := (status/64)%len(c), uint64(1)<<(status%64)
	first := c[word]&bit == 0
	c[word] |= bit
	return first
}

// words are what the answer to one of the requests says, without the secrets that the request was made with.
func (m *mixture) words(o *stats.Observation, body []byte, authorization []string) string {
	return answer.Words(secret.Hide(answer.Readable(body), m.secretsOf(o.Template, o.Number, authorization)))
}
