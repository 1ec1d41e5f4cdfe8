package cli

import (
	"bytes"
	"regexp"
	"strings"
	"testing"
)

// What is wrong with a plan is said in the words of flags, and mended by flags: with the one that is missing, without
// the one that contradicts another, or with another value in the place of the wrong one.
func TestFaultsAreMended(t *testing.T) {
	const http, https = "http://127.0.0.1:1/", "https://127.0.0.1:1/"
	for _, c := range []struct {
		line            []string
		code, said, try string // said is how the sentence ends; an empty try is not looked at
	}{
		{list("--digest", http),
			"", "--digest: needs a user; give -u NAME:PASSWORD", `-u "$SHOTPUT_USER" --digest ` + http},
		{list("--http2", http),
			"", "the URL is http; where the server is known to speak it, --http2-prior-knowledge does", http},
		{list("--http3", "-x", "http://p", https),
			"", "--http3: h3 cannot go through a proxy; --noproxy '*' goes without", "-x http://p " + https},
		{list("--http3", "--tls-max", "1.2", https), "", "is too low: HTTP/3 is spoken over TLS 1.3", "--http3 " + https},
		{list("--tlsv1.3", "--tls-max", "1.2", https),
			"", "is below the lowest version asked for, 1.3", "--tlsv1.3 " + https},
		{list("--key", "k.pem", https),
			"", `--key "k.pem": is a key without a certificate`, "-E client.pem --key k.pem " + https},
		{list("--arrivals", "poisson", http), "", "needs a rate", "-r 2000/s --arrivals poisson " + http},
		{list("--rows", "random", http),
			"", "needs rows: a file of CSV or of JSON lines", "--csv rows.csv --rows random " + http},
		{list("--key-dist", "uniform", http),
			"", "needs keys: a number of them, or a file", "--keys 1000 --key-dist uniform " + http},
		{list("--csv", "/dev/null", "--jsonl", "/dev/null", http),
			"", "is given beside a CSV file; give one of them", ""},
		{list("-u", "a:b", "--oauth2-bearer", "x", http),
			"", "is given together with user; only one of them can say who asks", `-u "$SHOTPUT_USER" ` + http},
		{list("--read-body", "none", "--expect-json", "a == 1", http),
			"", "expect-body-regex and expect-json look at it", "--read-body all --expect-json 'a == 1' " + http},
		{list("--resolve", "x", "--resolve", "a:80:1.2.3.4", http),
			"",
			`--resolve "x": is not HOST:PORT:ADDRESS`, "--resolve name.example:80:127.0.0.1 --resolve a:80:1.2.3.4 " + http},
		{list("--threshold", "rate > 99% of target", http),
			"", "of target needs a rate", "-r 2000/s --threshold 'rate > 99% of target' " + http},
		{list("--threshold", "upload_rate > 99% of target", http),
			"", "of target needs a rate of bytes", "-r 20MiB/s --threshold 'upload_rate > 99% of target' " + http},
		{list("--threshold", "p99 < 1ms", "--threshold", `template."a".p99 < 1s`, http),
			"", "among the plan's", "--threshold 'p99 < 1ms' --threshold 'p99 < 50ms' " + http},
		{list("--aws-sigv4", "aws:amz:us-east-1:s3", "-u", "key:", http), "", "or give -u KEY:SECRET", ""},
		{list("http://127.0.0.1:1/{{nope}}"),
			"template", "calls nope, which is no function; did you mean now?", exampleURL},
		{list("-d", "a {{nope}}", http), "template", "did you mean now?", "-d text " + http},
		{list("-d", "a\nb {{nope}}", http), "template", "did you mean now?", "-d text " + http},
		{list("http://127.0.0.1:1/{{key}}"),
			"", "neither a number of keys nor a file of keys is given", "--keys 1000 http://127.0.0.1:1/{{key}}"},
		{list("-T", "/nowhere", http), "body-file", "no such file or directory", ""},
		{list("http://h:99999999/"), "bad-url", "has no port from 1 to 65535 after its colon", exampleURL},
	} {
		var said bytes.Buffer
		stdio := Stdio{In: strings.NewReader(""), Out: &said, Err: &said}
		code := Main(t.Context(), append(list("--dry-run"), c.line...), stdio)
		if c.code != "" {
			c.said += " [" + c.code + "]"
		}
		shown := regexp.MustCompile(` +`).ReplaceAllString(strings.Replace(said.String(), "--dry-run ", "", 1), " ")
		tried := c.try == "" || strings.HasSuffix(shown, "\n try shotput "+c.try+"\n")
		if code != 2 || !strings.Contains(shown, c.said+"\n") || !tried {
			t.Errorf("%q ends in %d:\n%swant …%s\n try shotput %s", c.line, code, shown, c.said, c.try)
		}
	}
}
