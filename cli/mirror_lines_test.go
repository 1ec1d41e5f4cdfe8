package cli_test

import (
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
	`PUT -d @long.txt $URL/a`,
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
		mirrored[1] = strings.Replace(mirrored[1], "<FILE", "<bin.dat", 1)           // it says that the file is the person's
		script := wants + strings.ReplaceAll(mirrored[1], "curl -X", curl+" -sS -X") // in a file, as a person would keep a long one
		if err := os.WriteFile(filepath.Join(b.dir, "line.sh"), []byte(script), 0o600); err != nil {
			t.Fatal(err)
		}
		theirs, complaint := b.run(t, "", ". ./line.sh")
		if got := (differential{where: line}).expected(t, withoutRelic(theirs), ""); got != inOrder(ours) {
			t.Errorf("%s\nis mirrored as %s\nwhich sends\n%s\nwant\n%s\n%s", line, mirrored[1], got, ours, complaint)
		}
		if strings.Contains(call[1], "# requests has no") {
			continue
		}
		theirs, complaint = caller("os.environ['SHOTPUT_PROXY'] = PROXY.replace('://', '://eve:pass@'); " + call[1])
		if got, want := withoutTypes(differential{where: line}.expected(t, withoutRelic(theirs), "")), withoutTypes(inOrder(ours)); got != want {
			t.Errorf("%s\nis mirrored as %s\nwhich sends\n%s\nwant\n%s\n%s", line, call[1], got, want, complaint)
		}
	}
}

// withoutRelic leaves out what other programs add, and what is a difference that curl.txt and requests.txt show.
func withoutRelic(theirs string) string {
	for _, line := range []string{"Proxy-Connection: Keep-Alive", "Accept-Encoding: gzip, deflate", "Connection: keep-alive"} {
		theirs = dropLine(line)(theirs)
	}
	return theirs
}
