//go:build unix

package request

import (
	"testing"

	"shotput/loadgen/header"
)

func TestBearerIsATemplate(t *testing.T) {
	head := string(newTemplate(t, Spec{URL: "http://h/", Auth: Auth{Bearer: "t-{{seq}}"}}).AppendHead(nil, 7, 0, 0))
	if got := headerOf(head, "Authorization"); got != "Bearer t-7" {
		t.Errorf("Authorization is %q", got)
	}
}

// What is no secret is recorded as it is.
func TestHeadersAreShown(t *testing.T) {
	if from := (header.Line{Name: "From", Value: "me@a.example"}); show(from) != "From: me@a.example" {
		t.Errorf("a header that is no secret is recorded as %s", show(from))
	}
}
