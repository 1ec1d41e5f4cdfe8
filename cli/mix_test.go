package cli

import (
	"slices"
	"strings"
	"testing"

	"shotput/loadgen"
)

// Hints on a plan of several requests look at each of them.
func TestHintsOnAMix(t *testing.T) {
	const same, own, far = "http://127.0.0.1/a", "http://127.0.0.1/{{seq}}", "http://host.example/{{seq}}"
	for _, c := range []struct {
		urls []string
		want []string
	}{
		{[]string{same, same + "b"}, []string{"same-url"}}, {[]string{same, own}, nil}, {[]string{own, own + "b"}, nil},
		{[]string{own, far}, []string{"non-loopback"}},
	} {
		r := newRequest()
		for _, u := range c.urls {
			r.plan.Mix = append(r.plan.Mix, loadgen.Request{Request: loadgen.RequestSpec{URL: u}})
		}
		var codes []string
		for _, h := range r.planHints(0) {
			codes = append(codes, h.Code)
			if h.Code == "same-url" && !strings.Contains(h.Error, "each of the 2 requests") || h.Code == "non-loopback" && !strings.Contains(h.Error, "host.example") {
				t.Errorf("%v: %s", c.urls, h.Error)
			}
		}
		if !slices.Equal(codes, c.want) {
			t.Errorf("%v: hints %v, want %v", c.urls, codes, c.want)
		}
	}
}

// A dry run shows the first request of each kind, and says what is wrong with any.
func TestDryRunOfAMix(t *testing.T) {
	r := newRequest()
	r.plan.Mix = []loadgen.Request{{Name: "put", Request: loadgen.RequestSpec{URL: "http://127.0.0.1/{{seq}}", Body: loadgen.Body{Text: "content"}}}, {Request: loadgen.RequestSpec{Method: "HEAD", URL: "http://127.0.0.1/look"}}}
	text, err := r.explanation()
	for _, want := range []string{"\nrequest 1, if it is put\n  PUT /1 HTTP/1.1\n", "\n  content\n", "\nrequest 1, if it is http://127.0.0.1/look\n  HEAD /look HTTP/1.1\n"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s%v", want, text, err)
		}
	}
	r.plan.Mix[1].Name = "put"
	if _, err := r.explanation(); err == nil || !strings.Contains(err.Error(), "requests[1].name") {
		t.Errorf("two of one name: %v", err)
	}
}
