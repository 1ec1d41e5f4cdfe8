package loadgen

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"shotput/loadgen/answer"
	"shotput/loadgen/request"
	"shotput/loadgen/transport"
)

// Broken checks are faults of the plan, all at once, and each names its flag.
func TestFaultsOfChecks(t *testing.T) {
	plan := Plan{Request: request.Spec{URL: "http://h/"}, Answer: answer.Spec{Header: []string{"two words: x", "Good"}, Body: "(", JSON: "a = 1"}, Transport: transport.Spec{SkipBody: true, ExpectTimeout: -1}}
	got := fmt.Sprint(plan.Validate())
	for _, want := range []string{
		`expect-header "two words: x": is no header: write 'Name' or 'Name: value'`,
		`expect-body-regex "(": is no regular expression (RE2): missing closing ): (`,
		`expect-json "a = 1": at column 3: "=" is no comparison`,
		`read-body "none": leaves the body unread, and expect-body-regex and expect-json look at it`,
		`expect100-timeout "-1ns": must be more than 0`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%s\nwants %s", got, want)
		}
	}
	if strings.Contains(got, "Good") {
		t.Errorf("a good check is a fault: %s", got)
	}
}

// A saved run says what was checked, and no secret.
func TestRecordOfChecksHidesSecrets(t *testing.T) {
	plan := Plan{
		Request:   request.Spec{URL: "http://h/"},
		Answer:    answer.Spec{Header: []string{"ETag", "Set-Cookie: a=hush", "Location: /x?token=hush"}, Body: `"password":"hush"`, JSON: `api_token == "hush" and a.secret ~ "hush" and status == "ok"`},
		Transport: transport.Spec{ExpectContinue: true, SkipBody: true},
	}
	r := plan.Record()
	want := []string{"header ETag", "header Set-Cookie: REDACTED", "header Location: /x?token=REDACTED", `body /"password":REDACTED/`,
		`json api_token == REDACTED and a.secret ~ REDACTED and status == "ok"`}
	if !slices.Equal(r.Checks, want) || r.ExpectContinue != time.Second || !r.SkipBody {
		t.Errorf("%q, %v, %v\nwant %q", r.Checks, r.ExpectContinue, r.SkipBody, want)
	}
}
