package loadgen

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"shotput/loadgen/header"
	"shotput/loadgen/request"
	"shotput/loadgen/route"
	"shotput/loadgen/secret"
	"shotput/loadgen/transport"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"shotput/stats"
)

// A TokenError says that no OAuth2 token could be had, so that nothing was sent to the server itself.
type TokenError struct {
	URL    string // of the token, secrets redacted
	Status string // of the answer, such as "401 Unauthorized"; empty where none came
	Said   string // what the answer gives as reason, secrets redacted; may be empty
	Err    error  // what the transport said, where no answer came
}

func (e *TokenError) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("fetch a token from %s: %v", e.URL, e.Err)
	}
	return fmt.Sprintf("fetch a token from %s: %s", e.URL, strings.TrimSpace(e.Status+" "+e.Said))
}

// Unwrap gives what the transport said.
func (e *TokenError) Unwrap() error { return e.Err }

// A token is the value of an Authorization line that is renewed while requests are sent. Requests read whatever is
// current, and wait for nothing: a renewal is no part of what is measured.
type token struct {
	current atomic.Pointer[string]
	expires time.Time // of current; zero: never. Owned by renew
	fetch   func(context.Context) (value string, expires time.Time, err error)
	limit   time.Duration                 // of the first fetch
	failed  atomic.Pointer[stats.Warning] // the first renewal that failed
}

// tokens are those of a run: one for each grant that its requests ask by.
type tokens struct {
	grants []*request.OAuth2
	all    []*token
}

// newTokens has a token, yet to be fetched, for each of the plan's requests that wants one.
func newTokens(p *Plan) (*tokens, error) {
	t := new(tokens)
	for _, one := range p.Each() {
		grant := &one.Request.Auth.OAuth2
		if grant.TokenURL == "" || t.token(grant) != nil {
			continue
		}
		fetch, err := tokenFetcher(&one)
		if err != nil {
			return nil, err
		}
		unknown := &token{fetch: fetch, limit: p.Transport.Timeout}
		unknown.current.Store(new(string))
		t.grants, t.all = append(t.grants, grant), append(t.all, unknown)
	}
	return t, nil
}

// fetch gets all tokens. The error is a *TokenError.
func (t *tokens) fetch(ctx context.Context) error {
	for _, one := range t.all {
		ctx, cancel := context.WithTimeoutCause(ctx, one.limit, transport.ErrTimeLimit)
		value, expires, err := one.fetch(ctx)
		cancel()
		if err != nil {
			return err
		}
		one.current.Store(&value)
		one.expires = expires
	}
	return nil
}

// token is the one of a grant; nil where there is none.
func (t *tokens) token(grant *request.OAuth2) *token {
	if t == nil {
		return nil
	}
	i := slices.IndexFunc(t.grants, func(g *request.OAuth2) bool { return reflect.DeepEqual(g, grant) })
	if i < 0 {
		return nil
	}
	return t.all[i]
}

// of gives the current value of a grant's token; nil where there is none.
func (t *tokens) of(grant *request.OAuth2) func() string {
	found := t.token(grant)
	if found == nil {
		return nil
	}
	return func() string { return *found.current.Load() }
}

// renew keeps all fresh until ctx ends.
func (t *tokens) renew(ctx context.Context) {
	var renewing sync.WaitGroup
	for _, one := range t.all {
		renewing.Go(func() { one.renew(ctx) })
	}
	renewing.Wait()
}

// refresh renews, before a run, what is near its end.
func (t *tokens) refresh(ctx context.Context) error {
	for _, one := range t.all {
		if one.expires.IsZero() ||
			time.Until(one.expires) > mostLeft/2 && renewalIn(time.Until(one.expires)) > time.Second {
			continue
		}
		value, expires, err := one.fetch(ctx)
		if err != nil {
			return err
		}
		one.current.Store(&value)
		one.expires = expires
	}
	return nil
}

