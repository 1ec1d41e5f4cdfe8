package prober

import (
	"bytes"
	"net/http"
	"strings"
	"testing"

	"shotput/loadgen"
	"shotput/verify"
)

// A server may give back as an ETag what it was told: a check sends that on, so that it came into command lines.
func TestReflectedSecretIsInNoCommandLine(t *testing.T) {
	url := newServer(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", `"`+r.Header.Get("Authorization")+`"`)
		if r.Method == http.MethodPut {
			w.WriteHeader(http.StatusCreated)
		}
	}))
	s := probe(t, "", url, func(p *loadgen.Plan) { p.Request.Auth.User = "me:open-sesame" })
	const basic = "bWU6b3Blbi1zZXNhbWU="
	sent := s.Send(t.Context(), verify.Request{Name: "v-0", Body: []byte("x"), Header: []verify.Header{
		{Name: "If-Match", Value: `"Basic ` + basic + `"`}}})
	r := &verify.Report{Schema: verify.Schema, Findings: []verify.Finding{{Check: "if-match-right",
		Exchanges: []verify.Exchange{{URL: sent.URL, Curl: sent.Curl, Answer: "200 OK\nETag: " + sent.ETag()},
			{Curl: "curl http://a/b"}}}}}
	s.HideIn(r)
	var saved bytes.Buffer
	if err := verify.Encode(&saved, r); err != nil {
		t.Fatal(err)
	}
	if sent.ETag() != `"Basic `+basic+`"` || strings.Contains(saved.String(), basic) {
		t.Errorf("ETag %s; saved:\n%s", sent.ETag(), saved.String())
	}
	if x := r.Findings[0].Exchanges; x[0].Curl != "" || x[0].Note == "" || x[1].Curl == "" || x[1].Note != "" {
		t.Errorf("%+v", x)
	}
}
