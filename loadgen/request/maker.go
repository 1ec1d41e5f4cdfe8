package request

import (
	"context"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"shotput/loadgen/text"
)

// A varyingField is a header of the net/http form that has a value which differs from request to request.
type varyingField struct {
	key    string
	values []text.Parts
}

// layRequest puts together what the requests of the net/http form share. They share their URL and their header
// map too, where those are the same: an http.RoundTripper must not modify the request, and net/http's does not.
func (t *Template) layRequest() {
	t.prototype = http.Request{Method: t.Method, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		URL: t.originURL(), Host: string(t.host.Append(nil, text.Scope{}))}
	if t.SameURL() {
		*t.prototype.URL = t.location.asURL(string(t.location.target.Append(nil, text.Scope{})), t.absolute)
	}
	t.layFields()
	t.prototype.Header = t.fields
}

// originURL is the URL without a target: it decides the connection.
func (t *Template) originURL() *url.URL { return t.location.origin() }

// readByNetHTTP are the headers that net/http looks for in a request, by their canonical names. All others keep
// the spelling that they were given, for the servers that mind.
var readByNetHTTP = []string{"Accept-Encoding", "Connection", "Expect", "Idempotency-Key", "Range", "Upgrade",
	"User-Agent", "X-Idempotency-Key"}

// layFields sorts the header lines into constant and varying fields. Without a User-Agent of ours there must be
// an empty one, or net/http adds its own.
func (t *Template) layFields() {
	t.fields = http.Header{"User-Agent": nil}
	var keys []string
	all, spelt := map[string][]text.Parts{}, map[string]string{} // spelt: by the name in lower case
	for _, l := range t.lines {
		key := http.CanonicalHeaderKey(l.name)
		if !slices.Contains(readByNetHTTP, key) {
			key = l.name
		}
		if first := spelt[strings.ToLower(key)]; first != "" {
			key = first // one field, and its values in their order, however each was spelt
		} else {
			keys, spelt[strings.ToLower(key)] = append(keys, key), key
		}
		all[key] = append(all[key], l.value)
	}
	for _, key := range keys {
		f := varyingField{key, all[key]}
		if slices.ContainsFunc(f.values, func(v text.Parts) bool { return !v.Fixed() }) {
			t.varying = append(t.varying, f)
		} else {
			t.fields[key], _ = f.render(nil, text.Scope{})
		}
	}
}

// render gives the field's values in request r, using scratch, which it may have grown.
func (f *varyingField) render(scratch []byte, r text.Scope) ([]string, []byte) {
	values := make([]string, len(f.values))
	for i, v := range f.values {
		scratch = v.Append(scratch[:0], r)
		values[i] = string(scratch)
	}
	return values, scratch
}

// chunkedOnly is shared by all requests with a chunked body.
var chunkedOnly = []string{"chunked"}

// A Maker makes the *http.Requests of one worker, one after the other. It is not safe for concurrent use.
//
// The obvious way to save more, one http.Request and one body reader used again and again, is wrong: when a time
// limit passes, or an answer comes before the body is sent, RoundTrip returns while the transport's writer still
// reads both. So each request has its own; what never changes is shared, and what differs is made anew.
type Maker struct {
	template *Template
	request  text.Scope // the last that Make was asked for
	scratch  []byte
	with     *text.Renderer
	given    *text.Given                   // by the flow that the next request is an exchange of; nil: it is of none
	others   map[*Template]*text.Renderer  // of the plan's other requests
	Sends    int64                         // bytes of the last request's body
	reopen   func() (io.ReadCloser, error) // the method of that name, made once
}

// NewMaker gives a Maker for one worker.
func (t *Template) NewMaker() *Maker {
	m := &Maker{template: t, with: t.From.NewRenderer()}
	m.reopen = m.openAgain
	return m
}

// Of makes m a maker of t's requests from now on.
func (m *Maker) Of(t *Template) *Maker {
	if t == m.template {
		return m
	}
	if m.others == nil {
		m.others = map[*Template]*text.Renderer{m.template: m.with}
	}
	if m.others[t] == nil {
		m.others[t] = t.From.NewRenderer()
	}
	m.template, m.with = t, m.others[t]
	return m
}

// Give says what a flow gives to the next request, and to that alone. It is not to be changed before the Make that
// follows that one's.
func (m *Maker) Give(given *text.Given) { m.given = given }

// Make gives request k, due at after the start of the run. Its GetBody lets net/http send a request again whose
// bytes were never written; like all of net/http's own calls of it, it must come before the next Make. The request,
// its URL and its header must not be modified: they may be shared. The error says why the request cannot be made:
// what it takes from a file is not there, or may not stand where it would.
func (m *Maker) Make(ctx context.Context, k int64, at time.Duration) (*http.Request, error) {
	m.with.Given, m.given = m.given, nil
	m.request = m.template.Scope(m.with, k, at)
	t := m.template.of(m.request)
	c := t.Source.Content(m.request)
	ofBody := m.with.Err
	made := t.prototype.WithContext(ctx)
	if !t.SameURL() {
		u := t.location.asURL(m.render(t.location.target), t.absolute)
		made.URL = &u
	}
	if !t.host.Fixed() {
		made.Host = m.render(t.host)
	}
	if cookie := cookieOf(m.request); cookie != "" || len(t.varying) > 0 || t.signer != nil {
		made.Header = m.header(t, cookie)
	}
	if m.with.Err != nil {
		c.Release()
		return nil, BlameHead(m.with.Err, ofBody)
	}
	made.Body, made.ContentLength = t.Source.open(&c)
	if m.Sends = c.Size; t.Source.Chunked {
		made.TransferEncoding = chunkedOnly
	}
	made.GetBody = m.reopen
	return made, nil
}

// A HeadError is why the URL or the header of a request cannot be made. Any other is its body's.
type HeadError struct{ error }

func (e HeadError) Unwrap() error { return e.error }

// BlameHead is why a request cannot be made. What was wrong when its body had been made, is the body's.
func BlameHead(err, ofBody error) error {
	if ofBody != nil {
		return err
	}
	return HeadError{err}
}

// header is what the header of the request at hand is, where that is not what all have.
func (m *Maker) header(t *Template, cookie string) http.Header {
	made := maps.Clone(t.fields)
	for i := range t.varying {
		f := &t.varying[i]
		made[f.key], m.scratch = f.render(m.scratch, m.request)
	}
	if cookie != "" {
		made["Cookie"] = append(slices.Clip(made["Cookie"]), cookie)
	}
	if t.signer != nil {
		t.signer.set(made, m.request)
	}
	return made
}

func (m *Maker) render(p text.Parts) string {
	m.scratch = p.Append(m.scratch[:0], m.request)
	return string(m.scratch)
}

func (m *Maker) openAgain() (io.ReadCloser, error) {
	c := m.template.Source.Content(m.request)
	if m.with.Err != nil {
		c.Release()
		return nil, m.with.Err
	}
	body, _ := m.template.Source.open(&c)
	return body, nil
}
