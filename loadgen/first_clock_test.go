//go:build unix

package loadgen

import (
	"net/http"
	"testing"
	"time"

	"shotput/loadgen/flow"
)

// What the clock says in a flow that is sent first and alone is of its arrival, as it is in the load: the same in all of
// its steps, on either engine.
func TestFirstFlowHasOneInstant(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, engine string) {
		s := openOffice(t, func(s *office, _ http.ResponseWriter, r *http.Request) {
			s.note("%s", r.URL.Path)
			time.Sleep(3 * time.Millisecond)
		})
		plan := oneFlow(1, step("one", "PUT", s.URL+"/{{unixMillis}}/{{now}}", flow.Step{}), step("two", "PUT", s.URL+"/{{unixMillis}}/{{now}}", flow.Step{}))
		plan.on(engine)
		if _, err := Run(t.Context(), plan, nil); err != nil {
			t.Fatal(err)
		}
		if len(s.seen) != 2 || s.seen[0] != s.seen[1] {
			t.Errorf("the steps say %q", s.seen)
		}
	})
}
