package token

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"shotput/loadgen/request"
)

// tokenOf is a token of so long a life (0: for ever), and what it is renewed by.
func tokenOf(value string, life time.Duration, fetch Fetch) *token {
	t := &token{fetch: fetch}
	t.current.Store(&value)
	if life > 0 {
		t.expires = time.Now().Add(life)
	}
	return t
}

// TestTokenIsRenewed before it expires, and not before it must be.
func TestTokenIsRenewed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began, asked := time.Now(), []time.Duration(nil)
		renewed := tokenOf("first", time.Hour, nil)
		renewed.fetch = func(context.Context) (string, time.Time, error) {
			asked = append(asked, time.Since(began))
			switch len(asked) {
			case 1:
				return "second", time.Now().Add(10 * time.Second), nil
			case 2, 3:
				return "", time.Time{}, errors.New("down")
			}
			return "last", time.Time{}, nil
		}
		renewed.grant = &request.OAuth2{TokenURL: "http://t/"}
		set := &Set{all: []*token{renewed}}
		current := set.Of(&request.OAuth2{TokenURL: "http://t/"})
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		var renewing sync.WaitGroup
		renewing.Go(func() { set.Renew(ctx) })
		at := func(after time.Duration, want string) {
			t.Helper()
			time.Sleep(after - time.Since(began))
			synctest.Wait()
			if got := current(); got != want {
				t.Errorf("after %s the token is %q, want %q", after, got, want)
			}
		}
		first := time.Hour - time.Minute
		at(first-time.Second, "first")
		at(first, "second")
		at(first+14*time.Second, "second")
		at(first+18*time.Second, "last")
		renewing.Wait()
		if want := []time.Duration{first, first + 8*time.Second, first + 13*time.Second, first + 18*time.Second}; !slices.Equal(asked, want) {
			t.Errorf("renewed after %v, want %v", asked, want)
		}
		if w := set.Warnings(); len(w) != 1 || w[0].Code != "token" || !strings.Contains(w[0].Text, "down") {
			t.Errorf("the warnings are %+v", w)
		}
	})
}

// TestRenewalEndsWithTheRun, also one that is under way.
func TestRenewalEndsWithTheRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		one := tokenOf("first", time.Second, func(ctx context.Context) (string, time.Time, error) {
			<-ctx.Done()
			return "", time.Time{}, ctx.Err()
		})
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		set := &Set{all: []*token{one}}
		set.Renew(ctx)
		if len(set.Warnings()) != 0 {
			t.Error("the end of the run is taken for a failure")
		}
	})
}
