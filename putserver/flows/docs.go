package flows

import (
	"crypto/md5"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"path"
	"strconv"
	"strings"
)

// Documents are as CouchDB has them: who writes one names the revision that he has seen, in the document's _rev, in the
// query or in If-Match, and is told 409 where another is there now. A document's etag is its revision in quotes.

// revision is the one that a request names; "" if none.
func (x *Exchange) revision(doc map[string]json.RawMessage) (rev string) {
	if rev = x.query.Get("rev"); rev != "" {
		return rev
	}
	if rev = strings.Trim(x.r.Header.Get("If-Match"), `"`); rev != "" {
		return rev
	}
	_ = json.Unmarshal(doc["_rev"], &rev) // what is no text is no revision, and meets none
	return rev
}

func putDoc(x *Exchange) Answer {
	var doc map[string]json.RawMessage
	if err := json.Unmarshal(x.body.Bytes, &doc); err != nil || doc == nil {
		return couchRefusal(http.StatusBadRequest, "bad_request", "Document must be a JSON object")
	}
	seen, id := x.revision(doc), path.Base(x.name)
	sum := md5.Sum(x.body.Bytes)
	s := x.site
	s.mu.Lock()
	defer s.mu.Unlock()
	old := s.mu.At(x.name)
	if !old.isAt(seen) {
		return couchRefusal(http.StatusConflict, "conflict", "Document update conflict.")
	}
	number, _, _ := strings.Cut(seen, "-")
	n, _ := strconv.Atoi(number) // ours, or none
	rev := strconv.Itoa(n+1) + "-" + hex.EncodeToString(sum[:])
	doc["_id"], doc["_rev"] = quoted(id), quoted(rev)
	t := x.thing(x.name)
	t.body, t.etag, t.kind = encoded(doc), `"`+rev+`"`, "application/json"
	t.size = int64(len(t.body))
	s.mu.Set(t)
	return couchDone(http.StatusCreated, id, rev)
}

func readDoc(x *Exchange) Answer {
	if t := x.site.get(x.name); t != nil {
		return x.show(t)
	}
	return couchRefusal(http.StatusNotFound, "not_found", "missing")
}

func deleteDoc(x *Exchange) Answer {
	s := x.site
	s.mu.Lock()
	defer s.mu.Unlock()
	old, seen := s.mu.At(x.name), x.revision(nil)
	switch {
	case old == nil:
		return couchRefusal(http.StatusNotFound, "not_found", "missing")
	case !old.isAt(seen):
		return couchRefusal(http.StatusConflict, "conflict", "Document update conflict.")
	}
	s.mu.Drop(x.name)
	return couchDone(http.StatusOK, path.Base(x.name), seen)
}

// isAt says whether rev is what a document is at; what is not there is at none.
func (t *thing) isAt(rev string) bool {
	if t == nil {
		return rev == ""
	}
	return t.etag == `"`+rev+`"`
}

func couchDone(status int, id, rev string) Answer {
	a := inJSON(status, map[string]any{"ok": true, "id": id, "rev": rev})
	a.set("Etag", `"`+rev+`"`)
	return a
}

func couchRefusal(status int, word, reason string) Answer {
	return inJSON(status, map[string]string{"error": word, "reason": reason})
}

func quoted(s string) json.RawMessage { return encoded(s) }

// encoded is a value in JSON: a text, or what was read from JSON, which always encodes.
func encoded(value any) []byte {
	b, _ := json.Marshal(value)
	return b
}
