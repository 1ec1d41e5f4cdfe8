// Package token keeps what OAuth2 grants give: the value of an Authorization line, fetched before the load and renewed
// beside it. Requests read whatever is current, and wait for nothing: a renewal is no part of what is measured. It
// refuses to know by which way a token server is reached: whoever adds a grant brings the client that asks.
package token

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
	"shotput/loadgen/secret"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"shotput/stats"
)

// A Error says that no OAuth2 token could be had, so that nothing was sent to the server itself.
type Error struct {
	URL    string // of the token, secrets redacted
	Status string // of the answer, such as "401 Unauthorized"; empty where none came
	Said   string // what the answer gives as reason, secrets redacted; may be empty
	Err    error  // what the transport said, where no answer came
}

func (e *Error) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("fetch a token from %s: %v", e.URL, e.Err)
	}
	return fmt.Sprintf("fetch a token from %s: %s", e.URL, strings.TrimSpace(e.Status+" "+e.Said))
}

// Unwrap gives what the transport said.
func (e *Error) Unwrap() error { return e.Err }

// A Fetch asks for a token: the value of an Authorization line, and when it expires; zero: never.
type Fetch func(context.Context) (value string, expires time.Time, err error)

// A token is one grant's.
type token struct {
	grant   *request.OAuth2
	current atomic.Pointer[string]
	expires time.Time // of current; zero: never. Owned by renew
	fetch   Fetch
	failed  atomic.Pointer[stats.Warning] // the first renewal that failed
}

// A Set has a token for each grant that a run's requests ask by. Its zero value has none.
type Set struct{ all []*token }

// Has says whether there is one of that grant.
func (s *Set) Has(grant *request.OAuth2) bool { return s.find(grant) != nil }

// Add has a token of a grant, yet to be fetched.
func (s *Set) Add(grant *request.OAuth2, fetch Fetch) {
	unknown := &token{grant: grant, fetch: fetch}
	unknown.current.Store(new(string))
	s.all = append(s.all, unknown)
}

// Fetch gets all, each within limit, whose end is told as cause. The error is an *Error.
func (s *Set) Fetch(ctx context.Context, limit time.Duration, cause error) error {
	for _, one := range s.all {
		ctx, cancel := context.WithTimeoutCause(ctx, limit, cause)
		err := one.take(ctx)
		cancel()
		if err != nil {
			return err
		}
	}
	return nil
}

// take fetches the token while nobody renews it.
func (t *token) take(ctx context.Context) error {
	value, expires, err := t.fetch(ctx)
	if err == nil {
		t.current.Store(&value)
		t.expires = expires
	}
	return err
}

func (s *Set) find(grant *request.OAuth2) *token {
	if s == nil {
		return nil
	}
	i := slices.IndexFunc(s.all, func(t *token) bool { return reflect.DeepEqual(t.grant, grant) })
	if i < 0 {
		return nil
	}
	return s.all[i]
}

// Of gives the current value of a grant's token; nil where there is none. It may be called for a nil Set.
func (s *Set) Of(grant *request.OAuth2) func() string {
	found := s.find(grant)
	if found == nil {
		return nil
	}
	return func() string { return *found.current.Load() }
}

// Renew keeps all fresh until ctx ends.
func (s *Set) Renew(ctx context.Context) {
	var renewing sync.WaitGroup
	for _, one := range s.all {
		renewing.Go(func() { one.renew(ctx) })
	}
	renewing.Wait()
}

// Refresh renews, before a run, what is near its end.
func (s *Set) Refresh(ctx context.Context) error {
	for _, one := range s.all {
		left := time.Until(one.expires)
		if one.expires.IsZero() || left > mostLeft/2 && renewalIn(left) > time.Second {
			continue
		}
		if err := one.take(ctx); err != nil {
			return err
		}
	}
	return nil
}

// Warnings say which could not be renewed.
func (s *Set) Warnings() (all []stats.Warning) {
	for _, one := range s.all {
		if w := one.failed.Load(); w != nil {
			all = append(all, *w)
		}
	}
	return all
}

// By asks for a grant's token by a client.
func By(client *http.Client, grant *request.OAuth2) Fetch {
	config := &clientcredentials.Config{ClientID: grant.ClientID, ClientSecret: grant.ClientSecret,
		TokenURL: grant.TokenURL, Scopes: grant.Scopes}
	return func(ctx context.Context) (string, time.Time, error) {
		t, err := config.Token(context.WithValue(ctx, oauth2.HTTPClient, client))
		if err != nil {
			return "", time.Time{}, faultOf(grant, err)
		}
		value := t.Type() + " " + t.AccessToken
		if slices.ContainsFunc([]byte(value), header.Bad) {
			return "", time.Time{}, faultOf(grant, errors.New("the token holds a character that no header can"))
		}
		return value, t.Expiry, nil
	}
}

// faultOf is err without what may be secret: the library quotes the whole answer, and net/http the whole URL.
func faultOf(o *request.OAuth2, err error) error {
	e := &Error{URL: secret.URL(o.TokenURL)}
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

// renew keeps the token fresh until ctx ends.
func (t *token) renew(ctx context.Context) {
	if t.expires.IsZero() {
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
