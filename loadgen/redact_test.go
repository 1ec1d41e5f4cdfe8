package loadgen

import (
	"strings"
	"testing"

	"shotput/loadgen/header"
	"shotput/loadgen/request"
)

// What a plan is recorded as has no secret in it, wherever a URL stands.
func TestRecordHidesSecretsInURLs(t *testing.T) {
	p := Plan{Request: request.Spec{URL: "http://bob:hunter2@h/a?sig=hunter2&b=1#access_token=hunter2", Header: []header.Line{{Name: "Referer", Value: "http://bob:hunter2@r/?key=hunter2"}}}}
	r := p.Record()
	all := strings.Join(append(r.Headers, r.URL), " ")
	if strings.Contains(all, "hunter2") || !strings.Contains(all, "b=1") {
		t.Errorf("it is recorded as %s", all)
	}
}

// A label shows no secret: neither what its name tells to be one, nor what a request was made with.
func TestLabelsHideSecrets(t *testing.T) {
	p := Plan{Labels: map[string]string{"api_token": "abcdefgh", "by": "geheimnis!", "at": "http://u:p@h/?sig=abcdefgh", "env": "prod"}}
	p.Request.URL, p.Request.Auth.User = "http://127.0.0.1:1/", "name:geheimnis!"
	got := p.RecordLabels().String()
	if want := "api_token=REDACTED, at=http://REDACTED@h/?sig=REDACTED, by=REDACTED, env=prod"; got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
}

// A plan may be made without flags: its labels are checked as well.
func TestLabelsAreChecked(t *testing.T) {
	p := Plan{Labels: map[string]string{"a-b": "x", "job": "x", "ok": ""}}
	p.Request.URL = "http://127.0.0.1:1/"
	err := p.Validate()
	if err == nil || strings.Count(err.Error(), "\n") != 2 {
		t.Error(err)
	}
}
