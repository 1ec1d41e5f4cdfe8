package verify

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// prompt is a server to which requests that come at once come one after the other, so quick is it, but for bodies that
// wait for a 100: these are all under way at once.
type prompt struct{ handled }

func (s prompt) Send(ctx context.Context, r Request) Answer {
	a := s.handled.Send(ctx, r)
	if r.Expect {
		a.Interim = []int{http.StatusContinue}
	}
	return a
}

func (s prompt) Together(ctx context.Context, all []Request) (answers []Answer) {
	if all[0].Expect {
		return s.handled.Together(context.WithValue(ctx, waitsKey{}, true), all)
	}
	for i := range all {
		answers = append(answers, s.Send(ctx, all[i]))
	}
	return answers
}

type waitsKey struct{}

// hasty looks at conditions when the head is there, and not again when the body is.
type hasty struct {
	mu    sync.Mutex // guards what follows
	kept  map[string][]byte
	state int
	tags  map[string]string
}

func (h *hasty) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	name := r.URL.Path
	body, there := h.kept[name]
	if there {
		w.Header().Set("ETag", h.tags[name])
	}
	switch match := r.Header.Get("If-Match"); {
	case r.Method != http.MethodPut && there:
		w.Write(body)
		return
	case r.Method != http.MethodPut:
		w.WriteHeader(http.StatusNotFound)
		return
	case there && r.Header.Get("If-None-Match") == "*", match != "" && match != h.tags[name]:
		w.WriteHeader(http.StatusPreconditionFailed)
		return
	}
	if waits, _ := r.Context().Value(waitsKey{}).(bool); waits {
		h.mu.Unlock()
		time.Sleep(time.Millisecond) // the way of a 100, and of the body
		h.mu.Lock()
	}
	h.state++
	h.kept[name], _ = io.ReadAll(r.Body)
	h.tags[name] = fmt.Sprintf("%q", fmt.Sprint(h.state))
	w.WriteHeader(http.StatusCreated)
}

// A server that judges by the head, and is quick enough not to be caught by whole requests at once, is caught by bodies
// that come later.
func TestRaceOfWaitingBodies(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &hasty{kept: map[string][]byte{}, tags: map[string]string{}}
		r := Run(t.Context(), prompt{handled{h}}, Options{Prefix: "v-", Only: []string{"race-create", "race-update"}})
		for _, f := range r.Findings {
			if f.Result != Broken || f.Why != "8 of 8 were told of success, in round 3" {
				t.Errorf("%s: %s (%s)", f.Check, f.Result, f.Why)
			}
			race := f.Exchanges[max(0, len(f.Exchanges)-contenders):] // before it is how the object came to be
			if len(race) != contenders || race[0].Note != "at one instant with 7 others" {
				t.Errorf("%s: %+v", f.Check, race)
			}
		}
	})
}

// What no command line can send is told beside the exchange.
func TestNotes(t *testing.T) {
	length := int64(9)
	for note, r := range map[string]Request{
		"": {Body: []byte("body")},
		"4 bytes of body, with a Content-Length of 9":              {Body: []byte("body"), Length: &length},
		"4 bytes of body, of which no header tells":                {Body: []byte("body"), Framing: Unframed},
		"4 bytes of body, cut after 2 by a reset":                  {Body: []byte("body"), Cut: &Cut{2, true}},
		"4 bytes of body, cut after 2 by an end of the connection": {Body: []byte("body"), Cut: &Cut{After: 2}},
	} {
		if x := exchangeOf(r, Answer{}, 0); x.Note != note {
			t.Errorf("%q, want %q", x.Note, note)
		}
	}
	r := Request{Body: []byte("body"), Length: &length}
	if x := exchangeOf(r, Answer{}, 2); x.Note != "4 bytes of body, with a Content-Length of 9, at one instant with 2 others" {
		t.Errorf("%q", x.Note)
	}
}
