package flows

import (
	"bytes"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// A small site on a clock of its own, for which no condition fails.
func siteAt(now *time.Duration) *Site {
	return New(Config{Work: func(begin time.Duration) time.Duration { return begin + time.Second }, SessionTime: time.Minute, URLTime: time.Minute,
		SessionUses: 2, RetryAfter: time.Second, Now: func() time.Duration { return *now }, Zero: time.Unix(0, 0), Keep: 1 << 16, Whole: 1 << 10,
		Judge: func(*http.Request, string, time.Time) int { return 0 }})
}

// ask is one whole exchange.
func (s *Site) ask(method, target, body string, header http.Header) Answer {
	u, err := url.ParseRequestURI(target)
	if err != nil || !strings.HasPrefix(u.EscapedPath(), Path) {
		return Answer{Status: http.StatusTeapot}
	}
	r := &http.Request{Method: method, URL: u, Header: header, Host: "target"}
	x := s.Meet(r, u.EscapedPath())
	if a := x.Check(); a != nil {
		return *a
	}
	b := Body{Size: int64(len(body)), ETag: `"e"`}
	if len(body) <= 1<<10 {
		b.Bytes = []byte(body)
	}
	if sum := x.Sum(); sum != nil {
		io.WriteString(sum, body)
	}
	return x.Do(b)
}

// Whatever is asked, in whatever order, there is an answer, and what is kept stays within its budget. Each line is a
// request: method, target, and a body; ID in it stands for what the last answers had as Location, token and upload's id.
func FuzzSite(f *testing.F) {
	for _, script := range []string{
		"POST /_flow/items {}\nPUT PLACE x\nGET PLACE\nHEAD PLACE\nDELETE PLACE",
		"POST /_flow/s3/b/k?uploads\nPUT /_flow/s3/b/k?uploadId=ID&partNumber=1 x\nPUT /_flow/s3/b/k?uploadId=ID%26partNumber%3D1&partNumber=2 x\n" +
			"DELETE /_flow/s3/b/k?uploadId=ID%26partNumber%3D1\nPOST /_flow/s3/b/k?uploadId=ID%26partNumber%3D1 <CompleteMultipartUpload><Part><PartNumber>1</PartNumber></Part></CompleteMultipartUpload>",
		"POST /_flow/v2/a/blobs/uploads/\nPATCH PLACE x\nGET PLACE\nPUT PLACE&digest=sha256:0 x\nGET /_flow/v2/a/blobs/\nPUT /_flow/v2/a/blobs/uploads/x",
		"PUT /_flow/accepted/a x\nGET PLACE\nGET /_flow/accepted/a\nGET /_flow/status/1",
		"POST /_flow/login\nPUT /_flow/session/a x\nPUT /_flow/login?x",
		"PUT /_flow/docs/a {\"_rev\":1}\nPUT /_flow/docs/a {}\nPUT /_flow/docs/a?rev=1-99914b932bd37a50b983c5e7c90ae93b {}\nDELETE /_flow/docs/a\nGET /_flow/docs/a",
		"GET /_flow/presign/a\nPUT /_flow/signed/a?expires=9&signature=x x\nOPTIONS /_flow/guarded/a\nPUT /_flow/guarded/a x\nFOO /_flow/",
	} {
		f.Add(script)
	}
	f.Fuzz(func(t *testing.T, script string) {
		var now time.Duration
		s := siteAt(&now)
		place, id := Path, ""
		for line := range strings.Lines(script) {
			now += time.Second / 2
			method, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
			target, body, _ := strings.Cut(rest, " ")
			a := s.ask(method, strings.NewReplacer("PLACE", place, "ID", id).Replace(target), body, http.Header{})
			if a.Status < 200 || a.Status > 599 {
				t.Fatalf("%s: %d", line, a.Status)
			}
			if u, err := url.Parse(a.Header.Get("Location")); err == nil && u.Path != "" {
				base := url.URL{Path: Path}
				place = base.ResolveReference(u).RequestURI()
			}
			if _, rest, ok := bytes.Cut(a.Body, []byte("<UploadId>")); ok {
				upload, _, _ := bytes.Cut(rest, []byte("<"))
				id = string(upload)
			}
			if _, cost, _ := s.Counts(); cost > 1<<16 {
				t.Fatalf("%s: %d bytes are kept", line, cost)
			}
		}
	})
}
