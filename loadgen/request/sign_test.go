//go:build unix

package request

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"shotput/loadgen/header"
	"shotput/loadgen/text"

	"shotput/putserver/realtest"
)

// The keys of AWS' published examples.
const (
	exampleKey    = "AKIAIOSFODNN7EXAMPLE"
	exampleSecret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
)

// suiteSigned is how the lines of the test suite begin.
const suiteSigned = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, " +
	"SignedHeaders=host;x-amz-date, "

// TestSignatureIsAsPublished: examples whose signatures AWS publishes, "Signature Calculations for the Authorization
// Header" in the reference of S3, and the Signature Version 4 test suite.
func TestSignatureIsAsPublished(t *testing.T) {
	s3 := AWS{Region: "us-east-1", Service: "s3", AccessKey: exampleKey, SecretKey: exampleSecret}
	suite := AWS{Region: "us-east-1", Service: "service", AccessKey: "AKIDEXAMPLE",
		SecretKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"}
	date := header.Line{Name: "Date", Value: "Fri, 24 May 2013 00:00:00 GMT"}
	for name, c := range map[string]struct {
		start time.Time
		spec  Spec
		want  string
	}{
		"S3 PUT": {time.Date(2013, 5, 24, 0, 0, 0, 0, time.UTC),
			Spec{URL: "https://examplebucket.s3.amazonaws.com/test$file.text", Auth: Auth{AWS: s3},
				Body:   Body{Text: "Welcome to Amazon S3."},
				Header: []header.Line{date, {Name: "x-amz-storage-class", Value: "REDUCED_REDUNDANCY"}}},
			"AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, " +
				"SignedHeaders=date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class, " +
				"Signature=98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"},
		"get-vanilla": {time.Date(2015, 8, 30, 12, 36, 0, 0, time.UTC),
			Spec{Method: "GET", URL: "https://example.amazonaws.com/", Auth: Auth{AWS: suite}},
			suiteSigned +
				"Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
		"get-vanilla-query-order-key-case": {time.Date(2015, 8, 30, 12, 36, 0, 0, time.UTC),
			Spec{Method: "GET", URL: "https://example.amazonaws.com/?Param2=value2&Param1=value1",
				Auth: Auth{AWS: suite}},
			suiteSigned +
				"Signature=b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"},
		"post-vanilla": {time.Date(2015, 8, 30, 12, 36, 0, 0, time.UTC),
			Spec{Method: "POST", URL: "https://example.amazonaws.com/", Auth: Auth{AWS: suite}},
			suiteSigned +
				"Signature=5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := authorizationAt(t, c.start, c.spec); got != c.want {
				t.Errorf("signed\n%s\nwant\n%s", got, c.want)
			}
		})
	}
}

// authorizationAt is how the request asks in a run that begins at this time.
func authorizationAt(t *testing.T, start time.Time, s Spec) string {
	t.Helper()
	template, err := planned{s, Setting{Start: start}}.compile()
	if err != nil {
		t.Fatal(err)
	}
	defer template.Close()
	return headerOf(string(template.AppendHead(nil, 1, 0, template.Size(1))), "Authorization")
}

// TestSignatureIsCurls: what curl signs, signed for the same second, has the same Authorization line.
func TestSignatureIsCurls(t *testing.T) {
	curl := realtest.Need(t, "curl")
	requests := make(chan *http.Request, 1)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { requests <- r }))
	defer server.Close()
	for _, c := range []struct{ service, target, body string }{
		{"s3", "/bucket/key", "some text"}, {"s3", "/b/a-b_c.d~e?x=1&y=a%20b", ""},
		{"execute-api", "/stage/items?b=2&c=3", "{}"},
	} {
		line := []string{"-q", "-sS", "--noproxy", "*", "-X", "PUT", "-u", exampleKey + ":" + exampleSecret,
			"--aws-sigv4", "aws:amz:eu-west-1:" + c.service,
			"-H", "Content-Type: text/plain", "--data-raw", c.body, server.URL + c.target}
		if c.service == "s3" { // older ones do not send it by themselves, and S3 refuses them
			sum := sha256.Sum256([]byte(c.body))
			line = append(line, "-H", "X-Amz-Content-Sha256: "+hex.EncodeToString(sum[:]))
		}
		if said, err := exec.Command(curl, line...).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, said)
		}
		r := <-requests
		at, err := time.Parse("20060102T150405Z", r.Header.Get("X-Amz-Date"))
		if err != nil {
			t.Fatal(err)
		}
		s := Spec{URL: server.URL + c.target, Body: Body{Text: c.body},
			Header: []header.Line{{Name: "Content-Type", Value: "text/plain"}},
			Auth: Auth{AWS: AWS{Region: "eu-west-1", Service: c.service,
				AccessKey: exampleKey, SecretKey: exampleSecret}}}
		if got, want := authorizationAt(t, at, s), r.Header.Get("Authorization"); got != want {
			t.Errorf("%s %s: signed\n%s\ncurl signs\n%s", c.service, c.target, got, want)
		}
	}
}

