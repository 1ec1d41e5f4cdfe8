package verify

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// A model is a server that is a map: right in all that PUT promises, but for the ways in which it is told to be wrong.
type model struct {
	wrong map[string]bool
	mu    sync.Mutex
	at    map[string]*thing
	gets  int
	tags  int

	caught map[string]bool // bodies stored later than the clock says, that it has caught up with
}

// A thing is what is under a name, and all that was there before it.
type thing struct{ states []state }

type state struct {
	body, kind, tag string
	at              time.Time
}

func (t *thing) last() *state { return &t.states[len(t.states)-1] }

func newModel(wrong ...string) *model {
	m := &model{wrong: map[string]bool{}, at: map[string]*thing{}, caught: map[string]bool{}}
	for _, w := range wrong {
		m.wrong[w] = true
	}
	return m
}

func (m *model) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for name := range m.wrong {
		if when, code, ok := strings.Cut(name, "="); ok && m.isWhen(when, r) {
			status, _ := strconv.Atoi(code)
			w.WriteHeader(status)
			return
		}
	}
	if m.gets++; m.wrong["trips"] && r.Method == http.MethodGet && m.gets%3 == 0 {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	switch r.Method {
	case http.MethodPut:
		m.put(w, r)
	case http.MethodHead:
		m.head(w, r)
	default:
		m.get(w, r)
	}
}

// isWhen says whether a request is of a method, or a PUT of what is there, or one of a body that was written thrice.
func (m *model) isWhen(when string, r *http.Request) bool {
	t := m.at[r.URL.Path]
	switch when {
	case "PUT-again":
		return r.Method == http.MethodPut && t != nil
	case "PUT-thrice":
		return r.Method == http.MethodPut && t != nil && len(t.states) > 2 && t.states[0].body == t.last().body
	}
	return when == r.Method
}

// fails says by what status a request's preconditions forbid it; 0 where they do not.
func (m *model) fails(r *http.Request, t *thing) int {
	match, none, since := r.Header.Get("If-Match"), r.Header.Get("If-None-Match"), r.Header.Get("If-Unmodified-Since")
	fails := false
	switch {
	case match != "" && t == nil:
		fails = !m.wrong["if-match-creates"]
	case match != "" && match != "*":
		fails = match != m.tag(t) || isWeakTag(match) || m.wrong["if-match-never"]
	case since != "" && t != nil:
		at, err := http.ParseTime(since)
		m.caught[t.last().body] = true
		fails = err == nil && t.last().at.Truncate(time.Second).After(at) || m.wrong["since-never"]
	}
	if none == "*" && (t != nil || m.wrong["none-match-never"]) {
		fails = true
	}
	switch {
	case m.wrong["no-412"] && !(m.wrong["if-match-never"] || m.wrong["none-match-never"]):
		return 0
	case m.wrong["501"] && match+none != "":
		return http.StatusNotImplemented
	case fails && m.wrong["409-for-412"]:
		return http.StatusConflict
	case fails:
		return http.StatusPreconditionFailed
	case m.wrong["428"] && (t != nil || m.wrong["428-new"]) && match+none+since == "":
		return http.StatusPreconditionRequired
	}
	return 0
}

