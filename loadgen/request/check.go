package request

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"shotput/loadgen/fault"
	"shotput/loadgen/header"
	"shotput/loadgen/secret"
	"shotput/loadgen/text"
)

// Check says what is wrong with the request, taken by itself. What is wrong with its texts and files, Compile says,
// which opens them.
func (s *Spec) Check(f *fault.List) {
	if !header.IsToken(s.Method) {
		f.Add(fault.Malformed.In("method", s.Method, "is no HTTP method: letters such as PUT"))
	}
	for _, h := range s.Header {
		if !header.IsToken(h.Name) {
			f.Add(fault.Malformed.In("header", h.Name, "is no header name; write 'Name: value'"))
		}
	}
	if as := s.Body.As; as != "" && as != asJSON {
		f.Add(fault.Unknown.In("body as", as, "is nothing that a text can be read as; there is %s", asJSON))
	}
	if s.URL != "" && s.URLs != "" {
		f.Add(fault.Conflict.In("urls", s.URLs, "is given beside a URL; give one of them").With("url"))
	}
	if set := s.Body.given(); len(set) > 1 {
		all := strings.Join(set, ", ")
		f.Add(fault.Conflict.In("body", "", "has %d sources (%s); give one of them", len(set), all).With("body"))
	}
}

// checkLiterals refuses templates where there are none. Of a form, only the text, the file and the headers are; of who
// asks, only the bearer token.
func (s *Spec) checkLiterals(f *fault.List, user string) {
	for i := range s.Body.Form {
		p, field := &s.Body.Form[i], fmt.Sprintf("form part %d ", i+1)
		for _, one := range [][2]string{{"name", p.Name}, {"filename", p.Filename}, {"type", p.Type}} {
			f.RefuseTemplates(fault.Literal{Field: field + one[0], Value: one[1], Shown: one[1],
				Where: ", as a part's " + one[0]})
		}
	}
	a, o := &s.Auth.AWS, &s.Auth.OAuth2
	f.RefuseTemplates(fault.Literal{Field: "user", Value: user, Shown: secret.Mark},
		fault.Literal{Field: "aws-sigv4", Value: a.Region + a.Service, Shown: a.Region},
		fault.Literal{Field: "user", Value: a.AccessKey + ":" + a.SecretKey, Shown: secret.Mark},
		fault.Literal{Field: "oauth2-url", Value: o.TokenURL, Shown: secret.URL(o.TokenURL)},
		fault.Literal{Field: "oauth2-client-id", Value: o.ClientID, Shown: o.ClientID},
		fault.Literal{Field: "oauth2-client-secret", Value: o.ClientSecret, Shown: secret.Mark})
	for _, scope := range o.Scopes {
		f.RefuseTemplates(fault.Literal{Field: "oauth2-scope", Value: scope, Shown: scope})
	}
}

// CheckAuth looks at who asks. No fault shows a secret.
func (s *Spec) CheckAuth(f *fault.List, env text.Env) {
	user := s.userText(env)
	s.checkLiterals(f, user)
	ways := s.waysToAsk(user)
	if len(ways) > 1 {
		const why = "is given together with %s; only one of them can say who asks"
		f.Add(fault.Conflict.In(ways[1], secret.Mark, why, ways[0]).With(ways[0]))
	}
	if s.Auth.Digest && user == "" {
		f.Add(fault.Needs.In("digest", "", "needs a user").With("user").Advise("user", "give %s NAME:PASSWORD"))
	}
	s.checkAWS(f)
	s.Auth.OAuth2.check(f)
}

// waysToAsk are the ways in which the request says who asks, by their fields; user is what it says in Basic.
func (s *Spec) waysToAsk(user string) (ways []string) {
	for _, way := range []struct {
		field string
		used  bool
	}{{"user", user != ""}, {"oauth2-bearer", s.Auth.Bearer != ""},
		{"oauth2-url", s.Auth.OAuth2.TokenURL != ""}, {"aws-sigv4", s.Auth.AWS.Region != ""}} {
		if way.used {
			ways = append(ways, way.field)
		}
	}
	return ways
}

func (s *Spec) checkAWS(f *fault.List) {
	a := &s.Auth.AWS
	if a.Region == "" {
		if a.Service != "" || a.AccessKey != "" || a.SecretKey != "" || a.UnsignedPayload {
			f.Add(fault.Missing.In("aws-sigv4", "",
				"names no region; write aws:amz:REGION:SERVICE, such as aws:amz:us-east-1:s3"))
		}
		return
	}
	if a.AccessKey == "" || a.SecretKey == "" {
		f.Add(fault.Needs.In("aws-sigv4", a.Region, "has no credentials to sign with").With("user").
			MendBy(fault.Set, "user", "key:secret").
			Advise("user", "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give %s KEY:SECRET"))
	}
	if from := s.URLFrom(); from != "" {
		f.Add(fault.Unfit.In("aws-sigv4", a.Region, "signs requests to a server that the plan names, and the URL "+
			"begins with {{captured %q}}, which may lead anywhere; a URL that was signed in advance needs no signature",
			from).MendBy(fault.Remove, "aws-sigv4", ""))
	}
	for _, word := range []string{a.Region, a.Service, a.AccessKey} {
		if strings.ContainsFunc(word, func(r rune) bool { return r <= ' ' || r > '~' || r == '/' || r == ',' }) {
			f.Add(fault.Malformed.In("aws-sigv4", word, "has a character that no region, service or key id has"))
		}
	}
	if slices.ContainsFunc([]byte(a.SessionToken), header.Bad) {
		f.Add(
			fault.Malformed.In(
				"aws-sigv4",
				secret.Mark,
				"has a session token with a character that no header can hold",
			),
		)
	}
	for _, name := range setBySignature {
		if header.Named(s.Header, name) {
			const why = "is set by the signature (aws-sigv4), and cannot be given or removed beside it"
			f.Add(fault.Conflict.In("header", name, why).With("aws-sigv4"))
		}
	}
}

func (o *OAuth2) check(f *fault.List) {
	if o.TokenURL == "" {
		if o.ClientID != "" || o.ClientSecret != "" || len(o.Scopes) > 0 {
			f.Add(fault.Missing.In("oauth2-url", "", "is missing: where to fetch the token from"))
		}
		return
	}
	if u, err := url.Parse(o.TokenURL); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		f.Add(fault.Malformed.In("oauth2-url", secret.URL(o.TokenURL), "is no http or https URL"))
	}
	if o.ClientID == "" {
		f.Add(fault.Missing.In("oauth2-client-id", "", "is missing: the token server asks who wants a token"))
	}
}
