package loadgen

import (
	"context"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// A varyingField is a header of the net/http form that has a value which differs from request to request.
type varyingField struct {
	key    string
	values []parts
}

// layRequest puts together what the requests of the net/http form share. They share their URL and their header
// map too, where those are the same: an http.RoundTripper must not modify the request, and net/http's does not.
func (t *Template) layRequest() {
	t.prototype = http.Request{Method: t.method, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		URL: t.originURL(), Host: string(t.host.append(nil, request{}))}
	if t.SameURL() {
		*t.prototype.URL = t.location.asURL(string(t.location.target.append(nil, request{})), t.absolute)
	}
	t.layFields()
	t.prototype.Header = t.fields
}

// originURL is the URL without a target: it decides the connection.
func (t *Template) originURL() *url.URL {
	return &url.URL{Scheme: t.location.scheme, Host: t.location.hostPort}
}

// readByNetHTTP are the headers that net/http looks for in a request, by their canonical names. All others keep
// the spelling that they were given, for the servers that mind.
var readByNetHTTP = []string{"Accept-Encoding", "Connection", "Expect", "Idempotency-Key", "Range", "Upgrade",
	"User-Agent", "X-Idempotency-Key"}

// layFields sorts the header lines into constant and varying fields. Without a User-Agent of ours there must be
// an empty one, or net/http adds its own.
func (t *Template) layFields() {
	t.fields = http.Header{"User-Agent": nil}
	var keys []string
	all := map[string][]parts{}
	for _, l := range t.lines {
		key := http.CanonicalHeaderKey(l.name)
		if !slices.Contains(readByNetHTTP, key) {
			key = l.name
		}
		if i := slices.IndexFunc(keys, func(k string) bool { return strings.EqualFold(k, key) }); i >= 0 {
			key = keys[i] // one field, and its values in their order, however each was spelt
		} else {
			keys = append(keys, key)
		}
		all[key] = append(all[key], l.value)
	}
	for _, key := range keys {
		f := varyingField{key, all[key]}
		if slices.ContainsFunc(f.values, func(v parts) bool { return !v.fixed() }) {
			t.varying = append(t.varying, f)
		} else {
			t.fields[key], _ = f.render(nil, request{})
		}
	}
}

// render gives the field's values in request r, using scratch, which it may have grown.
func (f *varyingField) render(scratch []byte, r request) ([]string, []byte) {
	values := make([]string, len(f.values))
	for i, v := range f.values {
		scratch = v.append(scratch[:0], r)
		values[i] = string(scratch)
	}
	return values, scratch
}

// A Maker makes the *http.Requests of one worker, one after the other. It is not safe for concurrent use.
//
// The obvious way to save more, one http.Request and one body reader used again and again, is wrong: when a time
// limit passes, or an answer comes before the body is sent, RoundTrip returns while the transport's writer still
// reads both. So each request has its own; what never changes is shared, and what differs is made anew.
type Maker struct {
	template *Template
	request  request // the last that Make was asked for
	scratch  []byte
	reopen   func() (io.ReadCloser, error) // the method of that name, made once
}

// NewMaker gives a Maker for one worker.
func (t *Template) NewMaker() *Maker {
	m := &Maker{template: t}
	m.reopen = m.openAgain
	return m
}

// of makes m a maker of t's requests from now on.
func (m *Maker) of(t *Template) *Maker {
	m.template = t
	return m
}

// Make gives request k, due at after the start of the run. Its GetBody lets net/http send a request again whose
// bytes were never written; like all of net/http's own calls of it, it must come before the next Make. The request,
// its URL and its header must not be modified: they may be shared. There is no error as yet: all functions
// are sure to succeed.
func (m *Maker) Make(ctx context.Context, k int64, at time.Duration) (*http.Request, error) {
	t := m.template
	m.request = t.request(k, at)
	made := t.prototype.WithContext(ctx)
	if !t.SameURL() {
		u := t.location.asURL(m.render(t.location.target), t.absolute)
		made.URL = &u
	}
	if !t.host.fixed() {
		made.Host = m.render(t.host)
	}
	if len(t.varying) > 0 {
		made.Header = maps.Clone(t.fields)
		for i := range t.varying {
			f := &t.varying[i]
			made.Header[f.key], m.scratch = f.render(m.scratch, m.request)
		}
	}
	if t.signer != nil {
		if len(t.varying) == 0 {
			made.Header = maps.Clone(t.fields)
		}
		t.signer.set(made.Header, m.request)
	}
	made.Body, made.ContentLength = t.body.open(m.request)
	made.GetBody = m.reopen
	return made, nil
}

func (m *Maker) render(p parts) string {
	m.scratch = p.append(m.scratch[:0], m.request)
	return string(m.scratch)
}

func (m *Maker) openAgain() (io.ReadCloser, error) {
	body, _ := m.template.body.open(m.request)
	return body, nil
}
