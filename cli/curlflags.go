package cli

import (
	"fmt"
	"regexp"
	"strings"
)

// What becomes of each of curl's flags in a pasted command. A flag is LETTER/NAME, or /NAME without a letter. Those of
// other protocols than HTTP are not here, and are refused as unknown.

// curlSame mean here what they mean there.
const curlSame = `X/request H/header d/data /data-raw /data-binary /data-urlencode /json F/form /form-string T/upload-file /url /url-query
	u/user /basic /digest /oauth2-bearer /aws-sigv4 n/netrc /netrc-file b/cookie A/user-agent e/referer k/insecure /cacert E/cert /key
	1/tlsv1 /tlsv1.0 /tlsv1.1 /tlsv1.2 /tlsv1.3 /tls-max x/proxy U/proxy-user /proxy-header /noproxy /resolve /connect-to /unix-socket
	/interface 4/ipv4 6/ipv6 /http1.1 /http2 /http2-prior-knowledge /http3 /http3-only m/max-time /connect-timeout /expect100-timeout
	L/location /max-redirs /compressed`

// curlDropped change nothing of the request. A value follows where = stands.
const curlDropped = `s/silent S/show-error i/include v/verbose f/fail /fail-with-body /fail-early #/progress-bar /no-progress-meter N/no-buffer
	J/remote-header-name O/remote-name /remote-name-all R/remote-time /create-dirs /clobber /no-clobber /remove-on-error /xattr g/globoff
	q/disable j/junk-session-cookies a/append B/use-ascii Z/parallel /parallel-immediate /parallel-max= /styled-output /no-styled-output
	/tcp-nodelay /tcp-fastopen /no-keepalive /keepalive-time= /no-sessionid /no-alpn /no-npn /raw /suppress-connect-headers
	/ssl-no-revoke /ssl-revoke-best-effort /false-start /disallow-username-in-url /doh-insecure /cert-status
	o/output= /output-dir= w/write-out= D/dump-header= /stderr= /trace= /trace-ascii= /trace-time /libcurl= /max-filesize=
	/retry= /retry-delay= /retry-max-time= /retry-connrefused /retry-all-errors /limit-rate= y/speed-time= Y/speed-limit=
	/happy-eyeballs-timeout-ms= /etag-save= /alt-svc= /hsts= /proto= /proto-default= /proto-redir= /proxy-basic /path-as-is
	t/telnet-option= /metalink`

// curlRefused would change the request, or how it is sent, in a way that is not known here.
var curlRefused = map[string]string{
	":/next":                 "it begins a second request; paste one",
	"0/http1.0":              "HTTP/1.0 is not spoken here; leave it out",
	"/http0.9":               "HTTP/0.9 is not spoken here; leave it out",
	"p/proxytunnel":          "a tunnel through the proxy is only made for https",
	"z/time-cond=":           "among curl's words it is a condition; write -H 'If-Modified-Since: DATE', or put -z TIME behind the quoted command",
	"C/continue-at=":         "an upload is always whole; for a part give -H 'Content-Range: …' and the part's bytes",
	"/anyauth":               "the way to ask is not found out here; give --basic or --digest",
	"/ntlm":                  "NTLM is not spoken here",
	"/negotiate":             "Negotiate is not spoken here",
	"/location-trusted":      "a redirect to another host never takes the user along; use -L",
	"/post301":               "a redirect that may change the method is never followed",
	"/post302":               "a redirect that may change the method is never followed",
	"/post303":               "a redirect that may change the method is never followed",
	"/etag-compare=":         "write the header that it stands for, -H 'If-None-Match: ETAG'",
	"/capath=":               "certificates are taken from one file, --cacert",
	"/pass=":                 "a key with a password is not read; decrypt it into a file",
	"/cert-type=":            "certificates are read as PEM",
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

// A curlFlag is one of curl's, as far as a pasted command needs to know it.
type curlFlag struct {
	long    string
	takes   bool   // a value
	dropped bool   // it changes nothing
	why     string // it is refused
	rewrite func(p *pasting, value string) error
}

// curlRewritten say something that is said otherwise here.
var curlRewritten = map[string]func(p *pasting, value string) error{
	"I/head":            func(p *pasting, _ string) error { p.way = "HEAD"; return nil },
	"G/get":             func(p *pasting, _ string) error { p.get = true; return nil },
	"r/range=":          (*pasting).byteRange,
	"c/cookie-jar=":     (*pasting).cookieJar,
	"/netrc-optional":   as("netrc", ""),
	"/data-ascii=":      as("data", ""),
	"/socks5=":          as("proxy", "socks5://"),
	"/socks5-hostname=": as("proxy", "socks5h://"),
}

// as is another flag, with a value that has something before it.
func as(long, before string) func(*pasting, string) error {
	return func(p *pasting, v string) error {
		p.add(long, before+v)
		return nil
	}
}

var rangeOfBytes = regexp.MustCompile(`^[0-9,-]*-[0-9,-]*$`)

func (p *pasting) byteRange(v string) error {
	if !rangeOfBytes.MatchString(v) {
		return fmt.Errorf("-r %s: %s", printable(v), inCurlsWords)
	}
	p.ranged = true
	p.add("header", "Range: bytes="+v)
	return nil
}

func (p *pasting) cookieJar(v string) error {
	if strings.Trim(v, "0123456789") == "" {
		return fmt.Errorf("-c %s: %s", printable(v), inCurlsWords)
	}
	p.dropped = append(p.dropped, "-c")
	return nil
}

// curlFlags is all of them, by letter and by name.
func curlFlags(rows *commandLine) map[string]*curlFlag {
	all := map[string]*curlFlag{}
	add := func(word string, f curlFlag) {
		word, takes := strings.CutSuffix(word, "=")
		letter, long, _ := strings.Cut(word, "/")
		f.long, f.takes = long, f.takes || takes
		all["--"+long] = &f
		if letter != "" {
			all["-"+letter] = &f
		}
	}
	for word := range strings.FieldsSeq(curlSame) {
		_, long, _ := strings.Cut(word, "/")
		add(word, curlFlag{takes: rows.row(long).arg != ""})
	}
	for word := range strings.FieldsSeq(curlDropped) {
		add(word, curlFlag{dropped: true})
	}
	for word, why := range curlRefused {
		add(word, curlFlag{why: why})
	}
	for word, rewrite := range curlRewritten {
		add(word, curlFlag{rewrite: rewrite})
	}
	return all
}
