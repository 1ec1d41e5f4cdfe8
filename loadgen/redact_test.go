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