// warnings say which could not be renewed.
func (t *tokens) warnings() (all []stats.Warning) {
	for _, one := range t.all {
		all = append(all, one.warnings()...)
	}
	return all
}

// tokenFetcher asks for tokens by the plan's own rules for TLS and proxies, but for what is of its target alone.
func tokenFetcher(p *Plan) (func(context.Context) (string, time.Time, error), error) {
	q := *p
	q.Transport.HTTP, q.Transport.Follow, q.Transport.NoKeepalive = "", false, true
	q.Route.UnixSocket, q.Route.ConnectTo, q.Load.Concurrency = "", nil, 1
	transport, err := q.transport(new(route.Traffic), nil) // it keeps no connection that would have to be closed
	if err != nil {
		return nil, err
	}
	client := &http.Client{Transport: transport.For("", false), Timeout: p.Transport.Timeout,
		// the secret goes nowhere else
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	config := &clientcredentials.Config{
		ClientID:     p.Request.Auth.OAuth2.ClientID,
		ClientSecret: p.Request.Auth.OAuth2.ClientSecret,
		TokenURL:     p.Request.Auth.OAuth2.TokenURL,
		Scopes:       p.Request.Auth.OAuth2.Scopes,
	}
	return func(ctx context.Context) (string, time.Time, error) {
		t, err := config.Token(context.WithValue(ctx, oauth2.HTTPClient, client))
		if err != nil {
			return "", time.Time{}, tokenFault(&p.Request.Auth.OAuth2, err)
		}
		value := t.Type() + " " + t.AccessToken
		if slices.ContainsFunc([]byte(value), header.Bad) {
			return "", time.Time{}, tokenFault(
				&p.Request.Auth.OAuth2,
				errors.New("the token holds a character that no header can"),
			)
		}
		return value, t.Expiry, nil
	}, nil
}

// fault is err without what may be secret: the library quotes the whole answer, and net/http the whole URL.
func tokenFault(o *request.OAuth2, err error) error {
	e := &TokenError{URL: secret.URL(o.TokenURL)}
	var answered *oauth2.RetrieveError
	var asked *url.Error
	switch {
	case errors.As(err, &answered):
		e.Status = secret.Clip(answered.Response.Status)
		said := []string{answered.ErrorCode, answered.ErrorDescription}
		e.Said = strings.Join(slices.DeleteFunc(said, func(s string) bool { return s == "" }), ": ")
		e.Said = secret.Clip(secret.HideOne(e.Said, o.ClientSecret))
	case errors.As(err, &asked):
		e.Err = asked.Err
	default:
		e.Err = err
	}
	return e
}

// A token is renewed when a fifth of its life is left, at most a minute; a server that fails is asked again after a
// while, and the old token is used on.
const (
	mostLeft   = time.Minute
	askedAgain = 5 * time.Second
)

// renew keeps the token fresh until ctx ends. It may be called for a nil token.
func (t *token) renew(ctx context.Context) {
	if t == nil || t.expires.IsZero() {
		return
	}
	timer := time.NewTimer(renewalIn(time.Until(t.expires)))
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		value, expires, err := t.fetch(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			t.failed.CompareAndSwap(
				nil,
				&stats.Warning{
					Code: "token",
					Text: "the token could not be renewed, and the old one was used on: " + err.Error(),
					Try:  "a token that lives longer than the run",
				},
			)
			timer.Reset(askedAgain)
			continue
		}
		t.current.Store(&value)
		if t.expires = expires; expires.IsZero() {
			return
		}
		timer.Reset(renewalIn(time.Until(expires)))
	}
}

// renewalIn is how long a token that lives so long is used before it is renewed: at least half a second, whatever
// the server says, so that it is not asked all the time.
func renewalIn(life time.Duration) time.Duration {
	return max(time.Second/2, life-min(life/5, mostLeft))
}

// warnings are what is to be said of the token when a run has ended.
func (t *token) warnings() []stats.Warning {
	if t == nil || t.failed.Load() == nil {
		return nil
	}
	return []stats.Warning{*t.failed.Load()}
}
