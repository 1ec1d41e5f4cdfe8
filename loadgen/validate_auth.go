package loadgen

import (
	"net/url"
	"slices"
	"strings"
)

// checkAuth looks at who asks. No fault shows a secret.
func (s *RequestSpec) checkAuth(f *faults, env Env) {
	ways := s.waysToAsk(env)
	if len(ways) > 1 {
		f.add(ways[1], redacted, "is given together with %s; only one of them can say who asks", ways[0])
	}
	if s.Auth.Digest && s.userText(env) == "" {
		f.add("digest", "", "needs a user; give -u NAME:PASSWORD")
	}
	s.checkAWS(f)
	s.Auth.OAuth2.check(f)
}

// waysToAsk are the ways in which the request says who asks, by their fields.
func (s *RequestSpec) waysToAsk(env Env) (ways []string) {
	for _, way := range []struct {
		field string
		used  bool
	}{{"user", s.userText(env) != ""}, {"oauth2-bearer", s.Auth.Bearer != ""}, {"oauth2-url", s.Auth.OAuth2.TokenURL != ""}, {"aws-sigv4", s.Auth.AWS.Region != ""}} {
		if way.used {
			ways = append(ways, way.field)
		}
	}
	return ways
}

func (s *RequestSpec) checkAWS(f *faults) {
	a := &s.Auth.AWS
	if a.Region == "" {
		if a.Service != "" || a.AccessKey != "" || a.SecretKey != "" || a.UnsignedPayload {
			f.add("aws-sigv4", "", "names no region; write aws:amz:REGION:SERVICE, such as aws:amz:us-east-1:s3")
		}
		return
	}
	if a.AccessKey == "" || a.SecretKey == "" {
		f.add("aws-sigv4", a.Region, "has no credentials to sign with; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give -u KEY:SECRET")
	}
	for _, word := range []string{a.Region, a.Service, a.AccessKey} {
		if strings.ContainsFunc(word, func(r rune) bool { return r <= ' ' || r > '~' || r == '/' || r == ',' }) {
			f.add("aws-sigv4", word, "has a character that no region, service or key id has")
		}
	}
	if slices.ContainsFunc([]byte(a.SessionToken), badInHeader) {
		f.add("aws-sigv4", redacted, "has a session token with a character that no header can hold")
	}
	for _, name := range setBySignature {
		if named(s.Header, name) {
			f.add("header", name, "is set by the signature (aws-sigv4), and cannot be given or removed beside it")
		}
	}
}

func (o *OAuth2) check(f *faults) {
	if o.TokenURL == "" {
		if o.ClientID != "" || o.ClientSecret != "" || len(o.Scopes) > 0 {
			f.add("oauth2-url", "", "is missing: where to fetch the token from")
		}
		return
	}
	if u, err := url.Parse(o.TokenURL); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		f.add("oauth2-url", redactURL(o.TokenURL), "is no http or https URL")
	}
	if o.ClientID == "" {
		f.add("oauth2-client-id", "", "is missing: the token server asks who wants a token")
	}
}
