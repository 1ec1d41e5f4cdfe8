// Package request says what request k is: target, header lines, body and signature, as a pure function of its
// description, the seed and k. It gives the bytes that go on a connection, and the same as an *http.Request. It refuses
// to send anything, and to know where to: what stands between here and the server is told to it as a Via.
package request

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"shotput/loadgen/fault"
	"shotput/loadgen/header"
	"shotput/loadgen/secret"
	"shotput/loadgen/text"
)

// A Template is a plan's request, compiled: request k as a pure function of the plan, k and its intended start.
// It has two forms that say the same: bytes for an engine that writes to sockets itself (AppendHead, Body), and
// *http.Request for net/http (NewMaker). What is constant is put together once. All methods may be called by any
// number of goroutines at once.
//
// The target and the headers go out as they were written. Two defaults are added, User-Agent and Accept, and
// Authorization where the plan says who asks; naming one of them in Plan.Header, to set or to remove it, drops the
// default.
type Template struct {
	label    string
	Method   string
	location *location
	absolute bool       // requests go to a plain HTTP proxy
	host     text.Parts // the Host header
	lines    []headerLine
	Source   Source
	From     text.Sources
	seed     uint64
	start    time.Time

	head      text.Parts // the wire form, up to what depends on the length of the body
	Whole     string     // the wire form where all requests have the same; else empty
	signer    *signer    // nil: requests are not signed
	proxyLine string     // of the wire form: what the proxy is told of us; net/http says it by itself
	sendZero  bool       // an empty body has a Content-Length too

	renderers sync.Pool // for whoever has none of its own

	prototype http.Request // of all requests: what is the same in each is shared by all
	fields    http.Header  // the header lines that are constant
	varying   []varyingField
}

// A headerLine is one line of the request, in the order and spelling given.
type headerLine struct {
	name  string
	value text.Parts
}

// A Setting is what a request is compiled for, beside what it says itself.
type Setting struct {
	Values text.Values
	Seed   uint64
	// the wall time at which the run begins, as the clock functions shall have it; zero: nothing is rendered
	Start  time.Time
	Token  func() string             // the current value of Authorization, where OAuth2 gives it; nil: none was fetched
	Via    func(origin *url.URL) Via // nil: straight
	Close  bool                      // each request has a connection of its own
	Expect bool                      // those with a body ask before they send it
}

// A Via says what stands between here and a server, as far as a request says it.
type Via struct {
	Absolute bool          // a plain HTTP proxy gets the requests themselves, with their whole URL
	User     *url.Userinfo // that the proxy wants to know; nil: nobody
	Header   []header.Line // for the proxy alone; sent as it is
}

// Compile compiles a request that has been checked, with its defaults applied. A body's file is opened, and stays open
// until Close. The error joins all faults.
func (s *Spec) Compile(how Setting) (*Template, error) {
	t := &Template{label: secret.URL(s.URL), Method: s.Method, seed: how.Seed}
	t.Begin(how.Start)
	t.sendZero = slices.Contains([]string{"POST", "PUT", "PATCH"}, s.Method) // RFC 9110 §8.6
	var via Via
	var urlErr, headErr, bodyErr, sourceErr error
	if t.location, urlErr = compileURL(how.Values.Env, s.URL); urlErr == nil {
		if how.Via != nil {
			via = how.Via(t.originURL())
		}
		t.absolute = via.Absolute
		t.proxyLine = via.authorization(s.Header)
		t.host = text.Literal(t.location.host())
	}
	t.Source, bodyErr = openBody(s, &how)
	headErr = t.compileHeader(s, &how, via.Header)
	if t.absolute {
		t.lines = append(t.lines, via.lines()...)
	}
	t.From, sourceErr = how.Values.Open()
	t.From.Lines, t.From.Names = t.Source.lines, t.Source.names()
	if sourceErr == nil {
		sourceErr = t.bind()
	}
	err := errors.Join(urlErr, headErr, bodyErr, sourceErr)
	if err == nil {
		t.signer, err = newSigner(s, t, how.Start)
	}
	if err != nil {
		t.Close()
		return nil, err
	}
	t.layHead()
	t.layRequest()
	return t, nil
}

// Begin sets the wall time at which the run begins; nothing may be rendered meanwhile.
func (t *Template) Begin(start time.Time) { t.start = start.Round(0).UTC() }

// bind ties what was compiled to the files that it takes its values from.
func (t *Template) bind() error {
	var faults []error
	tie := func(p *text.Parts, field string) {
		bound, err := t.From.Bind(*p, field)
		*p, faults = bound, append(faults, err)
	}
	if t.location != nil {
		tie(&t.location.target, "the URL")
	}
	tie(&t.host, "the Host header")
	for i := range t.lines {
		tie(&t.lines[i].value, "the header "+t.lines[i].name)
	}
	tie(&t.Source.text, "the body")
	for i := range t.Source.Form {
		tie(&t.Source.Form[i].text, "the form")
	}
	return errors.Join(faults...)
}

