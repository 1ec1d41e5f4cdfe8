package cli_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"shotput/putserver/realtest"
)

// mirrorLines are those whose parts are easily lost on the way to another tool's line.
var mirrorLines = []string{
	`PUT -H 'X-Empty;' --json '{}' -H 'Content-Type;' $URL/a`,
	`PUT -x $PROXY --proxy-header 'X-Proxy: 1' --proxy-header 'X-Empty;' -H 'X-A: 2' http://a.example/a`,
	`PUT -x http://eve:pass@$HOST http://a.example/a -d x`,
	`PUT --path-as-is "$URL/a/../b"`,
	`PUT -H 'Content-Length: 1' -d x $URL/a`,
	`PUT -d a --data-binary @bin.dat $URL/a`,
	`PUT -d "$(printf 'a\033[31mb')" $URL/a`,
	`PUT -F 'a=<bin.dat' -F b=@f.txt $URL/a`,
	`printf 'a\r\nb\n' > crlf.txt; PUT -F 'a=<crlf.txt' $URL/a`,
	`PUT $URL/a`,
	`PUT -d @long.txt $URL/a`,

	// Every way of giving a body.
	`PUT --data-binary hello $URL/a`,
	`PUT --data-binary "it's \\ 100% {{x}}" $URL/a`,
	`PUT --data-binary '' $URL/a`,
	`PUT --data-binary @bin.dat $URL/a`,
	`PUT --data-binary @- $URL/a < a.txt`,
	`PUT --data-binary @- $URL/a < bin.dat`,
	`PUT --data-binary @- --chunked $URL/a < a.txt`,
	`PUT --data-binary @big.bin $URL/a`,
	`PUT --data-binary @- $URL/a < long.txt`,
	`PUT --data-binary @/dev/stdin $URL/a < a.txt`,
	`PUT -d x=1 -d y=2 $URL/a`,
	`PUT -d '' $URL/a`,
	`PUT -d @- $URL/a < a.txt`,
	`PUT -d 'n={{seq}}' $URL/a`,
	`PUT -d x -H 'Content-Type: text/plain' $URL/a`,
	`PUT -d x -H 'Content-Type:' $URL/a`,
	`PUT -d x --chunked $URL/a`,
	`PUT --data-raw @x $URL/a`,
	`PUT --data-urlencode 'a=b c&d' --data-urlencode e@f.txt $URL/a`,
	`PUT --json '{"a":1}' $URL/a`,
	`PUT --json @body.json $URL/a`,
	`PUT --json @- $URL/a < body.json`,
	`PUT --json '{"a":' --json '1}' $URL/a`,
	`PUT -T f.txt $URL/a`,
	`PUT -T f.txt $URL/dir/`,
	`PUT -T empty.txt $URL/a`,
	`PUT -T - $URL/a < a.txt`,
	`PUT -T . $URL/a < bin.dat`,
	`PUT -T f.txt -X POST $URL/a`,
	`PUT -T f.txt --chunked $URL/a`,
	`PUT -T f.txt -H 'Content-Type: text/plain' $URL/a`,
	`PUT --body-lines headers.txt $URL/a`,
	`PUT --body-lines headers.txt -H 'Content-Type: text/plain' $URL/a`,
	`PUT -F a=b -F 'c=d;type=text/plain' -F 'e="f;g"' $URL/a`,
	`PUT -F 'a=@f.txt;filename=n' -F 'b=@f.txt;type=text/x' $URL/a`,
	`PUT -F 'a=<f.txt' $URL/a`,
	`PUT -F 'a=b;headers="X-Part: 1"' $URL/a`,
	`PUT --form-string 'a=@b;type=c' $URL/a`,
	`PUT -F 'a=@-' $URL/a < f.txt`,
	`PUT -F 'a=it'"'"'s {{seq}}' $URL/a`,
	`PUT --body-dir folder $URL/dir/`,
	`PUT --body-dir folder --chunked -H 'Content-Type: text/plain' $URL/{{file}}`,
	`PUT --size 1000 $URL/a`,
	`PUT --size 100..200 --chunked $URL/a`,
	`PUT --csv rows.csv --size '{{csv "size"}}' $URL/a`,
	`PUT --csv rows.csv -T '{{csv "file"}}' $URL/dir/`,
	`PUT --csv rows.csv --data-binary '@{{csv "file"}}' $URL/a`,
	`PUT --csv rows.csv -F 'a=@{{csv "file"}}' -F 'n={{file}}' $URL/a`,
	`PUT --body-dir folder -F 'a=@{{file}};type=text/x' -F 'b=@{{file}};filename=n' $URL/a`,
	`printf '"url"\n%s/l' "$URL" > urls.csv; PUT --csv urls.csv -d x '{{csv "url"}}'`,
	`echo $URL/l > urls.txt; PUT --urls urls.txt -d x`,
	`PUT -G -d a=1 --data-urlencode 'b=c d&{{seq}}' $URL/a`,
	`PUT -X PUT -G -d @a.txt $URL/a`,
}

