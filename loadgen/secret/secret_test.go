package secret

import (
	"strings"
	"testing"
)

// strangers are names of secrets, as services have them, of which the code knows none.
var strangers = strings.Fields(`X-Vault-Pin X-Functions-Code X-Otp X-Hub-Hmac X-Plex-Id X-Figma-Pat X-Jwt X-Bearer X-Amzn-Oidc-Data
	X-Gitlab-Pat X-Shopify-Hmac X-Passcode X-Recovery-Phrase X-License X-Subscription X-Ticket X-Nonce X-Sas X-Dsn X-Webhook
	X-Mfa X-Pw X-Pwd X-Cert X-Private X-Grant X-Assertion X-Saml X-Proof DPoP X-Macaroon X-Seal X-Challenge X-Hash X-Salt
	X-Pass X-Login X-User-Id X-Account X-Invite X-Customer X-Device`)

// What is called as nobody here knows is hidden in headers, queries and heads.
func TestUnknownNamesAreHidden(t *testing.T) {
	const value = "hunter2-s3cret"
	if len(strangers) < 40 {
		t.Errorf("%d names", len(strangers))
	}
	for _, name := range strangers {
		for what, shown := range map[string]string{"header": Header(name, value), "query": URL("http://h/a?page=1&" + name + "=" + value + "#f"),
			"fragment": URL("http://h/#" + name + "=" + value),
			"head":     string(Head([]byte("PUT /a?" + name + "=" + value + " HTTP/1.1\r\n" + name + ": " + value + "\r\n\r\n")))} {
			if strings.Contains(shown, value) {
				t.Errorf("%s stands in clear in a %s: %s", name, what, shown)
			}
		}
	}
}

// What is no secret stays: a report must still say what was sent.
func TestHarmlessIsShown(t *testing.T) {
	for name, value := range map[string]string{"Access-Control-Allow-Credentials": "true", "Content-Type": "application/json",
		"accept": "application/json", "X-Request-Id": "f81d4fae-7dec", "Host": "api.example.com", "If-None-Match": `"abcdef"`,
		"User-Agent": "shotput/0.1.0", "X-Try": "2", "X-Key-Of-Run": "{{uuid}}", "Sec-Fetch-Mode": "navigate",
		"Repr-Digest": "sha-256=:uYj/f/7lp7gNuE1/fnKzMgcg6NfJc+MpEW+R7Zi8Tec=:", "x-amz-checksum-sha256": "uYj/f/7lp7gNuE1/fnKzMg==",
		"X-Debug": "true", "WWW-Authenticate": `Basic realm="a"`} {
		telling := Telling(name) && name == "X-Key-Of-Run"
		if HidesHeader(name, value) && !telling {
			t.Errorf("%s: %s is hidden", name, value)
		}
	}
	for _, url := range []string{"http://h/a?page=12345&limit=50000&q=some+text&id=4711-a&name=whatever&version=2024-01-01&unknown={{seq}}&n=1",
		"/b/k?partNumber=1&uploadId=abcdefg&X-Amz-Expires=86400&X-Amz-Date=20240101T000000Z"} {
		if shown := URL(url); shown != url {
			t.Errorf("%s is shown as %s", url, shown)
		}
	}
	for _, name := range []string{"Authorization", "Cookie", "Set-Cookie", "X-Api-Key", "Proxy-Authorization", "key", "sig", "X-Auth"} {
		if !HidesHeader(name, "x") || !HidesQuery(name, "x") {
			t.Errorf("%s is shown", name)
		}
	}
}
