//go:build unix

package loadgen

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"shotput/loadgen/header"
	"shotput/loadgen/request"
	"shotput/loadgen/transport"

	"github.com/rclone/gofakes3/signature"
)

// The keys of AWS' published examples.
const (
	exampleKey    = "AKIAIOSFODNN7EXAMPLE"
	exampleSecret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
)

// signedServer is a server that checks the signature of each request with another's code, and that the body is the
// one that was signed.
type signedServer struct {
	*httptest.Server
	mu struct {
		sync.Mutex
		wrong []string
		keys  map[string]string // the request's X-Seq, and its body's hash
	}
}

func newSignedServer(t *testing.T, secret, token string) *signedServer {
	s := new(signedServer)
	s.mu.keys = map[string]string{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		sum := sha256.Sum256(body)
		hash := hex.EncodeToString(sum[:])
		code, declared := signature.V4SignVerifyWithSecret(r, secret), r.Header.Get("X-Amz-Content-Sha256")
		s.mu.Lock()
		defer s.mu.Unlock()
		s.mu.keys[r.Header.Get("X-Seq")] = declared
		if code == signature.ErrNone && (declared == hash || declared == "UNSIGNED-PAYLOAD") && r.Header.Get("X-Amz-Security-Token") == token {
			return
		}
		s.mu.wrong = append(s.mu.wrong, fmt.Sprintf("%s %s %v: %s, body %s", r.Method, r.RequestURI, r.Header, signature.GetAPIError(code).Code, hash))
		w.WriteHeader(http.StatusForbidden)
	}))
	t.Cleanup(s.Close)
	return s
}

// signedPlans are requests of every kind that a signature has to do with. Names in a query are ASCII and values of
// one name in order: this server sorts names before it encodes them, and values not at all, which AWS does otherwise.
func signedPlans(t *testing.T) map[string]Plan {
	h := func(name, value string) header.Line { return header.Line{Name: name, Value: value} }
	return map[string]Plan{
		"plain":       {Request: request.Spec{URL: "/bucket/key"}},
		"no path":     {Request: request.Spec{URL: ""}},
		"varying":     {Request: request.Spec{URL: "/b/{{seq}}/{{uuid}}?part={{seq}}&b=2&a=0&a=1"}},
		"odd path":    {Request: request.Spec{URL: "/b/a+b=c&d@e:f,g;h'(i)!$*~-_.é%20%2B%41"}},
		"odd query":   {Request: request.Spec{URL: "/b?x=a%2Bb&x=a/b&y=ü%20%26&empty&x-y=a-b"}},
		"two slashes": {Request: request.Spec{URL: "//b//c"}},
		"headers":     {Request: request.Spec{URL: "/b", Header: []header.Line{h("X-Meta", " a  b "), h("x-meta", "{{seq}}"), h("X-Amz-Meta-Id", "{{uuid}}"), h("Content-Type", "text/plain")}}},
		"host":        {Request: request.Spec{URL: "/b", Header: []header.Line{h("Host", "bucket.example:80")}}},
		"unsigned":    {Request: request.Spec{URL: "/b", Header: []header.Line{h("Connection", "close"), h("Accept", "a/b"), h("User-Agent", "me"), h("expect", "100-continue")}}},
		"text":        {Request: request.Spec{URL: "/b", Body: request.Body{Text: "always"}}},
		"template":    {Request: request.Spec{URL: "/b", Body: request.Body{Text: "n={{seq}} {{uuid}}"}}},
		"data":        {Request: request.Spec{URL: "/b", Body: request.Body{Data: []byte{0, 1, 2}}}},
		"generated":   {Request: request.Spec{URL: "/b", Body: request.Body{Size: 5000}}},
		"large":       {Request: request.Spec{URL: "/b", Body: request.Body{Size: 8<<20 + 1}}},
		"file":        {Request: request.Spec{URL: "/b", Body: request.Body{File: writeFile(t, 2<<20)}}},
		"payload":     {Request: request.Spec{URL: "/b", Body: request.Body{Size: 100}, Auth: request.Auth{AWS: request.AWS{UnsignedPayload: true}}}},
		"token":       {Request: request.Spec{URL: "/b", Auth: request.Auth{AWS: request.AWS{SessionToken: "t0k/en=="}}}},
		"closed":      {Request: request.Spec{URL: "/b"}, Transport: transport.Spec{NoKeepalive: true}},
	}
}

// TestSignedRequestsAreAccepted by a server that nobody here wrote the checks of, from both engines.
func TestSignedRequestsAreAccepted(t *testing.T) {
	t.Parallel()
	for name, p := range signedPlans(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onEngines(t, func(t *testing.T, engine string) {
				server := newSignedServer(t, exampleSecret, p.Request.Auth.AWS.SessionToken)
				plan := p
				plan.Request.URL, plan.Load.Requests, plan.Load.Concurrency = server.URL+p.Request.URL, 4, 2
				plan.Request.Auth.AWS.Region, plan.Request.Auth.AWS.AccessKey, plan.Request.Auth.AWS.SecretKey = "eu-central-1", exampleKey, exampleSecret
				plan.Request.Header = append([]header.Line{{Name: "X-Seq", Value: "{{seq}}"}}, plan.Request.Header...)
				run := fireOn(t, engine, plan).run
				if run.Totals.OK != 4 || len(server.mu.keys) != 4 {
					t.Errorf("ended: %s; refused: %s", endings(run), strings.Join(server.mu.wrong, "\n"))
				}
			})
		})
	}
}

func TestWrongSecretIsRefused(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, engine string) {
		server := newSignedServer(t, exampleSecret, "")
		run := fireOn(t, engine, Plan{
			Request: request.Spec{URL: server.URL + "/b", Auth: request.Auth{AWS: request.AWS{Region: "us-east-1", AccessKey: exampleKey, SecretKey: "wrong"}}},
			Load:    Load{Requests: 2},
		}).run
		if run.Totals.OK != 0 || run.Totals.Failed != 2 || !strings.Contains(strings.Join(server.mu.wrong, ""), "SignatureDoesNotMatch") {
			t.Errorf("ended: %s; refused: %s", endings(run), server.mu.wrong)
		}
	})
}
