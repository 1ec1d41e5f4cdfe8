package cli

import (
	"testing"

	"shotput/report"
)

// What a report says of a change that would help is a flag that can be copied.
func TestMendsAreFlags(t *testing.T) {
	for want, m := range map[string]report.Mend{
		"-c 64":                  {Field: "concurrency", Value: "64"},
		"-u NAME:PASSWORD":       {Field: "credentials", Value: "NAME:PASSWORD"},
		"-H 'Authorization: …'":  {Field: "header", Value: "Authorization: …"},
		"-H 'If-None-Match: \"'": {Field: "header", Value: "If-None-Match: \""},
	} {
		if got := wordMend(m); got != want {
			t.Errorf("%+v is %s, want %s", m, got, want)
		}
	}
}
