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
	s, err := ready(ctx, plan, new(heads))
	if err != nil {
		return nil, err
	}
	defer s.Close()
	return s.engine.exchange(ctx, s.mixture, k), nil
}

// A Rendered is a request as it would go out on HTTP/1.1.
type Rendered struct {
	URL  string // secrets redacted
	Head []byte // secrets redacted
	Body []byte // its beginning
	From Body   // where the body comes from: of several files, the one that this request has
}

// Render gives request k of the plan, with up to limit bytes of its body. Nothing is sent.
func Render(plan Plan, k int64, limit int) (made Rendered, err error) {
	if err := plan.Validate(); err != nil {
		return made, err
	}
	plan = plan.WithDefaults().only(k)
	template, err := compileOne(&plan, time.Now(), nil)
	if err != nil {
		return made, err
	}
	defer template.Close()
	request, err := template.NewMaker().Make(context.Background(), k, 0)
	if err != nil {
		return made, err
	}
	if request.Body != nil {
		defer request.Body.Close()
		made.Body, err = io.ReadAll(io.LimitReader(request.Body, int64(limit)))
	}
	made.URL, made.Head = secret.URL(template.URL(k, 0)), secret.Head(template.AppendHead(nil, k, 0, template.Size(k)))
	made.From = template.BodyOf(&plan.Request.Body, k)
	return made, err
}
