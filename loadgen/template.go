package loadgen

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A Template is a plan's request, compiled: request k as a pure function of the plan, k and its intended start.
// It has two forms that say the same: bytes for an engine that writes to sockets itself (AppendHead, Body), and
// *http.Request for net/http (NewMaker). What is constant is put together once. All methods may be called by any
// number of goroutines at once.
//
// The target and the headers go out as they were written. Two defaults are added, User-Agent and Accept, and
// Authorization where the plan says who asks; naming one of them in Plan.Header, to set or to remove it, drops the default.
type Template struct {
	label    string
	method   string
	location *location
	absolute bool  // requests go to a plain HTTP proxy
	host     parts // the Host header
	lines    []headerLine
	body     body
	seed     uint64
	start    time.Time

	head      parts   // the wire form, up to what depends on the length of the body
	whole     string  // the wire form where all requests have the same; else empty
	signer    *signer // nil: requests are not signed
	proxyLine string  // of the wire form: what the proxy is told of us; net/http says it by itself
	sendZero  bool    // an empty body has a Content-Length too

	prototype http.Request // of all requests: what is the same in each is shared by all
	fields    http.Header  // the header lines that are constant
	varying   []varyingField
}

// A headerLine is one line of the request, in the order and spelling given.
type headerLine struct {
	name  string
	value parts
}

// NewTemplate compiles the request of a validated plan with its defaults applied. start is the wall time at which
// the run begins, as the clock functions shall have it. A body's file is opened, and stays open until Close. The
// error joins all faults.
func NewTemplate(p *Plan, start time.Time) (*Template, error) {
	t := &Template{label: redactURL(p.URL), method: p.Method, seed: p.Seed}
	t.begin(start)
	t.sendZero = slices.Contains([]string{"POST", "PUT", "PATCH"}, p.Method) // RFC 9110 §8.6
	var urlErr, headErr, bodyErr error
	t.location, urlErr = compileURL(p.URL)
	if urlErr == nil {
		t.absolute = p.proxied(t.originURL())
		t.proxyLine = p.proxyLine(t.absolute)
		t.host = literally(t.location.host())
	}
	headErr = t.compileHeader(p)
	t.body, bodyErr = openBody(&p.Body, p.Seed)
	err := errors.Join(urlErr, headErr, bodyErr)
	if err == nil {
		t.signer, err = newSigner(p, t, start)
	}
	if err != nil {
		t.Close()
		return nil, err
	}
	t.layHead()
	t.layRequest()
	return t, nil
}

// begin sets the wall time at which the run begins; nothing may be rendered meanwhile.
func (t *Template) begin(start time.Time) { t.start = start.Round(0).UTC() }

// Close releases the file of the body.
func (t *Template) Close() error { return t.body.close() }

// Label names the requests in every report: the URL as written, never expanded, secrets redacted.
func (t *Template) Label() string { return t.label }

// SameURL says whether every request goes to the same URL.
func (t *Template) SameURL() bool { return t.location.target.fixed() }

// URL is the whole URL of request k, without userinfo.
func (t *Template) URL(k int64, at time.Duration) string {
	origin := t.location.scheme + "://" + t.location.hostPort
	return string(t.location.target.append([]byte(origin), t.request(k, at)))
}

// Size is the length of request k's body in bytes. Nothing is rendered where all have the same. The clock
// functions give texts of constant length, so that it does not depend on when k is due.
func (t *Template) Size(k int64) int64 {
	if t.body.size >= 0 {
		return t.body.size
	}
	return int64(len(t.body.bytes(t.request(k, 0))))
}

// BodyBytes is the length in bytes of every request's body; -1 where it differs from request to request.
func (t *Template) BodyBytes() int64 { return t.body.size }

// Body reads the body of request k, due at after the start; its length is in bytes.
func (t *Template) Body(k int64, at time.Duration) (body io.Reader, length int64) {
	return t.body.reader(t.request(k, at))
}

// AppendHead appends the head of request k as HTTP/1.1 has it, the empty line at its end included: what Make's
// request looks like on the wire, but for the order of its lines. contentLength is the length of the body, such as
// Size gives.
func (t *Template) AppendHead(dst []byte, k int64, at time.Duration, contentLength int64) []byte {
	if t.whole != "" && contentLength == t.body.size {
		return append(dst, t.whole...)
	}
	r := t.request(k, at)
	dst = t.head.append(dst, r)
	if t.signer != nil {
		dst = t.signer.appendLines(dst, r)
	}
	if contentLength > 0 || t.sendZero {
		dst = append(dst, "Content-Length: "...)
		dst = strconv.AppendInt(dst, contentLength, 10)
		dst = append(dst, "\r\n"...)
	}
	return append(dst, "\r\n"...)
}

func (t *Template) request(k int64, at time.Duration) request {
	return newRequest(t.seed, k, t.start.Add(at))
}

