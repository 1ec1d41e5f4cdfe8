package flows

import (
	"crypto/md5"
	"encoding/hex"
	"encoding/xml"
	"hash"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Objects are as S3 has them, below s3/BUCKET/KEY, and every bucket exists: the ETag of a PUT is the MD5 of its body,
// that of an upload in parts the MD5 of the parts' MD5s with their number behind. Parts may be of any size; nothing is
// signed here: that is what presign is for.

func sumMD5(*Exchange) hash.Hash { return md5.New() }

const (
	namespace = "http://s3.amazonaws.com/doc/2006-03-01/"
	mostParts = 10_000
)

// A multipart is an upload in parts that was begun. It is guarded by Site.mu.
type multipart struct{ highest int } // number of the parts that have come

// uploadName is that of the upload which the query names, and partName that of one of its parts.
func (x *Exchange) uploadName() string { return x.name + "?uploadId=" + x.query.Get("uploadId") }

func partName(upload string, n int) string { return upload + "&partNumber=" + strconv.Itoa(n) }

// begun is the upload of that name, nil if there is none: by a query that is no upload's a part's name can be made.
// Site.mu is held.
func (s *Site) begun(upload string) (u *thing, begun *multipart) {
	if u = s.mu.At(upload); u == nil {
		return nil, nil
	}
	begun, _ = u.state.(*multipart)
	return u, begun
}

func putObject(x *Exchange) Answer {
	t := x.thing(x.name)
	t.etag = `"` + hex.EncodeToString(x.sum.Sum(nil)) + `"`
	if !x.query.Has("uploadId") {
		return x.store(t, true, http.StatusOK).as(http.StatusOK)
	}
	n, err := strconv.Atoi(x.query.Get("partNumber"))
	if err != nil || n < 1 || n > mostParts {
		return x.s3Refusal(http.StatusBadRequest, "InvalidArgument", "A part number is from 1 to 10000")
	}
	upload := x.uploadName()
	t.name = partName(upload, n)
	s := x.site
	s.mu.Lock()
	defer s.mu.Unlock()
	_, begun := s.begun(upload)
	if begun == nil {
		return x.noUpload()
	}
	begun.highest = max(begun.highest, n)
	s.mu.Set(t)
	a := Answer{Status: http.StatusOK}
	a.set("Etag", t.etag)
	return a
}

// as is the answer under another status, unless it is a refusal.
func (a Answer) as(status int) Answer {
	if a.Status < 300 {
		a.Status = status
	}
	return a
}

// postObject begins an upload, or completes one.
func postObject(x *Exchange) Answer {
	switch {
	case x.query.Has("uploads"):
		return x.beginParts()
	case x.query.Has("uploadId"):
		return x.complete()
	}
	return x.s3Refusal(http.StatusBadRequest, "InvalidRequest", "POST takes ?uploads or ?uploadId")
}

func (x *Exchange) bucketAndKey() (bucket, key string) {
	bucket, key, _ = strings.Cut(x.rest, "/")
	return bucket, key
}

func (x *Exchange) beginParts() Answer {
	id := x.site.sign("upload", x.site.number())[:32]
	x.site.set(&thing{name: x.name + "?uploadId=" + id, state: &multipart{}, modified: time.Now(),
		kind: x.r.Header.Get("Content-Type")})
	bucket, key := x.bucketAndKey()
	return inXML(http.StatusOK, struct {
		XMLName               xml.Name `xml:"InitiateMultipartUploadResult"`
		XMLNS                 string   `xml:"xmlns,attr"`
		Bucket, Key, UploadId string
	}{XMLNS: namespace, Bucket: bucket, Key: key, UploadId: id})
}

// A completion is what the request says that an upload is made of.
type completion struct {
	XMLName xml.Name `xml:"CompleteMultipartUpload"`
	Parts   []struct {
		PartNumber int
		ETag       string
	} `xml:"Part"`
}

func (x *Exchange) complete() Answer {
	var asked completion
	if err := xml.Unmarshal(x.body.Bytes, &asked); err != nil || len(asked.Parts) == 0 {
		return x.s3Refusal(http.StatusBadRequest, "MalformedXML", "The XML is not a list of parts")
	}
	s, upload := x.site, x.uploadName()
	s.mu.Lock()
	defer s.mu.Unlock()
	u, begun := s.begun(upload)
	if begun == nil {
		return x.noUpload()
	}
	parts, code := s.partsOf(upload, &asked)
	if code != "" {
		return x.s3Refusal(http.StatusBadRequest, code, "The parts are not those that were uploaded, in their order")
	}
	if a := x.judge(s.mu.At(x.name)); a != nil {
		return *a
	}
	t := s.join(x.name, parts)
	t.kind = u.kind
	s.dropParts(upload, begun)
	s.mu.Set(t)
	bucket, key := x.bucketAndKey()
	a := inXML(http.StatusOK, struct {
		XMLName                     xml.Name `xml:"CompleteMultipartUploadResult"`
		XMLNS                       string   `xml:"xmlns,attr"`
		Location, Bucket, Key, ETag string
	}{XMLNS: namespace, Location: x.server() + x.name, Bucket: bucket, Key: key, ETag: t.etag})
	a.set("Etag", t.etag)
	return a
}

// partsOf are the parts that a request lists, or S3's word for what is wrong with the list. Site.mu is held.
func (s *Site) partsOf(upload string, asked *completion) (parts []*thing, code string) {
	last := 0
	for _, p := range asked.Parts {
		if p.PartNumber <= last {
			return nil, "InvalidPartOrder"
		}
		last = p.PartNumber
		t := s.mu.At(partName(upload, p.PartNumber))
		if t == nil || strings.Trim(t.etag, `"`) != strings.Trim(strings.TrimSpace(p.ETag), `"`) {
			return nil, "InvalidPart"
		}
		parts = append(parts, t)
	}
	return parts, ""
}

// join makes one object of parts.
func (s *Site) join(name string, parts []*thing) *thing {
	t := &thing{name: strings.Clone(name), modified: time.Now()}
	sums, kept := md5.New(), true
	for _, p := range parts {
		t.size += p.size
		kept = kept && (p.body != nil || p.size == 0)
		sum, _ := hex.DecodeString(strings.Trim(p.etag, `"`)) // ours
		sums.Write(sum)
	}
	t.etag = `"` + hex.EncodeToString(sums.Sum(nil)) + "-" + strconv.Itoa(len(parts)) + `"`
	if !kept || t.size > s.config.Whole {
		return t
	}
	t.body = make([]byte, 0, t.size)
	for _, p := range parts {
		t.body = append(t.body, p.body...)
	}
	return t
}

// dropParts forgets an upload. Site.mu is held.
func (s *Site) dropParts(upload string, begun *multipart) {
	for n := range begun.highest {
		s.mu.Drop(partName(upload, n+1))
	}
	s.mu.Drop(upload)
}

// deleteObject deletes an object, or aborts an upload. As in S3, what is not there is deleted too.
func deleteObject(x *Exchange) Answer {
	if !x.query.Has("uploadId") {
		if a := remove(x); a.Status != http.StatusNotFound {
			return a
		}
		return Answer{Status: http.StatusNoContent}
	}
	s, upload := x.site, x.uploadName()
	s.mu.Lock()
	defer s.mu.Unlock()
	_, begun := s.begun(upload)
	if begun == nil {
		return x.noUpload()
	}
	s.dropParts(upload, begun)
	return Answer{Status: http.StatusNoContent}
}

func (x *Exchange) noUpload() Answer {
	return x.s3Refusal(http.StatusNotFound, "NoSuchUpload", "The upload does not exist, or was aborted or completed")
}

func (x *Exchange) s3Refusal(status int, code, message string) Answer {
	return inXML(status, struct {
		XMLName                 xml.Name `xml:"Error"`
		Code, Message, Resource string
	}{Code: code, Message: message, Resource: x.name})
}
