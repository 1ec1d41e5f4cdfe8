package cli

import (
	"strings"
	"testing"

	"shotput/cli/flags"
	"shotput/loadgen"
)

// A dry run shows the first request of each kind, and says what is wrong with any.
func TestDryRunOfAMix(t *testing.T) {
	put, look := newAsked(), newAsked()
	put.Plan.Request = loadgen.RequestSpec{URL: "http://127.0.0.1/{{seq}}", Body: loadgen.Body{Text: "content"}}
	look.Plan.Request = loadgen.RequestSpec{Method: "HEAD", URL: "http://127.0.0.1/look"}
	several := flags.Several{Mix: []loadgen.Request{{Name: "put"}, {}}, Each: [][]*flags.Asked{{put}, {look}}}
	r := several.Join()
	text, err := describe(r)
	for _, want := range []string{"\nrequest 1, if it is put\n  PUT /1 HTTP/1.1\n", "\n  content\n", "\nrequest 1, if it is http://127.0.0.1/look\n  HEAD /look HTTP/1.1\n"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s%v", want, text, err)
		}
	}
	r.Plan.Mix[1].Name = "put"
	if _, err := describe(r); err == nil || !strings.Contains(err.Error(), "requests[1].name") {
		t.Errorf("two of one name: %v", err)
	}
}
