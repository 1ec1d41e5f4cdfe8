package loadgen

import (
	"errors"
	"os"
	"regexp/syntax"
	"strings"
	"time"

	"shotput/stats"
)

// expectDefaults fills in what a plan leaves open of the exchange. A header that was typed means what the flag does,
// as in curl.
func (p *Plan) expectDefaults() {
	for _, h := range p.Request.Header {
		if !h.Remove && strings.EqualFold(h.Name, "Expect") && strings.EqualFold(strings.TrimSpace(h.Value), "100-continue") {
			p.Transport.ExpectContinue = true
		}
	}
	if p.Transport.ExpectTimeout == 0 {
		p.Transport.ExpectTimeout = time.Second
	}
}

// checkExchange finds what is wrong with how answers are awaited and judged.
func (p *Plan) checkExchange(f *faults) {
	if p.Transport.ExpectTimeout < 0 {
		f.add("expect100-timeout", p.Transport.ExpectTimeout.String(), "must be more than 0")
	}
	if _, err := newChecks(p); err != nil {
		*f = append(*f, err)
	}
	if p.Transport.SkipBody && p.readsForChecks() {
		f.add("read-body", "none", "leaves the body unread, and expect-body-regex and expect-json look at it")
	}
}

// recordExchange notes how answers are awaited and judged.
func (p *Plan) recordExchange(r *stats.Plan) {
	if r.SkipBody = p.Transport.SkipBody; p.Transport.ExpectContinue {
		r.ExpectContinue = p.Transport.ExpectTimeout
	}
	for _, line := range p.Answer.Header {
		if name, value, valued := strings.Cut(line, ":"); valued {
			value = redactURL(redactHeader(name, strings.TrimSpace(value)))
			line = name + ": " + value
		}
		r.Checks = append(r.Checks, "header "+line)
	}
	if p.Answer.Body != "" {
		r.Checks = append(r.Checks, "body /"+redactText(p.Answer.Body)+"/")
	}
	if p.Answer.JSON != "" {
		r.Checks = append(r.Checks, "json "+redactText(p.Answer.JSON))
	}
}

// expects says whether requests say Expect: 100-continue by default: those with a body (RFC 9110 §10.1.1).
func (p *Plan) expects() bool {
	b := &p.Request.Body
	if !p.Transport.ExpectContinue || b.Data != nil && len(b.Data) == 0 {
		return false
	}
	if info, err := os.Stat(b.File); b.File != "" && err == nil && info.Size() == 0 {
		return false
	}
	return b.sources() > 0 || b.Chunked
}

// plainSyntax drops what the standard library says before the fault of a regular expression.
func plainSyntax(err error) error {
	var e *syntax.Error
	if errors.As(err, &e) {
		return errors.New(e.Code.String() + ": " + e.Expr)
	}
	return err
}
