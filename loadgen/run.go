package loadgen

import (
	"context"
	"errors"
	"net/http"

	"shotput/stats"
)

// Run fires the plan and tells sink. See below.
func Run(ctx context.Context, plan Plan, sink stats.Sink) error { return errors.New("not built yet") }

// A PreflightError says that the one request sent before the load showed the run to be hopeless.
type PreflightError struct {
	Observation stats.Observation
	Header      http.Header // of the answer, if one came
	Err         error       // what the transport said, if no answer came
}

func (e *PreflightError) Error() string { return "preflight" }
func (e *PreflightError) Unwrap() error { return e.Err }
