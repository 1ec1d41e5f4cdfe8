package putserver

import (
	"bytes"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"hash"
	"hash/crc32"
	"net/http"
	"strings"
)

// A claim is what a request's header says that a sum of its body is.
type claim struct {
	sum  hash.Hash
	want []byte // nil where it cannot be read, which no sum is
}

func (c *claim) holds() bool { return c.want != nil && bytes.Equal(c.sum.Sum(nil), c.want) }

// plainSums are the headers whose value is the sum, in base64: RFC 1864, and those of S3.
var plainSums = []struct {
	header string
	sum    func() hash.Hash
}{
	{"Content-Md5", md5.New},
	{"X-Amz-Checksum-Sha256", sha256.New},
	{"X-Amz-Checksum-Sha1", sha1.New},
	{"X-Amz-Checksum-Crc32", func() hash.Hash { return crc32.NewIEEE() }},
	{"X-Amz-Checksum-Crc32c", func() hash.Hash { return crc32.New(castagnoli) }},
}

// namedSums are those of RFC 9530 that are fit for use, and dictionaries the headers that have them. Of a whole body
// both say the same.
var (
	namedSums    = map[string]func() hash.Hash{"sha-256": sha256.New, "sha-512": sha512.New}
	dictionaries = [...]string{"Content-Digest", "Repr-Digest"}
)

// claimsOf are the sums that a header names, as far as they are known here.
func claimsOf(h http.Header) (claims []claim) {
	for i := range plainSums {
		if values, ok := h[plainSums[i].header]; ok {
			claims = append(claims, claim{plainSums[i].sum(), decoded(strings.Join(values, ","))})
		}
	}
	for _, name := range dictionaries {
		values, ok := h[name]
		if !ok {
			continue
		}
		for member := range strings.SplitSeq(strings.Join(values, ","), ",") {
			key, value, _ := strings.Cut(strings.TrimSpace(member), "=")
			sum, known := namedSums[key]
			if !known {
				continue
			}
			value, _, _ = strings.Cut(value, ";") // parameters
			text, opens := strings.CutPrefix(strings.TrimSpace(value), ":")
			text, closes := strings.CutSuffix(text, ":")
			c := claim{sum: sum()}
			if opens && closes {
				c.want = decoded(text)
			}
			claims = append(claims, c)
		}
	}
	return claims
}

// decoded is nil where the text is not base64.
func decoded(text string) []byte {
	b, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil
	}
	return b
}
