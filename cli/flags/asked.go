// Package flags is the flags of the main job: their rows, what was asked by them, and the Plan that this makes. Each
// noun of what was asked (the head of a request, its body, who asks, the network, the schedule, the outputs) owns the
// flags that speak of it and adds its part to the plan. It refuses to send anything or to speak to a person: what is
// wrong is a line.Fault.
//
// What was asked is a value before it is a plan: several flags make one field, a file is read only when all is typed,
// and what is not given is told apart from nothing.
package flags

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"time"

	"shotput/cli/address"
	"shotput/cli/line"
	"shotput/loadgen"
)

// Asked is what the flags of the main job ask for.
type Asked struct {
	line.Line
	World
	Plan     loadgen.Plan // from the first flag on; whole once Settle and Validate have been called
	Body     Body
	Schedule Schedule
	Out      Outputs
	Metrics  Metrics
	Mixed    []*Asked      // each request of a mix and of flows, as if it were the only one, as Plan.Each has them
	OneOf    bool          // it is of several: what is added to its line is for all of them
	Lone     bool          // of one flow, or beside it: --once sends all of it
	Called   string        // of several: its name, or the step's
	Entry    int           // of a mix: which of it, or of whose flow; -1: it is sent once
	Step     *loadgen.Step // of a flow, or sent once; nil: it is a request by itself
	labels   []string      // KEY=VALUE, each sound; the last of a name counts
	PathAsIs bool          // the URL's path keeps its dots
	Wait     time.Duration // for the server to be there; 0: not

	foreign string // another tool's file in the place of one of flags

	head    head
	asking  asking
	network network

	Silent, Verbose, DryRun, Once, ShowCaptures, Version bool
}

// A World is what flags may read beside their values.
type World struct {
	In  *Source                                    // standard input, for whichever flag reads it
	Env func(name string) (value string, set bool) // a variable of the environment
}

// NewWorld is a world of standard input and the environment; nil is an empty one.
func NewWorld(stdin io.Reader, env func(string) (string, bool)) World {
	if stdin == nil {
		stdin = bytes.NewReader(nil)
	}
	if env == nil {
		env = func(string) (string, bool) { return "", false }
	}
	return World{&Source{stdin: stdin}, env}
}

// The groups of the help.
const (
	GroupJudging = "Thresholds and checks"
	GroupOutput  = "Output"
	GroupLoad    = "Load"
	GroupMetrics = "Metrics (Prometheus, OpenTelemetry)"

	groupRequest    = "Request"
	groupBody       = "Body"
	groupValues     = "Templates and data"
	groupAsking     = "Authentication"
	groupConnection = "Connection and proxy"
	groupProtocol   = "HTTP version and keep-alive"
	groupTLS        = "TLS and certificates"
	groupExchange   = "Timeouts and redirects"
	groupEngine     = "Engine"
)

// Alone gives the requests of a mix, each as if it were the only one; else the request itself.
func (a *Asked) Alone() []*Asked {
	if len(a.Mixed) > 0 {
		return a.Mixed
	}
	return []*Asked{a}
}

// BeyondLoad is the first flag of the line that is not of the load alone, nor of how it is watched: one that judges,
// saves or describes a request. It is "" where there is none.
func (a *Asked) BeyondLoad() string {
	watching := []string{"q", "no-keepalive", "progress", "silent", "verbose", "ascii", "unit", "percentiles"}
	for _, w := range a.Words {
		r := a.Row(w.Flag)
		if r != nil && r.Group != GroupLoad && r.Group != groupEngine && !r.Ignored &&
			!slices.Contains(watching, r.Long) {
			return r.Name()
		}
	}
	return ""
}

// WithoutBody gives the line without whatever makes its body.
func (a *Asked) WithoutBody() line.Line {
	var flags []string
	for _, row := range a.Rows {
		if row.Group == groupBody {
			flags = append(flags, row.Long)
		}
	}
	return a.Without(flags...)
}

// OfRuns are the flags by which a run is saved.
var OfRuns = []string{"output", "samples"}

// AsOnce is the line that sends one request and shows it. It saves nothing.
func (a *Asked) AsOnce() line.Line { return a.Without(OfRuns...).With("once", "true") }

// readConfig is -K.
func (a *Asked) readConfig(path string) error {
	if Recognise(path) != nil {
		a.foreign = path // told by itself: none of its lines is a flag
		return nil
	}
	return a.TakeFile(path, a.In.Read)
}

// setURL takes the URL, of which there is one.
func (a *Asked) setURL(s string) error {
	if a.Plan.Request.URL != "" {
		return errors.New("one URL at a time; there was one before it")
	}
	if value, _ := a.Env(address.LeadingEnv(s)); strings.Contains(value, "://") {
		a.Plan.Request.URL = s
		return nil
	}
	a.Plan.Request.URL = address.AddScheme(s)
	return nil
}

// setSamples is --samples.
func (a *Asked) setSamples(path string) error {
	if !strings.HasSuffix(path, SamplesEnd) || path == SamplesEnd {
		return errors.New("samples are a compressed table; its name ends in " + SamplesEnd)
	}
	a.Out.Samples, a.Plan.Samples = path, true
	return nil
}

// New is a line of which nothing has been said, with the flags of the main job.
func New(w World) *Asked {
	a := &Asked{World: w}
	a.Body.line, a.head.line, a.network.line = &a.Line, &a.Line, &a.Line
	a.asking.line, a.asking.World = &a.Line, w
	a.network.redirects = unset
	a.Strangers = Strangers
	a.Fresh = func() []line.Row { return New(NewWorld(nil, w.Env)).Rows }
	a.Rows = slices.Concat(requestRows(a), bodyRows(a), formRows(a), valueRows(a), askingRows(a),
		connectionRows(a), protocolRows(a), tlsRows(a), exchangeRows(a),
		loadRows(a), engineRows(a), judgingRows(a), objectiveRows(a), outputRows(a), metricsRows(&a.Metrics),
		ignoredRows())
	return a
}

// Rows are the flags of the main job, for whoever only asks what is true of them.
func Rows() line.Rows { return New(NewWorld(nil, nil)).Rows }
