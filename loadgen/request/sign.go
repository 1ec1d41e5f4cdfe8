package request

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"shotput/loadgen/fault"
	"shotput/loadgen/text"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// A signer signs requests with AWS Signature Version 4. What it gives is a pure function of the request and its
// intended start, which is the signing time: same seed and start, same bytes. A request that goes out late is signed
// a little in the past, which services take for up to fifteen minutes.
//
// Signed are the method, the target, Host, and every header but those of notSigned.
//
// The obvious way, an *http.Request for each request, costs more than the signature: one is used again and again, and
// holds what never changes.
type signer struct {
	plan     AWS
	v4       *v4.Signer
	method   string
	host     text.Parts
	target   text.Parts
	fixed    http.Header // the signed header lines that are constant
	varying  []varyingField
	body     *Source
	payload  string    // the body's hash where all bodies are the same, or UNSIGNED-PAYLOAD; else empty
	scratch  sync.Pool // of *signing
	declares bool      // the hash goes out as a header of its own
}

// A signing is what one signature is made in.
type signing struct {
	request http.Request
	url     url.URL
	buf     []byte
}

// signed is what a signed request has more than another.
type signed struct{ date, payload, token, authorization string }

// notSigned are headers that proxies change or take away, or that only this end of the connection is told of. All
// others are signed, so that no service finds one missing which it wants signed.
var notSigned = []string{"Accept", "Accept-Encoding", "Authorization", "Connection", "Content-Length", "Expect",
	"Keep-Alive", "Proxy-Authorization", "Proxy-Connection", "Te", "Trailer", "Transfer-Encoding", "Upgrade",
	"User-Agent", "X-Amzn-Trace-Id"}

// setBySignature are the headers that no plan may name beside a signature.
var setBySignature = []string{"Authorization", "X-Amz-Date", "X-Amz-Content-Sha256", "X-Amz-Security-Token"}

const unsignedPayload = "UNSIGNED-PAYLOAD"

// newSigner makes the signer of a template whose body and header are compiled; nil where the plan wants none. A body
// that is the same for all is hashed here, unless start is zero: then nothing will be rendered, and a large file is not
// read for that.
func newSigner(spec *Spec, t *Template, start time.Time) (*signer, error) {
	if spec.Auth.AWS.Region == "" {
		return nil, nil
	}
	s := &signer{plan: spec.Auth.AWS, method: t.Method, host: t.host, target: t.location.target, body: &t.Source,
		fixed: http.Header{}}
	s.plan.Service = cmp.Or(spec.Auth.AWS.Service, "s3")
	s.declares = s.isS3() || spec.Auth.AWS.UnsignedPayload
	s.v4 = v4.NewSigner(func(o *v4.SignerOptions) { o.DisableURIPathEscaping = s.isS3() })
	s.layFields(t.lines)
	s.scratch.New = func() any { return s.newSigning() }
	switch {
	case spec.Auth.AWS.UnsignedPayload:
		s.payload = unsignedPayload
	case t.Source.same() && !start.IsZero():
		hash, err := t.Source.hash(text.Scope{})
		if err != nil {
			return nil, fault.Unreadable.In("body file", spec.Body.File, "%v", fault.Plain(err))
		}
		s.payload = hash
	}
	return s, nil
}

// isS3: S3 and what is named after it escape a path once, and want to be told the body's hash.
func (s *signer) isS3() bool { return strings.HasPrefix(s.plan.Service, "s3") }

// layFields sorts the lines to be signed into constant and varying fields, by their canonical names: values that were
// given under several spellings are one field, in their order.
func (s *signer) layFields(lines []headerLine) {
	all := map[string][]text.Parts{}
	for _, l := range lines {
		if key := http.CanonicalHeaderKey(l.name); !slices.Contains(notSigned, key) {
			all[key] = append(all[key], l.value)
		}
	}
	for key, values := range all {
		f := varyingField{key, values}
		if slices.ContainsFunc(values, func(v text.Parts) bool { return !v.Fixed() }) {
			s.varying = append(s.varying, f)
		} else {
			s.fixed[key], _ = f.render(nil, text.Scope{})
		}
	}
}

