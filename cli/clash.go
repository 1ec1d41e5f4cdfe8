package cli

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"shotput/loadgen/fault"
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
	{"concurrency", regexp.MustCompile(`^\D*[A-Za-z/]`),
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

// amounts are flags of which no value is a URL: one behind them has lost its place to a value that was forgotten.
var amounts = []string{"concurrency", "duration", "rate", "max-time", "connect-timeout", "read-timeout", "size", "warmup", "repeat", "loops"}

// clashOf finds the clash of a flag's value; nil when it has none.
func clashOf(flag, value string) *clash {
	if slices.Contains(amounts, flag) && looksLikeURL(value) {
		return &clash{says: "a value is missing before the URL", mend: func(l commandLine, v string) commandLine {
			return l.with(flag, l.row(flag).eg).aimedAt(v)
		}}
	}
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

// looksLikeURL says whether a word is a URL rather than a host's name or any other word.
func looksLikeURL(s string) bool {
	return strings.HasPrefix(s, "http://") || strings.HasPrefix(s, "https://") || hostAndPort.MatchString(s)
}

var hostAndPort = regexp.MustCompile(`^(localhost|[\w-]+(\.[\w-]+)+):\d+(/|$)`)

// unassigned are letters that mean something in other tools, and each something else; none is given a meaning
// here. Beside each stands a flag to try, and a value for it; where the letter's own is of the same kind, it is kept.
var unassigned = map[string]struct {
	why   string
	flag  string
	value string
	kept  bool
}{
	"t": {"the time limit of a request is -m, the run's length is -z, how many are in flight is -c", "max-time", "5", true},
	"a": {"a user is -u name:password, the user agent is -A", "user", "name:password", true},
	"D": {"the body is -d @FILE or -T FILE; the answer's headers are shown by --once", "upload-file", "body.bin", true},
	"w": {"warm-up is --warmup, how many are in flight is -c", "warmup", "2s", false},
	"G": {"text for the query is --url-query", "url-query", "name=text", false},
	"I": {"the method is -X, as in -X HEAD", "request", "HEAD", false},
	"0": {"HTTP/1.0 is not spoken here", "http1.1", "true", false},
	"j": {"the body is --json", "json", "{}", false},
	"C": {"for a part give -H 'Content-Range: …' and the part's bytes", "header", "Content-Range: bytes 0-9/*", false},
	"O": {"the saved run is -o, the answer is shown by --once", "once", "true", false},
	"p": {"the body is -T FILE or -d @FILE, a proxy is -x", "upload-file", "body.bin", true},
	"R": {"the rate is -r", "rate", "2000/s", true},
}

// elsewhereCalled are long names of other tools (hey, oha, wrk, vegeta, bombardier, autocannon, h2load, locust, k6,
// requests) and our flags for the same.
var elsewhereCalled = map[string]string{
	"clients": "concurrency", "concurrent": "concurrency", "connections": "concurrency", "max-workers": "concurrency",
	"threads": "concurrency", "users": "concurrency", "vus": "concurrency", "workers": "concurrency",
	"amount": "requests", "count": "requests", "iterations": "requests", "reps": "requests",
	"run-time": "duration", "time": "duration", "timeout": "max-time", "qps": "rate", "rps": "rate",
	"method": "request", "body": "data", "body-file": "upload-file", "query": "url-query",
	"disable-keepalive": "no-keepalive", "auth": "user",
}

// unoffered are long names of curl's that are no flags here, and what is nearest to them.
var unoffered = map[string]string{
	"get": "G", "head": "I", "http1.0": "0", "http0.9": "0", "continue-at": "C", "remote-name": "O", "dump-header": "D",
	"write-out": "w", "telnet-option": "t", "append": "a", "proxytunnel": "p",
}

// misspelt is a word that is none of a list, and what was perhaps meant.
type misspelt struct{ known, meant string }

func (m misspelt) Error() string { return "it is none of " + m.known + suggesting(m.meant) }

// otherwise is a value that is written as elsewhere, and how it would be written here.
type otherwise struct{ why, meant string }

func (o otherwise) Error() string { return o.why + suggesting(o.meant) }

func suggesting(meant string) string {
	if meant == "" {
		return ""
	}
	return "; did you mean " + meant + "?"
}

// meantBy is what was perhaps meant by a value that is not read; "" if that cannot be told.
func meantBy(err error) string {
	switch e := err.(type) {
	case misspelt:
		return e.meant
	case otherwise:
		return e.meant
	}
	return ""
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
		return misspelt{strings.Join(words, ", "), fault.Nearest(s, words)}
	}
}

// errTwoBodies is said of two flags that would each be the whole body.
var errTwoBodies = errors.New("a request has one body")

// oneDash refuses long names behind a single dash, as Go's own flags are written. Letter by letter they would be
// flags that nobody meant: -disable-keepalive a body of "isable-keepalive".
func (l *commandLine) oneDash(args []string) error {
	mended := slices.Clone(args)
	var first string
	for i, a := range args {
		if a == "--" {
			break
		}
		name, value, given := strings.Cut(strings.TrimPrefix(a, "-"), "=")
		meant := l.longName(name)
		if !strings.HasPrefix(a, "-") || meant == "" || slices.ContainsFunc(l.words, func(w word) bool { return w.value == a }) {
			continue
		}
		if first == "" {
			first = "-" + name + ": a long name has two dashes: --" + meant
		}
		if mended[i] = "--" + meant; given {
			mended[i] += "=" + value
		}
	}
	if first == "" {
		return nil
	}
	h := Hint{Error: first, Try: l.help()}
	if again, ok := l.reparsed(mended); ok {
		h.Try = again.String()
	}
	return usage(h)
}

// longName is the flag of exactly this long name, ours or another tool's; "" when there is none. Shorter than three
// letters a word is flags, one for each letter.
func (l *commandLine) longName(name string) string {
	if ours := elsewhereCalled[name]; l.row(ours) != nil {
		return ours
	}
	for _, r := range l.rows {
		if r.long == name && len(name) > 2 {
			return name
		}
	}
	return ""
}

// swallowed refuses a line without a URL that ends in one, as the value of a flag that was to have another: a demo
// would be fired in its place.
func (l *commandLine) swallowed() error {
	if len(l.words) == 0 {
		return nil
	}
	last := l.words[len(l.words)-1]
	r := l.row(last.flag)
	if r == nil || r.arg == "" || strings.Contains(r.eg, "://") || !looksLikeURL(last.value) {
		return nil
	}
	return usage(Hint{Error: r.name() + " " + shown(last.flag, last.value) + ": this is the only URL; is a value missing before it?",
		Try: l.with(last.flag, r.eg).aimedAt(last.value).String()})
}

// uncrowded leaves of several operands the one that is a URL; the others are faults. They come of values without
// quotes, and of words that are commands elsewhere.
func (l *commandLine) uncrowded(args []string) []string {
	var urls, others []string
	for _, a := range args {
		if looksLikeURL(a) {
			urls = append(urls, a)
		} else {
			others = append(others, a)
		}
	}
	if len(urls) != 1 {
		return args
	}
	for _, a := range others {
		l.fault(Hint{Error: shown("", a) + " stands beside the URL without a flag", Why: "a value with spaces goes in quotes; to fire, a URL is enough"},
			func(l commandLine) commandLine { return l.rejoined(a).aimedAt(urls[0]) })
	}
	return urls
}

// rejoined gives a header that ends in its colon the word that was torn from it.
func (l commandLine) rejoined(value string) commandLine {
	for _, w := range slices.Backward(l.words) {
		if w.flag == "header" && strings.HasSuffix(w.value, ":") {
			return l.with("header", w.value+" "+value)
		}
		if w.flag == "header" {
			break
		}
	}
	return l
}
