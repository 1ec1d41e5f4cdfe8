//go:build unix

package loadgen

import (
	"fmt"
	"io/fs"
	"strings"
	"testing"

	"shotput/loadgen/request"
	"shotput/loadgen/rows"

	"shotput/putserver/realtest"
)

func TestRealS3ChecksSignatures(t *testing.T) {
	t.Parallel()
	url, stored := realtest.S3(t, "AKIDEXAMPLE", "the/secret+key")
	known := request.AWS{Region: "eu-west-1", Service: "s3", AccessKey: "AKIDEXAMPLE", SecretKey: "the/secret+key"}
	unsigned := known
	unsigned.UnsignedPayload = true
	other := known
	other.SecretKey = "another"
	stranger := known
	stranger.AccessKey = "AKIDOTHER"
	temporary := known
	temporary.SessionToken = "token/of+a session"
	for _, c := range []struct {
		name, path string
		aws        request.AWS
		body       request.Body
		want       string
	}{
		{name: "body hashed", path: "objects/%d", aws: known},
		{name: "generated body", path: "made/%d", aws: known, body: request.Body{Size: 3000}},
		{name: "file", path: "files/%d", aws: known, body: request.Body{File: writeFile(t, rows.SmallFile/4)}},
		{name: "payload unsigned", path: "unsigned/%d", aws: unsigned},
		{name: "session token", path: "session/%d", aws: temporary},
		{name: "escaped names", path: "a b+c=d&e/ü/~%d", aws: known},
		{name: "wrong secret", path: "wrong/%d", aws: other, want: all1000("403 Forbidden")},
		{name: "wrong key", path: "stranger/%d", aws: stranger, want: all1000("403 Forbidden")},
		{name: "nobody", path: "nobody/%d", want: all1000("403 Forbidden")},
	} {
		t.Run(c.name, func(t *testing.T) {
			escaped := strings.NewReplacer(" ", "%20", "+", "%2B", "=", "%3D", "&", "%26", "ü", "%C3%BC", "%d", "{{seq}}").Replace(c.path)
			d := deed{plan: Plan{Request: request.Spec{URL: url + "/bucket/" + escaped, Auth: request.Auth{AWS: c.aws}, Body: c.body}}, want: "1000 × 200 OK", engine: "wire"}
			if c.want != "" {
				d.want, d.plan.NoPreflight = c.want, true
			}
			plan := d.do(t)
			if c.want != "" {
				if _, kept := stored(fmt.Sprintf(c.path, 1)); kept {
					t.Error("an object is kept that came without a right signature")
				}
				return
			}
			wantStored(t, plan, func(k int64) ([]byte, error) {
				object, kept := stored(fmt.Sprintf(c.path, k))
				if !kept {
					return nil, fs.ErrNotExist
				}
				return object, nil
			})
		})
	}
}
