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
	Request request.Spec // what is sent
	Answer  answer.Spec  // what counts as OK
	Mix     []Request    // several requests instead of the one above; each arrival is one of them, drawn by weight

	Values    text.Values    // what the values that differ from request to request are taken from
	Route     route.Spec     // the way to the server
	Transport transport.Spec // what is spoken there, and for how long
	Load      Load           // how much, and when
	Rules     Rules          // what the whole run must keep
	Engine    Firing         // how it is fired

	NoPreflight bool // the first request goes out on schedule, and is not judged before the others
	Samples     bool // lend the sink each window's requests one by one: stats.Window.Samples
}

// A Request is one of several in a plan. What it leaves open of method, URL, authentication and answer, the plan says.
// Header and Body are the request's alone.
type Request struct {
	Name    string  // of its row in reports; "" is its URL
	Weight  float64 // how often, beside the others' weights; 0 is 1
	Request request.Spec
	Answer  answer.Spec
}

// Rules are what the whole run must keep.
type Rules struct {
	Thresholds []stats.Rule // promises, such as "p99 < 50ms"; see stats.ParseRule
	Aborts     []stats.Rule // rules that end the run in the second in which they come true; the parts of one all must
	Strict     bool         // a verdict other than kept fails the run; see stats.Run.Untrusted
}

// A Firing says by which engine, and how, requests are sent.
type Firing struct {
	Name  string // "auto" (default): the event loop where it can do what the plan asks; "wire", "http"
	Loops int    // event loops; default: by the number of CPUs
	Poll  string // "auto" (default): the event loop uses io_uring in closed loop, where the kernel allows it, else epoll; "io_uring", "epoll"
	Spin  string // "auto" (default), "on", "off": wait actively for the last microseconds before a request is due
	Clock string // "kernel" (default): receive times are the kernel's where it gives them; "user"
}
