package flags

import (
	"shotput/cli/line"
)

func askingRows(a *Asked) []line.Row {
	p := &a.Plan
	return line.InGroup(groupAsking, line.Rows{
		{Long: "user", Short: "u", Arg: "NAME:PASSWORD", Field: "credentials", Eg: "name:password", Help: "Basic authorization",
			Hide: line.HideAll, Elsewhere: list("auth"), AsKey: list("auth"), Curl: true, Set: takeUser(&p.Request.Auth.User)},
		{Long: "basic", Help: "Basic, which it is without a word",
			Curl: true, Set: line.OnOff(&a.asking.basic)},
		{Long: "digest", Help: "Digest authorization instead, with -u",
			Curl: true, Set: line.OnOff(&p.Request.Auth.Digest)},
		{Long: "oauth2-bearer", Arg: "TOKEN", Eg: "env:TOKEN", Help: "bearer token; env:NAME or @FILE hold it",
			Hide: line.HideUnlessElsewhere, Paths: line.PathAfterAt, Curl: true, Set: takeSecret(a.World, &p.Request.Auth.Bearer)},
		{Long: "oauth2-url", Arg: "URL", Eg: "https://127.0.0.1/token",
			Help: "fetch a token there (client credentials), and anew\nbefore it expires",
			Set:  line.Filled(&p.Request.Auth.OAuth2.TokenURL)},
		{Long: "oauth2-client-id", Arg: "ID", Eg: "client", Help: "for whom", Set: line.Filled(&p.Request.Auth.OAuth2.ClientID)},
		{Long: "oauth2-client-secret", Arg: "SECRET", Eg: "env:CLIENT_SECRET",
			Help: "with which secret; env:NAME or @FILE hold it",
			Hide: line.HideUnlessElsewhere, Paths: line.PathAfterAt, Set: takeSecret(a.World, &p.Request.Auth.OAuth2.ClientSecret)},
		{Long: "oauth2-scope", Arg: "SCOPE", Eg: "write", Help: "for which scope; repeat",
			Repeats: true, Set: line.Each(&p.Request.Auth.OAuth2.Scopes, line.NotEmpty)},
		{Long: "aws-sigv4", Arg: "TEXT", Eg: "aws:amz:us-east-1:s3",
			Help: "sign: aws:amz:REGION:SERVICE, keys by -u, environment\nor ~/.aws/credentials",
			Curl: true, Set: a.asking.takeAWS},
		{Long: "aws-unsigned-payload", Help: "sign all but the body", Set: line.OnOff(&a.asking.unsigned)},
		{Long: "netrc", Help: "user and password from ~/.netrc",
			Curl: true, CurlLetter: "n", Set: line.OnOff(&a.asking.netrc)},
		{Long: "netrc-file", Arg: "FILE", Eg: "netrc", Help: "user and password from FILE",
			Paths: line.WholePath, Curl: true, Set: line.Filled(&a.asking.netrcFile)},
	})
}
