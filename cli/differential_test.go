package cli_test

import (
	"cmp"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"shotput/putserver/realtest"

	"github.com/youmark/pkcs8"
	"software.sslmate.com/src/go-pkcs12"
)

// What shotput sends is held against what others send: the same command line run by the real curl, and by shotput
// once and as a run of one request; and calls of Python's requests.put, each beside its shotput line. Method,
// target, header lines and body must be the same, byte for byte, but for what differences names.

// differences are those that are meant to be. A case names the one that it shows; to hold, it must be seen.
var differences = map[string]func(theirs string) string{
	// curl asks before it sends a file; shotput does with --expect-continue alone, since it changes what is measured.
	"expect": dropLine("Expect: 100-continue"),
	// curl sends standard input in chunks, since it does not know its length; shotput reads it once, and sends it
	// often.
	"stdin": replaceLine("Transfer-Encoding: chunked", "Content-Length: 5"),
	// curl keeps the spaces before a value, which are no part of it (RFC 9110 §5.5).
	"spaces": replaceLine("X-Spaced:    a  b", "X-Spaced: a  b"),
	// RFC 6265 §4.2.1 wants a space between two cookies, and requests sends it.
	"cookies": replaceLine("Cookie: a=1;b=2", "Cookie: a=1; b=2"),
	// RFC 3986 §2.1 wants capitals, and requests writes them.
	"hex": func(theirs string) string { return escaped.ReplaceAllStringFunc(theirs, strings.ToUpper) },
	// A relic of proxies of HTTP/1.0.
	"proxy-connection": dropLine("Proxy-Connection: Keep-Alive"),
	// requests always says what it could decode, and that it keeps the connection, which HTTP/1.1 does by itself.
	"requests": func(theirs string) string {
		return dropLine("Connection: keep-alive")(dropLine("Accept-Encoding: gzip, deflate")(theirs))
	},
	// requests gives the parts of a form no type; curl does, by the file's name.
	"part-type": func(theirs string) string {
		return strings.ReplaceAll(theirs, "filename=\"a.txt\"\r\n", "filename=\"a.txt\"\r\nContent-Type: text/plain\r\n")
	},
	// In another kind of multipart curl says attachment instead of form-data.
	"attachment": func(theirs string) string {
		return strings.ReplaceAll(theirs, "Disposition: attachment", "Disposition: form-data")
	},
}

var escaped = regexp.MustCompile(`%[0-9a-f]{2}`)

func dropLine(line string) func(string) string {
	return func(theirs string) string { return strings.ReplaceAll(theirs, "\n"+line, "") }
}

func replaceLine(line, by string) func(string) string {
	return func(theirs string) string { return strings.ReplaceAll(theirs, "\n"+line, "\n"+by) }
}

// withLength is the one difference that is always there: curl says nothing of a body that a PUT has not, where RFC 9110
// §8.6 wants a length of 0.
func withLength(theirs string) string {
	head, body, _ := strings.Cut(theirs, "\n\n")
	if body != "" || !strings.HasPrefix(head, "PUT ") || strings.Contains(head, "\nContent-Length: ") || strings.Contains(head, "\nTransfer-Encoding: ") ||
		strings.Contains(head, "\nContent-Type: multipart/") {
		return theirs
	}
	return head + "\nContent-Length: 0\n\n"
}

// inOrder puts the header lines in order of name.
func inOrder(exchange string) string {
	head, body, _ := strings.Cut(exchange, "\n\n")
	lines := strings.Split(head, "\n")
	slices.SortStableFunc(lines[1:], func(a, b string) int { return cmp.Compare(fieldName(a), fieldName(b)) })
	return strings.Join(lines, "\n") + "\n\n" + body
}

// expected is what shotput must send where the other program sent theirs.
func (c differential) expected(t *testing.T, theirs, name string) string {
	t.Helper()
	for _, name := range strings.Fields(name) {
		mend, known := differences[name]
		if !known {
			t.Fatalf("%q is no named difference", name)
		}
		mended := mend(theirs)
		if mended == theirs {
			t.Errorf("%s: the difference %q is named, and not there", c.where, name)
		}
		theirs = mended
	}
	exchanges := strings.Split(theirs, betweenRequests)
	for i, one := range exchanges {
		exchanges[i] = inOrder(withLength(one))
	}
	return strings.Join(exchanges, betweenRequests)
}

