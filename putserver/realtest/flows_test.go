package realtest

import (
	"crypto/md5"
	"crypto/sha256"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// send gives an answer, its body read.
func send(t *testing.T, method, url, body string, header ...string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	a, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	got, err := io.ReadAll(a.Body)
	if err != nil {
		t.Fatal(err)
	}
	return a, string(got)
}

func want(t *testing.T, status int, method, url, body string, header ...string) (*http.Response, string) {
	t.Helper()
	a, text := send(t, method, url, body, header...)
	if a.StatusCode != status {
		t.Fatalf("%s %s: %d %s, want %d", method, url, a.StatusCode, text, status)
	}
	return a, text
}

func TestPresignedPut(t *testing.T) {
	url, stored := S3(t, "AKIDEXAMPLE", "the/secret+key")
	var said struct{ URL string }
	_, text := want(t, 200, "GET", Presigner(t, url, "AKIDEXAMPLE", "the/secret+key", time.Minute)+"/a%20b/c", "")
	if err := json.Unmarshal([]byte(text), &said); err != nil {
		t.Fatal(err)
	}
	want(t, 200, "PUT", said.URL, "hello")
	if got, _ := stored("a b/c"); string(got) != "hello" {
		t.Errorf("stored %q", got)
	}
	want(t, 403, "PUT", strings.Replace(said.URL, "/c?", "/d?", 1), "x")
	want(t, 403, "PUT", url+"/bucket/a", "x")
	old, err := Presign("AKIDEXAMPLE", "the/secret+key", "PUT", url+"/bucket/a", time.Now().Add(-time.Hour), time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	want(t, 403, "PUT", old, "x")
}

func TestS3Multipart(t *testing.T) {
	url, stored := S3(t, "", "")
	object := url + "/bucket/key"
	var begun struct{ UploadId string }
	_, text := want(t, 200, "POST", object+"?uploads", "")
	if err := xml.Unmarshal([]byte(text), &begun); err != nil || begun.UploadId == "" {
		t.Fatal(text, err)
	}
	at := object + "?uploadId=" + begun.UploadId
	large := strings.Repeat("x", 100) // S3 itself would have all but the last of 5 MiB at least
	list, sums := "<CompleteMultipartUpload>", ""
	for i, part := range []string{large, "end"} {
		a, _ := want(t, 200, "PUT", fmt.Sprint(at, "&partNumber=", i+1), part)
		list += fmt.Sprintf("<Part><PartNumber>%d</PartNumber><ETag>%s</ETag></Part>", i+1, a.Header.Get("ETag"))
		sum := md5.Sum([]byte(part))
		sums += string(sum[:])
	}
	want(t, 400, "POST", at, "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>x</ETag></Part></CompleteMultipartUpload>")
	_, text = want(t, 200, "POST", at, list+"</CompleteMultipartUpload>")
	if tag := fmt.Sprintf("%x-2", md5.Sum([]byte(sums))); !strings.Contains(text, tag) {
		t.Errorf("%s, want the ETag %s", text, tag)
	}
	if got, _ := stored("key"); string(got) != large+"end" {
		t.Errorf("stored %d bytes", len(got))
	}
	_, text = want(t, 200, "POST", object+"?uploads", "")
	if err := xml.Unmarshal([]byte(text), &begun); err != nil {
		t.Fatal(err)
	}
	want(t, 204, "DELETE", object+"?uploadId="+begun.UploadId, "")
}

func TestDAVHoldsIfMatch(t *testing.T) {
	address, dir := DAV(t)
	url := "http://" + address + "/a"
	want(t, 201, "PUT", url, "x")
	a, _ := want(t, 200, "GET", url, "")
	tag := a.Header.Get("ETag")
	want(t, 204, "PUT", url, "xx", "If-Match", tag)
	want(t, 412, "PUT", url, "xxx", "If-Match", tag)
	if got, err := os.ReadFile(filepath.Join(dir, "www/a")); string(got) != "xx" {
		t.Errorf("%q %v", got, err)
	}
}

func TestRegistryUploadSession(t *testing.T) {
	address, dir := Registry(t)
	base := "http://" + address + "/v2/repo/blobs/uploads/"
	a, _ := want(t, 202, "POST", base, "")
	a, _ = want(t, 202, "PATCH", a.Header.Get("Location"), "hello", "Content-Type", "application/octet-stream")
	digest := fmt.Sprintf("sha256:%x", sha256.Sum256([]byte("hello")))
	at := a.Header.Get("Location")
	want(t, 400, "PUT", at+"&digest=sha256:"+strings.Repeat("0", 64), "")
	a, _ = want(t, 202, "POST", base, "")
	a, _ = want(t, 202, "PATCH", a.Header.Get("Location"), "hello", "Content-Type", "application/octet-stream")
	want(t, 201, "PUT", a.Header.Get("Location")+"&digest="+digest, "")
	if got, err := Blob(dir, digest); string(got) != "hello" {
		t.Errorf("%q %v", got, err)
	}
}

func TestRadicaleHoldsIfMatch(t *testing.T) {
	address, _ := Radicale(t)
	event := func(n int) string {
		return fmt.Sprintf("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//x//EN\r\nBEGIN:VEVENT\r\nUID:a\r\nDTSTART:20260101T000000Z\r\n"+
			"DTSTAMP:20260101T000000Z\r\nSUMMARY:%d\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n", n)
	}
	url := "http://" + address + "/ann/work/a.ics"
	a, _ := want(t, 201, "PUT", url, event(1), "Content-Type", "text/calendar")
	tag := a.Header.Get("ETag")
	b, _ := send(t, "PUT", url, event(2), "Content-Type", "text/calendar", "If-Match", tag)
	c, _ := send(t, "PUT", url, event(3), "Content-Type", "text/calendar", "If-Match", tag)
	t.Logf("radicale: %s then %s", b.Status, c.Status)
	if b.StatusCode/100 != 2 || c.StatusCode != 412 {
		t.Errorf("%s, then %s", b.Status, c.Status)
	}
}
