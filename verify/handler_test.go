package verify

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// handled is a Server that is a handler, without a network: in a synctest bubble its time is virtual.
type handled struct{ http.Handler }

func (h handled) Now() time.Time { return time.Now() }

func (h handled) Sleep(ctx context.Context, d time.Duration) bool {
	select {
	case <-time.After(d):
		return true
	case <-ctx.Done():
		return false
	}
}

func (h handled) Together(ctx context.Context, all []Request) []Answer {
	answers := make([]Answer, len(all))
	var wg sync.WaitGroup
	for i := range all {
		wg.Go(func() { answers[i] = h.Send(ctx, all[i]) })
	}
	wg.Wait()
	return answers
}

// broke is the body of a request whose connection ended.
type broke struct{}

func (broke) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func (h handled) Send(ctx context.Context, r Request) Answer {
	if r.Method == "" {
		r.Method = http.MethodPut
	}
	target := "http://model/" + r.Name
	if r.Query != "" {
		target += "?" + r.Query
	}
	var body io.Reader = bytes.NewReader(r.Body)
	if r.Cut != nil {
		body = io.MultiReader(bytes.NewReader(r.Body[:r.Cut.After]), broke{})
	}
	made := httptest.NewRequestWithContext(ctx, r.Method, target, body)
	made.ContentLength = int64(len(r.Body))
	if r.Framing == Chunked {
		made.ContentLength, made.TransferEncoding = -1, []string{"chunked"}
	}
	for _, l := range r.Header {
		made.Header.Set(l.Name, l.Value)
	}
	w := httptest.NewRecorder()
	began := time.Now()
	h.ServeHTTP(w, made)
	if r.Cut != nil {
		return Answer{Err: io.ErrUnexpectedEOF, Began: began, URL: target}
	}
	got := w.Result()
	text, _ := io.ReadAll(got.Body)
	if got.Header.Get("Content-Length") == "" && r.Method != http.MethodHead {
		got.Header.Set("Content-Length", strconv.Itoa(len(text)))
	}
	return Answer{Status: got.StatusCode, Reason: http.StatusText(got.StatusCode), Proto: "HTTP/1.1", Header: got.Header,
		Body: text, Size: int64(len(text)), Sent: int64(len(r.Body)), Began: began, Took: time.Since(began), URL: target}
}

// found runs some checks against a handler, in virtual time.
func found(t *testing.T, h http.Handler, only ...string) map[string]Finding {
	t.Helper()
	all := map[string]Finding{}
	synctest.Test(t, func(t *testing.T) {
		r := Run(t.Context(), handled{h}, Options{Prefix: "v-", Only: only, Largest: 1 << 20})
		for _, f := range r.Findings {
			all[f.Check] = f
		}
	})
	return all
}

func TestCreate(t *testing.T) {
	for status, want := range map[int]Result{201: Holds, 202: Differs, 200: Broken, 204: Broken, 403: Unclear} {
		h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodGet {
				w.WriteHeader(http.StatusNotFound)
				return
			}
			w.WriteHeader(status)
		})
		if f := found(t, h, "create")["create"]; f.Result != want {
			t.Errorf("%d: %s (%s), want %s", status, f.Result, f.Why, want)
		}
	}
}
