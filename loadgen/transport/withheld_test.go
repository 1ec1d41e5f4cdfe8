package transport

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"shotput/stats"
)

// An answer may overtake net/http's hook that tells of the wait: the body was spared all the same, and stays so.
func TestAnswerOvertakesTheWait(t *testing.T) {
	tr := NewTrace(context.Background(), time.Now())
	spec := Spec{ExpectContinue: true, ExpectTimeout: time.Minute}
	r := &http.Request{Body: io.NopCloser(strings.NewReader("body"))}
	w := spec.Withhold(r, tr)
	o := stats.Observation{Uploaded: 5}
	w.Fill(&o, 4, true)
	w.End()
	tr.note(&tr.waiting)
	if n, err := r.Body.Read(make([]byte, 9)); n != 0 || err != errSpared {
		t.Errorf("read %d bytes (%v) of a body that was spared", n, err)
	}
	if o.Continue != stats.Spared || o.BodySaved != 4 || o.Uploaded != 0 || tr.released.Load() {
		t.Errorf("%+v", o)
	}
}