// files are what cases send.
var files = map[string]string{
	"a.txt": "hello\nworld\r\n", "body.json": "{\"a\":1}\n", "bin.dat": "\x00\x01\xfe\xff", "empty.txt": "", "form data.png": "PNG?", "a+b&c=%.txt": "odd", "long.txt": strings.Repeat("0123456789", 20000),
	"headers.txt": "X-One: 1\nX-Two: 2\n", "netrc": "machine 127.0.0.1 login bob password s3cret\n",
	"jar": "# Netscape HTTP Cookie File\n127.0.0.1\tFALSE\t/\tFALSE\t0\tfirst\t1\n127.0.0.1\tFALSE\t/\tFALSE\t0\tother\t2\n127.0.0.1\tFALSE\t/\tTRUE\t0\tsecur\t3\n" +
		"127.0.0.1\tFALSE\t/a\tFALSE\t0\tlong\t4\n127.0.0.1\tFALSE\t/a/\tFALSE\t1\told\t4\n#HttpOnly_127.0.0.1\tFALSE\t/a/\tFALSE\t9999999999\thttponly\t5\n" +
		"127.0.0.1\tFALSE\t/\tFALSE\t0\tfirst\t6\r\n127.0.0.1\tFALSE\t/\tFALSE\t0\tempty\n.a.example\tTRUE\t/\tFALSE\t0\tbelow\t9\na.example\tFALSE\t/\tTRUE\t0\tonly\t10\n" +
		"127.0.0.1\tFALSE\t/A\tFALSE\t0\tcase\t1\nbroken\tFALSE\n127.0.0.1\tFALSE\tFALSE\t0\tpathless\t1\n127.0.0.1\tFALSE\t/\tFALSE\t0\t__Host-p\t1\n",
	"set-cookie": "HTTP/1.1 200 OK\r\nSet-Cookie: hdr=7; path=/a\r\nset-cookie: dom=8; domain=127.0.0.1\r\nSet-Cookie: far=8; domain=a.example; httponly\r\n" +
		"Set-Cookie: exp=8; expires=Wed, 21 Oct 2015 07:28:00 GMT\r\n Set-Cookie: spaced=1\r\nSet-Cookie: quoted=\"q x\" ; Max-Age=100\r\nSet-Cookie: s=1; secure\r\n",
	"f": "whole", "f.txt": "text", "config": "header = \"X-From: config\"\ndata = \"a=1\"\n", "big.bin": strings.Repeat("0123456789abcdef", 131072),
	"folder/1.txt": "first", "folder/2.txt": "second", "rows.csv": "file,size,path\nfolder/2.txt,1234,/p?a=b\nf.txt,5,/q\n",
}

// A bench is a folder with files, a recorder, and a shell that knows where both are.
type bench struct {
	*recorder
	env []string
	dir string
}

