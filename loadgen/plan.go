// Package loadgen knows requests: what a run is (Plan), when each request is due (Arrivals), what it is (Template),
// and how it is fired and observed (Run, over one of two engines). What it sees it hands on as stats.Observation,
// gathered into windows and a stats.Run. It refuses to know readers: it prints nothing, and explains nothing to a
// person beyond naming a fault.
package loadgen

import (
	"shotput/loadgen/answer"
	"shotput/loadgen/request"
	"shotput/loadgen/route"
	"shotput/loadgen/text"
	"shotput/loadgen/transport"
	"shotput/stats"
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

	// what the values that differ from request to request are taken from
	Values    text.Values    `json:"values,omitzero"`
	Route     route.Spec     `json:"route,omitzero"`     // the way to the server
	Transport transport.Spec `json:"transport,omitzero"` // what is spoken there, and for how long
	Load      Load           `json:"load,omitzero"`      // how much, and when
	Rules     Rules          `json:"rules,omitzero"`     // what the whole run must keep
	Engine    Firing         `json:"engine,omitzero"`    // how it is fired

	// the first request goes out on schedule, and is not judged before the others
	NoPreflight bool `json:"no_preflight,omitzero"`
	// lend the sink each window's requests one by one: stats.Window.Samples
	Samples bool `json:"samples,omitzero"`
}

// A Request is one of several in a plan. What it leaves open of method, URL, authentication and answer, the plan says.
// Header and Body are the request's alone.
type Request struct {
	Name    string       `json:"name,omitzero"`   // of its row in reports; "" is its URL
	Weight  float64      `json:"weight,omitzero"` // how often, beside the others' weights; 0 is 1
	Request request.Spec `json:"request,omitzero"`
	Answer  answer.Spec  `json:"answer,omitzero"`
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
