package flags

import (
	"slices"

	"shotput/cli/line"
)

// The ways to say who asks. One of them that is given above another, as by a request of a mix above its scenario,
// stands in its place: two ways contradict each other. A user is no way of its own beside -u's other uses: a digest,
// keys.
var (
	waySimple = list("user", "basic", "digest", "netrc", "netrc-file")
	wayBearer = list("oauth2-bearer")
	wayOAuth2 = list("oauth2-url", "oauth2-client-id", "oauth2-client-secret", "oauth2-scope")
	waySigned = list("aws-sigv4", "aws-unsigned-payload")

	overForUser   = slices.Concat(wayBearer, wayOAuth2)
	overForFile   = append(list("user"), overForUser...)
	overForDigest = slices.Concat(wayBearer, wayOAuth2, waySigned)
	overForBearer = slices.Concat(waySimple, wayOAuth2, waySigned)
	overForOAuth2 = slices.Concat(waySimple, wayBearer, waySigned)
	overForKeys   = append(list("basic", "digest"), overForUser...)
)

// askingRows are the flags that say who asks.
func askingRows(a *Asked) line.Rows {
	return line.InGroup(groupAsking, append(userRows(a), tokenRows(a)...))
}

func userRows(a *Asked) line.Rows {
	p := &a.Plan
	return line.Rows{
		{Long: "user", Short: "u", Arg: "NAME:PASSWORD", Field: "credentials", Eg: "name:password",
			Help: "Basic authentication", Mixable: true, Over: overForUser,
			Hide: line.HideAll, Elsewhere: list("auth"), AsKey: list("auth"), Curl: true,
			Set: takeUser(&p.Request.Auth.User)},
		{Long: "basic", Help: "Basic authentication, the default with -u", Mixable: true, Over: overForDigest,
			Curl: true, Set: line.OnOff(&a.asking.basic)},
		{Long: "digest", Help: "Digest authentication with -u", Mixable: true, Over: overForDigest,
			Curl: true, Set: line.OnOff(&p.Request.Auth.Digest)},
	}
}

func tokenRows(a *Asked) line.Rows {
	p := &a.Plan
	return line.Rows{
		{Long: "oauth2-bearer", Arg: "TOKEN", Eg: "env:TOKEN", Help: "bearer token; env:NAME or @FILE hold it",
			Mixable: true, Over: overForBearer, Hide: line.HideUnlessElsewhere, Paths: line.PathAfterAt, Curl: true,
			Set: takeSecret(a.World, &p.Request.Auth.Bearer)},
		{Long: "oauth2-url", Arg: "URL", Eg: "https://127.0.0.1/token",
			Help:    "OAuth 2 client credentials: get a token there, and a\nnew one before it expires",
			Mixable: true, Over: overForOAuth2, Set: line.Filled(&p.Request.Auth.OAuth2.TokenURL)},
		{Long: "oauth2-client-id", Arg: "ID", Eg: "client", Help: "OAuth 2 client id",
			Mixable: true, Set: line.Filled(&p.Request.Auth.OAuth2.ClientID)},
		{Long: "oauth2-client-secret", Arg: "SECRET", Eg: "env:CLIENT_SECRET",
			Help:    "OAuth 2 client secret; env:NAME or @FILE hold it",
			Mixable: true, Hide: line.HideUnlessElsewhere, Paths: line.PathAfterAt,
			Set: takeSecret(a.World, &p.Request.Auth.OAuth2.ClientSecret)},
		{Long: "oauth2-scope", Arg: "SCOPE", Eg: "write", Help: "OAuth 2 scope; repeat",
			Repeats: true, Mixable: true, Set: line.Each(&p.Request.Auth.OAuth2.Scopes, line.NotEmpty)},
		{Long: "aws-sigv4", Arg: "TEXT", Eg: "aws:amz:us-east-1:s3",
			Help:    "sign for AWS, S3, MinIO: aws:amz:REGION:SERVICE; keys\nby -u, environment or ~/.aws/credentials",
			Mixable: true, Over: overForKeys, Curl: true, Set: a.asking.takeAWS},
		{Long: "aws-unsigned-payload", Help: "S3: sign everything except the body",
			Mixable: true, Set: line.OnOff(&a.asking.unsigned)},
		{Long: "netrc", Help: "user and password from ~/.netrc", Mixable: true, Over: overForFile,
			Curl: true, CurlLetter: "n", Set: line.OnOff(&a.asking.netrc)},
		{Long: "netrc-file", Arg: "FILE", Eg: "netrc", Help: "user and password from FILE",
			Mixable: true, Over: overForFile, Paths: line.WholePath, Curl: true,
			Set: line.Filled(&a.asking.netrcFile)},
	}
}
