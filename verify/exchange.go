package verify

import (
	"fmt"
	"strings"
)

// shown are the headers of an answer that checks judge by.
var shown = []string{"ETag", "Last-Modified", "Location", "Content-Type", "Content-Length", "Allow", "Retry-After"}

// exchangeOf is an exchange for a reader, sent at one instant with so many others.
func exchangeOf(r Request, a Answer, others int) Exchange {
	x := Exchange{Method: r.Method, URL: a.URL, Curl: a.Curl, Status: a.Status, Note: noteOf(&r)}
	if r.Note != "" {
		x.Note, x.Curl = r.Note, ""
	}
	if others > 0 {
		x.Note = strings.TrimPrefix(fmt.Sprintf("%s, at one instant with %d others", x.Note, others), ", ")
	}
	if a.Err != nil {
		x.Answer = a.Err.Error()
		return x
	}
	x.Answer = strings.TrimSpace(fmt.Sprintf("%d %s", a.Status, a.Reason))
	for _, name := range shown {
		if value := a.Header.Get(name); value != "" {
			x.Answer += "\n" + name + ": " + value
		}
	}
	return x
}

// noteOf says of a request what no command line can send.
func noteOf(r *Request) string {
	switch {
	case r.Cut != nil && r.Cut.Reset:
		return fmt.Sprintf("%d bytes of body, cut after %d by a reset", len(r.Body), r.Cut.After)
	case r.Cut != nil:
		return fmt.Sprintf("%d bytes of body, cut after %d by an end of the connection", len(r.Body), r.Cut.After)
	case r.Length != nil:
		return fmt.Sprintf("%d bytes of body, with a Content-Length of %d", len(r.Body), *r.Length)
	case r.Framing == Unframed:
		return fmt.Sprintf("%d bytes of body, of which no header tells", len(r.Body))
	}
	return ""
}
