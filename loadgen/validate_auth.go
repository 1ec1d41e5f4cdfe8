package loadgen

import (
	"net/url"
	"slices"
	"strings"
)

// checkAuth looks at who asks. No fault shows a secret.
func (p *Plan) checkAuth(f *faults) {
	ways := p.waysToAsk()
	if len(ways) > 1 {
		f.add(ways[1], redacted, "is given together with %s; only one of them can say who asks", ways[0])
	}
	if p.Request.Auth.Digest && p.userText() == "" {
		f.add("digest", "", "needs a user; give -u NAME:PASSWORD")
	}
	p.checkAWS(f)
	p.checkOAuth2(f)
}

// waysToAsk are the ways in which the plan says who asks, by their flags.
func (p *Plan) waysToAsk() (ways []string) {
	for _, way := range []struct {
		flag string
		used bool
	}{{"user", p.userText() != ""}, {"oauth2-bearer", p.Request.Auth.Bearer != ""}, {"oauth2-url", p.Request.Auth.OAuth2.TokenURL != ""}, {"aws-sigv4", p.Request.Auth.AWS.Region != ""}} {
		if way.used {
			ways = append(ways, way.flag)
		}
	}
	return ways
}

func (p *Plan) checkAWS(f *faults) {
	a := &p.Request.Auth.AWS
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
		if p.names(name) {
			f.add("header", name, "is set by the signature (aws-sigv4), and cannot be given or removed beside it")
		}
	}
}

func (p *Plan) checkOAuth2(f *faults) {
	o := &p.Request.Auth.OAuth2
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
