package putserver

import (
	"net/http"
	"strings"
	"time"
)

// A precondition's failure is one of these; 0 is none.
const (
	unchanged = http.StatusNotModified
	failing   = http.StatusPreconditionFailed
)

// judge holds a request's conditions against an object, nil being none, whose entity tag is tag, in the order of RFC
// 9110, 13.2.2. It is 0 where the request may go on, else the status that ends it.
func judge(r *http.Request, o *object, tag string) (status int) {
	h := r.Header
	if match, ok := h["If-Match"]; ok {
		if !lists(match, o, tag, false) {
			return failing
		}
	} else if since, ok := dateIn(h, "If-Unmodified-Since"); ok && o != nil && o.lastModified().After(since) {
		return failing
	}
	reads := r.Method == http.MethodGet || r.Method == http.MethodHead
	if not, ok := h["If-None-Match"]; ok {
		switch {
		case !lists(not, o, tag, true):
		case reads:
			return unchanged
		default:
			return failing
		}
	} else if reads {
		if since, ok := dateIn(h, "If-Modified-Since"); ok && o != nil && !o.lastModified().After(since) {
			return unchanged
		}
	}
	return 0
}

// dateIn is a header's date; false where there is none, or one that cannot be read: that is ignored (RFC 9110, 13.1.3).
func dateIn(h http.Header, name string) (date time.Time, ok bool) {
	text, ok := h[name]
	if !ok || len(text) != 1 {
		return date, false
	}
	date, err := http.ParseTime(text[0])
	return date, err == nil
}

// lists says whether o is among the tags of a header: any object is under "*", and a weak tag (W/) stands for
// an object only where weak comparison is asked for.
func lists(values []string, o *object, own string, weak bool) bool {
	if o == nil {
		return false
	}
	if weak {
		own = strings.TrimPrefix(own, "W/")
	}
	for tag := range strings.SplitSeq(strings.Join(values, ","), ",") {
		tag = strings.TrimSpace(tag)
		if weak {
			tag = strings.TrimPrefix(tag, "W/")
		}
		if tag == "*" || tag == own && strings.HasPrefix(tag, `"`) {
			return true
		}
	}
	return false
}