func (m *model) put(w http.ResponseWriter, r *http.Request) {
	t := m.at[r.URL.Path]
	body := []byte(nil)
	if m.wrong["late-412"] {
		body, _ = io.ReadAll(r.Body)
	}
	denied := m.fails(r, t)
	if m.wrong["417"] && len(r.Header["If-None-Match"]) > 0 && r.ContentLength > 1<<19 {
		denied = http.StatusExpectationFailed
	}
	if kind := r.Header.Get("Content-Type"); m.wrong["type-refused"] && kind != "" {
		denied = http.StatusUnsupportedMediaType
	}
	if denied != 0 && !m.wrong["stores-denied"] {
		if m.wrong["drops-denied"] {
			delete(m.at, r.URL.Path)
		}
		if m.wrong["says-2xx"] {
			denied = http.StatusNoContent
		}
		w.WriteHeader(denied)
		return
	}
	if body == nil {
		body, _ = io.ReadAll(r.Body)
	}
	status := http.StatusCreated
	if t != nil {
		status = http.StatusNoContent
	}
	if len(body) == 0 && m.wrong["empty-refused"] {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	m.store(w, r, t, string(body))
	if m.wrong["status-swapped"] {
		status = http.StatusCreated + http.StatusNoContent - status
	}
	if m.wrong["202"] || m.wrong["202-told"] || m.wrong["202-lost"] {
		status = http.StatusAccepted
	}
	if m.wrong["202-told"] {
		w.Header().Set("Location", "/jobs/1")
	}
	if denied != 0 {
		status = denied
	}
	w.WriteHeader(status)
}

// store makes what the body makes of what is there.
func (m *model) store(w http.ResponseWriter, r *http.Request, t *thing, body string) {
	if t == nil {
		t = &thing{}
	}
	old := ""
	if len(t.states) > 0 {
		old = t.last().body
	}
	switch {
	case m.wrong["stored-not"], m.wrong["202-lost"], m.wrong["empty-lost"] && body == "", m.wrong["keeps-old"] && old != "",
		m.wrong["empty-ignored"] && old != "" && body == "":
		return
	case m.wrong["append"]:
		body = old + body
	case m.wrong["tail"] && len(old) > len(body):
		body += old[len(body):]
	case m.wrong["cuts"] && len(body) > 500:
		body = body[:500]
	case m.wrong["garbles"]:
		body = strings.ToUpper(body)
	case m.wrong["json-spaced"] && body != "":
		var b bytes.Buffer
		if err := json.Indent(&b, []byte(body), "", "  "); err != nil {
			panic(err)
		}
		body = b.String()
	case m.wrong["json-more"] && body != "":
		body = `{"_id":1,` + body[1:]
	case m.wrong["counts"]:
		body = fmt.Sprint(len(t.states)) + body
	}
	now := state{body: body, kind: r.Header.Get("Content-Type"), at: time.Now()}
	now.tag = fmt.Sprintf(`"%x"`, sha256.Sum256(fmt.Append(nil, len(t.states), body)))[:18] + `"`
	switch {
	case m.wrong["etag-static"]:
		now.tag = `"static"`
	case m.wrong["etag-collision"]:
		now.tag = fmt.Sprintf(`"%d-%d"`, len(body), now.at.Unix())
	case m.wrong["etag-weak-collision"]:
		now.tag = fmt.Sprintf(`W/"%d-%d"`, len(body), now.at.Unix())
	case m.wrong["etag-bare"]:
		now.tag = strings.Trim(now.tag, `"`)
	}
	t.states = append(t.states, now)
	m.at[r.URL.Path] = t
	tag := m.tag(t)
	switch {
	case m.wrong["etag-unlike"]:
		tag = `"` + strings.Repeat("0", len(t.states)) + `"`
	case m.wrong["etag-put-strong"]:
		tag = now.tag
	}
	if !m.wrong["etag-not-by-put"] && tag != "" {
		w.Header().Set("ETag", tag)
	}
	switch {
	case m.wrong["location"]:
		w.Header().Set("Location", r.URL.String())
	case m.wrong["location-path"]:
		w.Header().Set("Location", r.URL.Path)
	case m.wrong["location-other"]:
		w.Header().Set("Location", "/elsewhere")
	case m.wrong["location-lost"]:
		w.Header().Set("Location", r.URL.Path+"-lost")
	case m.wrong["location-host"]:
		w.Header().Set("Location", "http://inside:8080"+r.URL.Path)
	case m.wrong["location-bad"]:
		w.Header().Set("Location", "http://[::1")
	case m.wrong["location-each"]:
		w.Header().Set("Location", fmt.Sprint("/made/", len(t.states)))
	}
	if m.wrong["moves"] {
		w.Header().Set("Location", "/elsewhere")
		delete(m.at, r.URL.Path)
	}
	if m.wrong["empty-deletes"] && old != "" && body == "" {
		delete(m.at, r.URL.Path)
	}
	if m.wrong["once-only"] && len(t.states) > 1 || m.wrong["fifth-fatal"] && len(t.states) == 5 {
		delete(m.at, r.URL.Path)
	}
}

// tag is the ETag as it is now.
func (m *model) tag(t *thing) string {
	s := t.last()
	m.tags++
	switch {
	case m.wrong["etag-restless"]:
		return fmt.Sprintf(`"%d"`, m.tags)
	case m.wrong["etag-none"]:
		return ""
	case m.wrong["etag-weak"], m.wrong["etag-weak-first"] && time.Since(s.at) < 2*time.Second:
		return "W/" + s.tag
	case m.wrong["etag-drifts"] && time.Since(s.at) >= 2*time.Second:
		return `"later"`
	}
	return s.tag
}

// seen is the state that readers see; nil where there is none.
func (m *model) seen(name string) *state {
	t := m.at[name]
	switch {
	case t == nil:
		return nil
	case !m.wrong["stale"] && !m.wrong["stale-replaced"]:
		return t.last()
	}
	for i, s := range slices.Backward(t.states) {
		if time.Since(s.at) >= 50*time.Millisecond || m.wrong["stale-replaced"] && i == 0 {
			return &t.states[i]
		}
	}
	return nil
}

func (m *model) get(w http.ResponseWriter, r *http.Request) {
	s := m.seen(r.URL.Path)
	if s == nil && m.wrong["answers-all"] {
		_, _ = io.WriteString(w, "welcome")
		return
	}
	if s == nil {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	h := w.Header()
	if tag := m.tag(&thing{states: []state{*s}}); tag != "" && !m.wrong["etag-only-by-put"] {
		h.Set("ETag", tag)
	}
	if !m.wrong["modified-none"] {
		at := s.at
		if m.wrong["clock-back"] && !m.caught[s.body] {
			at = at.Add(-time.Second)
		}
		h.Set("Last-Modified", at.UTC().Format(http.TimeFormat))
	}
	h.Set("Content-Type", s.kind)
	if m.wrong["octets"] {
		h.Set("Content-Type", "application/octet-stream")
	}
	h.Set("Content-Length", strconv.Itoa(len(s.body)))
	if r.Method == http.MethodGet {
		_, _ = io.WriteString(w, s.body)
	}
}

func (m *model) head(w http.ResponseWriter, r *http.Request) {
	before := w.Header().Clone()
	m.get(w, r)
	h := w.Header()
	switch {
	case m.wrong["head-zero"]:
		h.Set("Content-Length", "0")
	case m.wrong["head-bare"]:
		maps.DeleteFunc(h, func(name string, _ []string) bool { return before.Get(name) == "" })
	}
}

// wait lets so many milliseconds pass.
func wait(ms time.Duration) { time.Sleep(ms * time.Millisecond) }

// reach is how a model is reached that does not say 100 Continue: nobody waits for that any longer.
type reach struct {
	handled
	m *model
}

func (r reach) Send(ctx context.Context, q Request) Answer {
	a := r.handled.Send(ctx, q)
	if r.m.wrong["no-100"] {
		a.Early, a.Interim = false, nil
	}
	return a
}

// verified runs checks against a model, in virtual time, and gives what was found.
func verified(t *testing.T, m *model, o Options) *Report {
	t.Helper()
	return verifiedBy(t, reach{handled{m}, m}, o)
}

// verifiedAt runs checks against any handler.
func verifiedAt(t *testing.T, h http.Handler, o Options) *Report {
	t.Helper()
	return verifiedBy(t, handled{h}, o)
}

func verifiedBy(t *testing.T, s Server, o Options) (r *Report) {
	t.Helper()
	o.Prefix, o.Largest = "v-", 1<<20
	synctest.Test(t, func(t *testing.T) { r = Run(t.Context(), s, o) })
	return r
}

// mine are the groups that a model is right in.
var mine = []string{"put", "validators"}

// finds says which checks of a model do not hold, each with its result.
func finds(t *testing.T, m *model, o Options) map[string]Result {
	t.Helper()
	o.Only = mine
	all := map[string]Result{}
	for _, f := range verified(t, m, o).Findings {
		if f.Result != Holds {
			all[f.Check] = f.Result
		}
		if f.Result != Holds && f.Why == "" {
			t.Errorf("%s %s without a reason", f.Check, f.Result)
		}
	}
	return all
}
