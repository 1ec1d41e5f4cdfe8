package cli

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"strings"

	"shotput/cli/curl"
	"shotput/cli/line"
	"shotput/loadgen"
)

// bodyShown bounds how much of a body is shown.
const bodyShown = 2 << 10

// show is --dry-run: everything about the run, and nothing sent.
func (r *request) show(s *Stdio) error {
	text, err := r.explanation()
	if err != nil {
		return err
	}
	for i, one := range r.alone() {
		mirror, err := one.mirror()
		if err != nil {
			return err
		}
		which := ""
		if len(r.mixed) > 0 {
			which = ", if it is " + line.Printable(r.plan.Mix[i].Name)
		}
		text += fmt.Sprintf("\nas curl%s\n  %s\n\nas Python%s\n  %s\n", which, mirror.Curl(), which, mirror.Python())
	}
	_, err = fmt.Fprintf(s.Out, "%s\nnothing was sent\n", text)
	return err
}

// mirror is the request as other tools would be told to send it.
func (r *request) mirror() (*curl.Mirror, error) {
	server, err := authority(r.plan.Request.URL)
	if err != nil {
		return nil, fmt.Errorf("read the request back: %w", err)
	}
	return curl.Reflect(curl.Request{Plan: r.plan, Rows: r.Rows, Server: server, PathAsIs: r.pathAsIs, Squash: squashed,
		Uploads: len(r.posted) > 0 && r.posted[0].flag == "upload-file"})
}

// alone gives the requests of a mix, each as if it were the only one; else the request itself.
func (r *request) alone() []*request {
	if len(r.mixed) > 0 {
		return r.mixed
	}
	return []*request{r}
}

// explain writes the plan and the first request to standard error, for -v.
func (r *request) explain(s *Stdio) {
	if text, err := r.explanation(); err == nil { // validated already
		fmt.Fprintln(s.Err, text)
	}
}

// explanation is the resolved plan as a saved run would have it, and request 1 as it would go out; of several, each.
func (r *request) explanation() (string, error) {
	if err := r.plan.Validate(); err != nil {
		return "", err
	}
	var b, plan bytes.Buffer
	encoder := json.NewEncoder(&plan)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("  ", "  ")
	if err := encoder.Encode(r.plan.Record()); err != nil {
		return "", err
	}
	fmt.Fprintf(&b, "plan\n  %s", plan.String())
	for i, one := range r.plan.Each() {
		title := "request 1"
		if len(r.plan.Mix) > 0 {
			title += ", if it is " + line.Printable(cmp.Or(r.plan.Mix[i].Name, line.ShowURL(one.Request.URL)))
		}
		fmt.Fprintf(&b, "\n%s\n", title)
		if err := showRequest(&b, one); err != nil {
			return "", err
		}
	}
	return b.String(), nil
}

// showRequest writes request 1 of the plan as it would go out.
func showRequest(b *bytes.Buffer, plan loadgen.Plan) error {
	head, body, err := loadgen.Render(plan, 1, bodyShown)
	if err != nil {
		return err
	}
	for text := range strings.SplitSeq(strings.TrimSpace(string(head)), "\r\n") {
		fmt.Fprintf(b, "  %s\n", line.Printable(text))
	}
	if len(body) > 0 {
		fmt.Fprintf(b, "\n  %s\n", strings.ReplaceAll(shownBody(body), "\n", "\n  "))
	}
	return nil
}

// shownBody is the beginning of a body, if it is text.
func shownBody(body []byte) string {
	if bytes.IndexFunc(body, func(r rune) bool {
		return r == '�' || r < ' ' && r != '\n' && r != '\r' &&
			r != '\t'
	}) >= 0 {
		return "(binary)"
	}
	if len(body) == bodyShown {
		return printableText(string(body)) + " …"
	}
	return printableText(string(body))
}
