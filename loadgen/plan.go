// Package loadgen knows requests: what a run is (Plan), when each request is due (Arrivals), what it is (Template),
// and how it is fired and observed (Run, over one of two engines). What it sees it hands on as stats.Observation,
// gathered into windows and a stats.Run. It refuses to know readers: it prints nothing, and explains nothing to a
// person beyond naming a fault.
package loadgen

import (
	"cmp"
	"runtime"
	"slices"

	"shotput/loadgen/answer"
	"shotput/loadgen/arrivals"
	"shotput/loadgen/fault"
	"shotput/loadgen/header"
	"shotput/loadgen/request"
	"shotput/loadgen/route"
	"shotput/loadgen/text"
	"shotput/loadgen/token"
	"shotput/loadgen/transport"

	"shotput/stats"
	"shotput/stats/labels"
)

// A Plan is a whole run as a value: what to send, how often, how it is judged. It is a tree of nouns, each of which
// owns its fields, their defaults and what can be wrong with them. Its zero value with a URL is a useful plan: one PUT
// without a body at a time on 50 connections, closed loop, for ten seconds. Flags and files become one Plan, once;
// nothing below reads a flag.
type Plan struct {
	Request request.Spec `json:"request,omitzero"` // what is sent
	Answer  answer.Spec  `json:"answer,omitzero"`  // what counts as OK
	// several requests instead of the one above; each arrival is one of them, drawn by weight
	Mix []Request `json:"mix,omitzero"`
	// what arrivals of several exchanges share, and what is sent once
	Flows Flows `json:"flows,omitzero"`

	// what the values that differ from request to request are taken from
	Values    text.Values    `json:"values,omitzero"`
	Route     route.Spec     `json:"route,omitzero"`     // the way to the server
	Transport transport.Spec `json:"transport,omitzero"` // what is spoken there, and for how long
	Load      Load           `json:"load,omitzero"`      // how much, and when
	Rules     Rules          `json:"rules,omitzero"`     // what the whole run must keep
	Engine    Firing         `json:"engine,omitzero"`    // how it is fired

	Labels labels.Set `json:"labels,omitzero"` // that its runs are found by; they change nothing

	// the first request goes out on schedule, and is not judged before the others
	NoPreflight bool `json:"no_preflight,omitzero"`
	// each request has an id for distributed tracing (W3C), and the run tells those of the slowest
	Trace bool `json:"trace,omitzero"`
	// so many of the first answers that are failures are kept whole, up to 64 KiB of each body
	Capture int `json:"capture_failures,omitzero"`
	// lend the sink each window's requests one by one: stats.Window.Samples
	Samples bool `json:"samples,omitzero"`
}

// A Request is one of several in a plan, or a flow of several. What it leaves open of method, URL, authentication and
// answer, the plan says. Header and Body are the request's alone.
type Request struct {
	Name    string       `json:"name,omitzero"`   // of its row in reports; "" is its URL
	Weight  float64      `json:"weight,omitzero"` // how often, beside the others' weights; 0 is 1
	Request request.Spec `json:"request,omitzero"`
	Answer  answer.Spec  `json:"answer,omitzero"`
	Flow    []Step       `json:"flow,omitzero"` // instead of the two: several, one after the other; see Flows
}

// Rules are what the whole run must keep.
type Rules struct {
	Thresholds []stats.Rule `json:"thresholds,omitzero"` // promises, such as "p99 < 50ms"; see stats.ParseRule
	// rules that end the run in the second in which they come true; the parts of one all must
	Aborts []stats.Rule `json:"aborts,omitzero"`
	// a verdict other than kept fails the run; see stats.Run.Untrusted
	Strict bool `json:"strict,omitzero"`
}

// A Firing says by which engine, and how, requests are sent.
type Firing struct {
	// "auto" (default): the event loop where it can do what the plan asks; "wire", "http"
	Name  string `json:"name,omitzero"`
	Loops int    `json:"loops,omitzero"` // event loops; default: by the number of CPUs
	// "auto" (default): the event loop uses io_uring in closed loop, where the kernel allows it, else epoll;
	// "io_uring", "epoll"
	Poll string `json:"poll,omitzero"`
	// "auto" (default), "on", "off": wait actively for the last microseconds before a request is due
	Spin string `json:"spin,omitzero"`
	// "kernel" (default): receive times are the kernel's where it gives them; "user"
	Clock string `json:"clock,omitzero"`
}

// WithEnv gives the plan with what it asks of the environment, which lookup reads: the variables that its texts name,
// and those that name proxies. Nothing else reads the environment, so that a plan means the same wherever it is fired.
func (p Plan) WithEnv(lookup func(name string) (value string, set bool)) Plan {
	p.Route.Env = route.EnvFrom(lookup)
	p.Values.Env = nil
	for _, written := range p.texts() {
		for _, name := range text.EnvNames(written) {
			if value, set := lookup(name); set {
				if p.Values.Env == nil {
					p.Values.Env = text.Env{}
				}
				p.Values.Env[name] = value
			}
		}
	}
	return p
}

// texts are all that functions may stand in.
func (p *Plan) texts() []string {
	all := p.Request.Texts()
	for _, u := range p.units() {
		all = append(all, u.spec.Texts()...)
	}
	return all
}

