package request

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"shotput/loadgen/header"
	"shotput/loadgen/secret"
	"shotput/loadgen/text"
	"shotput/stats"
)

// A Spec says what a request is.
type Spec struct {
	Method     string        `json:"method,omitzero"` // default "PUT"
	URL        string        `json:"url,omitzero"`    // a template: http://host:port/items/{{seq}}
	URLs       string        `json:"urls,omitzero"`   // instead: a file, of which each request has a line as its URL
	Header     []header.Line `json:"header,omitzero"` // in order; values are templates
	Body       Body          `json:"body,omitzero"`
	UserAgent  string        `json:"user_agent,omitzero"` // default "shotput/VERSION"
	Compressed bool          `json:"compressed,omitzero"` // ask for a compressed answer
	Auth       Auth          `json:"auth,omitzero"`
}

// Over is s where it says something, and base where s leaves it open. Header and Body are s's alone.
func (s Spec) Over(base *Spec) Spec {
	s.Method, s.UserAgent = cmp.Or(s.Method, base.Method), cmp.Or(s.UserAgent, base.UserAgent)
	if s.URL == "" && s.URLs == "" {
		s.URL, s.URLs = base.URL, base.URLs
	}
	s.Compressed = s.Compressed || base.Compressed
	if s.Auth.none() {
		s.Auth = base.Auth
	}
	return s
}

// Label names the requests in every report: the URL as written, never expanded, secrets redacted; or its list.
func (s *Spec) Label() string {
	if s.URLs != "" {
		return "URLs of " + filepath.Base(s.URLs)
	}
	return secret.URL(withoutFragment(s.URL))
}

// Varies says whether requests differ in their URL.
func (s *Spec) Varies() bool { return s.URLs != "" || strings.Contains(s.URL, "{{") }

func (s *Spec) address() address { return address{s.URL, s.URLs} }

// ByRow says whether a row gives the server of each request.
func (s *Spec) ByRow(env text.Env) bool {
	l, err := s.address().compile(env)
	return err == nil && l.byRow
}

// Origins are the servers that the requests go to, each once: scheme and host. Errors are Faults.
func (s *Spec) Origins(v *text.Values) ([]*url.URL, error) { return s.address().origins(v) }

// WithDefaults fills in what is left open.
func (s Spec) WithDefaults() Spec {
	s.Method = cmp.Or(s.Method, http.MethodPut)
	return s
}

// Auth says who asks. At most one of these ways is used.
type Auth struct {
	User   string `json:"user,omitzero"`   // "name:password" for Basic, or for Digest; userinfo in a URL means the same
	Digest bool   `json:"digest,omitzero"` // User answers a Digest challenge (RFC 7616) instead of going out as Basic
	Bearer string `json:"bearer,omitzero"` // token of an Authorization: Bearer line (RFC 6750); a template
	OAuth2 OAuth2 `json:"oauth2,omitzero"`
	AWS    AWS    `json:"aws,omitzero"`
}

// OAuth2 is a client-credentials grant (RFC 6749 §4.4): a token is fetched before the run, and anew, outside of what
// is measured, before it expires. It is in use when TokenURL is set.
type OAuth2 struct {
	TokenURL     string   `json:"token_url,omitzero"`
	ClientID     string   `json:"client_id,omitzero"`
	ClientSecret string   `json:"client_secret,omitzero"`
	Scopes       []string `json:"scopes,omitzero"`
}

// AWS signs each request (Signature Version 4). It is in use when Region is set.
type AWS struct {
	Region          string `json:"region,omitzero"`
	Service         string `json:"service,omitzero"`
	AccessKey       string `json:"access_key,omitzero"`
	SecretKey       string `json:"secret_key,omitzero"`
	SessionToken    string `json:"session_token,omitzero"`
	UnsignedPayload bool   `json:"unsigned_payload,omitzero"` // send UNSIGNED-PAYLOAD instead of the body's hash
}

// Body says where the request's body comes from: at most one of its sources is set.
type Body struct {
	Text string `json:"text,omitzero"` // a template
	// "json": Text is JSON, whatever Content-Type says; values in it are escaped, and what is rendered must be JSON
	As   string `json:"as,omitzero"`
	Data []byte `json:"data,omitzero"` // sent as it is
	// a path: sent as it is, read from the open file, never held whole. It may be a template of rows, as a Part's and
	// Sizes may
	File string `json:"file,omitzero"`
	// so many generated, incompressible bytes; a pure function of seed and request number
	Size int64 `json:"size,omitzero"`
	// a law of sizes: "1KiB..64KiB", "lognormal:16KiB,0.8", "4KiB*3,1MiB*1" (weights), "file:sizes.csv"
	Sizes string `json:"sizes,omitzero"`
	Form  []Part `json:"form,omitzero"`  // multipart/form-data (RFC 7578)
	Lines string `json:"lines,omitzero"` // a file: request k sends a line of it
	Dir   string `json:"dir,omitzero"`   // a folder: request k sends a file of it, whole or as the form's part {{file}}

	Chunked bool `json:"chunked,omitzero"` // no Content-Length: sent as Transfer-Encoding: chunked
}

// Part is one part of a form. Its content is Text or File.
type Part struct {
	Name     string        `json:"name,omitzero"`
	Text     string        `json:"text,omitzero"`     // a template
	File     string        `json:"file,omitzero"`     // a path, sent as it is
	Filename string        `json:"filename,omitzero"` // told to the server; "" with a File is the file's own name
	Type     string        `json:"type,omitzero"`     // Content-Type; "" with a File is by its name
	Header   []header.Line `json:"header,omitzero"`
}

