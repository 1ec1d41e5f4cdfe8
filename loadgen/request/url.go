package request

import (
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"shotput/loadgen/fault"
	"shotput/loadgen/header"
	"shotput/loadgen/secret"
	"shotput/loadgen/text"
)

// A location is where requests go: one origin for all, since connections are opened before requests are made,
// and a target that may differ from one to the next.
type location struct {
	scheme   string // http or https
	hostPort string // as written
	userinfo *url.Userinfo
	target   text.Parts // path and query, sent byte for byte as written, but for what is beyond ASCII; begins with "/"
	byRow    bool       // the server differs by row; target is the whole URL, and all else is empty: see list
	// the capture that the whole URL, target, begins with; all else is empty: see aims
	from string
}

// host is what the Host header says: as written, without the zone of an IPv6 address, which has a meaning on
// this machine only (RFC 6874 §4), and without the scheme's own port, as curl has it.
func (l *location) host() string {
	port := map[string]string{"http": ":80", "https": ":443"}[l.scheme]
	return header.WithoutZone(strings.TrimSuffix(l.hostPort, port))
}

// mostURL bounds a URL, as the head of an answer is bounded. Servers take less: 8 KiB is usual for a line.
const mostURL = 64 << 10

// compileURL reads a plan's URL: [scheme://][user:password@]host[:port][/path][?query][#fragment], http where no
// scheme is given, the fragment dropped. Path and query may hold functions; what precedes them may hold only such
// as are constant, {{env}}, or of a row.
func compileURL(env text.Env, s string) (*location, error) {
	if len(s) > mostURL {
		return nil, fault.Unfit.In("url", secret.URL(s), "has %d bytes; a URL has at most %d", len(s), mostURL)
	}
	t, err := env.Compile(s, "url")
	if err != nil {
		return nil, err
	}
	t.DropFragment()
	misplaced := t.StandInURL(badInURL)
	if err := errors.Join(misplaced, t.Refuse(badInURL, "no URL can hold; write %XX instead")); err != nil {
		return nil, err
	}
	all := text.Fold(t.Parts)
	if len(all) == 0 {
		return nil, fault.Missing.In("url", "", "is missing")
	}
	if all.VariesByRow() {
		return &location{target: all, byRow: true}, nil
	}
	if from := all.FromAnswer(); from != "" {
		return &location{target: escape(all), from: from}, nil
	}
	written := all[0].Constant // all up to the first function
	if !all.Fixed() && !strings.ContainsAny(written[schemeEnd(written):], "/?") {
		return nil, t.VaryingOrigin()
	}
	l := &location{target: all}
	rest, err := l.readOrigin(written)
	if l.scheme == "" {
		return nil, err
	}
	all[0].Constant = rest
	if !strings.HasPrefix(rest, "/") {
		all[0].Constant = "/" + rest
	}
	l.target = escape(l.target)
	return l, errors.Join(err, l.checkTarget())
}

// readOrigin reads the scheme and the server with which s, a URL, begins, and gives what is behind them. Of a scheme
// that is not known it sets none.
func (l *location) readOrigin(s string) (rest string, err error) {
	scheme, rest := "http", s
	if end := schemeEnd(s); end > 0 {
		scheme, rest = strings.ToLower(strings.TrimSuffix(s[:end], "://")), s[end:]
	}
	if scheme != "http" && scheme != "https" {
		return "", fault.Unknown.In("url", scheme, "is a scheme other than http and https")
	}
	l.scheme = scheme
	end := strings.IndexAny(rest, "/?")
	if end < 0 {
		end = len(rest)
	}
	return rest[end:], l.setAuthority(rest[:end], s)
}

// escape writes what is beyond ASCII in the constant parts as %XX: a target holds ASCII alone (RFC 3986 §2.1), and
// whoever types an umlaut means its UTF-8.
func escape(target text.Parts) text.Parts {
	for i := range target {
		target[i].Constant = escapeText(target[i].Constant)
	}
	return target
}

