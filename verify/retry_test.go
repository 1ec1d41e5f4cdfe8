package verify

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// limited is a server that takes nothing for so long, and tells how many requests came meanwhile.
type limited struct {
	after string
	came  int
}

func (l *limited) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	l.came++
	w.Header().Set("Retry-After", l.after)
	w.WriteHeader(http.StatusTooManyRequests)
}

// A server that asks to come again after the time that there is was obeyed by waiting until nothing was left of it, and
// "out of time" did not say why; one that asks for more seconds than a duration has was asked again at once.
func TestRetryAfterBeyondTheTimeThereIs(t *testing.T) {
	for after, said := range map[string]string{"3600": "1h0m0s", "999999999999999": "more than a year",
		"99999999999999999999999999": "more than a year", "Fri, 01 Jan 2100 00:00:00 GMT": "more than a year"} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			l := &limited{after: after}
			r := Run(ctx, handled{l}, Options{Prefix: "v-"})
			if l.came != 1 || r.Took > time.Second {
				t.Errorf("%s: %d requests in %v", after, l.came, r.Took)
			}
			for _, want := range []string{"429", "Retry-After", said} {
				if !strings.Contains(r.Stopped, want) {
					t.Errorf("%s: stopped by %q, which does not say %q", after, r.Stopped, want)
				}
			}
			if r.Outcome() != NotJudged {
				t.Errorf("%s: %s", after, r.Outcome())
			}
		})
	}
}

// What is no time to wait is not obeyed, and ends nothing.
func TestRetryAfterThatIsNone(t *testing.T) {
	for _, after := range []string{"", "-5", "soon", "1.5"} {
		synctest.Test(t, func(t *testing.T) {
			l := &limited{after: after}
			if r := Run(t.Context(), handled{l}, Options{Prefix: "v-", Only: []string{"create"}}); r.Stopped != "" || l.came != 1 {
				t.Errorf("%q: stopped by %q after %d requests", after, r.Stopped, l.came)
			}
		})
	}
}