// String says in words where the body comes from; never what is in it.
func (b *Body) String() string {
	if b.Chunked {
		plain := *b
		plain.Chunked = false
		return plain.String() + ", chunked"
	}
	switch {
	case b.Text != "":
		return "text of " + stats.Plural(len(b.Text), "byte")
	case b.Data != nil:
		return "data of " + stats.Plural(len(b.Data), "byte")
	case b.File != "":
		return "file " + b.File
	case b.Size > 0:
		return stats.Plural(b.Size, "generated byte")
	case b.Sizes != "":
		return "generated bytes, " + b.Sizes
	case len(b.Form) > 0:
		return "form of " + stats.Plural(len(b.Form), "part")
	case b.Lines != "":
		return "lines of " + b.Lines
	case b.Dir != "":
		return "files of " + b.Dir
	}
	return "none"
}

// Record notes the request in a saved run's plan, secrets hidden, its body only described.
func (s *Spec) Record(r *stats.Plan, env text.Env) {
	r.Method, r.URL, r.Auth, r.Body = s.Method, s.Label(), s.AuthName(env), s.Body.String()
	r.Compressed, r.Headers = s.Compressed, nil
	for _, h := range s.Header {
		r.Headers = append(r.Headers, show(h))
	}
}

// show is a header line, secrets hidden.
func show(h header.Line) string {
	if h.Remove {
		return h.Name + ":"
	}
	return h.Name + ": " + secret.Header(h.Name, h.Value)
}

// Written are all that functions may stand in, by their fields.
func (s *Spec) Written() []text.Written {
	all := []text.Written{{Field: "url", Text: s.URL}, {Field: "user-agent", Text: s.UserAgent},
		{Field: "oauth2-bearer", Text: s.Auth.Bearer}, {Field: "body", Text: s.Body.Text},
		{Field: "body file", Text: s.Body.File}, {Field: "body sizes", Text: s.Body.Sizes}}
	for _, h := range s.Header {
		all = append(all, text.Written{Field: "header " + h.Name, Text: h.Value})
	}
	for i, part := range s.Body.Form {
		field := fmt.Sprintf("form part %d", i+1)
		all = append(all, text.Written{Field: field, Text: part.Text},
			text.Written{Field: field + " file", Text: part.File})
		for _, h := range part.Header {
			all = append(all, text.Written{Field: field + " header " + h.Name, Text: h.Value})
		}
	}
	return all
}

// Texts are those of Written.
func (s *Spec) Texts() (all []string) {
	for _, w := range s.Written() {
		all = append(all, w.Text)
	}
	return all
}

// fromFlow are the functions that give what a flow gives.
var fromFlow = []string{"captured", "joined", "part"}

// URLFrom is the name of the capture that the URL begins with, which then leads to a server that an answer names; ""
// where it begins otherwise.
func (s *Spec) URLFrom() string { return text.Leads(s.URL) }

// UsesFlow says whether the request depends on what a flow gives.
func (s *Spec) UsesFlow() bool {
	return slices.ContainsFunc(s.Texts(), func(written string) bool { return text.Calls(written, fromFlow...) })
}

// BodyUsesFlow says whether the body does: then its length is not known before the request is made.
func (s *Spec) BodyUsesFlow() bool {
	inPart := func(p Part) bool {
		inHeader := func(h header.Line) bool { return text.Calls(h.Value, fromFlow...) }
		return text.Calls(p.Text, fromFlow...) || slices.ContainsFunc(p.Header, inHeader)
	}
	return text.Calls(s.Body.Text, fromFlow...) || slices.ContainsFunc(s.Body.Form, inPart)
}

// none says whether nobody is said to ask.
func (a *Auth) none() bool {
	return a.User == "" && !a.Digest && a.Bearer == "" && a.OAuth2.none() && a.AWS == AWS{}
}

func (o *OAuth2) none() bool {
	return o.TokenURL == "" && o.ClientID == "" && o.ClientSecret == "" && len(o.Scopes) == 0
}

// withoutFragment is the URL as far as it is sent; what stands in a function is none of the URL's own signs.
func withoutFragment(url string) string {
	for i := 0; i < len(url); i++ {
		if strings.HasPrefix(url[i:], "{{") {
			length := strings.Index(url[i:], "}}")
			if length < 0 {
				return url
			}
			i += length
		} else if url[i] == '#' {
			return url[:i]
		}
	}
	return url
}

// Sources counts the fields of b that are set.
func (b *Body) Sources() int { return len(b.given()) }

// given names the sources of b that are set.
func (b *Body) given() (names []string) {
	for _, source := range []struct {
		name string
		set  bool
	}{
		{"text", b.Text != ""}, {"data", b.Data != nil}, {"file", b.File != ""}, {"size", b.Size != 0},
		{"sizes", b.Sizes != ""},
		{"form", len(b.Form) > 0}, {"lines", b.Lines != ""}, {"dir", b.Dir != "" && !b.ofFolder()},
	} {
		if source.set {
			names = append(names, source.name)
		}
	}
	return names
}

// Awaits says whether the request's own header says that it asks before it sends its body.
func (s *Spec) Awaits() bool {
	return slices.ContainsFunc(s.Header, func(h header.Line) bool {
		asks := strings.EqualFold(strings.TrimSpace(h.Value), "100-continue")
		return !h.Remove && strings.EqualFold(h.Name, "Expect") && asks
	})
}

// awaits says whether a request with this body asks before it sends it: one that has a body (RFC 9110 §10.1.1).
func (b *Body) awaits() bool {
	if b.Data != nil && len(b.Data) == 0 {
		return false
	}
	if info, err := os.Stat(b.File); b.File != "" && err == nil && info.Size() == 0 {
		return false
	}
	return b.Sources() > 0 || b.Chunked
}
