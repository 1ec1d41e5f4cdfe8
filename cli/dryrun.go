package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"shotput/loadgen"
)

// bodyShown bounds how much of a body is shown.
const bodyShown = 2 << 10

// show is --dry-run: everything about the run, and nothing sent.
func (r *request) show(s *Stdio) error {
	plan, err := r.planText()
	if err != nil {
		return err
	}
	var b strings.Builder
	b.WriteString(plan)
	for i, one := range r.alone() {
		text, err := one.requestText(r.requestName(i))
		if err != nil {
			return err
		}
		mirror, err := one.mirrored()
		if err != nil {
			return err
		}
		fmt.Fprintf(&b, "\n%s\nas curl\n  %s\n\nas Python\n  %s\n", text, mirror.curl(), mirror.python())
	}
	_, err = fmt.Fprintf(s.Out, "%s\nnothing was sent\n", b.String())
	return err
}

// explain writes the plan and the first request to standard error, for -v.
func (r *request) explain(s *Stdio) {
	text, _ := r.planText() // what could go wrong here has been validated
	for i, one := range r.alone() {
		request, _ := one.requestText(r.requestName(i))
		text += "\n" + request
	}
	fmt.Fprintln(s.Err, text)
}

// alone gives the requests of a mix, each as if it were the only one; else the request itself.
func (r *request) alone() []*request {
	if len(r.mixed) > 0 {
		return r.mixed
	}
	return []*request{r}
}

// requestName is the head of the i-th request's text.
func (r *request) requestName(i int) string {
	if len(r.mixed) == 0 {
		return "request 1"
	}
	return "request 1, if it is " + printable(r.plan.Mix[i].Name)
}

// planText is the resolved plan as a saved run would have it.
func (r *request) planText() (string, error) {
	var plan bytes.Buffer
	encoder := json.NewEncoder(&plan)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("  ", "  ")
	err := encoder.Encode(r.plan.Record())
	return "plan\n  " + plan.String(), err
}

// requestText is request 1 as it would go out.
func (r *request) requestText(title string) (string, error) {
	head, body, err := loadgen.Render(r.plan, 1, bodyShown)
	if err != nil {
		return "", err
	}
	b := bytes.NewBufferString(title + "\n")
	for line := range strings.SplitSeq(strings.TrimSpace(string(head)), "\r\n") {
		fmt.Fprintf(b, "  %s\n", printable(line))
	}
	if len(body) > 0 {
		fmt.Fprintf(b, "\n  %s\n", strings.ReplaceAll(shownBody(body), "\n", "\n  "))
	}
	return b.String(), nil
}

// shownBody is the beginning of a body, if it is text.
func shownBody(body []byte) string {
	if bytes.IndexFunc(body, func(r rune) bool { return r == '�' || r < ' ' && r != '\n' && r != '\r' && r != '\t' }) >= 0 {
		return "(binary)"
	}
	if len(body) == bodyShown {
		return printableText(string(body)) + " …"
	}
	return printableText(string(body))
}
