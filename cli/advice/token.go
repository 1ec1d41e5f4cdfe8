package advice

import (
	"cmp"
	"strings"

	"shotput/loadgen"
	"shotput/loadgen/secret"
)

// OfToken explains that nothing was sent for want of an OAuth2 token.
func OfToken(e *loadgen.TokenError) Hint {
	h := Hint{Code: "auth-401", Error: "the token server gives no token (" + e.Status + ")",
		Seen: cmp.Or(e.Said, "its answer gives no reason"),
		Why:  "the client's id or secret is wrong, or it has no right to these scopes",
		Try:  `curl -sS -u "$CLIENT_ID:$CLIENT_SECRET" -d grant_type=client_credentials ` + tokenURL(e)}
	if e.Err != nil {
		h.Error, h.Seen = "the token could not be fetched", e.Err.Error()
		h.Why = "the token's URL is wrong, or its server is down"
		h.Try = "curl -v -o /dev/null " + tokenURL(e)
	}
	return h
}

// tokenURL is the token's URL as a word for a shell, with a variable for each secret in it.
func tokenURL(e *loadgen.TokenError) string {
	return `"` + strings.ReplaceAll(e.URL, secret.Mark, "$SECRET") + `"`
}