// DrawsNames says whether requests are told apart by what is drawn: by a {{uuid}} anywhere, or by what stands at random
// in a URL. A run with the same seed draws the same, so that a server that was to make each of them knows them already.
func (p *Plan) DrawsNames() bool {
	return slices.ContainsFunc(p.texts(), func(s string) bool { return text.Calls(s, "uuid") }) ||
		slices.ContainsFunc(p.Each(), func(one Plan) bool {
			return text.Calls(one.Request.URL, "randHex", "randString", "randInt")
		})
}

// Each gives a plan for each of p's requests, in their order, that has this one alone and all else of p; p itself
// where it has no Mix. Of a flow, and of what is sent once, each step is a request. What a request leaves open of
// method, URL, authentication and answer, p says.
func (p Plan) Each() []Plan {
	if len(p.Mix) == 0 && !p.Flows.sendOnce() {
		return []Plan{p}
	}
	units := p.units()
	each := make([]Plan, len(units))
	for i := range units {
		one := p
		one.Request, one.Answer = units[i].spec.Over(&p.Request), units[i].answer.Over(&p.Answer)
		one.Mix, one.Flows = nil, Flows{}
		each[i] = one
	}
	return each
}

// weight is how often r is drawn, beside the others' weights.
func (r *Request) weight() float64 {
	if r.Weight == 0 {
		return 1
	}
	return r.Weight
}

// nameOf is what rows and faults call an entry of the mix: of a flow without a name, the URL of the first step that
// each arrival sends.
func (p *Plan) nameOf(entry int) string {
	e := &p.Mix[entry]
	first := &e.Request
	if len(e.Flow) > 0 {
		first = &e.Flow[firstStep(e.Flow)].Request
	}
	whole := first.Over(&p.Request)
	return cmp.Or(e.Name, whole.Label())
}

// kept is how many bytes of a body are wanted: by the checks of some request, or to be captured.
func (p *Plan) kept() (most int) {
	if p.Capture > 0 {
		most = captureBody
	}
	units := p.units()
	for i, one := range p.Each() {
		most = max(most, units[i].keeps(&one.Answer))
	}
	return most
}

// checked says whether of some answer more is looked at than its status: by checks, or by a step of a flow.
func (p *Plan) checked() bool {
	return p.HasFlows() ||
		slices.ContainsFunc(p.Each(), func(one Plan) bool { return one.Answer.Checked() })
}

// hasBody says whether some arrival sends a body.
func (p *Plan) hasBody() bool {
	return slices.ContainsFunc(p.units(), func(u unit) bool { return u.isForAll() && u.spec.Body.Sources() > 0 })
}

// open says whether arrivals come from a schedule.
func (p *Plan) open() bool { return p.Load.open() }

// WithDefaults fills in what a plan leaves open. It is applied once, at the head of everything that takes a
// plan, so that no later code asks whether a field was set.
func (p Plan) WithDefaults() Plan {
	p.Request = p.Request.WithDefaults()
	p.Request.UserAgent = cmp.Or(p.Request.UserAgent, "shotput/"+Version)
	p.Transport = p.Transport.WithDefaults()
	if p.asksToSend() {
		p.Transport.ExpectContinue = true // a header that was typed means what the field does, as in curl
	}
	p.Engine = p.Engine.withDefaults()
	p.Load = p.Load.withDefaults(p.Values.Rows.Order == "once")
	return p
}

// asksToSend says whether the requests' own headers say that bodies wait for a 100: that of each which has one.
func (p *Plan) asksToSend() bool {
	some := false
	for _, one := range p.Each() {
		if one.Request.Awaits() {
			some = true
		} else if one.Request.Body.Sources() > 0 {
			return false
		}
	}
	return some
}

// withDefaults fills in what is left open.
func (e Firing) withDefaults() Firing {
	e.Name, e.Spin, e.Poll = cmp.Or(e.Name, "auto"), cmp.Or(e.Spin, "auto"), cmp.Or(e.Poll, "auto")
	e.Clock = cmp.Or(e.Clock, "kernel")
	return e
}

// Version is the tool's own; it stands in the User-Agent and in saved runs.
const Version = "0.1.0"

func tool() stats.Tool {
	return stats.Tool{
		Version: Version,
		Go:      runtime.Version(),
		OS:      runtime.GOOS + "/" + runtime.GOARCH,
		CPUs:    runtime.NumCPU(),
	}
}

// The nouns of a plan live in the rooms that know what they mean. Whoever writes a plan finds them all here.
type (
	RequestSpec   = request.Spec
	Auth          = request.Auth
	OAuth2        = request.OAuth2
	AWS           = request.AWS
	Header        = header.Line
	Body          = request.Body
	Part          = request.Part
	AnswerSpec    = answer.Spec
	StatusSet     = answer.StatusSet
	Values        = text.Values
	Env           = text.Env
	Keys          = text.Keys
	Rows          = text.Rows
	RouteSpec     = route.Spec
	TLS           = route.TLS
	ProxyRefusal  = route.ProxyRefusal
	TokenError    = token.Error
	ProxyEnv      = route.Env
	TransportSpec = transport.Spec
	Rate          = arrivals.Rate
	Segment       = arrivals.Segment
	Fault         = fault.Fault
)
