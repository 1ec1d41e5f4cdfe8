//go:build unix

package loadgen

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"testing"

	"shotput/loadgen/request"
)

// singly gives a session for single requests on each engine.
func singly(t *testing.T, url string, do func(t *testing.T, engine string, s *Session)) {
	engines := []string{"http"}
	if runtime.GOOS == "linux" {
		engines = append(engines, "wire")
	}
	for _, engine := range engines {
		s, err := Begin(t.Context(), Plan{Request: request.Spec{URL: url}, NoPreflight: true,
			Load: Load{Concurrency: 1, Requests: 1}, Engine: Firing{Name: engine}})
		if err != nil {
			t.Fatal(err)
		}
		do(t, engine, s)
		s.Close()
	}
}

// Of an answer as much is kept as was asked for, and nothing of a request is the plan's but what it leaves open.
func TestSingles(t *testing.T) {
	long := bytes.Repeat([]byte("answer"), 100_000)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("X-Saw", r.Method+" "+r.RequestURI+" "+string(body)+" "+r.UserAgent())
		w.Write(long)
	}))
	defer server.Close()
	singly(t, server.URL, func(t *testing.T, engine string, s *Session) {
		for _, keep := range []int{0, 10, 200_000, 1 << 20} {
			x, err := s.Exchange(t.Context(), Single{Keep: keep, Request: request.Spec{Method: "POST", URL: server.URL + "/a/../b%2F",
				Body: Body{Data: []byte("body")}}})
			if err != nil {
				t.Fatal(err)
			}
			if want := min(keep, len(long)); !bytes.Equal(x.Body, long[:want]) || x.Observation.BodyRead != int64(len(long)) {
				t.Errorf("%s: %d of %d bytes were kept, want %d", engine, len(x.Body), x.Observation.BodyRead, want)
			}
			if saw := x.Header.Get("X-Saw"); saw != "POST /a/../b%2F body shotput/"+Version || x.BodySent != 4 || x.Early {
				t.Errorf("%s: the server saw %q; %d sent, early %v", engine, saw, x.BodySent, x.Early)
			}
		}
		if _, err := s.Exchange(t.Context(), Single{Request: request.Spec{URL: "http://127.0.0.1:1/"}}); !errors.As(err, new(*Fault)) {
			t.Errorf("%s: another server: %v", engine, err)
		}
	})
}

// Each request is signed anew, by its own method, header and body.
func TestSinglesAreSigned(t *testing.T) {
	server := newSignedServer(t, exampleSecret, "")
	singly(t, server.URL, func(t *testing.T, engine string, s *Session) {
		auth := Auth{AWS: AWS{Region: "us-east-1", Service: "s3", AccessKey: exampleKey, SecretKey: exampleSecret}}
		for _, spec := range []request.Spec{{Method: "PUT", URL: server.URL + "/a?b=c", Body: Body{Data: []byte("body")}},
			{Method: "GET", URL: server.URL + "/%C3%A9"}, {Method: "DELETE", URL: server.URL + "/a"}} {
			spec.Auth = auth
			if x, err := s.Exchange(t.Context(), Single{Request: spec}); err != nil || x.Status != "200 OK" {
				t.Errorf("%s: %s: %v %+v", engine, spec.Method, err, x)
			}
		}
	})
	for _, wrong := range server.mu.wrong {
		t.Error(wrong)
	}
}
