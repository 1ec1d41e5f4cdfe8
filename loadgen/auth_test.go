//go:build unix

package loadgen

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"shotput/loadgen/fault"
	"shotput/loadgen/header"
	"shotput/loadgen/request"
	"shotput/loadgen/route"
)

// whoAsks are plans in each of the ways; every secret in them has "hush" in it.
func whoAsks() map[string]Plan {
	return map[string]Plan{
		"basic":     {Request: request.Spec{Auth: request.Auth{User: "ann:hush"}}},
		"url":       {Request: request.Spec{URL: "http://ann:hush@h/"}},
		"digest":    {Request: request.Spec{Auth: request.Auth{User: "ann:hush", Digest: true}}},
		"bearer":    {Request: request.Spec{Auth: request.Auth{Bearer: "hush"}}},
		"oauth2":    {Request: request.Spec{Auth: request.Auth{OAuth2: request.OAuth2{TokenURL: "http://t:hush@t/?token=hush", ClientID: "c", ClientSecret: "hush"}}}},
		"aws-sigv4": {Request: request.Spec{Auth: request.Auth{AWS: request.AWS{Region: "r", AccessKey: "k", SecretKey: "hush", SessionToken: "hush"}}}},
		"presigned": {Request: request.Spec{URL: "http://h/?X-Amz-Credential=hush/20130524&X-Amz-Signature=hush&X-Amz-Security-Token=hush"}},
	}
}

// TestWhoAsksIsRedacted wherever a plan or a request is shown, and said in a word in the record.
func TestWhoAsksIsRedacted(t *testing.T) {
	for name, p := range whoAsks() {
		if p.Request.URL == "" {
			p.Request.URL = "http://h/"
		}
		if err := p.Validate(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		record, err := json.Marshal(p.Record())
		if err != nil {
			t.Fatal(err)
		}
		made, err := Render(p, 1, 100)
		if err != nil {
			t.Fatal(err)
		}
		if shown := string(record) + string(made.Head); strings.Contains(shown, "hush") || strings.Contains(shown, "Signature=") && name != "presigned" {
			t.Errorf("%s: shown is %s", name, shown)
		}
		if want := map[string]string{"url": "basic", "presigned": ""}; p.Record().Auth != name && p.Record().Auth != want[name] {
			t.Errorf("%s: the record says %q", name, p.Record().Auth)
		}
		want := 1
		if name == "digest" || name == "presigned" {
			want = 0 // a challenge is answered when it comes; the URL says it all
		}
		if lines := strings.Count(string(made.Head), "Authorization: REDACTED\r\n"); lines != want {
			t.Errorf("%s: %d Authorization lines in\n%s", name, lines, made.Head)
		}
	}
}

// TestNamedAuthorizationWins: a header that the plan names goes out as it says, once, and nothing beside it.
func TestNamedAuthorizationWins(t *testing.T) {
	for name, p := range whoAsks() {
		p.Request.URL = "http://h/"
		for _, h := range []header.Line{{Name: "authorization", Value: "mine"}, {Name: "Authorization", Remove: true}} {
			p.Request.Header = []header.Line{h}
			if p.Request.Auth.AWS.Region != "" {
				if err := p.Validate(); err == nil || !strings.Contains(err.Error(), "set by the signature") {
					t.Errorf("%s: %v", name, err)
				}
				continue
			}
			head := string(newTemplate(t, p).AppendHead(nil, 1, 0, 0))
			if n := strings.Count(strings.ToLower(head), "authorization: "); n != map[bool]int{true: 0, false: 1}[h.Remove] || n == 1 && headerOf(head, "authorization") != "mine" {
				t.Errorf("%s, %+v:\n%s", name, h, head)
			}
			if p.Request.DigestUser(nil) != "" {
				t.Errorf("%s: a challenge would be answered all the same", name)
			}
		}
	}
}

// TestFaultsInWhoAsks: named by flag, all at once, and without a secret.
func TestFaultsInWhoAsks(t *testing.T) {
	aws := request.AWS{Region: "us-east-1", AccessKey: "k", SecretKey: "hush"}
	grant := request.OAuth2{TokenURL: "https://t/", ClientID: "c", ClientSecret: "hush"}
	for _, c := range []struct {
		plan Plan
		want []string // "field: why"
	}{
		{Plan{Request: request.Spec{Auth: request.Auth{User: "a:hush", Bearer: "hush"}}}, []string{"oauth2-bearer: is given together with user"}},
		{Plan{Request: request.Spec{URL: "http://a:hush@h/", Auth: request.Auth{AWS: aws}}}, []string{"aws-sigv4: is given together with user"}},
		{Plan{Request: request.Spec{Auth: request.Auth{Bearer: "hush", OAuth2: grant}}}, []string{"oauth2-url: is given together with oauth2-bearer"}},
		{Plan{Request: request.Spec{Auth: request.Auth{OAuth2: grant, AWS: aws}}}, []string{"aws-sigv4: is given together with oauth2-url"}},
		{Plan{Request: request.Spec{Auth: request.Auth{Digest: true}}}, []string{"digest: needs a user"}},
		{Plan{Request: request.Spec{Auth: request.Auth{Digest: true, Bearer: "hush"}}}, []string{"digest: needs a user"}},
		{Plan{Request: request.Spec{Auth: request.Auth{AWS: request.AWS{Region: "us-east-1"}}}}, []string{"aws-sigv4: has no credentials"}},
		{Plan{Request: request.Spec{Auth: request.Auth{AWS: request.AWS{Region: "us-east-1", AccessKey: "k"}}}}, []string{"aws-sigv4: has no credentials"}},
		{Plan{Request: request.Spec{Auth: request.Auth{AWS: request.AWS{SecretKey: "hush"}}}}, []string{"aws-sigv4: names no region"}},
		{Plan{Request: request.Spec{Auth: request.Auth{AWS: request.AWS{Region: "us/east", AccessKey: "k", SecretKey: "hush"}}}}, []string{"aws-sigv4: has a character"}},
		{Plan{Request: request.Spec{Auth: request.Auth{AWS: request.AWS{Region: "r", AccessKey: "k", SecretKey: "hush", SessionToken: "hush\n"}}}}, []string{"aws-sigv4: has a session token"}},
		{Plan{Request: request.Spec{Auth: request.Auth{AWS: aws}, Header: []header.Line{{Name: "x-amz-date", Value: "1"}, {Name: "X-Amz-Content-SHA256", Value: "1"}, {Name: "X-Amz-Security-Token", Value: "1"}}}},
			slices.Repeat([]string{"header: is set by the signature"}, 3)},
		{Plan{Request: request.Spec{Auth: request.Auth{OAuth2: request.OAuth2{TokenURL: "ftp://t/", ClientSecret: "hush"}}}}, []string{"oauth2-url: is no http", "oauth2-client-id: is missing"}},
		{Plan{Request: request.Spec{Auth: request.Auth{OAuth2: request.OAuth2{TokenURL: "t/token", ClientID: "c"}}}}, []string{"oauth2-url: is no http"}},
		{Plan{Request: request.Spec{Auth: request.Auth{OAuth2: request.OAuth2{ClientID: "c", ClientSecret: "hush"}}}}, []string{"oauth2-url: is missing"}},
		{Plan{Request: request.Spec{Auth: request.Auth{Bearer: "hush\r\nX: y"}}}, []string{"oauth2-bearer: line 1, column 5: is a character"}},
		{Plan{Request: request.Spec{Auth: request.Auth{Bearer: "{{sec}}"}}}, []string{"oauth2-bearer: column 1"}},
	} {
		if c.plan.Request.URL == "" {
			c.plan.Request.URL = "http://h/"
		}
		err := c.plan.Validate()
		var got []string
		for _, e := range flat(err) {
			var f *fault.Fault
			if errors.As(e, &f) {
				got = append(got, f.Field+": "+f.Why)
			}
		}
		matches := slices.EqualFunc(got, c.want, func(g, w string) bool { return strings.HasPrefix(g, w) })
		if !matches || strings.Contains(err.Error(), "hush") {
			t.Errorf("%+v:\n%v\nwant %q", c.plan.record(), err, c.want)
		}
	}
}

// record is what the plan is about, for messages.
func (p Plan) record() []any {
	return []any{p.Request.Auth.User, p.Request.Auth.Digest, p.Request.Auth.Bearer, p.Request.Auth.OAuth2, p.Request.Auth.AWS}
}

// flat are the errors that were joined.
func flat(err error) (all []error) {
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return []error{err}
	}
	for _, e := range joined.Unwrap() {
		all = append(all, flat(e)...)
	}
	return all
}

