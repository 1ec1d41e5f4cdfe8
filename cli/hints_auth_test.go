package cli

import (
	"errors"
	"strings"
	"testing"

	"shotput/loadgen"
)

// TestRefusedToken: exit 3, a hint with a command that holds no secret.
func TestRefusedToken(t *testing.T) {
	for _, c := range []struct {
		e    *loadgen.TokenError
		want []string
	}{
		{&loadgen.TokenError{URL: "http://t/token?key=REDACTED", Status: "401 Unauthorized", Said: "invalid_client"},
			[]string{"error: the token server gives no token (401 Unauthorized)", "[auth-401]", "seen  invalid_client", `client_credentials "http://t/token?key=$SECRET"`}},
		{&loadgen.TokenError{URL: "http://t/", Status: "500 Internal Server Error"}, []string{"seen  its answer gives no reason"}},
		{&loadgen.TokenError{URL: "http://t/", Err: errors.New("connection refused")},
			[]string{"error: the token could not be fetched", "seen  connection refused", `try   curl -v -o /dev/null "http://t/"`}},
	} {
		var said strings.Builder
		if code := tell(&said, newJob(&Stdio{}, newAsked(), nil).explainRefusal(c.e)); code != exitUnmeasured {
			t.Errorf("%v exits %d", c.e, code)
		}
		for _, want := range append(c.want, "exit 3 before any load was sent") {
			if !strings.Contains(said.String(), want) {
				t.Errorf("%v is told as\n%s\nwant %s", c.e, said.String(), want)
			}
		}
	}
}
