package flags

import (
	"fmt"
	"math"
	"os"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"

	"shotput/cli/curl"
	"shotput/loadgen"
)

// newAsked is a line of which nothing has been said, in the environment of this process.
func newAsked(stdin string) *Asked { return New(NewWorld(strings.NewReader(stdin), os.LookupEnv)) }

// planOf is the plan that a line makes.
func planOf(t *testing.T, line string, args ...string) (loadgen.Plan, error) {
	t.Helper()
	s, err := curl.Split(line, os.LookupEnv)
	if err != nil {
		t.Fatal(err)
	}
	r := newAsked("in")
	if typed, err := r.Parse(append(s.Words, args...)); err != nil || len(typed.Faults) > 0 {
		t.Fatalf("%s: %v %+v", line, err, typed.Faults)
	}
	r.Operands([]string{"http://h/"})
	r.Aim([]string{"http://h/"})
	err = r.Settle()
	return r.Plan, err
}

// Each flag is one field of the plan; the last of several switches wins, as with curl.
func TestFlagsAreFields(t *testing.T) {
	t.Setenv("SECRET", "s")
	for line, want := range map[string]func(*loadgen.Plan){
		"--http2 --http1.1":               func(p *loadgen.Plan) { p.Transport.HTTP = "1.1" },
		"--http2-prior-knowledge":         func(p *loadgen.Plan) { p.Transport.HTTP = "2-prior-knowledge" },
		"--http3":                         func(p *loadgen.Plan) { p.Transport.HTTP = "3" },
		"-4 -6":                           func(p *loadgen.Plan) { p.Route.IPVersion = 6 },
		"-1":                              func(p *loadgen.Plan) { p.Route.TLS.Min = "1.0" },
		"--tlsv1.3 --tls-max 1.3":         func(p *loadgen.Plan) { p.Route.TLS.Min, p.Route.TLS.Max = "1.3", "1.3" },
		"--tls-max 1.2 --tls-max default": func(p *loadgen.Plan) {},
		`-E 'a\:b\\c:p:w'`:                func(p *loadgen.Plan) { p.Route.TLS.Cert, p.Route.TLS.Pass = `a:b\c`, "p:w" },
		"-E c:p --pass env:SECRET --cert-type p12": func(p *loadgen.Plan) {
			p.Route.TLS = loadgen.TLS{Cert: "c", Pass: "s", CertType: "P12"}
		},
		"-L":                         func(p *loadgen.Plan) { p.Transport.Follow = true },
		"--location-trusted":         func(p *loadgen.Plan) { p.Transport.Follow, p.Transport.FollowTrusted = true, true },
		"-L --max-redirs 0":          func(p *loadgen.Plan) {},
		"-L --max-redirs -1":         func(p *loadgen.Plan) { p.Transport.Follow, p.Transport.MaxRedirects = true, math.MaxInt32 },
		"-x ''":                      func(p *loadgen.Plan) { p.Route.Proxy = "none" },
		"-x p:1 -U 'n:p@/'":          func(p *loadgen.Plan) { p.Route.Proxy = "http://n:p%40%2F@p:1" },
		"-x socks5://a:b@p:1 -U n:p": func(p *loadgen.Plan) { p.Route.Proxy = "socks5://a:b@p:1" },
		"--proxy-header 'A: b' --noproxy '*'": func(p *loadgen.Plan) {
			p.Route.NoProxy, p.Route.ProxyHeader = "*", []loadgen.Header{{Name: "A", Value: "b"}}
		},
		"--resolve a:1:b --connect-to ::c:2":             func(p *loadgen.Plan) { p.Route.Resolve, p.Route.ConnectTo = []string{"a:1:b"}, []string{"::c:2"} },
		"--unix-socket /s --interface lo":                func(p *loadgen.Plan) { p.Route.UnixSocket, p.Route.Interface = "/s", "lo" },
		"--expect-continue --expect100-timeout 2":        func(p *loadgen.Plan) { p.Transport.ExpectContinue, p.Transport.ExpectTimeout = true, 2*time.Second },
		"-H 'Expect: 100-continue'":                      func(p *loadgen.Plan) { p.Transport.ExpectContinue = true },
		"-H 'transfer-encoding: Chunked'":                func(p *loadgen.Plan) { p.Request.Body.Chunked = true },
		"--compressed --read-body none":                  func(p *loadgen.Plan) { p.Request.Compressed, p.Transport.SkipBody = true, true },
		"--keys 9 --key-dist zipf:1.1":                   func(p *loadgen.Plan) { p.Values.Keys = loadgen.Keys{Count: 9, Dist: "zipf:1.1"} },
		"--keys-file k":                                  func(p *loadgen.Plan) { p.Values.Keys.File = "k" },
		"--csv c --rows once":                            func(p *loadgen.Plan) { p.Values.Rows = loadgen.Rows{CSV: "c", Order: "once"} },
		"--jsonl j":                                      func(p *loadgen.Plan) { p.Values.Rows.JSONL = "j" },
		"--body-lines l":                                 func(p *loadgen.Plan) { p.Request.Body.Lines = "l" },
		"--body-dir d --chunked":                         func(p *loadgen.Plan) { p.Request.Body.Dir, p.Request.Body.Chunked = "d", true },
		"--expect-header ETag --expect-header 'A: b'":    func(p *loadgen.Plan) { p.Answer.Header = []string{"ETag", "A: b"} },
		"--expect-body-regex ^ok --expect-json 'a == 1'": func(p *loadgen.Plan) { p.Answer.Body, p.Answer.JSON = "^ok", "a == 1" },
		"--stages 30s@0..60/m,1m@2000": func(p *loadgen.Plan) {
			p.Load.Stages = []loadgen.Segment{{Duration: 30 * time.Second, To: 1}, {Duration: time.Minute, From: 2000, To: 2000}}
		},
		"--aws-sigv4 aws:amz:eu-1:s3 -u k:s:t --aws-unsigned-payload": func(p *loadgen.Plan) {
			p.Request.Auth.AWS = loadgen.AWS{Region: "eu-1", Service: "s3", AccessKey: "k", SecretKey: "s:t", UnsignedPayload: true}
		},
		"--digest -u a:b": func(p *loadgen.Plan) { p.Request.Auth.Digest, p.Request.Auth.User = true, "a:b" },
		"--oauth2-url http://t/ --oauth2-client-id i --oauth2-client-secret env:SECRET --oauth2-scope a --oauth2-scope b": func(p *loadgen.Plan) {
			p.Request.Auth.OAuth2 = loadgen.OAuth2{TokenURL: "http://t/", ClientID: "i", ClientSecret: "s", Scopes: []string{"a", "b"}}
		},
		"-T -":                       func(p *loadgen.Plan) { p.Request.Body.Data = []byte("in") },
		"-T .":                       func(p *loadgen.Plan) { p.Request.Body.Data = []byte("in") },
		"--referer 'http://r/;auto'": func(p *loadgen.Plan) { p.Request.Header = []loadgen.Header{{Name: "Referer", Value: "http://r/"}} },
	} {
		wanted := loadgen.Plan{Request: loadgen.RequestSpec{URL: "http://h/"}}
		want(&wanted)
		if got, err := planOf(t, line); err != nil || !reflect.DeepEqual(got, wanted) {
			t.Errorf("%s is\n%+v, %v; want\n%+v", line, got, err, wanted)
		}
	}
	sizes, err := planOf(t, "--size 4KiB*3,1MiB*1")
	if sizes.Request.Body.Sizes != "4KiB*3,1MiB*1" || sizes.Request.Body.Size != 0 || err != nil {
		t.Errorf("a law of sizes is %+v, %v", sizes.Request.Body, err)
	}
}