func TestEngineOfWhoAsks(t *testing.T) {
	for name, p := range whoAsks() {
		if got := wireUnfit(&p); (got != "") != p.Request.Auth.Digest {
			t.Errorf("%s: not on the event loop: %q", name, got)
		}
	}
}

// TestEchoedSecretsAreHidden: a server that answers with all that it was sent.
func TestEchoedSecretsAreHidden(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name, password, _ := r.BasicAuth()
		fmt.Fprintf(w, "%s asks, by %s %s %s", name, password, r.Header.Get("Authorization"), r.Header.Get("X-Amz-Security-Token"))
	}))
	defer server.Close()
	for name, p := range map[string]Plan{
		"basic":     {Request: request.Spec{Auth: request.Auth{User: "ann:hush-hush"}}},
		"bearer":    {Request: request.Spec{Auth: request.Auth{Bearer: "hush-hush-{{seq}}"}}},
		"aws-sigv4": {Request: request.Spec{Auth: request.Auth{AWS: request.AWS{Region: "r", AccessKey: "key", SecretKey: "hush-hush", SessionToken: "hush-hush-hush"}}}},
	} {
		p.Request.URL, p.Route.Proxy = server.URL, route.NoProxy
		x, err := Once(t.Context(), p, 1)
		if err != nil {
			t.Fatal(err)
		}
		if body := string(x.Body); !strings.Contains(body, " asks, by ") || strings.Contains(body, "hush") || strings.Contains(body, "Signature=") ||
			strings.Contains(body, base64.StdEncoding.EncodeToString([]byte(p.Request.Auth.User))) && p.Request.Auth.User != "" {
			t.Errorf("%s: shown is %s", name, body)
		}
	}
}
