package advice

import (
	"bytes"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"shotput/cli/flags"
	"shotput/cli/line"
	"shotput/loadgen"
)

// # Who asks
//
// A server that refuses a user says why in three places: the challenge names the scheme that it wants, the body of S3's
// answers has a code, and the URL may have been signed beforehand. What was sent decides the rest: who has sent a user
// is not told to send one.

// authHint explains a 401 or a 403.
func authHint(a *flags.Asked, x *loadgen.Exchange) Hint {
	h := Hint{Code: "auth-401", Error: "the server asks for a user or a token", Seen: saidBy(x)}
	switch {
	case sentUser(x) || a.Plan.Request.Auth.User != "":
		h.Error = "the server does not accept the user or the token"
	case x.Observation.Status == http.StatusForbidden:
		h.Error = "the server forbids the request"
	}
	h.Error += " (" + line.Printable(x.Status) + ")"
	auth, challenge := &a.Plan.Request.Auth, x.Header.Get("WWW-Authenticate")
	if challenge != "" {
		h.Seen = preflight + "; WWW-Authenticate: " + line.Printable(challenge)
	}
	wantsDigest := hasScheme(challenge, "digest") && !hasScheme(challenge, "basic")
	switch {
	case isSigned(urlOf(a, x)):
		return signedURLHint(a, x, h)
	case auth.AWS != (loadgen.AWS{}):
		return signatureHint(x, h)
	case wantsDigest && auth.User != "" && !auth.Digest:
		h.Why = "it asks for Digest, and the user was sent as Basic"
		h.Try = a.Without("basic").With("digest", "true").String()
	case wantsDigest && !sentUser(x) && auth.User == "":
		h.Why, h.Try = "it asks for a user by Digest", userLine(a).With("digest", "true").String()
	case (sentUser(x) || auth.User != "") && !sendsToken(auth) && isBearerAlone(challenge):
		h.Why = "it asks for a token, and a user was sent"
		h.Try = a.Without("user", "basic", "digest").With("oauth2-bearer", "token").String()
	case sentUser(x) || auth.User != "":
		h.Why = "who was named is not known there, the secret is wrong, or has no right to write here"
	case isS3(x):
		h.Why = "it speaks S3, and the request is not signed"
		h.Try = userLine(a).With("aws-sigv4", "aws:amz:us-east-1:s3").String()
	case isBearerAlone(challenge):
		h.Why, h.Try = "it asks for a token, and none was sent", a.With("oauth2-bearer", "token").String()
	default:
		h.Why, h.Try = "no user or token was sent", a.With("user", "name:password").String()
	}
	return h
}

func userLine(a *flags.Asked) line.Line { return a.With("user", "name:password") }

// hasScheme says whether a challenge is of a scheme, in lower case.
func hasScheme(challenge, scheme string) bool {
	c := strings.ToLower(challenge)
	return strings.HasPrefix(c, scheme+" ") || c == scheme || strings.Contains(c, ", "+scheme+" ")
}

func sendsToken(auth *loadgen.Auth) bool { return auth.Bearer != "" || auth.OAuth2.TokenURL != "" }

// isBearerAlone says whether a challenge asks for a token, and would not take a user.
func isBearerAlone(challenge string) bool {
	return hasScheme(challenge, "bearer") && !hasScheme(challenge, "basic") && !hasScheme(challenge, "digest")
}

// sentUser says whether the request had an Authorization line.
func sentUser(x *loadgen.Exchange) bool {
	return bytes.Contains(bytes.ToLower(x.RequestHead), []byte("\r\nauthorization:"))
}

func isS3(x *loadgen.Exchange) bool {
	server := strings.ToLower(x.Header.Get("Server"))
	return x.Header.Get("X-Amz-Request-Id") != "" || strings.Contains(server, "amazons3")
}

var errorCode = regexp.MustCompile(`<Code>(\w+)</Code>`)

