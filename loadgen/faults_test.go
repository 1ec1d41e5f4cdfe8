package loadgen

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"shotput/loadgen/answer"
	"shotput/loadgen/fault"
	"shotput/loadgen/header"
	"shotput/loadgen/request"
	"shotput/loadgen/route"
	"shotput/loadgen/text"
	"shotput/loadgen/transport"
	"shotput/stats"
)

// A fault says what it is, what else it is about and what would mend it, beside the sentence that people read.
func TestKindsOfFaults(t *testing.T) {
	const url = "http://127.0.0.1:1/"
	rule := func(s string) []stats.Rule {
		r, _ := stats.ParseRule(s)
		return []stats.Rule{r}
	}
	aws := request.AWS{Region: "r", AccessKey: "k", SecretKey: "s"}
	how := map[fault.How]string{fault.Set: "set", fault.Remove: "remove", fault.Replace: "replace"}
	for _, c := range []struct {
		plan Plan
		want string // the first fault: its field, kind and other field; its mend
	}{
		{Plan{}, "url: missing; set url"},
		{Plan{Request: request.Spec{URL: "ftp://h"}}, "url: unknown; replace url"},
		{Plan{Request: request.Spec{URL: url + "{{nope}}"}}, "url: in text; replace url"},
		{Plan{Request: request.Spec{URL: url, Body: request.Body{Text: "a\n{{nope}}"}}}, "body: in text; replace body"},
		{Plan{Request: request.Spec{URL: url + "{{key}}"}}, "keys: needs keys; set keys"},
		{Plan{Request: request.Spec{URL: url, Body: request.Body{File: "/nowhere"}}},
			"body file: unreadable; replace body file"},
		{Plan{Request: request.Spec{URL: url, Body: request.Body{Sizes: "x"}}}, "body sizes: malformed; replace body sizes"},
		{Plan{Request: request.Spec{URL: url, Header: []header.Line{{Name: "Content-Length", Value: "9"}}}},
			"header: unfit; replace header"},
		{Plan{Request: request.Spec{URL: url, Auth: request.Auth{Digest: true}}}, "digest: needs user; set user"},
		{Plan{Request: request.Spec{URL: url, Auth: request.Auth{User: "a:b", Bearer: "c"}}},
			"oauth2-bearer: conflict user; remove oauth2-bearer"},
		{Plan{Request: request.Spec{URL: url, Auth: request.Auth{AWS: request.AWS{Region: "r"}}}},
			"aws-sigv4: needs user; set user key:secret"},
		{Plan{Request: request.Spec{URL: url, Auth: request.Auth{AWS: aws}, Header: []header.Line{{Name: "X-Amz-Date"}}}},
			"header: conflict aws-sigv4; remove header"},
		{Plan{Request: request.Spec{URL: url}, Answer: answer.Spec{JSON: "a == 1"},
			Transport: transport.Spec{SkipBody: true}}, "read-body: conflict expect-json; set read-body all"},
		{Plan{Request: request.Spec{URL: url}, Values: text.Values{Rows: text.Rows{Order: "random"}}},
			"rows order: needs csv; set csv"},
		{Plan{Request: request.Spec{URL: url}, Route: route.Spec{TLS: route.TLS{Key: "k.pem"}}}, "key: needs cert; set cert"},
		{Plan{Request: request.Spec{URL: url}, Route: route.Spec{Env: route.Env{"http_proxy": "gopher://p"}}},
			"proxy: malformed; set proxy"},
		{Plan{Request: request.Spec{URL: url}, Transport: transport.Spec{HTTP: "2"}}, "http2: conflict url; remove http2"},
		{Plan{Request: request.Spec{URL: url}, Load: Load{Poisson: true}}, "arrivals: needs rate; set rate"},
		{Plan{Request: request.Spec{URL: url}, Load: Load{Concurrency: -1}},
			"concurrency: out of range; replace concurrency"},
		{Plan{Request: request.Spec{URL: url}, Rules: Rules{Thresholds: rule("rate > 99% of target")}},
			"threshold: needs rate; set rate"},
		{Plan{Request: request.Spec{URL: url}, Rules: Rules{Thresholds: rule("upload_rate > 99% of target")}},
			"threshold: needs rate; set rate 20MiB/s"},
		{Plan{Request: request.Spec{URL: url}, Rules: Rules{Aborts: rule(`template."x".p99 < 1s`)}},
			"abort: unfit; replace abort"},
		{Plan{Request: request.Spec{URL: url}, Mix: []Request{{}, {Request: request.Spec{URL: "{{"}}}},
			"requests[1].url: in text; replace requests[1].url"},
	} {
		f := new(fault.Fault)
		err := c.plan.Validate()
		errors.As(err, &f)
		m := f.Remedy()
		got := strings.TrimSpace(fmt.Sprintf("%s: %v %s", f.Field, f.Kind, f.Other)) + "; " +
			strings.TrimSpace(fmt.Sprintf("%s %s %s", how[m.How], m.Field, m.Value))
		if got != c.want {
			t.Errorf("%v\nis %s, want %s", err, got, c.want)
		}
	}
}