// newSigning has no scheme: with one the library would sign a Host without its port.
func (s *signer) newSigning() *signing {
	q := &signing{request: http.Request{Method: s.method, Header: s.fixed.Clone()}}
	q.request.URL = &q.url
	return q
}

// sign signs request r.
func (s *signer) sign(r text.Scope) signed {
	q := s.scratch.Get().(*signing)
	defer s.scratch.Put(q)
	q.buf = s.target.Append(q.buf[:0], r)
	path, query, _ := bytes.Cut(q.buf, []byte("?"))
	q.url.Opaque = "//host" + canonicalPath(string(path), s.isS3()) // the library reads the path behind a host
	q.url.RawQuery = string(query)
	q.buf = s.host.Append(q.buf[:0], r)
	q.request.Host = string(q.buf)
	for i := range s.varying {
		f := &s.varying[i]
		q.request.Header[f.key], q.buf = f.render(q.buf, r)
	}
	made := signed{payload: s.payload}
	if made.payload == "" {
		made.payload, _ = s.body.hash(r) // a body that cannot be read fails the request by itself
	}
	if s.declares {
		q.request.Header["X-Amz-Content-Sha256"] = []string{made.payload}
	}
	keys := aws.Credentials{AccessKeyID: s.plan.AccessKey, SecretAccessKey: s.plan.SecretKey,
		SessionToken: s.plan.SessionToken}
	if err := s.v4.SignHTTP(context.Background(), keys, &q.request, made.payload, s.plan.Service, s.plan.Region,
		r.Due); err != nil {
		panic("sign: " + err.Error()) // the library has no way to fail that depends on the request
	}
	if !s.declares {
		made.payload = ""
	}
	made.date, made.token = q.request.Header["X-Amz-Date"][0], s.plan.SessionToken
	made.authorization = q.request.Header["Authorization"][0]
	return made
}

// canonicalPath writes a path as the service will that is to check the signature: it knows the path decoded (once
// says that it encodes that anew), or else as it came. Letters, digits and "-._~/" stand for themselves.
func canonicalPath(path string, once bool) string {
	const digits = "0123456789ABCDEF"
	var b strings.Builder
	b.Grow(len(path) + 16)
	for i := 0; i < len(path); i++ {
		c := path[i]
		if c == '%' && i+2 < len(path) {
			if decoded, err := hex.DecodeString(path[i+1 : i+3]); err == nil && once {
				c = decoded[0]
				i += 2
			} else if err == nil {
				b.WriteString(path[i : i+3])
				i += 2
				continue
			}
		}
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("-._~/", c) >= 0 {
			b.WriteByte(c)
		} else {
			b.WriteString(string([]byte{'%', digits[c>>4], digits[c&15]}))
		}
	}
	return b.String()
}

// each calls add for each header line of the signature.
func (m *signed) each(add func(name, value string)) {
	for _, line := range [...][2]string{{"X-Amz-Date", m.date}, {"X-Amz-Content-Sha256", m.payload},
		{"X-Amz-Security-Token", m.token},
		{"Authorization", m.authorization}} {
		if line[1] != "" {
			add(line[0], line[1])
		}
	}
}

// appendLines appends the signature's lines to the head of request r.
func (s *signer) appendLines(dst []byte, r text.Scope) []byte {
	made := s.sign(r)
	made.each(func(name, value string) {
		dst = append(append(append(append(dst, name...), ": "...), value...), "\r\n"...)
	})
	return dst
}

// set puts the signature of request r into h, which is that request's own.
func (s *signer) set(h http.Header, r text.Scope) {
	made := s.sign(r)
	made.each(func(name, value string) { h[name] = []string{value} })
}

// same says whether every request has the same body, that of a large form aside.
func (b *Source) same() bool {
	return b.text == nil && b.lines == nil && b.files == nil && b.Form == nil && b.Block == nil
}

// hash is the SHA-256 of request r's body, in hexadecimal.
func (b *Source) hash(r text.Scope) (string, error) {
	c := b.Content(r)
	if data := c.Memory(); data != nil || c.Size == 0 {
		c.Release()
		sum := sha256.Sum256(data)
		return hex.EncodeToString(sum[:]), nil
	}
	src := c.reader()
	defer src.Close()
	h := sha256.New()
	_, err := io.Copy(h, src)
	return hex.EncodeToString(h.Sum(nil)), err
}
