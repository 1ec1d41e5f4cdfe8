package cli

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"shotput/verify"
)

// checksText is the part of the page that says all of each check.
func checksText() string {
	var b strings.Builder
	group := ""
	for _, c := range verify.Checks() {
		if c.Group != group {
			group = c.Group
			fmt.Fprintf(&b, "\n### %s\n\n", group)
		}
		fmt.Fprintf(&b, "- **`%s`**: %s. %s, %s.<br>\n  %s<br>\n  *%s*\n", c.Name, c.Title, c.Clause, c.Force, c.Why, c.Mend)
	}
	return strings.TrimLeft(b.String(), "\n") + "\n"
}

// docs/verify.md says of each check what the check says of itself.
func TestVerifyPage(t *testing.T) {
	page := verifyPage(t)
	if *update {
		page.replace(t, "checks", checksText())
	} else if page.part(t, "checks") != checksText() {
		t.Errorf("the checks of %s are others; write them by: go test ./cli -run TestVerifyPage -update", verifyPath)
	}
	for _, c := range verify.Checks() {
		if strings.Count(string(verifyPage(t)), "`"+c.Name+"`") == 0 {
			t.Errorf("%s is not on the page", c.Name)
		}
	}
}

// A pageText is the page on verify, of which parts are written by tests: those between <!-- NAME --> and <!-- end -->.
type pageText string

const verifyPath = "../docs/verify.md"

func verifyPage(t *testing.T) pageText {
	t.Helper()
	b, err := os.ReadFile(verifyPath)
	if err != nil {
		t.Fatal(err)
	}
	return pageText(b)
}

func (p pageText) part(t *testing.T, name string) string {
	t.Helper()
	_, rest, found := strings.Cut(string(p), "<!-- "+name+" -->\n")
	part, _, ended := strings.Cut(rest, "<!-- end -->")
	if !found || !ended {
		t.Fatalf("%s has no part %s", verifyPath, name)
	}
	return part
}

func (p pageText) replace(t *testing.T, name, with string) {
	t.Helper()
	old := p.part(t, name)
	from := "<!-- " + name + " -->\n"
	if err := os.WriteFile(verifyPath, []byte(strings.Replace(string(p), from+old, from+with, 1)), 0o644); err != nil {
		t.Fatal(err)
	}
}
