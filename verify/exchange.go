package verify

import (
	"fmt"
	"strings"
)

// shown are the headers of an answer that checks judge by.
var shown = []string{"ETag", "Last-Modified", "Location", "Content-Type", "Content-Length", "Allow", "Retry-After"}

// exchangeOf is an exchange for a reader.
func exchangeOf(r Request, a Answer) Exchange {
	x := Exchange{Method: r.Method, URL: a.URL, Curl: a.Curl, Status: a.Status}
	switch {
	case r.Note != "":
		x.Note, x.Curl = r.Note, ""
	case r.Cut != nil && r.Cut.Reset:
		x.Note = fmt.Sprintf("%d bytes of body, cut after %d by a reset", len(r.Body), r.Cut.After)
	case r.Cut != nil:
		x.Note = fmt.Sprintf("%d bytes of body, cut after %d by an end of the connection", len(r.Body), r.Cut.After)
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
