package loadgen

import (
	"net/http"
	"net/url"
	"testing"

	"shotput/loadgen/transport"
)

// Of an answer that no redirect led to, the URL is what was sent; of one that a redirect led to, where it led.
func TestSeenURL(t *testing.T) {
	for want, at := range map[string]url.URL{
		"":               {Scheme: "http", Host: "h", Opaque: "/items/1"}, // as a Maker makes it
		"http://h/moved": {Scheme: "http", Host: "h", Path: "/moved"},
	} {
		r := &http.Response{Request: &http.Request{URL: &at}}
		if a := seenIn(r, new(transport.BodyReader), true); a.URL != want {
			t.Errorf("%+v is %q, want %q", at, a.URL, want)
		}
	}
}
