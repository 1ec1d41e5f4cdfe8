package putserver

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// codings are those of content that are known: they are kept, not undone.
const codings = "br, compress, deflate, gzip, zstd, identity"

// saves says whether a refusal saves enough to be sent before the body has come, which costs the connection: the client
// waits for a word (100-continue), or the body is larger than any that is kept or taken.
func saves(v *visit) bool {
	size := v.r.ContentLength
	return size > keptWhole || v.isTooLarge(size) || size != 0 && v.r.Header["Expect"] != nil
}

func (v *visit) isTooLarge(size int64) bool { return v.config.MaxBody > 0 && size > v.config.MaxBody }

// refuse is the status that the head alone deserves, its header set; 0 where nothing stands against reading on. OPTIONS
// asks what would be refused, so its answer is here.
func (v *visit) refuse() (status int) {
	h := v.w.Header()
	allowed, others := v.allows()
	switch {
	case v.isTooLarge(v.r.ContentLength):
		return http.StatusRequestEntityTooLarge
	case v.auth != "" && v.r.Header.Get("Authorization") != v.auth && !(v.flow != nil && v.flow.HasOwnAuth()):
		h.Set("WWW-Authenticate", `Basic realm="target"`)
		return http.StatusUnauthorized
	case v.flow != nil:
		if a := v.flow.Check(); a != nil {
			return v.say(*a)
		}
		return 0
	case v.r.Method == http.MethodOptions:
		h.Set("Allow", others)
		return http.StatusNoContent
	case !allowed:
		h.Set("Allow", others)
		return http.StatusMethodNotAllowed
	case v.r.Method == http.MethodPut:
		return v.refusePut()
	case v.early && v.r.Method == http.MethodDelete:
		return v.store.wouldRefuse(v.name, v.r)
	}
	return 0
}

// refusePut is refuse for what only a PUT is asked.
func (v *visit) refusePut() (status int) {
	h := v.r.Header
	if h["Content-Range"] != nil { // it is a part, and would stand for the whole (RFC 9110, 14.5)
		return http.StatusBadRequest
	}
	if h["Content-Encoding"] != nil && !areKnown(h["Content-Encoding"]) {
		v.w.Header().Set("Accept-Encoding", codings)
		return http.StatusUnsupportedMediaType
	}
	if v.early {
		return v.store.wouldRefuse(v.name, v.r) // and is asked again when it is stored
	}
	return 0
}

// areKnown says whether all content codings of a header are among those that we name.
func areKnown(values []string) bool {
	known := strings.Split(codings, ", ")
	for coding := range strings.SplitSeq(strings.Join(values, ","), ",") {
		coding = strings.ToLower(strings.TrimSpace(coding))
		if coding != "" && !slices.Contains(known, strings.TrimPrefix(coding, "x-")) {
			return false
		}
	}
	return true
}

// allows says whether the method is allowed on the name, and which are.
func (v *visit) allows() (allowed bool, methods string) {
	readOnly := strings.HasPrefix(v.name, v.config.ReadOnly)
	switch v.r.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions:
		allowed = true
	case http.MethodPut, http.MethodDelete:
		allowed = !readOnly
	}
	if readOnly {
		return allowed, "GET, HEAD, OPTIONS"
	}
	return allowed, "GET, HEAD, PUT, DELETE, OPTIONS"
}

// doubt is the status that a request deserves that is refused only when all of it has come; 0 where it is admitted.
func (v *visit) doubt() (status int) {
	if !v.content.isSound() {
		return http.StatusBadRequest
	}
	ok, retry := v.bucket.take(v.arrival.at)
	if !ok {
		v.w.Header().Set("Retry-After", strconv.Itoa(int((retry+time.Second-1)/time.Second)))
		return http.StatusTooManyRequests
	}
	return 0
}
