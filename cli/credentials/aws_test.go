package credentials

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"shotput/loadgen"
)

func TestParseAWS(t *testing.T) {
	for _, c := range []struct {
		s    string
		want loadgen.AWS
		why  string // of a fault
	}{
		{"aws:amz:us-east-1:s3", loadgen.AWS{Region: "us-east-1", Service: "s3"}, ""},
		{"AWS:AMZ:eu-west-1:execute-api", loadgen.AWS{Region: "eu-west-1", Service: "execute-api"}, ""},
		{"aws:amz:eu-west-1", loadgen.AWS{Region: "eu-west-1", Service: "s3"}, ""},
		{"::eu-west-1", loadgen.AWS{Region: "eu-west-1", Service: "s3"}, ""},
		{"aws:amz", loadgen.AWS{}, "names no region"},
		{"", loadgen.AWS{}, "names no region"},
		{"aws:amz::s3", loadgen.AWS{}, "names no region"},
		{"goog:goog:r:s", loadgen.AWS{}, "provider other than aws:amz"},
		{"us-east-1", loadgen.AWS{}, "provider other than aws:amz"},
		{"aws:amz:r:s:t", loadgen.AWS{}, "more than four parts"},
	} {
		got, err := ParseAWS(c.s)
		if got != c.want || (err == nil) != (c.why == "") || err != nil && !strings.Contains(err.Error(), c.why) {
			t.Errorf("%q is %+v, %v; want %+v %s", c.s, got, err, c.want, c.why)
		}
	}
}

const credentialsFile = `# of this machine
[default]
aws_access_key_id=AKDEFAULT
aws_secret_access_key = se=cret/+ # mine
region = us-east-1

[ work ]
; no spaces
AWS_ACCESS_KEY_ID = AKWORK
aws_secret_access_key = worksecret
#aws_session_token = old
aws_session_token = token==

[half]
aws_access_key_id = AKHALF
`

func TestAWSCredentials(t *testing.T) {
	home := t.TempDir()
	file := filepath.Join(home, ".aws", "credentials")
	os.Mkdir(filepath.Dir(file), 0o700)
	if err := os.WriteFile(file, []byte(credentialsFile), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		env  string // NAME=value, comma-separated
		home string
		want string // key secret token; or of a fault: its why
	}{
		"environment":      {"AWS_ACCESS_KEY_ID=a,AWS_SECRET_ACCESS_KEY=b", home, "a b "},
		"session":          {"AWS_ACCESS_KEY_ID=a,AWS_SECRET_ACCESS_KEY=b,AWS_SESSION_TOKEN=c", "", "a b c"},
		"file":             {"", home, "AKDEFAULT se=cret/+ "},
		"profile":          {"AWS_PROFILE=work", home, "AKWORK worksecret token=="},
		"file of its own":  {"AWS_SHARED_CREDENTIALS_FILE=" + file, "/nowhere", "AKDEFAULT se=cret/+ "},
		"half a key":       {"AWS_ACCESS_KEY_ID=a", home, "is set, and AWS_SECRET_ACCESS_KEY is not"},
		"other half":       {"AWS_SECRET_ACCESS_KEY=hush", home, "is set, and AWS_ACCESS_KEY_ID is not"},
		"half a profile":   {"AWS_PROFILE=half", home, "under [half]; set AWS_ACCESS_KEY_ID"},
		"unknown profile":  {"AWS_PROFILE=none", home, "under [none]; set AWS_ACCESS_KEY_ID"},
		"nothing":          {"", "/nowhere", "no such file or directory; set AWS_ACCESS_KEY_ID"},
		"nothing, no home": {"", "", "set AWS_ACCESS_KEY_ID"},
	} {
		env := func(name string) string {
			for pair := range strings.SplitSeq(c.env, ",") {
				if value, ok := strings.CutPrefix(pair, name+"="); ok {
					return value
				}
			}
			return ""
		}
		key, secret, token, err := AWS(env, c.home)
		got := key + " " + secret + " " + token
		if err != nil {
			got = err.Error()
		}
		if err == nil && got != c.want || err != nil && !strings.Contains(got, c.want) || strings.Contains(got, "hush") {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
