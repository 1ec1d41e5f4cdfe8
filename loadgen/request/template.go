// Package request says what request k is: target, header lines, body and signature, as a pure function of its
// description, the seed and k. It gives the bytes that go on a connection, and the same as an *http.Request. It refuses
// to send anything, and to know where to: what stands between here and the server is told to it as a Via.
package request

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"sync"
	"time"

	"shotput/loadgen/fault"
	"shotput/loadgen/header"
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
	From     *text.Sources
	list     *list       // nil: all go to one server
	others   []*Template // that of each server of the list but the first
	aims     *aims       // nil: the URL itself says where the requests go
	seed     uint64
	start    time.Time

	head      text.Parts // the wire form, up to what depends on the length of the body
	Whole     string     // the wire form where all requests have the same; else empty
	signer    *signer    // nil: requests are not signed
	proxyLine string     // of the wire form: what the proxy is told of us; net/http says it by itself
	sendZero  bool       // an empty body has a Content-Length too
	captures  bool       // what is rendered depends on what a flow gives

	renderers sync.Pool // for whoever has none of its own

	prototype http.Request // of all requests: what is the same in each is shared by all
	fields    http.Header  // the header lines that are constant
	varying   []varyingField
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
	Reads  bool                      // the bodies of answers are looked at
	Trace  bool                      // each has an id by which it can be found at the server
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
	t := &Template{label: s.Label(), Method: s.Method, seed: how.Seed, captures: s.UsesFlow()}
	t.Begin(how.Start)
	t.sendZero = slices.Contains([]string{"POST", "PUT", "PATCH"}, s.Method) // RFC 9110 §8.6
	err := t.open(s, &how)
	if err == nil {
		for _, l := range t.others {
			err = errors.Join(err, l.signAndLay(s, &how))
		}
		err = errors.Join(err, t.signAndLay(s, &how))
	}
	if err != nil {
		t.Close()
		return nil, err
	}
	return t, nil
}

// open reads all that the request says, and opens the files that it names. The error joins all faults.
func (t *Template) open(s *Spec, how *Setting) error {
	from, sourceErr := how.Values.Open()
	t.From = &from
	listErr := s.address().open(t.From)
	var urlErr, bodyErr error
	t.location, urlErr = s.address().compile(how.Values.Env)
	t.Source, bodyErr = openBody(s, how, t.From)
	t.From.Lines, t.From.Names, t.Source.values = t.Source.lines, t.Source.names(), t.From
	opened := sourceErr == nil && listErr == nil
	if opened && bodyErr == nil {
		bodyErr = t.bindBody()
	}
	if bodyErr != nil && t.From.Names == nil {
		t.From.Names = oneName("") // a {{file}} elsewhere is no fault of its own
	}
	if urlErr == nil && t.location.byRow {
		if !opened || bodyErr != nil { // of which values may be
			return errors.Join(bodyErr, sourceErr, listErr)
		}
		t.list, urlErr = s.address().survey(t.location, t.From)
		if t.location = nil; urlErr == nil {
			t.spread()
		}
	}
	if urlErr == nil && t.location != nil && t.location.from != "" {
		t.aims = &aims{via: how.Via, own: s.Header}
	}
	err := errors.Join(urlErr, t.aim(s, how, opened))
	for _, other := range t.others {
		if err == nil {
			err = other.aim(s, how, opened)
		}
	}
	return errors.Join(err, bodyErr, sourceErr, listErr)
}

// spread makes a template for each server of the list.
func (t *Template) spread() {
	t.location = t.list.servers[0]
	for _, l := range t.list.servers[1:] {
		t.others = append(t.others, &Template{label: t.label, Method: t.Method, location: l, Source: t.Source,
			From: t.From, seed: t.seed, start: t.start, sendZero: t.sendZero})
	}
}

// aim compiles what depends on the server.
func (t *Template) aim(s *Spec, how *Setting, opened bool) error {
	var via Via
	if t.location != nil && t.aims == nil {
		if how.Via != nil {
			via = how.Via(t.originURL())
		}
		t.absolute = via.Absolute
		t.proxyLine = via.authorization(s.Header)
		t.host = text.Literal(t.location.host())
	}
	err := t.compileHeader(s, how, via.Header)
	if t.aims != nil && len(t.host) == 0 {
		t.host = t.location.target[:1] // for a reader, who sees where it comes from
	}
	if t.absolute {
		t.lines = append(t.lines, via.lines()...)
	}
	if opened {
		err = errors.Join(err, t.bindHead())
	}
	return err
}

func (t *Template) signAndLay(s *Spec, how *Setting) (err error) {
	if t.signer, err = newSigner(s, t, how.Start); err == nil {
		t.layHead()
		t.layRequest()
	}
	return err
}

// Begin sets the wall time at which the run begins; nothing may be rendered meanwhile.
func (t *Template) Begin(start time.Time) {
	t.start = start.Round(0).UTC()
	for _, other := range t.others {
		other.start = t.start
	}
}