func newBench(t *testing.T) *bench {
	t.Helper()
	r, env := newRecorder(t)
	b := &bench{recorder: r, dir: t.TempDir(), env: append(slices.DeleteFunc(os.Environ(), isProxy), env...)}
	b.env = append(b.env, "HOME="+b.dir, "AWS_ACCESS_KEY_ID=", "GORACE=atexit_sleep_ms=0")
	if err := os.Mkdir(filepath.Join(b.dir, "folder"), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(b.dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cert, key := realtest.Certificate(t)
	b.lockKeys(t, cert, key)
	for name, from := range map[string][]string{"client.pem": {cert}, "client.key": {key}, "k.pem": {key}, "c.pem": {cert, key}, "ca.pem": {b.ca()}} {
		var all []byte
		for _, f := range from {
			text, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, text...)
		}
		if err := os.WriteFile(filepath.Join(b.dir, name), all, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return b
}

// lockKeys writes the client's key with the password s3cret, in each form that there is.
func (b *bench) lockKeys(t *testing.T, cert, key string) {
	t.Helper()
	pair, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalECPrivateKey(pair.PrivateKey.(*ecdsa.PrivateKey))
	if err != nil {
		t.Fatal(err)
	}
	//lint:ignore SA1019 it is such files that are to be read
	legacy, err := x509.EncryptPEMBlock(rand.Reader, "EC PRIVATE KEY", der, []byte("s3cret"), x509.PEMCipherAES128)
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := pkcs8.MarshalPrivateKey(pair.PrivateKey, []byte("s3cret"), nil)
	if err != nil {
		t.Fatal(err)
	}
	p12, err := pkcs12.Modern.Encode(pair.PrivateKey, pair.Leaf, nil, "s3cret")
	if err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(cert)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8 := pem.EncodeToMemory(&pem.Block{Type: "ENCRYPTED PRIVATE KEY", Bytes: sealed})
	for name, content := range map[string][]byte{"legacy.key": pem.EncodeToMemory(legacy), "pkcs8.key": pkcs8, "locked.pem": append(whole, pkcs8...), "a:b.pem": append(whole, pkcs8...), "client.p12": p12} {
		if err := os.WriteFile(filepath.Join(b.dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// ca is the file of the recorder's certificate.
func (b *bench) ca() string {
	for _, setting := range b.env {
		if path, ok := strings.CutPrefix(setting, "CA="); ok {
			return path
		}
	}
	panic("the recorder says where it is")
}

func isProxy(setting string) bool {
	name, _, _ := strings.Cut(strings.ToLower(setting), "=")
	return strings.HasSuffix(name, "_proxy")
}

// run has the shell run a line in which PUT is the given command, and tells what was sent, and what was said.
func (b *bench) run(t *testing.T, command, line string) (sent, said string) {
	t.Helper()
	shell := exec.Command("sh", "-c", "PUT() { "+command+" \"$@\"; }\n"+line)
	shell.Dir, shell.Env = b.dir, b.env
	out, _ := shell.CombinedOutput() // what it sent counts; curl has codes of its own
	return b.sent(), string(out)
}

const betweenRequests = "\n--\n"

// sent is what came since it was last asked for.
func (b *bench) sent() string {
	var all []string
	for _, r := range b.take() {
		all = append(all, r.String())
	}
	return strings.Join(all, betweenRequests)
}

// cases reads a file of cases: paragraphs of lines; one that begins with ~ names the difference, # is a comment.
func cases(t *testing.T, name string) (all []differential) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "differential", name))
	if err != nil {
		t.Fatal(err)
	}
	for number, line := range strings.Split(string(text), "\n") {
		last := len(all) - 1
		switch {
		case line == "" || line[0] == '#':
		case line[0] == '~':
			all[last].differs = strings.TrimSpace(line[1:])
		case strings.HasPrefix(line, "= "):
			all[last].ours = line[2:]
		default:
			all = append(all, differential{where: fmt.Sprintf("%s:%d", name, number+1), theirs: line, ours: line})
		}
	}
	return all
}

// A differential is what another program is asked for, and what shotput is asked for instead.
type differential struct{ where, theirs, ours, differs string }

func TestCurlSendsTheSame(t *testing.T) {
	t.Parallel()
	curl := realtest.Need(t, "curl")
	b := newBench(t)
	all := cases(t, "curl.txt")
	if len(all) < 80 {
		t.Errorf("%d command lines, want 80", len(all))
	}
	for _, c := range all {
		theirs, complaint := b.run(t, curl+" -sS -X PUT", c.theirs)
		if theirs == "" {
			t.Errorf("%s: curl sent nothing: %s\n%s", c.where, c.theirs, complaint)
			continue
		}
		want := c.expected(t, theirs, c.differs)
		for _, command := range []string{"shotput --once -s", "shotput -s -n 1 -c 1 --no-preflight"} {
			if got, said := b.run(t, command, c.ours); got != want {
				t.Errorf("%s: %s\n%s sent\n%s\ncurl sent\n%s\n%s", c.where, c.ours, command, got, want, said)
			}
		}
	}
}

func TestRequestsSendsTheSame(t *testing.T) {
	t.Parallel()
	python := pythonWithRequests(t)
	b := newBench(t)
	all := cases(t, "requests.txt")
	if len(all) < 40 {
		t.Errorf("%d calls, want 40", len(all))
	}
	caller := b.caller(t, python)
	for _, c := range all {
		theirs, complaint := caller(c.theirs)
		if theirs == "" {
			t.Errorf("%s: requests sent nothing: %s\n%s", c.where, c.theirs, complaint)
			continue
		}
		want := c.expected(t, theirs, "requests "+c.differs)
		for _, command := range []string{"shotput --once -s", "shotput -s -n 1 -c 1 --no-preflight"} {
			got, said := b.run(t, command, strings.Replace(c.ours, "shotput ", "PUT ", 1))
			if got != want {
				t.Errorf("%s: %s\n%s sent\n%s\n%s sent\n%s\n%s", c.where, c.ours, command, got, c.theirs, want, said)
			}
		}
	}
}

// tableRow is a row of the README's table: what is given to requests.put, and the flags that say the same.
var (
	tableRow = regexp.MustCompile("(?m)^\\| (`.*`.*) \\| `([^`]*)` \\|.*\\|$")
	codeSpan = regexp.MustCompile("`([^`]*)`")
	keyword  = regexp.MustCompile(`^[a-z]+=`)
)

// The README's table is true: each of its rows is fired, by requests and by us. A row that says that requests gives a
// part no type shows that difference.
func TestReadmeTableSendsTheSame(t *testing.T) {
	t.Parallel()
	python := pythonWithRequests(t)
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	b, fired := newBench(t), 0
	caller := b.caller(t, python)
	for _, row := range tableRow.FindAllStringSubmatch(string(readme), -1) {
		for _, span := range codeSpan.FindAllStringSubmatch(row[1], -1) {
			given := span[1]
			if !keyword.MatchString(given) || strings.Contains(given, "HTTPBasicAuth(…)") || strings.Contains(row[1], "beside") && strings.HasPrefix(given, "data=") {
				continue // said in words, or of the same sort as its neighbour
			}
			fired++
			call, line := asFired(given, row[2])
			theirs, complaint := caller(call)
			if theirs == "" {
				t.Errorf("%s: requests sent nothing: %s", call, complaint)
				continue
			}
			want := withoutTypes(differential{where: call}.expected(t, theirs, "requests"))
			got, said := b.run(t, "shotput --once -s", line+" < f")
			if withoutTypes(got) != want {
				t.Errorf("%s sent\n%s\n%s sent\n%s\n%s", line, got, call, want, said)
			}
		}
	}
	if fired < 30 {
		t.Errorf("%d rows were fired; is the table written otherwise?", fired)
	}
}

// withoutTypes leaves out the types of parts that requests does not give, and curl does, by the name.
func withoutTypes(sent string) string {
	for _, line := range []string{"filename=\"f.txt\"\r\nContent-Type: text/plain\r\n", "filename=\"n\"\r\nContent-Type: application/octet-stream\r\n",
		"filename=\"n\"\r\nContent-Type: text/plain\r\n"} {
		name, _, _ := strings.Cut(line, "\r\n")
		sent = strings.ReplaceAll(sent, line, name+"\r\n")
	}
	return sent
}

// asFired aims a row at the part of the recorder that it needs.
func asFired(given, flags string) (call, line string) {
	url, shell, also := "URL + '/a'", "$URL/a", ""
	switch {
	case strings.Contains(given, "Digest"):
		url, shell = "URL + '/digest/a'", "$URL/digest/a"
	case strings.HasPrefix(given, "allow_redirects"):
		url, shell = "URL + '/moved/a'", "$URL/moved/a"
	case strings.HasPrefix(given, "proxies"):
		url, shell = "'http://a.example/a'", "http://a.example/a"
		given = strings.ReplaceAll(strings.ReplaceAll(given, "'http://p:3128'", "PROXY"), "'http://n:pw@p:3128'", "PROXY.replace('://', '://n:pw@')")
		flags = strings.ReplaceAll(flags, "http://p:3128", "$PROXY")
	case strings.HasPrefix(given, "verify"), strings.HasPrefix(given, "cert"):
		url, shell = "HTTPS + '/a'", "$HTTPS/a"
		if strings.HasPrefix(given, "cert") {
			given, also = given+", verify=CA", "--cacert $CA "
		}
	}
	given = strings.ReplaceAll(given, "b'…'", "open('f', 'rb').read()")
	return "requests.put(" + url + ", " + given + ")", "PUT " + also + flags + " " + shell
}

// pythonWithRequests finds an interpreter that has the library: often it is the system's that has it.
func pythonWithRequests(t *testing.T) string {
	t.Helper()
	for _, python := range []string{"/usr/bin/python3", realtest.Need(t, "python3")} {
		if exec.Command(python, "-c", "import requests").Run() == nil {
			return python
		}
	}
	if os.Getenv("SHOTPUT_CI") != "" {
		t.Fatal("no python3 has requests")
	}
	t.Skip("no python3 has requests")
	return ""
}

// caller starts one interpreter that makes every call, since starting it takes longer than all calls together.
func (b *bench) caller(t *testing.T, python string) func(call string) (sent, said string) {
	t.Helper()
	const loop = `
import json, os, sys, requests
from requests.auth import HTTPBasicAuth, HTTPDigestAuth
URL, HTTPS, PROXY, CA = (os.environ[n] for n in ('URL', 'HTTPS', 'PROXY', 'CA'))
requests.packages.urllib3.disable_warnings()
def generator(): yield open('f', 'rb').read()
def check(answer, *more, **named): pass
for line in sys.stdin:
    try:
        exec(json.loads(line)); print(json.dumps(''), flush=True)
    except Exception as e:
        print(json.dumps(repr(e)), flush=True)
`
	command := exec.Command(python, "-c", loop)
	command.Dir, command.Env, command.Stderr = b.dir, b.env, os.Stderr
	in, err := command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { in.Close(); command.Wait() })
	answers := json.NewDecoder(out)
	return func(call string) (sent, said string) {
		if err := json.NewEncoder(in).Encode(call); err != nil {
			t.Fatal(err)
		}
		if err := answers.Decode(&said); err != nil {
			t.Fatal(err)
		}
		return b.sent(), said
	}
}
