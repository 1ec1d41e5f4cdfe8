package loadgen

import (
	"bytes"
	"encoding/base64"
	"net/http"
	"slices"
	"strings"
)

// authorization is the Authorization line that goes out unless the plan names that header: what Basic, Bearer and
// OAuth2 have to say. A signature differs from request to request, and a Digest answers a challenge; neither is here.
func (t *Template) authorization(p *Plan) (line headerLine, ok bool, err error) {
	user := t.user(p)
	var value parts
	switch {
	case p.names("Authorization"):
		return headerLine{}, false, nil
	case p.Request.Auth.Bearer != "":
		value, err = compileHeaderValue(p.Request.Auth.Bearer, "oauth2-bearer", "Authorization")
		value = fold(literally("Bearer "), value)
	case p.Request.Auth.OAuth2.TokenURL != "":
		value = p.token.parts()
	case p.Request.Auth.Digest || p.Request.Auth.AWS.Region != "" || user == "":
		return headerLine{}, false, nil
	default:
		value = literally("Basic " + base64.StdEncoding.EncodeToString([]byte(user)))
	}
	return headerLine{"Authorization", value}, err == nil, err
}

// names says whether the plan has a say about a header: to set it, or to leave it out.
func (p *Plan) names(header string) bool {
	return slices.ContainsFunc(p.Request.Header, func(h Header) bool { return strings.EqualFold(h.Name, header) })
}

// userText is name:password, the plan's own or its URL's; empty where neither gives one.
func (p *Plan) userText() string {
	l, _ := compileURL(p.Request.URL) // Validate tells of an error
	return (&Template{location: l}).user(p)
}

// auth names the way in which the plan says who asks; empty where it does not.
func (p *Plan) auth() string {
	switch {
	case p.Request.Auth.Bearer != "":
		return "bearer"
	case p.Request.Auth.OAuth2.TokenURL != "":
		return "oauth2"
	case p.Request.Auth.AWS.Region != "":
		return "aws-sigv4"
	case p.Request.Auth.Digest:
		return "digest"
	case p.userText() != "":
		return "basic"
	}
	return ""
}

// shortestSecret bounds what is taken out of an answer: what is shorter is too likely to stand in it by chance.
const shortestSecret = 8

// hideSecrets takes the plan's secrets, and what request r said of who asks, out of an answer: some servers echo all
// that they were sent.
func (p *Plan) hideSecrets(answer []byte, r *http.Request) []byte {
	_, password, _ := strings.Cut(p.userText(), ":")
	secrets := []string{p.Request.Auth.AWS.SecretKey, p.Request.Auth.AWS.SessionToken, p.Request.Auth.OAuth2.ClientSecret, password}
	for _, line := range r.Header["Authorization"] {
		_, credentials, _ := strings.Cut(line, " ")
		secrets = append(secrets, credentials)
	}
	slices.SortFunc(secrets, func(a, b string) int { return len(b) - len(a) }) // one may be a part of another
	for _, s := range secrets {
		if len(s) >= shortestSecret {
			answer = bytes.ReplaceAll(answer, []byte(s), []byte(redacted))
		}
	}
	return answer
}
