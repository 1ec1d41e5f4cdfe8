package secret

import (
	"encoding/json"
	"html"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// However a server writes what it gives away, it is hidden.
func TestFormsAreHidden(t *testing.T) {
	const value = `http://h/a?b=1&signature=hunter2/é"x`
	quoted, _ := json.Marshal(value)
	all := Sorted(Forms([]string{value, ""}))
	for _, written := range []string{value, string(quoted), strings.ReplaceAll(string(quoted), "/", `\/`), `<a>` + html.EscapeString(value) + `</a>`,
		"/" + url.PathEscape(value), "/?q=" + url.QueryEscape(value), strings.ReplaceAll(string(quoted), `\u0026`, "&")} {
		if shown := HideIn(written, all); strings.Contains(shown, "hunter2") {
			t.Errorf("%s is shown as %s", written, shown)
		}
	}
	if slices.Contains(all, "") {
		t.Error("nothing is taken for a secret")
	}
}

// What a path keeps as it is, it keeps in a secret too.
func TestFormsInAPath(t *testing.T) {
	all := Sorted(Forms([]string{"hunter/2+2 =="}))
	for _, written := range []string{"/u/hunter/2%2B2%20%3D%3D/x", "/u?q=hunter%2F2%2B2%20%3D%3D"} {
		if shown := HideIn(written, all); strings.Contains(shown, "unter") {
			t.Errorf("%s is shown as %s", written, shown)
		}
	}
}

// A secret of which a text was cut off is hidden as far as it stands there.
func TestCutSecretsAreHidden(t *testing.T) {
	all := Sorted([]string{"hunter22hunter33", "hunter2"})
	for written, want := range map[string]string{
		`body is "ab hunter22hun"…`:        `body is "ab REDACTED"…`,
		"ab hunter22hun…":                  "ab REDACTED…",
		"ab hunt… and hunter2 cd":          "ab REDACTED… and REDACTED cd",
		"ab hunter":                        "ab hunter",
		`"hunter22h"… "hun"…`:              `"REDACTED"… "REDACTED"…`,
		"a h…":                             "a h…",
		"…":                                "…",
		`body is "ab hunter22hunter33 c"…`: `body is "ab REDACTED c"…`,
	} {
		if got := HideIn(written, all); got != want {
			t.Errorf("%s is shown as %s, want %s", written, got, want)
		}
	}
}
