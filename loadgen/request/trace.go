package request

import (
	"regexp"
	"strings"
	"time"

	"shotput/loadgen/header"
	"shotput/loadgen/text"
)

// traceparent is the header by which servers tell one request of many (W3C Trace Context, §3.2), as a template: its
// ids are drawn as {{uuid}} is, from the seed and the request's number. 01: it is to be recorded. An id of zeros alone
// would be none; of 2⁶⁴ requests, one has it.
var traceparent = header.Line{Name: "traceparent", Value: "00-{{randHex 32}}-{{randHex 16}}-01"}

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
