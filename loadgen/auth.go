package loadgen

import (
	"encoding/base64"
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
	case p.Bearer != "":
		value, err = compileHeaderValue(p.Bearer, "oauth2-bearer", "Authorization")
		value = fold(literally("Bearer "), value)
	case p.OAuth2.TokenURL != "":
		value = p.token.parts()
	case p.Digest || p.AWS.Region != "" || user == "":
		return headerLine{}, false, nil
	default:
		value = literally("Basic " + base64.StdEncoding.EncodeToString([]byte(user)))
	}
	return headerLine{"Authorization", value}, err == nil, err
}

// names says whether the plan has a say about a header: to set it, or to leave it out.
func (p *Plan) names(header string) bool {
	return slices.ContainsFunc(p.Header, func(h Header) bool { return strings.EqualFold(h.Name, header) })
}

// userText is name:password, the plan's own or its URL's; empty where neither gives one.
func (p *Plan) userText() string {
	l, _ := compileURL(p.URL) // Validate tells of an error
	return (&Template{location: l}).user(p)
}

// auth names the way in which the plan says who asks; empty where it does not.
func (p *Plan) auth() string {
	switch {
	case p.Bearer != "":
		return "bearer"
	case p.OAuth2.TokenURL != "":
		return "oauth2"
	case p.AWS.Region != "":
		return "aws-sigv4"
	case p.Digest:
		return "digest"
	case p.userText() != "":
		return "basic"
	}
	return ""
}
