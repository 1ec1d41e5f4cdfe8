//go:build unix

package cli

import (
	"crypto/md5"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"shotput/putserver/realtest"
	"shotput/stats"
)

// Flows of plan files at servers that nobody here wrote: what these keep is what the plan says.

// passes of each.
const passes = 40

// real fires a plan on each engine; NAME stands in it for a name that no other run has.
func (s *site) real(t *testing.T, plan string, check func(t *testing.T, name string, run *stats.Run)) {
	t.Helper()
	for _, engine := range flowEngines() {
		t.Run(engine, func(t *testing.T) {
			path := filepath.Join(s.dir, engine+".yaml")
			if err := os.WriteFile(path, []byte(strings.ReplaceAll(plan, "NAME", engine)), 0o600); err != nil {
				t.Fatal(err)
			}
			run := s.fire(t, "-n", fmt.Sprint(passes), "-c", "8", "-r", "400/s", "--engine", engine, path)
			if c := run.Totals; c.OK != passes || run.Plan.Engine != engine {
				t.Fatalf("by %s: %+v %+v", run.Plan.Engine, c, run.Outcomes)
			}
			check(t, engine, run)
		})
	}
}

// get is what the target has under a name.
func (s *site) get(t *testing.T, name string) string {
	t.Helper()
	r, err := http.Get(s.url + name)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	text, err := io.ReadAll(r.Body)
	if err != nil || r.StatusCode != http.StatusOK {
		t.Fatalf("GET %s: %s, %v", name, r.Status, err)
	}
	return string(text)
}

// statuses are those of a step's exchanges.
func statusesOf(t *testing.T, run *stats.Run, step string) map[int]int64 {
	t.Helper()
	of := map[int]int64{}
	for i := range run.Steps {
		if row := &run.Steps[i]; row.Name == step {
			for _, s := range row.Status {
				of[s.Code] = s.Count
			}
		}
	}
	return of
}

// An upload in parts, each request signed: the object is the parts in their order, and its ETag that of their ETags,
// which a last step takes to another server.
func TestRealS3InParts(t *testing.T) {
	t.Parallel()
	url, stored := realtest.S3(t, "AKIDEXAMPLE", "the/secret+key")
	s := newSite(t)
	s.real(t, `
url: `+url+`/bucket/NAME-{{seq}}
flow:
  - name: create
    request: POST
    url-query: +uploads
    user: AKIDEXAMPLE:the/secret+key
    aws-sigv4: aws:amz:us-east-1:s3
    capture:
      upload: regex <UploadId>([^<]+)</UploadId>
  - name: part
    url-query: ['partNumber={{part}}', 'uploadId={{captured "upload"}}']
    user: AKIDEXAMPLE:the/secret+key
    aws-sigv4: aws:amz:us-east-1:s3
    data-raw: 'part {{part}} of {{seq}}, `+strings.Repeat("x", 500)+`;'
    parts: 3
    parallel: 2
    capture: {etag: header ETag}
  - name: complete
    request: POST
    url-query: 'uploadId={{captured "upload"}}'
    user: AKIDEXAMPLE:the/secret+key
    aws-sigv4: aws:amz:us-east-1:s3
    header: {Content-Type: application/xml}
    data-raw: '<CompleteMultipartUpload>{{joined "etag" "<Part><PartNumber>%n</PartNumber><ETag>%v</ETag></Part>" ""}}</CompleteMultipartUpload>'
    expect-body-regex: '[0-9a-f]{32}-3'
    capture: {whole: 'regex ([0-9a-f]{32}-3)'}
  - name: note
    url: `+s.url+`/notes/NAME-{{seq}}
    data-raw: '{{captured "whole"}}'
`, func(t *testing.T, name string, run *stats.Run) {
		for k := 1; k <= passes; k++ {
			var want, sums string
			for i := 1; i <= 3; i++ {
				part := fmt.Sprintf("part %d of %d, %s;", i, k, strings.Repeat("x", 500))
				sum := md5.Sum([]byte(part))
				want, sums = want+part, sums+string(sum[:])
			}
			key := fmt.Sprintf("%s-%d", name, k)
			if got, _ := stored(key); string(got) != want {
				t.Fatalf("%s is kept as %.80q", key, got)
			}
			if got, tag := s.get(t, "/notes/"+key), fmt.Sprintf("%x-3", md5.Sum([]byte(sums))); got != tag {
				t.Fatalf("%s has the ETag %s, want %s", key, got, tag)
			}
		}
		if got := statusesOf(t, run, "part"); got[200] != 3*passes {
			t.Errorf("parts: %v", got)
		}
	})
}