// bindHead ties what was compiled of the head to the files that it takes its values from.
func (t *Template) bindHead() error {
	b := binding{from: t.From}
	if t.location != nil {
		b.tie(&t.location.target, "the URL")
	}
	b.tie(&t.host, "the Host header")
	for i := range t.lines {
		b.tie(&t.lines[i].value, "the header "+t.lines[i].name)
	}
	return errors.Join(b.faults...)
}

// bindBody is bindHead of the body.
func (t *Template) bindBody() error {
	b := binding{from: t.From}
	b.tie(&t.Source.text, "the body")
	for i := range t.Source.Form {
		b.tie(&t.Source.Form[i].text, "the form")
	}
	for i := range t.Source.parts {
		b.tie(&t.Source.parts[i].text, "the form")
	}
	return errors.Join(b.faults...)
}

// A binding ties texts to sources, and gathers what is wrong with them.
type binding struct {
	from   *text.Sources
	faults []error
}

func (b *binding) tie(p *text.Parts, place string) {
	bound, err := b.from.Bind(*p, place)
	*p, b.faults = bound, append(b.faults, err)
}

// Ready makes what would else be made when a request first needs it, while nobody waits. The error is a Fault: a file
// could not be read.
func (t *Template) Ready() error { return errors.Join(t.From.Ready(), t.Source.ready()) }

// Try finds out whether request k can be made, as far as that depends on no answer. The error is a Fault.
func (t *Template) Try(k int64) error {
	m := t.NewMaker()
	if t.captures {
		m.Give(&unfilled)
	}
	made, err := m.Make(context.Background(), k, 0)
	switch {
	case err == errNoJSON: // and no row is to blame
		return fault.Malformed.In("body as", "", "of request %d: %v", k, err)
	case err != nil:
		return t.From.Refuse(err)
	}
	if made.Body != nil {
		made.Body.Close()
	}
	return nil
}

// Close releases the files of the body and of all values.
func (t *Template) Close() error { return errors.Join(t.Source.close(), t.From.Close()) }

// RowFiles are the files that bodies are read from and rows name.
func (t *Template) RowFiles() []string { return t.Source.rowFiles() }

// Label names the requests in every report: the URL as written, never expanded, secrets redacted.
func (t *Template) Label() string { return t.label }

// BodyOf is b, the body that t was made of, with what request k has of its files, and of the texts of its form, in the
// place of what stands for those of all.
func (t *Template) BodyOf(b *Body, k int64) Body {
	r := t.borrow(k, 0)
	defer t.giveBack(r)
	own := *b
	if f := t.Source.files; f != nil {
		own.Dir, own.File = "", f.path(f.index(r))
	}
	own.Form = slices.Clone(b.Form)
	for i, p := range t.Source.parts {
		switch {
		case p.files != nil:
			own.Form[i].File, own.Dir = p.files.path(p.files.index(r)), ""
		case own.Form[i].File == "":
			own.Form[i].Text = string(p.text.Append(nil, r))
		}
	}
	return own
}

// Size is the length of request k's body in bytes. Nothing is rendered where all have the same. The clock
// functions give texts of constant length, so that it does not depend on when k is due.
func (t *Template) Size(k int64) int64 {
	if t.Source.Size >= 0 {
		return t.Source.Size
	}
	r := t.borrow(k, 0)
	defer t.giveBack(r)
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
	defer t.giveBack(r)
	return t.AppendHeadOf(dst, r, contentLength)
}

// AppendHeadOf is AppendHead of the request that r is of, rendered with r's own renderer.
func (t *Template) AppendHeadOf(dst []byte, r text.Scope, contentLength int64) []byte {
	cookie := cookieOf(r)
	if t.Whole != "" && contentLength == t.Source.Size && cookie == "" {
		return append(dst, t.Whole...)
	}
	t = t.of(r)
	dst = t.head.Append(dst, r)
	if cookie != "" {
		dst = append(append(append(dst, "Cookie: "...), cookie...), "\r\n"...)
	}
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
	return t.shown(t.Scope(t.From.NewRenderer(), k, at))
}

// Scope is of request k, to be rendered before the next with the same renderer.
func (t *Template) Scope(with *text.Renderer, k int64, at time.Duration) text.Scope {
	r := text.NewScope(t.seed, k, t.start.Add(at))
	if with != nil {
		with.Err = nil
	}
	r.With = with
	return r
}

// borrow is Scope with a renderer that is to be given back.
func (t *Template) borrow(k int64, at time.Duration) text.Scope {
	with, ok := t.renderers.Get().(*text.Renderer)
	if !ok {
		with = t.From.NewRenderer()
	}
	return t.shown(t.Scope(with, k, at))
}

// shown shows what a flow has yet to give as it is written: nobody has asked for more than a number.
func (t *Template) shown(r text.Scope) text.Scope {
	if t.captures {
		r.With.Given = &unfilled
	}
	return r
}

var unfilled = text.Given{Unfilled: true}

func (t *Template) giveBack(r text.Scope) {
	r.With.Given = nil
	t.renderers.Put(r.With)
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
