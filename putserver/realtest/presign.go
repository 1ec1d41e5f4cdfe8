package realtest

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"
)

// Presign gives the URL by which whoever has it may send the method to an S3 server's object (as S3 starts it) until it
// expires: Signature Version 4 in the query, of the host alone, the payload unsigned. It is by hand, so that what signs
// requests in the program is not tested by itself.
func Presign(access, secret, method, object string, at time.Time, expires time.Duration) (signed string, err error) {
	u, err := url.Parse(object)
	if err != nil {
		return "", err
	}
	const region = "us-east-1"
	date, day := at.UTC().Format("20060102T150405Z"), at.UTC().Format("20060102")
	scope := day + "/" + region + "/s3/aws4_request"
	query := u.Query()
	for name, value := range map[string]string{"Algorithm": "AWS4-HMAC-SHA256", "Credential": access + "/" + scope,
		"Date": date, "Expires": strconv.Itoa(int(expires / time.Second)), "SignedHeaders": "host"} {
		query.Set("X-Amz-"+name, value)
	}
	u.RawQuery = strings.ReplaceAll(query.Encode(), "+", "%20")
	canonical := strings.Join([]string{method, u.EscapedPath(), u.RawQuery, "host:" + u.Host + "\n", "host",
		"UNSIGNED-PAYLOAD"}, "\n")
	sum := sha256.Sum256([]byte(canonical))
	key := []byte("AWS4" + secret)
	for _, part := range []string{day, region, "s3", "aws4_request",
		"AWS4-HMAC-SHA256\n" + date + "\n" + scope + "\n" + hex.EncodeToString(sum[:])} {
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(part)) // a hash never fails
		key = mac.Sum(nil)
	}
	u.RawQuery += "&X-Amz-Signature=" + hex.EncodeToString(key)
	return u.String(), nil
}

// Presigner is a service that gives such URLs for PUT, as applications have one in front of their storage: whatever
// asks for /KEY is told {"url": "…"} of that key in the bucket of an S3 server, which is another one than itself.
func Presigner(t testing.TB, s3, access, secret string, expires time.Duration) (url string) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		object := s3 + "/bucket" + r.URL.EscapedPath()
		signed, err := Presign(access, secret, http.MethodPut, object, time.Now(), expires)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]string{"url": signed}) // who has stopped reading needs no error
	}))
	t.Cleanup(server.Close)
	return server.URL
}
