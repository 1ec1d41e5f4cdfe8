package request

import (
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"shotput/loadgen/fault"
	"shotput/loadgen/rows"
	"shotput/loadgen/secret"
	"shotput/loadgen/text"
)

// # URLs by row
//
// A URL that begins with a value of a row, or is a line of a list, goes to a server of its own. All are read before
// anything is sent: each must be one that could be typed, and the servers are known ahead, since connections are
// opened before requests are made. What is noted of a row is which server it has, one byte; the URL itself is read
// again for its request.
//
// A Template makes the requests of one server. That of a list has others beside it, one for each further server, which
// share its body and its values.

// mostServers bounds the servers of one list: for each, idle connections are kept for every slot.
const mostServers = 200

// A list is where the rows of a URL lead.
type list struct {
	table   *text.Table
	whole   text.Parts // the URL
	servers []*location
	counts  []int64 // rows of each server
	of      []uint8 // by row; nil: all have the first
}

// serverOf is the server of request r, by its place among servers.
func (l *list) serverOf(r text.Scope) int {
	if l == nil || l.of == nil {
		return 0
	}
	return int(l.of[l.table.Row(r)])
}

// share is which part of the rows has a server.
func (l *list) share(server int) float64 {
	if l == nil {
		return 1
	}
	return float64(l.counts[server]) / float64(l.table.Rows)
}

// An address is what a request says of where it goes: a URL, or a file of them.
type address struct{ url, file string }

// field is the field of the plan that gives it.
func (a address) field() string {
	if a.file != "" {
		return "urls"
	}
	return "url"
}

// compile reads the URL, or what stands for those of a list.
func (a address) compile(env text.Env) (*location, error) {
	if a.file != "" {
		return &location{target: text.ListedURL(badInURL), byRow: true}, nil
	}
	return compileURL(env, a.url)
}

// open opens the list, if there is one.
func (a address) open(from *text.Sources) (err error) {
	if a.file == "" {
		return nil
	}
	if from.URLs, err = rows.OpenListed(a.file); err != nil {
		return fault.Unreadable.In("urls", a.file, "%s", text.WhyNoRows(err, "write a URL on each line"))
	}
	return nil
}

// survey reads every URL that l stands for. Errors are Faults.
func (a address) survey(l *location, from *text.Sources) (*list, error) {
	field := a.field()
	whole, err := from.Bind(l.target, "the URL")
	if err != nil {
		return nil, err
	}
	made := &list{whole: whole}
	if made.table, err = from.Tabulate(whole.Origin(), field, "the URL before its path"); err != nil {
		return nil, err
	}
	last, index, bad := "", 0, ""
	known := map[string]int{}
	err = made.table.Each(func(row int64, value []byte) (err error) {
		if end := originEnd(value); end == 0 || string(value[:end]) != last {
			index, err = made.find(known, string(value[:end]))
			last = string(value[:end])
		}
		if err = cmp.Or(err, whyNoTarget(value)); err != nil {
			bad = secret.URL(string(value))
			return err
		}
		made.note(row, index)
		return nil
	})
	if err != nil {
		return nil, fault.Malformed.In(field, cmp.Or(bad, a.file, secret.URL(a.url)), "%v", err)
	}
	return made, nil
}

// find gives the place of the server that a URL begins with.
func (l *list) find(known map[string]int, origin string) (int, error) {
	if i, ok := known[origin]; ok {
		return i, nil
	}
	made := new(location)
	rest, err := made.readOrigin(origin)
	var f *fault.Fault
	switch {
	case errors.As(err, &f):
		return 0, fmt.Errorf("its URL %s", f.Why)
	case rest != "":
		panic("an origin that does not end where it was found to")
	case made.userinfo != nil:
		return 0, errors.New("its URL has a user in it; give the user of all URLs beside them")
	}
	for i, other := range l.servers {
		if other.scheme == made.scheme && other.host() == made.host() {
			known[origin] = i
			return i, nil
		}
	}
	if len(l.servers) == mostServers {
		return 0, fmt.Errorf("its URL leads to server %d; a list may have %d", mostServers+1, mostServers)
	}
	known[origin] = len(l.servers)
	l.servers, l.counts = append(l.servers, made), append(l.counts, 0)
	made.target = text.Made(l.appendTarget)
	return known[origin], nil
}

// note notes which server a row has. Nothing is noted as long as all have the first.
func (l *list) note(row int64, server int) {
	l.counts[server]++
	if server > 0 && l.of == nil {
		l.of = make([]uint8, row, l.table.Rows)
	}
	if l.of != nil {
		l.of = append(l.of, uint8(server))
	}
}

