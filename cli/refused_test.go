package cli_test

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"

	"shotput/cli"
)

// What a run refuses before it sends anything, --dry-run refuses too, in the same words and with the same code: whoever
// was told that a line is right can rely on it. Each case is a line that can never work, and what is said of it.
func TestDryRunRefusesWhatARunDoes(t *testing.T) {
	var sent atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { sent.Add(1) }))
	defer server.Close()
	t.Chdir(t.TempDir())
	for name, text := range map[string]string{"head.csv": "id,name\n\n", "open.csv": "id,name\n1,a\n2,\"b\n3,c\n", "behind.csv": "id\n\"a\"b\n",
		"names.csv": "id,na\"me\n1,2\n", "control.csv": "id\na\x01b\n", "late.csv": "id\n1\n" + strings.Repeat("x", 16<<20+1) + "\n",
		"none.jsonl": "nope\n", "other.jsonl": "{\"a\":1}\n", "empty.txt": "", "blank.txt": "\n\n", "cert.pem": "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
		"late.txt": "1\n" + strings.Repeat("x", 16<<20+1) + "\n"} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	os.Mkdir("folder", 0o700)
	for _, c := range []struct {
		line string // words, parted by |
		says string
	}{
		{`--csv|head.csv|{{csv "id"}}`, `--csv "head.csv": names its columns in its first line, and has no row below it`},
		{`--csv|empty.txt|{{csv "id"}}`, `--csv "empty.txt": is empty; the first line names the columns`},
		{`--csv|names.csv|{{csv "id"}}`, `--csv "names.csv": the line of its columns has a " in a field`},
		{`--csv|open.csv|{{csv "id"}}`, `--csv "open.csv": row 2: begins a field with a " that no other ends`},
		{`--csv|open.csv|{{seq}}`, `--csv "open.csv": row 2: begins a field with a " that no other ends`},
		{`--csv|behind.csv|{{csv "id"}}`, `--csv "behind.csv": row 1: has text behind the " that ends a field`},
		{`--csv|control.csv|-H|X: {{csv "id"}}|{{seq}}`, `--csv "control.csv": row 1: column "id" gives a character that cannot stand in a header`},
		{`--csv|control.csv|--json|{{csv "id"}}|{{seq}}`, `--csv "control.csv": row 1: the body is no JSON`},
		{`--csv|late.csv|{{csv "id"}}`, `--csv "late.csv": row 2: a row begins at byte 5 that has no end within 16 MiB`},
		{`--csv|folder|{{csv "id"}}`, `--csv "folder": is a directory`},
		{`--jsonl|none.jsonl|{{json .a}}`, `--jsonl "none.jsonl": row 1: is no JSON`},
		{`--jsonl|other.jsonl|{{json .b}}`, `--jsonl "other.jsonl": row 1: .b is not in it`},
		{`--keys-file|blank.txt|{{key}}`, `--keys-file "blank.txt": is empty; write a key on each line`},
		{`--keys-file|late.txt|{{key}}`, `--keys-file "late.txt": row 2: a row begins at byte 2`},
		{`--body-lines|late.txt|{{seq}}`, `--body-lines "late.txt": row 2: a row begins at byte 2`},
		{`--body-lines|empty.txt|{{seq}}`, `--body-lines "empty.txt": is empty; each of its lines is a body`},
		{`--body-dir|folder|{{seq}}`, `--body-dir "folder": has no files in it`},
		{`-T|folder|{{seq}}`, `-T "folder": is a directory`},
		{`-T|nothing.bin|{{seq}}`, `-T "nothing.bin": no such file or directory`},
		{`--size|file:empty.txt|{{seq}}`, `which is empty; write a size on each line`},
		{`--size|many|{{seq}}`, `--size "many": `},
		{`-F|a=@folder|{{seq}}`, `-F "folder": is a directory`},
		{`--cacert|empty.txt|{{seq}}`, `--cacert "empty.txt": holds no certificate in PEM form`},
		{`-E|empty.txt|{{seq}}`, `-E "empty.txt": holds no certificate in PEM form`},
		{`-E|cert.pem|{{seq}}`, `-E "cert.pem": holds no key in PEM form`},
		{`-E|cert.pem|--key|nothing.pem|{{seq}}`, `--key "nothing.pem": no such file or directory`},
		{`-E|cert.pem|--key|empty.txt|{{seq}}`, `--key "empty.txt": holds no key in PEM form`},
		{`--interface|nope0|{{seq}}`, `--interface "nope0": is no interface of this machine, and no address`},
		{`--interface|::1|{{seq}}`, `--interface "::1": `},
		{`--unix-socket|nothing.sock|{{seq}}`, `--unix-socket "nothing.sock": no such file or directory`},
		{`--resolve|a:1:2|{{seq}}`, `--resolve "a:1:2": has the address "2", which is no IP address`},
		{`--connect-to|a:b|{{seq}}`, `--connect-to "a:b": is not HOST1:PORT1:HOST2:PORT2`},
		{`-x|foo://127.0.0.1:1|{{seq}}`, `has the scheme "foo"; known are http, https, socks5, socks5h`},
		{`-c|2000000|{{seq}}`, `-c "2000000": must be from 1 to 60000`},
		{`--http2|{{seq}}`, `--http2: is offered in the TLS handshake, and the URL is http`},
		{`--http3|{{seq}}`, `--http3: is spoken over TLS alone; the URL must be https`},
		{`--http2-prior-knowledge|-x|http://127.0.0.1:1|{{seq}}`, `--http2-prior-knowledge: h2 without TLS cannot go through an HTTP proxy`},
		{`--stages|1s@0|{{seq}}`, `--stages: all stages have the rate 0; one must be above it`},
		{`--stages|9000h@1/s|{{seq}}`, `--stages: stage 1 lasts 9000h0m0s; it must be above 0, and all together at most 2400h0m0s`},
		{`-r|1000000000000000/s|{{seq}}`, `-r "1e+15": must be more than 0 a second, and at most 1e+12`},
		{`--prom-listen|` + server.Listener.Addr().String() + `|{{seq}}`, `address already in use`},
		{`--prom-file|folder|{{seq}}`, `--prom-file "folder": it is no plain file`},
		{`-o|folder|{{seq}}`, `-o "folder": is a directory`},
		{`--threshold|p99<|{{seq}}`, `--threshold "p99<": column 5: a number is missing before the end`},
	} {
		words := strings.Split(c.line, "|")
		words[len(words)-1] = server.URL + "/" + words[len(words)-1]
		dry, dryCode := errorsOf(append([]string{"--dry-run", "-n", "2"}, words...))
		run, runCode := errorsOf(append([]string{"-n", "2"}, words...))
		if dryCode != 2 || runCode != 2 || dry != run || !strings.Contains(dry, c.says) {
			t.Errorf("%s\nwith --dry-run, exit %d:\n%s\nwithout, exit %d:\n%s\nwant exit 2 and %s", c.line, dryCode, dry, runCode, run, c.says)
		}
	}
	if sent.Load() != 0 {
		t.Errorf("%d requests were sent", sent.Load())
	}
	if left, _ := filepath.Glob(".shotput-*"); len(left) > 0 {
		t.Errorf("left: %q", left)
	}
}

// theErrors are those lines of the standard error stream that say what is wrong; notes and lines to try differ.
var theErrors = regexp.MustCompile(`(?m)^error: .*$`)

func errorsOf(args []string) (said string, code int) {
	var out, err bytes.Buffer
	code = cli.Main(context.Background(), args, cli.Stdio{In: strings.NewReader(""), Out: &out, Err: &err})
	return strings.Join(theErrors.FindAllString(err.String(), -1), "\n"), code
}