// Ready makes what would else be made when a request first needs it, while nobody waits. The error is a Fault: a file
// could not be read.
func (t *Template) Ready() error { return errors.Join(t.From.Ready(), t.Source.ready()) }

// Close releases the files of the body and of all values.
func (t *Template) Close() error { return errors.Join(t.Source.close(), t.From.Close()) }

// Label names the requests in every report: the URL as written, never expanded, secrets redacted.
func (t *Template) Label() string { return t.label }

// SameURL says whether every request goes to the same URL.
func (t *Template) SameURL() bool { return t.location.target.Fixed() }

// URL is the whole URL of request k, without userinfo.
func (t *Template) URL(k int64, at time.Duration) string {
	origin := t.location.scheme + "://" + t.location.hostPort
	r := t.borrow(k, at)
	defer t.renderers.Put(r.With)
	return string(t.location.target.Append([]byte(origin), r))
}

// Size is the length of request k's body in bytes. Nothing is rendered where all have the same. The clock
// functions give texts of constant length, so that it does not depend on when k is due.
func (t *Template) Size(k int64) int64 {
	if t.Source.Size >= 0 {
		return t.Source.Size
	}
	r := t.borrow(k, 0)
	defer t.renderers.Put(r.With)
	return t.Source.sizeOf(r)
}

// BodyBytes is the length in bytes of every request's body; -1 where it differs from request to request.
func (t *Template) BodyBytes() int64 { return t.Source.Size }

// Body reads the body of request k, due at after the start; its length is in bytes. Of a request that cannot be
// made, it is empty; so is what else is given of it.
func (t *Template) Body(k int64, at time.Duration) (body io.ReadCloser, length int64) {
	r := t.request(k, at)
	c := t.Source.Content(r)
	return c.reader(), c.Size
}

// AppendHead appends the head of request k as HTTP/1.1 has it, the empty line at its end included: what Make's
// request looks like on the wire, but for the order of its lines. contentLength is the length of the body, such as
// Size gives.
func (t *Template) AppendHead(dst []byte, k int64, at time.Duration, contentLength int64) []byte {
	if t.Whole != "" && contentLength == t.Source.Size {
		return append(dst, t.Whole...)
	}
	r := t.borrow(k, at)
	defer t.renderers.Put(r.With)
	return t.AppendHeadOf(dst, r, contentLength)
}

// AppendHeadOf is AppendHead of the request that r is of, rendered with r's own renderer.
func (t *Template) AppendHeadOf(dst []byte, r text.Scope, contentLength int64) []byte {
	if t.Whole != "" && contentLength == t.Source.Size {
		return append(dst, t.Whole...)
	}
	dst = t.head.Append(dst, r)
	if t.signer != nil {
		dst = t.signer.appendLines(dst, r)
	}
	if t.Source.Chunked {
		dst = append(dst, "Transfer-Encoding: chunked\r\n"...)
	} else if contentLength > 0 || t.sendZero {
		dst = append(dst, "Content-Length: "...)
		dst = strconv.AppendInt(dst, contentLength, 10)
		dst = append(dst, "\r\n"...)
	}
	return append(dst, "\r\n"...)
}

// request is request k, to be rendered by anybody, at any time.
func (t *Template) request(k int64, at time.Duration) text.Scope {
	return t.Scope(t.From.NewRenderer(), k, at)
}

// Scope is of request k, to be rendered before the next with the same renderer.
func (t *Template) Scope(with *text.Renderer, k int64, at time.Duration) text.Scope {
	r := text.NewScope(t.seed, k, t.start.Add(at))
	with.Err = nil
	r.With = with
	return r
}

// borrow is Scope with a renderer that is to be put back.
func (t *Template) borrow(k int64, at time.Duration) text.Scope {
	with, ok := t.renderers.Get().(*text.Renderer)
	if !ok {
		with = t.From.NewRenderer()
	}
	return t.Scope(with, k, at)
}

// layHead puts the wire form together.
func (t *Template) layHead() {
	target := t.location.target
	if t.absolute {
		target = append(text.Literal("http://"+t.location.host()), target...)
	}
	all := []text.Parts{text.Literal(t.Method + " "), target, text.Literal(" HTTP/1.1\r\nHost: "), t.host,
		text.Literal("\r\n" + t.proxyLine)}
	for _, l := range t.lines {
		all = append(all, text.Literal(l.name+": "), l.value, text.Literal("\r\n"))
	}
	t.head = text.Fold(all...)
	if t.head.Fixed() && t.Source.Size >= 0 && t.signer == nil {
		t.Whole = string(t.AppendHead(nil, 0, 0, t.Source.Size))
	}
}

