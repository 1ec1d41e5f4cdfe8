package answer

import (
	"errors"
	"regexp/syntax"
	"strings"

	"shotput/loadgen/fault"
	"shotput/loadgen/secret"
	"shotput/stats"
)

// Check finds what is wrong with how answers are judged; skipBody says that their bodies are not read.
func (s *Spec) Check(f *fault.List, skipBody bool) {
	_, err := s.Compile(false)
	f.Join(err)
	for _, line := range s.Header {
		f.RefuseTemplates(fault.Literal{Field: "expect-header", Value: line, Shown: secret.Text(line)})
	}
	f.RefuseTemplates(fault.Literal{Field: "expect-body-regex", Value: s.Body, Shown: secret.Text(s.Body)},
		fault.Literal{Field: "expect-json", Value: s.JSON, Shown: secret.Text(s.JSON)})
	if skipBody && s.readsBody() {
		f.Add(fault.Conflict.In("read-body", "none",
			"leaves the body unread, and expect-body-regex and expect-json look at it").
			With(s.bodyField()).MendBy(fault.Set, "read-body", "all"))
	}
}

// plainSyntax drops what the standard library says before the fault of a regular expression.
func plainSyntax(err error) error {
	var e *syntax.Error
	if errors.As(err, &e) {
		return errors.New(e.Code.String() + ": " + e.Expr)
	}
	return err
}

// Record notes in a saved run's plan which answers count as OK, the checks one a line, secrets hidden.
func (s *Spec) Record(r *stats.Plan) {
	r.Expect = s.Status.String()
	for _, line := range s.Header {
		if name, value, valued := strings.Cut(line, ":"); valued {
			value = secret.URL(secret.Header(name, strings.TrimSpace(value)))
			line = name + ": " + value
		}
		r.Checks = append(r.Checks, "header "+line)
	}
	if s.Body != "" {
		r.Checks = append(r.Checks, "body /"+secret.Text(s.Body)+"/")
	}
	if s.JSON != "" {
		r.Checks = append(r.Checks, "json "+secret.Text(s.JSON))
	}
}
