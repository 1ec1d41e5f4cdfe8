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
