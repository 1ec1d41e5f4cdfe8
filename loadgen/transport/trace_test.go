package transport

import (
	"net/http/httptrace"
	"testing"
	"time"

	"shotput/stats"
)

// A request that began to dial, and was handed a connection that had become free meanwhile, went out on one used
// before.
func TestTraceTellsAConnectionUsedBefore(t *testing.T) {
	for _, c := range []struct {
		what            string
		dialled, reused bool
		newConn         bool
	}{
		{"dialled", true, false, true},
		{"dialled, overtaken", true, true, true},
		{"found idle", false, true, false},
	} {
		trace := NewTrace(t.Context(), time.Now().Add(-time.Second))
		hooks := httptrace.ContextClientTrace(trace.Ctx)
		if c.dialled {
			hooks.ConnectStart("", "")
			hooks.ConnectDone("", "", nil)
		}
		hooks.GotConn(httptrace.GotConnInfo{Conn: nil, Reused: c.reused, WasIdle: !c.dialled})
		var o stats.Observation
		trace.Fill(&o, 0)
		if o.NewConn != c.newConn || o.Reused != (c.newConn && c.reused) {
			t.Errorf("%s: a new connection %v, and one used before %v", c.what, o.NewConn, o.Reused)
		}
	}
}
