package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"shotput/cli/advice"
	"shotput/cli/curl"
	"shotput/cli/exchange"
	"shotput/cli/flags"
	"shotput/cli/flows"
	"shotput/cli/line"
	"shotput/loadgen"
)

// bodyShown bounds how much of a body is shown.
const bodyShown = 2 << 10

// show is --dry-run: everything about the run, and nothing sent.
func show(a *flags.Asked, s *Stdio) error {
	if err := a.Explain(loadgen.Check(a.Plan)); err != nil {
		return err
	}
	text, err := describe(a)
	if err != nil {
		return err
	}
	for _, one := range a.Alone() {
		which, others := strings.CutPrefix(flows.Title(a, one), "request 1")
		if !others {
			which = ", " + which
		}
		if why := flows.Inexact(a, one); why != "" {
			text += fmt.Sprintf("\nas curl%s\n  no line sends it alone: %s\n", which, why)
			continue
		}
		shown, err := mirror(one)
		if err != nil {
			text += fmt.Sprintf("\nas curl%s\n  cannot be made: %s\n", which, line.Printable(err.Error()))
			continue
		}
		text += fmt.Sprintf("\nas curl%s\n  %s\n\nas Python%s\n  %s\n", which, shown.Curl(), which, shown.Python())
	}
	_, err = fmt.Fprintf(s.Out, "%s\nnothing was sent\n", text)
	return err
}

// mirror gives the request as other tools would be told to send it.
func mirror(a *flags.Asked) (*curl.Mirror, error) {
	return curl.Reflect(curl.Request{Plan: a.Plan, Rows: a.Rows, PathAsIs: a.PathAsIs,
		Uploads: a.Body.Uploads()})
}

// explain writes the plan and the first request to standard error, for -v.
func explain(a *flags.Asked, s *Stdio) {
	if text, err := describe(a); err == nil { // validated already
		fmt.Fprintln(s.Err, text)
	}
}

// describe gives the resolved plan as a saved run would have it, and request 1 as it would go out; of several, each.
func describe(a *flags.Asked) (string, error) {
	if err := a.Plan.Validate(); err != nil {
		return "", err
	}
	var b, plan bytes.Buffer
	encoder := json.NewEncoder(&plan)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("  ", "  ")
	if err := encoder.Encode(a.Plan.Record()); err != nil {
		return "", err
	}
	fmt.Fprintf(&b, "plan\n  %s", plan.String())
	if labels := a.Plan.RecordLabels(); len(labels) > 0 {
		fmt.Fprintf(&b, "\nlabels\n  %s\n", line.Printable(labels.String()))
	}
	for i, one := range a.Alone() {
		title := flows.Title(a, one)
		fmt.Fprintf(&b, "\n%s\n", title)
		if one.Step != nil {
			for _, text := range flows.Repeats(&one.Step.How) {
				fmt.Fprintf(&b, "  (%s)\n", text)
			}
		}
		if err := showRequest(&b, a.Plan, i); err != nil {
			return "", giveUp(err, advice.Hint{Error: title + " cannot be made: " + line.Printable(err.Error())})
		}
	}
	return b.String(), nil
}

// showRequest writes request 1 of the plan as it would go out, if it is that one of its requests.
func showRequest(b *bytes.Buffer, plan loadgen.Plan, which int) error {
	made, err := loadgen.RenderEach(plan, which, bodyShown)
	if err != nil { // a run refuses this too, unless it may begin with what fails
		fmt.Fprintf(b, "  cannot be made: %s\n", line.Printable(err.Error()))
		return nil
	}
	unfilled := plan.Each()[which].Request.BodyUsesFlow()
	for text := range strings.SplitSeq(strings.TrimSpace(string(made.Head)), "\r\n") {
		if name, _, _ := strings.Cut(text, ": "); unfilled && name == "Content-Length" {
			text = name + ": (of what is sent)"
		}
		fmt.Fprintf(b, "  %s\n", line.Printable(text))
	}
	if len(made.Body) > 0 {
		fmt.Fprintf(b, "\n  %s\n", strings.ReplaceAll(beginningOf(made.Body), "\n", "\n  "))
	}
	return nil
}

// beginningOf is the beginning of a body, if it is text.
func beginningOf(body []byte) string {
	if bytes.IndexFunc(body, func(r rune) bool {
		return r == '�' || r < ' ' && r != '\n' && r != '\r' &&
			r != '\t'
	}) >= 0 {
		return "(binary)"
	}
	if len(body) == bodyShown {
		return exchange.Printable(string(body)) + " …"
	}
	return exchange.Printable(string(body))
}
