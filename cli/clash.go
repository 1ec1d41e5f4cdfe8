package cli

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"shotput/loadgen"
)

// A clash is a value that another tool's meaning of the flag would have. Sent as it stands it would be a
// wrong request, or a wrong load, and nobody would notice; so it is refused, with the flag that was meant.
type clash struct {
	flag  string
	looks *regexp.Regexp
	says  string // %s is the value
	mend  func(l commandLine, value string) commandLine
}

var clashes = []clash{
	{"data", regexp.MustCompile(`^\d+(\.\d+)?(ms|s|m|h)$`),
		"-d is the body, as in curl; for %[1]s use -z %[1]s; to send that text, --data-raw %[1]s", instead("data", "duration")},
	{"max-time", regexp.MustCompile(`^[A-Za-z]+$`),
		"-m is the time limit of a request, as in curl; for the method use -X %s", instead("max-time", "request")},
	{"upload-file", regexp.MustCompile(`^(application|audio|font|image|message|model|multipart|text|video)/[\w.+-]+$`),
		"-T is a file to upload, as in curl; for the type use -H 'Content-Type: %[1]s'; a file of that name is ./%[1]s",
		func(l commandLine, v string) commandLine { return l.with("header", "Content-Type: "+v) }},
	{"concurrency", regexp.MustCompile(`[A-Za-z/]`),
		"-c is how many requests may be in flight; cookies are sent with -b 'name=value'", instead("concurrency", "concurrency", "50")},
	{"cookie", regexp.MustCompile(`^\s*[\[{]`),
		"-b is a cookie, as in curl; for the body use -d or --json", instead("cookie", "json")},
	{"cookie", regexp.MustCompile(`^[^=]*$`),
		"-b is name=value; a file of cookies is not read here", instead("cookie", "cookie", "name=value")},
	{"rate", regexp.MustCompile(`^\d*-\d*$`),
		"-r is the rate of requests; for curl's byte range use -H 'Range: bytes=%s'",
		func(l commandLine, v string) commandLine { return l.with("header", "Range: bytes="+v) }},
	{"requests", regexp.MustCompile(`://`),
		"-n is how many requests; curl's -n is --netrc here", func(l commandLine, v string) commandLine { return l.with("netrc", "true").aimedAt(v) }},
	{"q", regexp.MustCompile(`://`),
		"-q is the rate, as -r is; curl's -q (no .curlrc) is not needed here", asURL},
}

// clashOf finds the clash of a flag's value; nil when it has none.
func clashOf(flag, value string) *clash {
	for i, c := range clashes {
		negative := flag == "rate" && strings.HasPrefix(value, "-") // -r -5 is a wrong rate, not a range
		if c.flag == flag && c.looks.MatchString(value) && !negative {
			return &clashes[i]
		}
	}
	return nil
}

func (c *clash) why(value string) string {
	if !strings.Contains(c.says, "%") {
		return c.says
	}
	return fmt.Sprintf(c.says, value)
}

// instead moves the value to another flag, or sets that flag to a value of its own.
func instead(from, to string, value ...string) func(commandLine, string) commandLine {
	return func(l commandLine, v string) commandLine {
		if len(value) > 0 {
			v = value[0]
		}
		return l.without(from).with(to, v)
	}
}

func asURL(l commandLine, v string) commandLine { return l.aimedAt(v) }

// unassigned are letters that mean something in other tools, and each something else; none is given a meaning
// here. The second is a flag to try, with a value.
var unassigned = map[string]struct {
	why   string
	flag  string
	value string
}{
	"t": {"the time limit of a request is -m, the run's length is -z, how many are in flight is -c", "max-time", "5"},
	"a": {"a user is -u name:password, the user agent is -A", "user", "name:password"},
	"D": {"the body is -d @FILE or -T FILE; the answer's headers are shown by --once", "upload-file", "body.bin"},
	"w": {"warm-up is --warmup, how many are in flight is -c", "warmup", "2s"},
	"G": {"text for the query is --url-query", "url-query", "name=text"},
	"I": {"the method is -X, as in -X HEAD", "request", "HEAD"},
	"0": {"HTTP/1.0 is not spoken here", "http1.1", "true"},
	"j": {"the body is --json", "json", "{}"},
	"C": {"for a part give -H 'Content-Range: …' and the part's bytes", "header", "Content-Range: bytes 0-9/*"},
	"O": {"the saved run is -o, the answer is shown by --once", "once", "true"},
	"p": {"the body is -T FILE or -d @FILE, a proxy is -x", "upload-file", "body.bin"},
}

// unoffered are long names of curl's that are no flags here, and what is nearest to them.
var unoffered = map[string]string{
	"get": "G", "head": "I", "http1.0": "0", "http0.9": "0", "continue-at": "C", "remote-name": "O", "dump-header": "D",
	"write-out": "w", "telnet-option": "t", "append": "a", "proxytunnel": "p",
}

// misspelt is a word that is none of a list, and what was perhaps meant.
type misspelt struct{ known, meant string }

func (m misspelt) Error() string {
	if m.meant == "" {
		return "it is none of " + m.known
	}
	return fmt.Sprintf("it is none of %s; did you mean %s?", m.known, m.meant)
}

// oneOf reads one of a list of words.
func oneOf(into *string, words ...string) func(string) error {
	return func(s string) error {
		for _, w := range words {
			if s == w {
				*into = s
				return nil
			}
		}
		return misspelt{strings.Join(words, ", "), loadgen.Nearest(s, words)}
	}
}

// errTwoBodies is said of two flags that would each be the whole body.
var errTwoBodies = errors.New("a request has one body")