func escapeText(s string) string {
	if !strings.ContainsFunc(s, beyondASCII) {
		return s
	}
	var b strings.Builder
	for _, c := range []byte(s) {
		if c < utf8.RuneSelf {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

func beyondASCII(r rune) bool { return r >= utf8.RuneSelf }

// badInURL: what would end the request line or its target early. All else is sent as written, as curl does.
func badInURL(b byte) bool { return b <= ' ' || b == 0x7f || b == '#' }

// setAuthority reads [user:password@]host[:port]. No fault quotes what precedes an @ in the URL.
func (l *location) setAuthority(s, whole string) error {
	at := strings.LastIndexByte(s, '@')
	if at >= 0 {
		u, err := url.Parse("http://" + s[:at] + "@host")
		if err != nil {
			return fault.Malformed.In("url", secret.Mark+"@", "is no user:password; write special characters as %%XX")
		}
		l.userinfo = u.User
	}
	l.hostPort = s[at+1:]
	why := l.faultInHost()
	switch {
	case why == "":
		return nil
	case at < 0 && strings.Contains(whole, "@"):
		return fault.Malformed.In("url", secret.Mark, "is no host:port; write / ? # within user or password as %%XX")
	}
	return fault.Malformed.In("url", l.hostPort, "%s", why)
}

func (l *location) faultInHost() string {
	u, err := url.Parse("http://" + l.hostPort)
	switch {
	case err != nil:
		return fmt.Sprintf("is no host:port: %v", errors.Unwrap(err)) // the reason without the URL
	case u.Hostname() == "":
		return "names no host"
	case strings.ContainsFunc(l.hostPort, beyondASCII):
		return "has letters beyond ASCII; write the name as xn--…"
	case !validHost(l.hostPort):
		return "has a character that no host name has"
	}
	port, err := strconv.Atoi(u.Port())
	if strings.HasSuffix(l.hostPort, ":") || u.Port() != "" && (err != nil || port < 1 || port > 65535) {
		return "has no port from 1 to 65535 after its colon"
	}
	l.hostPort = u.Host // a zone is written %25 in a URL
	return ""
}

// validHost says whether s is made of what may stand in a Host header (RFC 3986 §3.2.2). net/http sends an empty
// one in place of any other, silently.
func validHost(s string) bool {
	for i := range len(s) {
		if badInHost(s[i]) {
			return false
		}
	}
	return true
}

func badInHost(b byte) bool {
	letter := b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= '0' && b <= '9'
	return !letter && !strings.ContainsRune("!$%&'()*+,-.:;=[]_~", rune(b))
}

// asURL gives the URL for which net/http writes target, byte for byte, into the request line. The obvious way,
// Path and RawQuery, writes what it thinks a path should look like; Opaque goes out as it is. absolute gives the
// form for a plain HTTP proxy: net/http puts the scheme before an Opaque that begins with "//", and leaves out
// what it would itself add for a proxy. For the same reason a path that begins with "//" cannot be an Opaque to
// anything but a proxy, and takes the obvious way.
func (l *location) asURL(target string, absolute bool) url.URL {
	u := url.URL{Scheme: l.scheme, Host: l.hostPort}
	switch {
	case absolute:
		u.Opaque = "//" + l.host() + target
	case strings.HasPrefix(target, "//"):
		u.RawPath, u.RawQuery, u.ForceQuery = strings.Cut(target, "?")
		u.Path, _ = url.PathUnescape(u.RawPath) // an error leaves a Path that RawPath does not match: see checkTarget
	default:
		u.Opaque = target
	}
	return u
}

// checkTarget refuses the few targets that net/http would not send as written: "//" and then something that it
// would escape. What functions give needs no escaping there, so one request stands for all; but a value may be
// nothing, or begin with a slash of its own.
func (l *location) checkTarget() error {
	target := string(l.target.Append(nil, text.Scope{}))
	all := []string{target}
	if l.target.MayBeginTwice() {
		all = append(all, "/"+target)
	}
	for _, target := range all {
		if u := l.asURL(target, false); u.RequestURI() != target {
			return fault.Malformed.In("url", "//", "begins a path with characters that must be written as %%XX")
		}
	}
	return nil
}