// layHead puts the wire form together.
func (t *Template) layHead() {
	target := t.location.target
	if t.absolute {
		target = append(literally("http://"+withoutZone(t.location.hostPort)), target...)
	}
	all := []parts{literally(t.method + " "), target, literally(" HTTP/1.1\r\nHost: "), t.host, literally("\r\n" + t.proxyLine)}
	for _, l := range t.lines {
		all = append(all, literally(l.name+": "), l.value, literally("\r\n"))
	}
	t.head = fold(all...)
	if t.head.fixed() && t.body.size >= 0 && t.signer == nil {
		t.whole = string(t.AppendHead(nil, 0, 0, t.body.size))
	}
}

// compileHeader makes t.lines of the defaults and of what the plan gives, and t.host where the plan gives one.
func (t *Template) compileHeader(p *Plan) error {
	var faults []error
	line, ok, err := t.authorization(p)
	if err != nil {
		faults = append(faults, err)
	} else if ok {
		t.lines = append(t.lines, line)
	}
	seen := map[string]int{}
	for _, h := range append(t.defaultHeader(p), p.Header...) {
		canonical := http.CanonicalHeaderKey(h.Name)
		seen[canonical]++
		if why := whyNot(canonical, h.Remove, seen[canonical]); why != "" {
			faults = append(faults, &Fault{Field: "header", Value: h.Name, Why: why})
			continue
		}
		if h.Remove {
			continue
		}
		field := "header " + h.Name
		if n := seen[canonical]; n > 1 {
			field += fmt.Sprintf(" (%d)", n) // for faults, and so that its random values are others than the first's
		}
		value, err := compileHeaderValue(h.Value, field, canonical)
		switch {
		case err != nil:
			faults = append(faults, err)
		case canonical == "Host":
			t.host = value
		case canonical == "User-Agent" && len(value) == 0: // net/http cannot send an empty one: none goes out
		default:
			t.lines = append(t.lines, headerLine{h.Name, value})
		}
	}
	return errors.Join(faults...)
}

// defaultHeader is what is sent unless the plan names the same header.
func (t *Template) defaultHeader(p *Plan) []Header {
	defaults := []Header{{Name: "User-Agent", Value: p.UserAgent}, {Name: "Accept", Value: "*/*"}}
	if p.NoKeepalive {
		defaults = append(defaults, Header{Name: "Connection", Value: "close"})
	}
	return slices.DeleteFunc(defaults, func(d Header) bool { return p.names(d.Name) })
}

// proxyLine tells a plain HTTP proxy who asks; empty where there is none, it wants nothing, or the plan says it itself.
func (p *Plan) proxyLine(absolute bool) string {
	u := p.proxyURL()
	if !absolute || p.names("Proxy-Authorization") || u == nil || u.User == nil {
		return ""
	}
	return "Proxy-Authorization: " + basic(u.User) + "\r\n"
}

// basic is what Authorization says of a user (RFC 7617).
func basic(u *url.Userinfo) string {
	password, _ := u.Password()
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(u.Username()+":"+password))
}

// user gives name:password for Basic: the plan's, else the URL's.
func (t *Template) user(p *Plan) string {
	user := p.User
	if user == "" && t.location != nil && t.location.userinfo != nil {
		password, _ := t.location.userinfo.Password()
		user = t.location.userinfo.Username() + ":" + password
	}
	if user != "" && !strings.Contains(user, ":") {
		user += ":"
	}
	return user
}

// whyNot says why the nth header of this name cannot be sent, or not removed, as it is; else it is empty.
func whyNot(canonical string, remove bool, nth int) string {
	switch canonical {
	case "Content-Length":
		return "is set from the body"
	case "Transfer-Encoding", "Trailer":
		return "cannot be set: bodies are sent with their length"
	case "Host":
		if remove {
			return "cannot be removed: HTTP/1.1 requires it"
		}
		fallthrough
	case "User-Agent":
		if nth > 1 {
			return "is given more than once"
		}
	}
	return ""
}

// compileHeaderValue reads the value of a header. Space around it is no part of it (RFC 9110 §5.5).
func compileHeaderValue(s, field, canonical string) (parts, error) {
	t, err := compileText(s, field)
	if err != nil {
		return nil, err
	}
	bad := badInHeader
	if canonical == "Host" {
		bad = badInHost
	}
	if err := t.refuse(bad, "cannot stand in this header"); err != nil {
		return nil, err
	}
	value := fold(t.parts)
	if last := len(value) - 1; last >= 0 {
		value[0].constant = strings.TrimLeft(value[0].constant, " \t")
		value[last].constant = strings.TrimRight(value[last].constant, " \t")
		value = slices.DeleteFunc(value, func(p part) bool { return p.append == nil && p.constant == "" })
	}
	if canonical == "Host" && len(value) == 0 {
		return nil, &Fault{Field: "header", Value: "Host", Why: "must not be empty"}
	}
	return value, nil
}

// badInHeader: line breaks above all, which would let a value bring in headers of its own.
func badInHeader(b byte) bool { return b < ' ' && b != '\t' || b == 0x7f }