// compileHeader makes t.lines of the defaults and of what the request gives, and t.host where that gives one.
func (t *Template) compileHeader(s *Spec, how *Setting, toProxy []header.Line) error {
	var faults []error
	line, ok, err := t.authorization(s, how)
	if err != nil {
		faults = append(faults, err)
	} else if ok {
		t.lines = append(t.lines, line)
	}
	seen := map[string]int{}
	for _, h := range append(t.defaultHeader(s, how, toProxy), s.Header...) {
		h = s.withBoundary(h, how.Seed)
		canonical := http.CanonicalHeaderKey(h.Name)
		if canonical == "Content-Length" && t.isLength(h) {
			t.sendZero = true
			continue // it goes out by itself
		}
		seen[canonical]++
		if why := whyNot(canonical, h.Remove, seen[canonical]); why != "" {
			faults = append(faults, &fault.Fault{Field: "header", Value: h.Name, Why: why})
			continue
		}
		if h.Remove {
			continue
		}
		value, err := compileHeaderValue(how.Values.Env, h.Value, fieldOf(h, seen[canonical]), canonical)
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

// fieldOf names the nth line of a header for faults, and so that its random values are others than the first's.
func fieldOf(h header.Line, nth int) string {
	if nth == 1 {
		return "header " + h.Name
	}
	return fmt.Sprintf("header %s (%d)", h.Name, nth)
}

// isLength says whether a header gives the body the length that it has: many a command was copied with it.
func (t *Template) isLength(h header.Line) bool {
	return !h.Remove && !t.Source.Chunked && t.Source.Size >= 0 && h.Value == strconv.FormatInt(t.Source.Size, 10)
}

// acceptedEncodings is what Plan.Compressed asks for: the first two of curl's list, which goes on where curl was built
// with more. The answer is counted as it comes, and not decoded.
const acceptedEncodings = "deflate, gzip"

// defaultHeader is what is sent unless the plan names the same header.
func (t *Template) defaultHeader(s *Spec, how *Setting, toProxy []header.Line) []header.Line {
	defaults := []header.Line{{Name: "User-Agent", Value: s.UserAgent}, {Name: "Accept", Value: "*/*"}}
	if how.Expect && s.Body.awaits() {
		defaults = append(defaults, header.Line{Name: "Expect", Value: "100-continue"})
	}
	if s.Compressed {
		defaults = append(defaults, header.Line{Name: "Accept-Encoding", Value: acceptedEncodings})
	}
	if len(s.Body.Form) > 0 {
		defaults = append(defaults, header.Line{Name: "Content-Type", Value: formType(s.boundary(how.Seed))})
	}
	if how.Close {
		defaults = append(defaults, header.Line{Name: "Connection", Value: "close"})
	}
	return slices.DeleteFunc(defaults, func(d header.Line) bool {
		return header.Named(s.Header, d.Name) || t.absolute && header.Named(toProxy, d.Name)
	})
}

// authorization tells a plain HTTP proxy who asks; empty where there is none, it wants nothing, or the request, whose
// own lines these are, says it itself.
func (v *Via) authorization(own []header.Line) string {
	if !v.Absolute || v.User == nil || header.Named(own, "Proxy-Authorization") ||
		header.Named(v.Header, "Proxy-Authorization") {
		return ""
	}
	return "Proxy-Authorization: " + header.Basic(v.User) + "\r\n"
}

// lines are the lines for the proxy alone, of a request that goes to it whole.
func (v *Via) lines() (lines []headerLine) {
	for _, h := range v.Header {
		if !h.Remove {
			lines = append(lines, headerLine{h.Name, text.Literal(h.Value)})
		}
	}
	return lines
}

// user gives name:password for Basic: the request's, else its URL's.
func (t *Template) user(s *Spec) string {
	user := s.Auth.User
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
		return "cannot be set: a body is sent with its length, or in chunks if the plan says so"
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
func compileHeaderValue(env text.Env, s, field, canonical string) (text.Parts, error) {
	t, err := env.Compile(s, field)
	if err != nil {
		return nil, err
	}
	bad := header.Bad
	if canonical == "Host" {
		bad = badInHost
	}
	if err := t.Refuse(bad, "cannot stand in this header"); err != nil {
		return nil, err
	}
	t.Stand(text.InHeader, bad)
	value := text.Fold(t.Parts).Trim()
	if canonical == "Host" && len(value) == 0 {
		return nil, &fault.Fault{Field: "header", Value: "Host", Why: "must not be empty"}
	}
	return value, nil
}