// A service gives URLs that lead to another server. The password is the service's: the storage refuses who is both named
// by the URL and says who he is.
func TestRealPresignedPut(t *testing.T) {
	t.Parallel()
	url, stored := realtest.S3(t, "AKIDEXAMPLE", "the/secret+key")
	service := realtest.Presigner(t, url, "AKIDEXAMPLE", "the/secret+key", time.Minute)
	s := newSite(t)
	const plan = `
hosts: [HOSTS]
user: ann:p:w
flow:
  - name: presign
    request: GET
    url: SERVICE/NAME-{{seq}}
    capture: {place: json .url}
  - name: upload
    url: '{{captured "place"}}'
    data-raw: 'photo {{seq}}'
`
	at := strings.NewReplacer("SERVICE", service, "HOSTS", `"`+strings.TrimPrefix(url, "http://")+`"`)
	s.real(t, at.Replace(plan), func(t *testing.T, name string, run *stats.Run) {
		for k := 1; k <= passes; k++ {
			if got, _ := stored(fmt.Sprintf("%s-%d", name, k)); string(got) != fmt.Sprintf("photo %d", k) {
				t.Fatalf("%d is kept as %q", k, got)
			}
		}
	})
	path := filepath.Join(s.dir, "elsewhere.yaml")
	at = strings.NewReplacer("SERVICE", service, "HOSTS", `"*.example.com"`, "NAME", "elsewhere")
	if err := os.WriteFile(path, []byte(at.Replace(plan)), 0o600); err != nil {
		t.Fatal(err)
	}
	out, _, code := s.say("run", "--no-preflight", "-n", "3", path)
	if _, kept := stored("elsewhere-1"); kept || code == 0 || !strings.Contains(out, "foreign_host") {
		t.Errorf("where the storage is not allowed, it ends with %d, kept: %v\n%s", code, kept, out)
	}
}

// Writers of one file who have read its ETag: some win, all others are told 412, and what is there was a winner's.
func TestRealETagLoop(t *testing.T) {
	t.Parallel()
	address, dir := realtest.Apache(t, "<Location />\nDAV On\n</Location>\nFileETag Digest\nCustomLog DIR/access.log short")
	s := newSite(t)
	s.real(t, `
url: http://`+address+`/basic/NAME?pass-{{seq}}
before:
  - {name: seed, data-raw: nobody, expect: 201}
flow:
  - {name: read, request: GET, capture: {etag: header ETag}}
  - name: write
    header: {If-Match: '{{captured "etag"}}'}
    data-raw: 'pass-{{seq}}'
    expect: 204,412
`, func(t *testing.T, name string, run *stats.Run) {
		of := statusesOf(t, run, "write")
		if of[204] == 0 || of[204]+of[412] != passes {
			t.Errorf("writers: %v, of %d", of, passes)
		}
		log, err := os.ReadFile(filepath.Join(dir, "access.log"))
		if err != nil {
			t.Fatal(err)
		}
		winners := map[string]bool{}
		for _, m := range regexp.MustCompile(`PUT /basic/`+name+`\?(\S+) HTTP/1.1 204`).FindAllStringSubmatch(string(log), -1) {
			winners[m[1]] = true
		}
		kept, err := os.ReadFile(filepath.Join(dir, "www/basic", name))
		if int64(len(winners)) != of[204] || !winners[string(kept)] {
			t.Errorf("%q is kept (%v), of %d winners, %v in the log", kept, err, of[204], winners)
		}
	})
}

// Documents as CouchDB has them: each winner makes the next revision.
func TestRevisionLoop(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.real(t, `
url: `+s.url+`/_flow/docs/db/NAME
before:
  - {name: seed, json: {pass: 0}, expect: 201}
flow:
  - {name: read, request: GET, capture: {rev: json ._rev}}
  - name: write
    data: '{"_rev": "{{captured "rev"}}", "pass": {{seq}}}'
    header: {Content-Type: application/json}
    expect: 201,409
`, func(t *testing.T, name string, run *stats.Run) {
		of := statusesOf(t, run, "write")
		if of[201] == 0 || of[201]+of[409] != passes {
			t.Errorf("writers: %v, of %d", of, passes)
		}
		var doc struct {
			Rev  string `json:"_rev"`
			Pass int64
		}
		if err := json.Unmarshal([]byte(s.get(t, "/_flow/docs/db/"+name)), &doc); err != nil {
			t.Fatal(err)
		}
		if n, _, _ := strings.Cut(doc.Rev, "-"); n != fmt.Sprint(of[201]+1) || doc.Pass < 1 || doc.Pass > passes {
			t.Errorf("%d winners, and the document is %+v", of[201], doc)
		}
	})
}

// An upload session of a container registry: begun, filled and ended with the digest of a blob of its own.
func TestRealRegistryUpload(t *testing.T) {
	t.Parallel()
	address, dir := realtest.Registry(t)
	s := newSite(t)
	table := "blob\n"
	for k := 1; k <= passes; k++ {
		table += fmt.Sprintf("layer %d\n", k)
	}
	file := filepath.Join(s.dir, "blobs.csv")
	if err := os.WriteFile(file, []byte(table), 0o600); err != nil {
		t.Fatal(err)
	}
	s.real(t, `
csv: `+file+`
flow:
  - name: begin
    request: POST
    url: http://`+address+`/v2/NAME/blobs/uploads/
    expect: 202
    capture: {place: header Location}
  - name: fill
    request: PATCH
    url: '{{captured "place"}}'
    header: {Content-Type: application/octet-stream}
    data-raw: '{{csv "blob"}}'
    expect: 202
    capture: {end: header Location}
  - name: end
    url: '{{captured "end"}}&digest=sha256:{{csv "blob" | sha256}}'
    expect: 201
`, func(t *testing.T, name string, run *stats.Run) {
		for k := 1; k <= passes; k++ {
			want := fmt.Sprintf("layer %d", k)
			if got, err := realtest.Blob(dir, fmt.Sprintf("sha256:%x", sha256.Sum256([]byte(want)))); string(got) != want {
				t.Fatalf("%q is kept as %q (%v)", want, got, err)
			}
		}
	})
}
