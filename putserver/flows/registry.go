package flows

import (
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Uploads are as container registries have them (OCI distribution, "pushing a blob in chunks"), below v2/NAME/blobs/.
// An upload is a thing under its own URL's name; each chunk makes a new one of it, in whose state stands the SHA-256 of
// all bytes so far. So a chunk that was cut short leaves nothing, and of two that come at once one is refused.

// An upload is the state of a thing that grows.
type upload struct{ sum hash.Hash } // of all bytes so far; never written to, only cloned

// registryKind is the endpoint that the rest of a name behind v2/ is of.
func registryKind(rest string) string {
	_, tail, ok := cutLast(rest, "/blobs/")
	switch {
	case !ok:
		return ""
	case tail == "uploads/" || tail == "uploads":
		return "v2 uploads"
	case strings.HasPrefix(tail, "uploads/"):
		return "v2 upload"
	}
	return "v2 blob"
}

func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}

func sumSHA256(*Exchange) hash.Hash { return sha256.New() }

// sumUpload goes on with the sum of what has come before.
func sumUpload(x *Exchange) hash.Hash {
	x.base = x.site.get(x.name)
	if x.base == nil {
		return nil
	}
	// The standard library's SHA-256 can be cloned, and says that it always succeeds.
	sum, _ := x.base.state.(*upload).sum.(hash.Cloner).Clone()
	return sum
}

// checkUpload refuses what belongs to no upload, and a chunk that does not begin where the last one ended.
func checkUpload(x *Exchange) *Answer {
	if x.base == nil {
		a := registryRefusal(http.StatusNotFound, "BLOB_UPLOAD_UNKNOWN", "blob upload unknown to registry")
		return &a
	}
	if from, _, ok := strings.Cut(x.r.Header.Get("Content-Range"), "-"); ok &&
		from != strconv.FormatInt(x.base.size, 10) {
		return x.outOfOrder()
	}
	return nil
}

func (x *Exchange) outOfOrder() *Answer {
	a := registryRefusal(http.StatusRequestedRangeNotSatisfiable, "BLOB_UPLOAD_INVALID", "the chunk is out of order")
	x.sayRange(&a, x.base)
	return &a
}

// beginUpload begins an upload, or, if the query has a digest, does all of it.
func beginUpload(x *Exchange) Answer {
	id := x.site.sign("upload", x.site.number())[:32]
	t := &thing{name: strings.TrimSuffix(x.name, "/") + "/" + id, state: &upload{sha256.New()}, modified: time.Now()}
	if x.query.Has("digest") {
		t.body, t.size = x.body.Bytes, x.body.Size
		return x.keepBlob(t)
	}
	x.site.set(t)
	return x.uploadAnswer(http.StatusAccepted, t)
}

// sayRange says how much has come.
func (x *Exchange) sayRange(a *Answer, t *thing) {
	a.set("Range", "0-"+strconv.FormatInt(max(t.size-1, 0), 10))
}

// uploadAnswer tells where the upload goes on: by an absolute URL with a query, to which a client adds.
func (x *Exchange) uploadAnswer(status int, t *thing) Answer {
	a := Answer{Status: status}
	a.set("Location", x.server()+t.name+"?_state="+strconv.FormatInt(t.size, 10))
	_, id, _ := cutLast(t.name, "/")
	a.set("Docker-Upload-UUID", id)
	x.sayRange(&a, t)
	return a
}

func uploadStatus(x *Exchange) Answer { return x.uploadAnswer(http.StatusNoContent, x.base) }

// grown is the upload with the body behind it.
func (x *Exchange) grown() *thing {
	t := *x.base
	t.size += x.body.Size
	t.state, t.modified = &upload{x.sum}, time.Now()
	if t.body = nil; t.size <= x.site.config.Whole {
		t.body = slices.Concat(x.base.body, x.body.Bytes)
	}
	return &t
}

func appendUpload(x *Exchange) Answer {
	t, s := x.grown(), x.site
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.mu.At(x.name) != x.base { // another chunk was faster
		return *x.outOfOrder()
	}
	s.mu.Set(t)
	return x.uploadAnswer(http.StatusAccepted, t)
}

func endUpload(x *Exchange) Answer {
	t := x.grown()
	a := x.keepBlob(t)
	if a.Status == http.StatusCreated {
		x.site.mu.Lock()
		defer x.site.mu.Unlock()
		x.site.mu.Drop(x.name)
	}
	return a
}

// keepBlob stores what an upload has come to, if it is what the digest says.
func (x *Exchange) keepBlob(t *thing) Answer {
	digest := "sha256:" + hex.EncodeToString(x.sum.Sum(nil))
	if x.query.Get("digest") != digest {
		return registryRefusal(http.StatusBadRequest, "DIGEST_INVALID", "the digest is not that of the content")
	}
	blobs, _, _ := cutLast(t.name, "/uploads/")
	blob := *t
	blob.name, blob.etag, blob.state = blobs+"/"+digest, `"`+digest+`"`, nil
	x.site.set(&blob)
	a := Answer{Status: http.StatusCreated}
	a.set("Location", x.server()+blob.name)
	a.set("Docker-Content-Digest", digest)
	return a
}

func readBlob(x *Exchange) Answer {
	t := x.site.get(x.name)
	if t == nil {
		return registryRefusal(http.StatusNotFound, "BLOB_UNKNOWN", "blob unknown to registry")
	}
	a := x.show(t)
	a.set("Docker-Content-Digest", strings.Trim(t.etag, `"`))
	return a
}

func registryRefusal(status int, code, message string) Answer {
	return inJSON(status, map[string]any{"errors": []map[string]string{{"code": code, "message": message}}})
}
