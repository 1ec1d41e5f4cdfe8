package loadgen

import (
	"context"
	"io"
	"net/http"
	"time"

	"shotput/loadgen/secret"
	"shotput/stats"
)

// Exchange is one request and its answer, seen whole: for a request that is sent alone, and for the first of a run.
type Exchange struct {
	URL         string            // as rendered, secrets redacted
	RequestHead []byte            // as rendered, secrets redacted
	BodyBytes   int64             // of the request
	Observation stats.Observation // instants since the request was begun, judged
	Proto       string            // of the answer, such as "HTTP/1.1"; empty when none came
	Status      string            // such as "201 Created"
	Header      http.Header       // of the answer
	AnswerHead  []byte            // of the answer, interim ones before it, as it came, secrets redacted; nil where net/http read it
	Body        []byte            // of the answer, its first 64 KiB, the plan's own secrets redacted
	TLS         string            // as negotiated, such as "TLS 1.3"
	Remote      string            // address of the connection's far end
	Err         error             // what the transport said, if no answer came
}

// Once sends request k of the plan alone, by the engine that a run would use, and reports it whole. The error is of the
// plan; a request that failed is an Exchange with Err; that no OAuth2 token could be had is a *TokenError.
func Once(ctx context.Context, plan Plan, k int64) (*Exchange, error) {
	s, err := ready(ctx, plan)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	return s.engine.exchange(ctx, s.mixture, k), nil
}

// newExchange is what is known of request k before it is sent.
func newExchange(m *mixture, k int64) *Exchange {
	t := m.of(k)
	size := t.Size(k)
	return &Exchange{URL: secret.URL(t.URL(k, 0)), RequestHead: secret.Head(t.AppendHead(nil, k, 0, size)), BodyBytes: size}
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