// Stages are printed as they are read.
func TestStages(t *testing.T) {
	for _, text := range []string{"30s@0..2000/s,1m@2000/s", "1m30s@0.5/s"} {
		stages, err := parseStages(text)
		var printed []string
		for _, s := range stages {
			printed = append(printed, s.String())
		}
		if got := strings.Join(printed, ","); got != text || err != nil {
			t.Errorf("%s is printed as %s, %v", text, got, err)
		}
	}
	for text, want := range map[string]string{"": "column 1:", "1s@1/s,": "column 8:", "1s@1/s, 0@1": "column 8: a stage lasts", "5/s": "column 1: a stage is",
		"1s@1/d": `not per "d"`, "1s@-1": "negative", "1s@1MiB/s": "counts requests", "1s@1..": "column 1: it does not begin"} {
		if got, err := parseStages(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q is %v, %v; want %s", text, got, err, want)
		}
	}
}

// A pipe is read once, into memory: it has no size and cannot be read again.
func TestPipes(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("a pipe has a name in /dev/fd on Linux")
	}
	for _, c := range []struct {
		flag, before string
		of           func(p *loadgen.Plan) string
	}{
		{"--upload-file", "", func(p *loadgen.Plan) string { return string(p.Request.Body.Data) }},
		{"--data-binary", "@", func(p *loadgen.Plan) string { return string(p.Request.Body.Data) }},
		{"--form", "a=@", func(p *loadgen.Plan) string {
			if p.Request.Body.Form[0].Type != "application/octet-stream" { // as curl has it
				return p.Request.Body.Form[0].Type
			}
			return p.Request.Body.Form[0].Text
		}},
	} {
		out, in, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprint(in, "from a pipe")
		in.Close()
		p, err := planOf(t, "", c.flag, fmt.Sprintf("%s/dev/fd/%d", c.before, out.Fd()))
		if err != nil || c.of(&p) != "from a pipe" {
			t.Errorf("%s: %+v, %v", c.flag, p.Request.Body, err)
		}
		out.Close()
	}
}
