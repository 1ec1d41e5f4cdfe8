package loadgen

import (
	"errors"
	"testing"

	"shotput/loadgen/answer"
	"shotput/loadgen/fault"
	"shotput/loadgen/header"
	"shotput/loadgen/request"
	"shotput/loadgen/route"
)

// Every string of a plan that is no template refuses one, by its field, and takes braces that are none.
func TestTemplatesWhereThereAreNone(t *testing.T) {
	const url = "http://127.0.0.1:1/{{seq}}"
	form := func(p request.Part) Plan {
		return Plan{Request: request.Spec{URL: url, Body: request.Body{Form: []request.Part{p}}}}
	}
	auth := func(a request.Auth) Plan { return Plan{Request: request.Spec{URL: url, Auth: a}} }
	way := func(r route.Spec) Plan { return Plan{Request: request.Spec{URL: url}, Route: r} }
	judged := func(a answer.Spec) Plan { return Plan{Request: request.Spec{URL: url}, Answer: a} }
	for field, with := range map[string]func(s string) Plan{
		"form part 1 name":     func(s string) Plan { return form(request.Part{Name: s, Text: "x"}) },
		"form part 1 filename": func(s string) Plan { return form(request.Part{Name: "f", Text: "x", Filename: s}) },
		"form part 1 type":     func(s string) Plan { return form(request.Part{Name: "f", Text: "x", Type: s}) },
		"user":                 func(s string) Plan { return auth(request.Auth{User: s + ":p"}) },
		"aws-sigv4": func(s string) Plan {
			return auth(request.Auth{AWS: request.AWS{Region: s, Service: "s3", AccessKey: "k", SecretKey: "s"}})
		},
		"oauth2-client-id": func(s string) Plan {
			return auth(request.Auth{OAuth2: request.OAuth2{TokenURL: "http://127.0.0.1:1/", ClientID: s}})
		},
		"oauth2-client-secret": func(s string) Plan {
			return auth(request.Auth{OAuth2: request.OAuth2{TokenURL: "http://127.0.0.1:1/", ClientID: "i", ClientSecret: s}})
		},
		"oauth2-scope": func(s string) Plan {
			return auth(request.Auth{OAuth2: request.OAuth2{TokenURL: "http://127.0.0.1:1/", ClientID: "i", Scopes: []string{s}}})
		},
		"proxy-header": func(s string) Plan {
			return way(route.Spec{Proxy: "http://127.0.0.1:1", ProxyHeader: []header.Line{{Name: "X", Value: s}}})
		},
		"resolve":           func(s string) Plan { return way(route.Spec{Resolve: []string{s + ":80:127.0.0.1"}}) },
		"connect-to":        func(s string) Plan { return way(route.Spec{ConnectTo: []string{s + ":80:127.0.0.1:80"}}) },
		"expect-header":     func(s string) Plan { return judged(answer.Spec{Header: []string{"X: " + s}}) },
		"expect-body-regex": func(s string) Plan { return judged(answer.Spec{Body: s}) },
		"expect-json":       func(s string) Plan { return judged(answer.Spec{JSON: `a == "` + s + `"`}) },
		"label":             func(s string) Plan { return Plan{Request: request.Spec{URL: url}, Labels: map[string]string{"a": s}} },
	} {
		if !refusesTemplate(with("{{seq}}").Validate(), field) {
			t.Errorf("%s: a template is taken: %v", field, with("{{seq}}").Validate())
		}
		if refusesTemplate(with("a{{b").Validate(), field) {
			t.Errorf("%s: two braces are taken for a template", field)
		}
	}
}

// refusesTemplate says whether there is such a fault of the field.
func refusesTemplate(err error, field string) bool {
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return false
	}
	for _, e := range joined.Unwrap() {
		var f *fault.Fault
		if errors.As(e, &f) && f.Field == field && f.Kind == fault.Unfit && f.Why[:len("is no template")] == "is no template" {
			return true
		}
	}
	return false
}