// headerOf is the value of one header line of a head.
func headerOf(head, name string) string {
	_, rest, _ := strings.Cut(head, "\r\n"+name+": ")
	value, _, _ := strings.Cut(rest, "\r\n")
	return value
}

// TestSignedBodiesAreHashedOnce where all are the same, and each where they differ.
func TestSignedBodiesAreHashedOnce(t *testing.T) {
	aws := AWS{Region: "r", AccessKey: "k", SecretKey: "s"}
	fixed := newTemplate(t, Spec{URL: "http://h/", Auth: Auth{AWS: aws}, Body: Body{Text: "abc"}})
	sum := sha256.Sum256([]byte("abc"))
	if want := hex.EncodeToString(sum[:]); fixed.signer.payload != want || fixed.Whole != "" {
		t.Errorf("the hash of all bodies is %q, want %q, and no head is that of all", fixed.signer.payload, want)
	}
	varies := newTemplate(t, Spec{URL: "http://h/", Auth: Auth{AWS: aws}, Body: Body{Size: 9}})
	a, b := string(varies.AppendHead(nil, 1, 0, 9)), string(varies.AppendHead(nil, 2, 0, 9))
	if headerOf(a, "X-Amz-Content-Sha256") == headerOf(b, "X-Amz-Content-Sha256") {
		t.Error("two generated bodies are said to have the same hash")
	}
	later := string(varies.AppendHead(nil, 1, time.Second, 9))
	if headerOf(later, "X-Amz-Date") == headerOf(a, "X-Amz-Date") {
		t.Error("a request due a second later is signed for the same time")
	}
	if again := string(varies.AppendHead(nil, 1, 0, 9)); again != a {
		t.Errorf("the same request is signed anew as\n%s\nand was\n%s", again, a)
	}
}

func TestBodyToSignThatCannotBeRead(t *testing.T) {
	file := writeFile(t, 2<<20)
	template := newTemplate(t,
		Spec{URL: "http://h/", Body: Body{File: file},
			Auth: Auth{AWS: AWS{Region: "r", AccessKey: "k", SecretKey: "s"}}})
	if err := os.Truncate(file, 10); err != nil {
		t.Fatal(err)
	}
	template.Close() // what was opened can no longer be read
	if _, err := template.Source.hash(text.Scope{}); err == nil {
		t.Error("the hash of a body that cannot be read is no error")
	}
}

func TestCanonicalPath(t *testing.T) {
	for _, c := range []struct{ path, once, twice string }{
		{"/a/b-._~", "/a/b-._~", "/a/b-._~"},
		{"/a%2Fb%20c", "/a/b%20c", "/a%2Fb%20c"},
		{"/é+@", "/%C3%A9%2B%40", "/%C3%A9%2B%40"},
		{"/%zz%2", "/%25zz%252", "/%25zz%252"},
		{"/%41", "/A", "/%41"},
	} {
		if once, twice := canonicalPath(c.path, true), canonicalPath(c.path, false); once != c.once ||
			twice != c.twice {
			t.Errorf("%s is %s and %s, want %s and %s", c.path, once, twice, c.once, c.twice)
		}
	}
}

// BenchmarkSigning is what a signature costs: the same head with one and without.
func BenchmarkSigning(b *testing.B) {
	for _, c := range []struct {
		name string
		aws  AWS
		body Body
	}{
		{"unsigned", AWS{}, Body{Text: "always the same"}},
		{"signed", AWS{Region: "us-east-1", AccessKey: exampleKey, SecretKey: exampleSecret},
			Body{Text: "always the same"}},
		{"signed, 1 KiB that differ", AWS{Region: "us-east-1", AccessKey: exampleKey, SecretKey: exampleSecret},
			Body{Size: 1024}},
	} {
		b.Run(c.name, func(b *testing.B) {
			template := newTemplate(b,
				Spec{URL: "http://127.0.0.1:9000/bucket/{{seq}}", Auth: Auth{AWS: c.aws}, Body: c.body,
					Header: []header.Line{{Name: "Content-Type", Value: "text/plain"}}})
			buf, k := make([]byte, 0, 2048), int64(0)
			b.ReportAllocs()
			for b.Loop() {
				buf = template.AppendHead(buf[:0], k, time.Duration(k)*time.Millisecond, template.BodyBytes())
				k++
			}
		})
	}
}
