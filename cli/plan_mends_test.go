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
	const none = "none" // nothing is known to help
	const http, https = "http://127.0.0.1:1/", "https://127.0.0.1:1/"
	for _, c := range []struct {
		line            []string
		code, said, try string // said is how the sentence ends; an empty try is not looked at
	}{
		{words("--digest", http),
			"", "--digest: needs a user; give -u NAME:PASSWORD", `-u name:password --digest ` + http},
		{words("--http2", http),
			"", "the URL is http; where the server is known to speak it, --http2-prior-knowledge does", http},
		{words("--http3", "-x", "http://p", https),
			"", "--http3: h3 cannot go through a proxy; --noproxy '*' goes without", "-x http://p " + https},
		{words("--http3", "--tls-max", "1.2", https), "", "is too low: HTTP/3 is spoken over TLS 1.3", "--http3 " + https},
		{words("--tlsv1.3", "--tls-max", "1.2", https),
			"", "is below the lowest version asked for, 1.3", "--tlsv1.3 " + https},
		{words("--key", "k.pem", https),
			"", `--key "k.pem": is a key without a certificate`, https},
		{words("--arrivals", "poisson", http), "", "needs a rate", "-r 2000/s --arrivals poisson " + http},
		{words("--rows", "random", http),
			"", "needs rows: a file of CSV or of JSON lines", http},
		{words("--key-dist", "uniform", http),
			"", "needs keys: a number of them, or a file", "--keys 1000 --key-dist uniform " + http},
		{words("--csv", "/dev/null", "--jsonl", "/dev/null", http),
			"", "is given beside a CSV file; give one of them", ""},
		{words("-u", "a:b", "--oauth2-bearer", "x", http),
			"", "is given together with user; only one of them can say who asks", `-u "$SHOTPUT_USER" ` + http},
		{words("--read-body", "none", "--expect-json", "a == 1", http),
			"", "expect-body-regex and expect-json look at it", "--read-body all --expect-json 'a == 1' " + http},
		{words("--resolve", "x", "--resolve", "a:80:1.2.3.4", http),
			"",
			`--resolve "x": is not HOST:PORT:ADDRESS`, "--resolve name.example:80:127.0.0.1 --resolve a:80:1.2.3.4 " + http},
		{words("--threshold", "rate > 99% of target", http),
			"", "of target needs a rate", "-r 2000/s --threshold 'rate > 99% of target' " + http},
		{words("--threshold", "upload_rate > 99% of target", "-d", "x", http), // without a body there is no such rate
			"", "of target needs a rate of bytes", "-r 20MiB/s --threshold 'upload_rate > 99% of target' -d x " + http},
		{words("--threshold", "p99 < 1ms", "--threshold", `template."a".p99 < 1s`, http),
			"", "among the plan's", "--threshold 'p99 < 1ms' --threshold 'p99 < 50ms' " + http},
		{words("--aws-sigv4", "aws:amz:us-east-1:s3", "-u", "key:", http), "", "or give -u KEY:SECRET", ""},
		{words("http://127.0.0.1:1/{{nope}}"),
			"template", "calls nope, which is no function; did you mean now?", "http://127.0.0.1:1/{{seq}}"},
		{words("-d", "a {{nope}}", http), "template", "did you mean now?", "-d 'a {{seq}}' " + http},
		{words("-d", "a\nb {{nope}}", http), "template", "did you mean now?", `-d $'a\nb {{seq}}' ` + http},
		{words("http://{{seq}}/x"), "template", "{{csv}}, {{json}}, {{key}}", "http://127.0.0.1:8080/objects/{{seq}}"},
		{words("{{seq}}"), "template", "{{csv}}, {{json}}, {{key}}", "http://127.0.0.1:8080/objects/{{seq}}"},
		{words("http://127.0.0.1:1/{{key}}"),
			"", "neither a number of keys nor a file of keys is given", "--keys 1000 http://127.0.0.1:1/{{key}}"},
		{words("-T", "/nowhere", http), "body-file", "no such file or directory", "-d text " + http},
		{words("--data-binary", "@/nowhere", http), "body-file", "no such file or directory", "-d text " + http},
		{words("--csv", "/nowhere", http+"{{seq}}"), "", "no such file or directory", http + "{{seq}}"},
		{words("--csv", "/nowhere", http+`{{csv "a"}}`), "", "no such file or directory", none},
		{words("--unix-socket", "/nowhere", http), "", "no such file or directory", none},
		{words("ftp://h.example/a/b"), "bad-url", "other than http and https", "http://h.example/a/b"},
		{words("/a/b"), "bad-url", "names no host", "http://127.0.0.1:8080/a/b"},
		{words("http://127.0.0.1:1/a b"), "template", "write %XX instead", "http://127.0.0.1:1/a%20b"},
		{words("http://127.0.0.1:1/{{seqq}}"), "template", "did you mean seq?", "http://127.0.0.1:1/{{seq}}"},
		{words("-d", "{{uuidd}} x", http), "template", "did you mean uuid?", "-d '{{uuid}} x' " + http},
		{words("-G", "-d", "a=b c", http), "template", "--data-urlencode encodes it", "-G --data-urlencode 'a=b c' " + http},
		{words("-G", "-d", "a=b c&d=1", http), "template", "--data-urlencode encodes it", "-G -d 'a=b%20c&d=1' " + http},
		{words("--json", `{"a":1}`, "--json", "[2]", http),
			"body-file", "after top-level value", `--json '{"a":1}' ` + http},
		{words("http://h:99999999/"), "bad-url", "has no port from 1 to 65535 after its colon", "http://h/"},
	} {
		var said bytes.Buffer
		stdio := Stdio{In: strings.NewReader(""), Out: &said, Err: &said}
		code := Main(t.Context(), append(words("--dry-run"), c.line...), stdio)
		if c.code != "" {
			c.said += " [" + c.code + "]"
		}
		noted := regexp.MustCompile(`(?m)^  with  .*\n`).ReplaceAllString(said.String(), "")
		shown := regexp.MustCompile(` +`).ReplaceAllString(strings.Replace(noted, "--dry-run ", "", 1), " ")
		tried := c.try == "" || c.try == none && !strings.Contains(shown, "\n try ") || strings.HasSuffix(shown, "\n try shotput "+c.try+"\n")
		if code != 2 || !strings.Contains(shown, c.said+"\n") || !tried {
			t.Errorf("%q ends in %d:\n%swant …%s\n try shotput %s", c.line, code, shown, c.said, c.try)
		}
	}
}

func words(all ...string) []string { return all }
