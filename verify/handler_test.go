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

// A sending is a request's body on its way, and what is said of it meanwhile.
type sending struct {
	io.Reader
	http.ResponseWriter
	waits     bool // for 100
	asked     bool
	sent      int64
	sentFirst int64 // until the answer came; -1: none did
}

func (s *sending) Read(b []byte) (int, error) {
	s.asked = s.asked || s.waits && s.sentFirst < 0
	n, err := s.Reader.Read(b)
	s.sent += int64(n)
	return n, err
}

func (s *sending) Close() error { return nil }

func (s *sending) WriteHeader(status int) {
	if s.sentFirst < 0 {
		s.sentFirst = s.sent
	}
	s.ResponseWriter.WriteHeader(status)
}

// framed is a request as a server makes it of what stands on the line: without a length there is no body, and what is
// sent beyond the length is none.
func framed(ctx context.Context, r *Request, target string) (*http.Request, *sending) {
	body, end := r.Body, io.Reader(http.NoBody)
	length := int64(len(body))
	switch {
	case r.Framing == Unframed:
		body, length = nil, 0
	case r.Cut != nil:
		body, end = body[:r.Cut.After], broke{}
	case r.Length != nil && *r.Length > length:
		length, end = *r.Length, broke{}
	case r.Length != nil:
		length = *r.Length
		body = body[:length]
	}
	s := &sending{Reader: io.MultiReader(bytes.NewReader(body), end), waits: r.Expect && len(body) > 0, sentFirst: -1}
	made := httptest.NewRequestWithContext(ctx, r.Method, target, s)
	if made.ContentLength = length; r.Framing == Chunked {
		made.ContentLength, made.TransferEncoding = -1, []string{"chunked"}
	}
	for _, l := range r.Header {
		made.Header.Set(l.Name, l.Value)
	}
	if r.Expect {
		made.Header.Set("Expect", "100-continue")
	}
	return made, s
}

func (h handled) Send(ctx context.Context, r Request) (a Answer) {
	if r.Method == "" {
		r.Method = http.MethodPut
	}
	target := "http://model/" + r.Name
	if r.Query != "" {
		target += "?" + r.Query
	}
	made, s := framed(ctx, &r, target)
	w := httptest.NewRecorder()
	s.ResponseWriter = w
	began := time.Now()
	ended := h.serve(s, made)
	if ended || r.Cut != nil || r.Length != nil && *r.Length > int64(len(r.Body)) {
		return Answer{Err: io.ErrUnexpectedEOF, Began: began, URL: target}
	}
	got := w.Result()
	text, _ := io.ReadAll(got.Body)
	if got.Header.Get("Content-Length") == "" && r.Method != http.MethodHead {
		got.Header.Set("Content-Length", strconv.Itoa(len(text)))
	}
	a = Answer{Status: got.StatusCode, Reason: http.StatusText(got.StatusCode), Proto: "HTTP/1.1", Header: got.Header,
		Body: text, Size: int64(len(text)), Sent: int64(len(r.Body)), Began: began, Took: time.Since(began), URL: target}
	a.Early = s.sentFirst >= 0 && s.sentFirst < a.Sent
	if s.asked {
		a.Interim = []int{http.StatusContinue}
	}
	return a
}

// serve reports whether the connection was cut instead of an answer.
func (h handled) serve(w http.ResponseWriter, r *http.Request) (ended bool) {
	defer func() {
		if failed := recover(); failed == http.ErrAbortHandler {
			ended = true
		} else if failed != nil {
			panic(failed)
		}
	}()
	h.ServeHTTP(w, r)
	return false
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