// codeSaid is the code in S3's answer; "" where it has none.
func codeSaid(x *loadgen.Exchange) string {
	if m := errorCode.FindSubmatch(x.Body); m != nil {
		return string(m[1])
	}
	return ""
}

// signatureHint is for a request that was signed by AWS' scheme.
func signatureHint(x *loadgen.Exchange, h Hint) Hint {
	switch code := codeSaid(x); code {
	case "SignatureDoesNotMatch":
		h.Why = "the secret key is wrong, or something on the way changes the request"
	case "InvalidAccessKeyId":
		h.Why = "the server does not know this access key"
	case "RequestTimeTooSkewed":
		h.Why = "this machine's clock and the server's differ by too much; there it is " +
			line.Printable(x.Header.Get("Date"))
	case "AuthorizationHeaderMalformed":
		h.Why = "the region or the service of --aws-sigv4 is another one there"
	case "AccessDenied":
		h.Why = "the signature holds; the key has no right to write here"
	default:
		h.Why = "the request was signed; key, secret, region or rights are not as the server has them"
	}
	return h
}

// isSigned says whether the URL carries a signature: S3's, its older form, Google's or Azure's.
func isSigned(target string) bool {
	q := queryOf(target)
	return q.Has("X-Amz-Signature") || q.Has("X-Goog-Signature") || q.Has("Signature") || q.Has("sig") && q.Has("se")
}

func queryOf(target string) url.Values {
	_, query, _ := strings.Cut(target, "?")
	q, _ := url.ParseQuery(query) // what cannot be read is no signature
	return q
}

// signedURLHint is for a URL whose signature does not hold: what it covers, and until when, stand in it.
func signedURLHint(a *flags.Asked, x *loadgen.Exchange, h Hint) Hint {
	h.Error = "the server refuses the signature in the URL (" + line.Printable(x.Status) + ")"
	q := queryOf(urlOf(a, x))
	if end, now := validUntil(q), dateOf(x.Header); !end.IsZero() && !now.IsZero() && now.After(end) {
		h.Why = "it was valid until " + end.UTC().Format(time.DateTime) + ", and the server's clock says " +
			now.UTC().Format(time.DateTime) + " (UTC)"
		return h
	}
	h.Why = "it covers the method, the host and these headers, as they were when it was made"
	if signed := q.Get("X-Amz-SignedHeaders"); signed != "" {
		h.Why = "it covers the method, and these headers: " + line.Printable(signed)
	}
	if q.Has("Signature") || q.Has("X-Goog-Signature") ||
		strings.Contains(q.Get("X-Amz-SignedHeaders"), "content-type") {
		h.Why += "; the Content-Type must be the one that was signed"
	}
	if end := validUntil(q); !end.IsZero() && dateOf(x.Header).IsZero() {
		h.Why += "; by itself it is valid until " + end.UTC().Format(time.DateTime) + " UTC, and not after that"
	}
	if sentUser(x) {
		h.Why += "; and an Authorization header beside it is refused"
		h.Try = a.Without("user", "basic", "digest", "oauth2-bearer", "aws-sigv4").String()
	}
	return h
}

// validUntil is the end of a signature's validity; zero where it is not known.
func validUntil(q url.Values) time.Time {
	for _, brand := range []string{"X-Amz-", "X-Goog-"} {
		made, err := time.Parse("20060102T150405Z", q.Get(brand+"Date"))
		seconds, bad := time.ParseDuration(q.Get(brand+"Expires") + "s")
		if err == nil && bad == nil {
			return made.Add(seconds)
		}
	}
	if seconds, err := time.ParseDuration(q.Get("Expires") + "s"); err == nil {
		return time.Unix(0, 0).Add(seconds)
	}
	for _, form := range []string{time.RFC3339, "2006-01-02T15:04Z", time.DateOnly} { // Azure's
		if end, err := time.Parse(form, q.Get("se")); err == nil {
			return end
		}
	}
	return time.Time{}
}

func dateOf(header http.Header) time.Time {
	at, _ := http.ParseTime(header.Get("Date")) // zero where there is none
	return at
}
