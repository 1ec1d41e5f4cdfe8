package secret

import "testing"

// A query with a secret takes no more than its value out of the request's line.
func TestHeadKeepsProtocol(t *testing.T) {
	for head, want := range map[string]string{
		"PUT /p?token=hush HTTP/1.1\r\nHost: h\r\n\r\n": "PUT /p?token=REDACTED HTTP/1.1\r\nHost: h\r\n\r\n",
		"PUT /p\r\n\r\n": "PUT /p\r\n\r\n",
	} {
		if got := string(Head([]byte(head))); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
