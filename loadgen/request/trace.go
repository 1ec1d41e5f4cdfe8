package request

import (
	"regexp"
	"strings"
	"time"

	"shotput/loadgen/text"
)

var traceValue = regexp.MustCompile(`^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}$`)

// TraceID is the id by which request k can be found at the server; "" where it has no header of that form.
func (t *Template) TraceID(k int64, at time.Duration) string {
	for _, l := range t.lines {
		if strings.EqualFold(l.name, traceparent.Name) {
			return traceIn(l.value, t.request(k, at))
		}
	}
	return ""
}

func traceIn(value text.Parts, r text.Scope) string {
	if m := traceValue.FindSubmatch(value.Append(nil, r)); m != nil {
		return string(m[1])
	}
	return ""
}
