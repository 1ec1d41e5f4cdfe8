package loadgen

import (
	"context"
	"io"
	"time"

	"shotput/loadgen/secret"
)

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

// Render gives request k of the plan as it would go out on HTTP/1.1, secrets redacted, and up to limit bytes of
// its body. Nothing is sent.
func Render(plan Plan, k int64, limit int) (head, body []byte, err error) {
	if err := plan.Validate(); err != nil {
		return nil, nil, err
	}
	plan = plan.WithDefaults().only(k)
	template, err := compileOne(&plan, time.Now(), nil)
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
