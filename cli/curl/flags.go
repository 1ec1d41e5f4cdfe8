package curl

import (
	"cmp"
	"fmt"
	"regexp"
	"strings"

	"shotput/cli/line"
)

// What becomes of each of curl's flags in a pasted command. A flag is LETTER/NAME, or /NAME without a letter. Those of
// other protocols than HTTP are not here, and are refused as unknown.

// dropped change nothing of the request, beside those that our rows ignore as well. A value follows where = stands.
const dropped = `s/silent v/verbose /fail-with-body /fail-early /no-progress-meter J/remote-header-name O/remote-name
	/remote-name-all R/remote-time /create-dirs /clobber /no-clobber /remove-on-error /xattr q/disable
	a/append B/use-ascii Z/parallel /parallel-immediate /parallel-max= /styled-output
	/no-styled-output         /tcp-nodelay /tcp-fastopen /no-keepalive /keepalive-time= /no-sessionid /no-alpn
	/no-npn /raw /suppress-connect-headers /ssl-no-revoke /ssl-revoke-best-effort /false-start
	/disallow-username-in-url /doh-insecure /cert-status         o/output= /output-dir= w/write-out=
	D/dump-header= /stderr= /trace= /trace-ascii= /trace-time /libcurl= /max-filesize= /retry= /retry-delay=
	/retry-max-time= /retry-connrefused /retry-all-errors /limit-rate= y/speed-time=         Y/speed-limit=
	/happy-eyeballs-timeout-ms= /etag-save= /alt-svc= /hsts= /proto= /proto-default= /proto-redir=
	/proxy-basic t/telnet-option= /metalink`

// refused would change the request, or how it is sent, in a way that is not known here.
var refused = map[string]string{
	":/next":        "it begins a second request; paste one",
	"0/http1.0":     "HTTP/1.0 is not spoken here; leave it out",
	"/http0.9":      "HTTP/0.9 is not spoken here; leave it out",
	"p/proxytunnel": "a tunnel through the proxy is only made for https",
	"z/time-cond=": "among curl's words it is a condition; write -H 'If-Modified-Since: DATE', " +
		"or put -z TIME behind the quoted command",
	"C/continue-at=":         "an upload is always whole; for a part give -H 'Content-Range: …' and the part's bytes",
	"/anyauth":               "the way to ask is not found out here; give --basic or --digest",
	"/ntlm":                  "NTLM is not spoken here",
	"/negotiate":             "Negotiate is not spoken here",
	"/post301":               "a redirect that may change the method is never followed",
	"/post302":               "a redirect that may change the method is never followed",
	"/post303":               "a redirect that may change the method is never followed",
	"/etag-compare=":         "write the header that it stands for, -H 'If-None-Match: ETAG'",
	"/capath=":               "certificates are taken from one file, --cacert",
	"/key-type=":             "keys are read as PEM",
	"/pinnedpubkey=":         "no key is pinned here; --cacert FILE trusts one authority",
	"/request-target=":       "the target is that of the URL",
	"/form-escape":           "names in a form are always percent-escaped",
	"/tr-encoding":           "a transfer coding is not asked for",
	"/abstract-unix-socket=": "only sockets with a path are known, --unix-socket",
	"/haproxy-protocol":      "the PROXY protocol is not spoken here",
	"/local-port=":           "local ports are the system's to choose: a load takes many",
	"/proxy-digest":          "a proxy is only asked with Basic",
	"/proxy-ntlm":            "a proxy is only asked with Basic",
	"/proxy-anyauth":         "a proxy is only asked with Basic",
	"/socks4=":               "SOCKS4 is not spoken here; -x socks5://HOST:PORT is",
	"/socks4a=":              "SOCKS4 is not spoken here; -x socks5h://HOST:PORT is",
	"Q/quote=":               "it is for FTP",
	"h/help":                 "see shotput --help",
	"V/version":              "see shotput --version",
}

// inCurlsWords is said where a flag of the load stands among curl's.
const inCurlsWords = "there it has curl's meaning; put the whole command in quotes, and the load's flags behind it"

// A Flag is one of curl's, as far as a pasted command needs to know it.
type Flag struct {
	Long    string
	Takes   bool   // a value
	Dropped bool   // it changes nothing
	Why     string // it is refused
	rewrite func(p *pasting, value string) error
}

// Means is the flag of ours that means the same; "" when none does.
func (f *Flag) Means() string {
	if f.Dropped || f.Why != "" || f.rewrite != nil {
		return ""
	}
	return f.Long
}

// rewritten say something that is said otherwise here.
var rewritten = map[string]func(p *pasting, value string) error{
	"I/head":            func(p *pasting, _ string) error { p.method = "HEAD"; return nil },
	"G/get":             func(p *pasting, _ string) error { p.get = true; return nil },
	"r/range=":          (*pasting).takeRange,
	"c/cookie-jar=":     (*pasting).takeJar,
	"/netrc-optional":   rewriteAs("netrc", ""),
	"/data-ascii=":      rewriteAs("data", ""),
	"/socks5=":          rewriteAs("proxy", "socks5://"),
	"/socks5-hostname=": rewriteAs("proxy", "socks5h://"),
}

// rewriteAs is another flag, with a value that has something before it.
func rewriteAs(long, before string) func(*pasting, string) error {
	return func(p *pasting, v string) error {
		p.add(long, before+v)
		return nil
	}
}

var rangeOfBytes = regexp.MustCompile(`^[0-9,-]*-[0-9,-]*$`)

func (p *pasting) takeRange(v string) error {
	if !rangeOfBytes.MatchString(v) {
		return fmt.Errorf("-r %s: %s", line.Printable(v), inCurlsWords)
	}
	p.ranged = true
	p.add("header", "Range: bytes="+v)
	return nil
}

func (p *pasting) takeJar(v string) error {
	if strings.Trim(v, "0123456789") == "" {
		return fmt.Errorf("-c %s: %s", line.Printable(v), inCurlsWords)
	}
	p.Dropped = append(p.Dropped, "-c")
	return nil
}

// Flags is all of them, by letter and by name.
func Flags(rows []line.Row) map[string]*Flag {
	all := map[string]*Flag{}
	add := func(word string, f Flag) {
		word, takes := strings.CutSuffix(word, "=")
		letter, long, _ := strings.Cut(word, "/")
		f.Long, f.Takes = long, f.Takes || takes
		all["--"+long] = &f
		if letter != "" {
			all["-"+letter] = &f
		}
	}
	for i := range rows {
		switch r := &rows[i]; {
		case r.Curl:
			add(cmp.Or(r.CurlLetter, r.Short)+"/"+r.Long, Flag{Takes: r.Arg != ""})
		case r.Ignored:
			add(r.Short+"/"+r.Long, Flag{Dropped: true})
		}
	}
	for word := range strings.FieldsSeq(dropped) {
		add(word, Flag{Dropped: true})
	}
	for word, why := range refused {
		add(word, Flag{Why: why})
	}
	for word, rewrite := range rewritten {
		add(word, Flag{rewrite: rewrite})
	}
	return all
}