// wants are what a dry run says beside the line itself: secrets, and files that the person has.
const wants = `SHOTPUT_PROXY=http://eve:pass@$HOST; export SHOTPUT_PROXY; `

var (
	asCurl   = regexp.MustCompile(`(?s)\nas curl\n  (.*?)\n\nas Python\n`)
	asPython = regexp.MustCompile(`(?s)\nas Python\n  (.*?)\n\nnothing was sent`)
)

// The curl line of a dry run, run by the real curl, sends what shotput sends; so does the Python call.
func TestMirrorsSendTheSame(t *testing.T) {
	t.Parallel()
	curl := realtest.Need(t, "curl")
	python := pythonWithRequests(t)
	b := newBench(t)
	caller := b.caller(t, python)
	for _, line := range mirrorLines {
		ours, said := b.run(t, "shotput --once -s", line)
		if ours == "" {
			t.Errorf("%s sent nothing: %s", line, said)
			continue
		}
		_, shown := b.run(t, "shotput --dry-run -s", line)
		if strings.ContainsFunc(shown, func(r rune) bool { return r < ' ' && r != '\n' }) {
			t.Errorf("%s: the dry run plays with the terminal: %q", line, shown)
		}
		mirrored := asCurl.FindStringSubmatch(shown)
		call := asPython.FindStringSubmatch(shown)
		if mirrored == nil || call == nil {
			t.Errorf("%s is not mirrored: %s", line, shown)
			continue
		}
		script := wants + strings.ReplaceAll(mirrored[1], "curl -X", curl+" -sS -X") // in a file, as a person would keep a long one
		if err := os.WriteFile(filepath.Join(b.dir, "line.sh"), []byte(script), 0o600); err != nil {
			t.Fatal(err)
		}
		theirs, complaint := b.run(t, "", ". ./line.sh")
		if strings.Contains(mirrored[1], "random bytes") { // it says so
			theirs, ours = withoutBody(theirs), withoutBody(ours)
		}
		if got := (differential{where: line}).expected(t, withoutRelic(theirs), ""); got != inOrder(ours) {
			t.Errorf("%s\nis mirrored as %s\nwhich sends\n%s\nwant\n%s\n%s", line, mirrored[1], got, ours, complaint)
		}
		if strings.Contains(call[1], "# requests has no") {
			continue
		}
		theirs, complaint = caller("os.environ['SHOTPUT_PROXY'] = PROXY.replace('://', '://eve:pass@'); " + call[1])
		if strings.Contains(call[1], "random bytes") {
			theirs = withoutBody(theirs)
		}
		if got, want := (differential{where: line}).expected(t, withoutRelic(theirs), ""), inOrder(ours); got != want {
			t.Errorf("%s\nis mirrored as %s\nwhich sends\n%s\nwant\n%s\n%s", line, call[1], got, want, complaint)
		}
	}
}

// withoutBody leaves the bytes of the body out, but not how many they are.
func withoutBody(exchange string) string {
	head, body, _ := strings.Cut(exchange, "\n\n")
	return fmt.Sprintf("%s\n\n%d bytes", head, len(body))
}

// withoutRelic leaves out what other programs add, and what is a difference that curl.txt and requests.txt show.
func withoutRelic(theirs string) string {
	for _, line := range []string{"Proxy-Connection: Keep-Alive", "Accept-Encoding: gzip, deflate", "Connection: keep-alive"} {
		theirs = dropLine(line)(theirs)
	}
	return theirs
}
