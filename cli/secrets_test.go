package cli_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"shotput/cli"
)

// strangers are names of secrets that no list here has.
var strangers = strings.Fields(`X-Vault-Pin X-Functions-Code X-Otp X-Hub-Hmac X-Plex-Id X-Figma-Pat X-Jwt X-Bearer X-Amzn-Oidc-Data
	X-Gitlab-Pat X-Shopify-Hmac X-Passcode X-Recovery-Phrase X-License X-Subscription X-Ticket X-Nonce X-Sas X-Dsn X-Webhook X-Mfa
	X-Pw X-Pwd X-Cert X-Private X-Grant X-Assertion X-Saml X-Proof DPoP X-Macaroon X-Seal X-Challenge X-Hash X-Salt X-Pass X-Login
	X-User-Id X-Account X-Invite X-Customer X-Device`)

// Whatever a secret is called, no output has it: no report, no saved run, no line to try, no answer that echoes it.
func TestStrangersSecretsAreHidden(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for name, values := range r.Header {
			w.Header().Set("Echo-"+name, values[0])
		}
		w.WriteHeader(422)
		fmt.Fprintln(w, "cannot read", r.URL, r.Header)
	}))
	defer server.Close()
	t.Chdir(t.TempDir())
	request := []string{"-d", "x"}
	var query []string
	for i, name := range strangers {
		request = append(request, "-H", fmt.Sprintf("%s: s3cret-%d-h", name, i))
		query = append(query, fmt.Sprintf("%s=s3cret-%d-q", name, i))
	}
	url := server.URL + "/a?page=12345&" + strings.Join(query, "&")
	var all bytes.Buffer
	for _, more := range [][]string{{"--dry-run"}, {"--once"}, {"-n", "20", "-v", "--no-preflight", "-o", "r.json", "-o", "r.html", "-o", "r.md", "-o", "r.xml", "-o", "r.ndjson", "-o", "r.txt"},
		{"-n", "20", "--expect", "4xx", "--engine", "http", "-o", "ok.json", "-o", "ok.html"}, {"-n", "x"}, {"--frob"}, {"-m", "1d"}} {
		args := append(append(append([]string{}, more...), request...), url)
		cli.Main(context.Background(), args, cli.Stdio{In: strings.NewReader(""), Out: &all, Err: io.Writer(&all)})
	}
	saved, _ := filepath.Glob("*")
	for _, name := range saved {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		all.WriteString("\n# " + name + "\n")
		all.Write(text)
	}
	if len(saved) != 8 || !strings.Contains(all.String(), "page=12345") || !strings.Contains(all.String(), "X-Macaroon: REDACTED") {
		t.Errorf("%q were saved, and the names are gone", saved)
	}
	for _, line := range strings.Split(all.String(), "\n") {
		if at := strings.Index(line, "s3cret-"); at >= 0 {
			t.Errorf("in clear: %s", line[max(0, at-100):min(len(line), at+40)])
		}
	}
}