// appendTarget appends what is behind the server in the URL of request r, as any URL's target is written.
func (l *list) appendTarget(dst []byte, r text.Scope) []byte {
	from := len(dst)
	dst = l.whole.Append(dst, r)
	end := from + originEnd(dst[from:])
	if end == len(dst) || dst[end] != '/' {
		dst = append(dst[:from], append([]byte("/"), dst[end:]...)...)
	} else {
		dst = append(dst[:from], dst[end:]...)
	}
	for _, b := range dst[from:] {
		if b >= utf8.RuneSelf {
			return append(dst[:from], escapeText(string(dst[from:]))...)
		}
	}
	return dst
}

// originEnd is how long the scheme and the server are with which a URL begins.
func originEnd(s []byte) int {
	from := schemeEnd(string(s[:min(len(s), len("https://")+1)]))
	for i := from; i < len(s); i++ {
		if s[i] == '/' || s[i] == '?' {
			return i
		}
	}
	return len(s)
}

// schemeEnd is where the scheme of a URL has ended; 0 where it has none.
func schemeEnd(s string) int {
	scheme, _, ok := strings.Cut(s, "://")
	if !ok || strings.ContainsAny(scheme, "/?@") {
		return 0
	}
	return len(scheme) + len("://")
}

// whyNoTarget says why the target of a URL would not be sent as it stands there; see location.checkTarget.
func whyNoTarget(value []byte) error {
	target := value[originEnd(value):]
	if len(target) < 2 || target[1] != '/' || target[0] != '/' {
		return nil
	}
	l := location{target: text.Literal(escapeText(string(target)))}
	if l.checkTarget() != nil {
		return errors.New("its URL begins a path with // and characters that must be written as %XX")
	}
	return nil
}

// origins are the servers that it leads to, each once: scheme and host. Errors are Faults.
func (a address) origins(v *text.Values) ([]*url.URL, error) {
	l, err := a.compile(v.Env)
	if err != nil {
		return nil, err
	}
	switch {
	case l.from != "":
		return nil, nil
	case !l.byRow:
		return []*url.URL{l.origin()}, nil
	}
	from, err := v.Open()
	err = errors.Join(err, a.open(&from))
	defer from.Close() // of what is open, others may be missing
	if err != nil {
		return nil, err
	}
	made, err := a.survey(l, &from)
	if err != nil {
		return nil, err
	}
	return made.origins(), nil
}

func (l *list) origins() (all []*url.URL) {
	for _, one := range l.servers {
		all = append(all, one.origin())
	}
	return all
}

func (l *location) origin() *url.URL { return &url.URL{Scheme: l.scheme, Host: l.hostPort} }

// Server is where request k goes, by its place among Servers.
func (t *Template) Server(k int64) int {
	if t.list == nil { // the usual: nothing is to be found out
		return 0
	}
	return t.list.serverOf(t.Scope(nil, k, 0))
}

// Servers are where the requests go: scheme and host, each once. None where that is known from an answer alone.
func (t *Template) Servers() []*url.URL {
	switch {
	case t.aims != nil:
		return nil
	case t.list == nil:
		return []*url.URL{t.location.origin()}
	}
	return t.list.origins()
}

// Share is which part of the requests goes to a server.
func (t *Template) Share(server int) float64 { return t.list.share(server) }

// of is the template of the server of request r.
func (t *Template) of(r text.Scope) *Template {
	if t.aims != nil {
		return t.aims.at(t, r)
	}
	if i := t.list.serverOf(r); i > 0 {
		return t.others[i-1]
	}
	return t
}

// SameURL says whether every request goes to the same URL.
func (t *Template) SameURL() bool { return t.list == nil && t.location.target.Fixed() }

// URL is the whole URL of request k, without userinfo; what a flow has yet to give is in it as it is written.
func (t *Template) URL(k int64, at time.Duration) string {
	r := t.borrow(k, at)
	defer t.giveBack(r)
	return string(t.of(r).appendURL(nil, r))
}

// URLText is the URL of request k with what its flow has given, whole: absolute, or as it was captured and written. The
// error says why it cannot be made.
func (t *Template) URLText(k int64, given *text.Given) (string, error) {
	var at time.Duration
	if given != nil {
		at = given.At
	}
	r := t.borrow(k, at)
	defer t.giveBack(r)
	r.With.Given = given
	own := t
	if t.aims == nil {
		own = t.of(r)
	}
	made := escapeText(string(own.appendURL(nil, r)))
	return made, r.With.Err
}

func (t *Template) appendURL(dst []byte, r text.Scope) []byte {
	if l := t.location; l.scheme != "" {
		dst = append(append(append(dst, l.scheme...), "://"...), l.hostPort...)
	}
	return t.location.target.Append(dst, r)
}

// Secrets are those in the URL of request k, as it has them and as a server may have decoded them.
func (t *Template) Secrets(k int64) (all []string) {
	if t.list == nil {
		return nil
	}
	for _, value := range secret.InURL(t.URL(k, 0)) {
		all = append(all, value)
		if decoded, err := url.QueryUnescape(value); err == nil && decoded != value {
			all = append(all, decoded)
		}
	}
	return all
}
