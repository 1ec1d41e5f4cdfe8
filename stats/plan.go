package stats

import (
	"slices"
	"time"
)

// Plan is the plan as a saved run keeps it: every default filled in, every secret redacted.
type Plan struct {
	Method         string        `json:"method"`
	URL            string        `json:"url"`             // the template, userinfo and secret query values redacted
	Steps          []Step        `json:"steps,omitempty"` // of flows, and what is sent once; none where there are none
	FlowTimeout    time.Duration `json:"flow_timeout_ns,omitempty"`
	Hosts          []string      `json:"hosts,omitempty"`   // where URLs that are taken from answers may lead, beside the plan's own
	Cookies        bool          `json:"cookies,omitempty"` // each slot keeps the cookies that it is given
	Mix            []Request     `json:"mix,omitempty"`     // where there are several: the single fields are what all say, Method and URL the first's
	Headers        []string      `json:"headers,omitempty"`
	Auth           string        `json:"auth,omitempty"`             // such as "basic", "oauth2", "aws-sigv4"
	Body           string        `json:"body,omitempty"`             // in words: "128 B inline"
	BodyBytes      int64         `json:"body_bytes"`                 // of one request; -1 when it differs
	Engine         string        `json:"engine"`                     // "http" or "wire"
	EngineReason   string        `json:"engine_reason,omitempty"`    // why this one
	Poll           string        `json:"poll,omitempty"`             // how an event loop waits: "io_uring" or "epoll"
	Protocol       string        `json:"protocol,omitempty"`         // as negotiated, such as "HTTP/1.1"
	TLS            string        `json:"tls,omitempty"`              // as negotiated, such as "TLS 1.3"
	Model          string        `json:"model"`                      // "open" or "closed"
	RatePerSecond  float64       `json:"rate_per_second"`            // requests; 0 in closed loop and for a byte rate
	BytesPerSecond float64       `json:"bytes_per_second,omitempty"` // a byte rate
	Arrivals       string        `json:"arrivals"`                   // "uniform", "poisson"; "unpaced" in closed loop
	Stages         []string      `json:"stages,omitempty"`           // a rate that changes, as written
	Concurrency    int           `json:"concurrency"`
	Requests       int64         `json:"requests,omitempty"` // the bound on measured requests; 0: none
	Duration       time.Duration `json:"duration_ns"`        // the bound on the measured span; 0: none
	Warmup         time.Duration `json:"warmup_ns"`
	Timeout        time.Duration `json:"timeout_ns"`
	ConnectTimeout time.Duration `json:"connect_timeout_ns,omitempty"`
	ReadTimeout    time.Duration `json:"read_timeout_ns,omitempty"`
	Keepalive      bool          `json:"keepalive"`
	Insecure       bool          `json:"insecure,omitempty"`
	HTTP           string        `json:"http,omitempty"`    // as asked for: "1.1", "2", "2-prior-knowledge", "3"
	TLSMin         string        `json:"tls_min,omitempty"` // as asked for, such as "1.2"
	TLSMax         string        `json:"tls_max,omitempty"`
	Proxy          string        `json:"proxy,omitempty"` // password redacted
	NoProxy        string        `json:"noproxy,omitempty"`
	Resolve        []string      `json:"resolve,omitempty"`    // as written
	ConnectTo      []string      `json:"connect_to,omitempty"` // as written
	UnixSocket     string        `json:"unix_socket,omitempty"`
	Interface      string        `json:"interface,omitempty"`
	IPVersion      int           `json:"ip_version,omitempty"`         // 4 or 6
	Follow         bool          `json:"follow,omitempty"`             // redirects that keep the method were followed
	FollowTrusted  bool          `json:"follow_trusted,omitempty"`     // each server on their way was told who asks
	Compressed     bool          `json:"compressed,omitempty"`         // a compressed answer was asked for
	Trace          bool          `json:"trace,omitempty"`              // each request had a traceparent header
	Keys           string        `json:"keys,omitempty"`               // in words: "1000000, zipf:1.1"
	Rows           string        `json:"rows,omitempty"`               // in words: "users.csv, cycle"
	Expect         string        `json:"expect"`                       // such as "2xx,409"
	Checks         []string      `json:"checks,omitempty"`             // on answers, in words: `header ETag`; redacted
	ExpectContinue time.Duration `json:"expect_continue_ns,omitempty"` // how long bodies wait for a 100; 0: they do not
	SkipBody       bool          `json:"skip_body,omitempty"`          // answers were done with their head
	Seed           uint64        `json:"seed"`
	Thresholds     []Rule        `json:"thresholds,omitempty"` // one objective each
	Aborts         []Rule        `json:"aborts,omitempty"`     // rules that end the run, of one or more objectives each
	Strict         bool          `json:"strict,omitempty"`     // a verdict other than kept fails the run
}

// Request is one of a plan's several requests.
type Request struct {
	Name      string   `json:"name"` // its URL, where it was given none
	Weight    float64  `json:"weight"`
	Method    string   `json:"method"`
	URL       string   `json:"url"`
	Headers   []string `json:"headers,omitempty"`
	Auth      string   `json:"auth,omitempty"` // as of a plan
	Body      string   `json:"body,omitempty"`
	BodyBytes int64    `json:"body_bytes"`
	Expect    string   `json:"expect,omitempty"` // as of a plan
	Checks    []string `json:"checks,omitempty"` // as of a plan
}

// The phases of a step: when it is sent.
const (
	StepBefore    = "before"     // once, before the load
	StepSlot      = "slot"       // once for each slot, and again when an answer says 401
	StepFlow      = "flow"       // by each pass
	StepOnFailure = "on-failure" // by a pass of which a step failed
	StepAfter     = "after"      // once, after the load
)

var stepPhases = []string{StepBefore, StepSlot, StepFlow, StepOnFailure, StepAfter}

// Step is one of the exchanges of a plan's flows, and of what it sends once.
type Step struct {
	Name     string        `json:"name"`           // unlike that of every other step of the plan
	Flow     string        `json:"flow,omitempty"` // the name of the request, of several, that is its flow
	Phase    string        `json:"phase"`          // see StepFlow
	Method   string        `json:"method"`
	URL      string        `json:"url"`
	Headers  []string      `json:"headers,omitempty"`
	Auth     string        `json:"auth,omitempty"`
	Body     string        `json:"body,omitempty"`
	Expect   string        `json:"expect,omitempty"`
	Checks   []string      `json:"checks,omitempty"`
	Captures []string      `json:"captures,omitempty"`  // in words: "etag: header ETag"
	Until    []string      `json:"until,omitempty"`     // in words, as Checks, the status first
	Every    time.Duration `json:"every_ns,omitempty"`  // between two polls
	Within   time.Duration `json:"within_ns,omitempty"` // the bound on completion
	Parts    int           `json:"parts,omitempty"`
	Parallel int           `json:"parallel,omitempty"` // parts under way at a time
	Think    time.Duration `json:"think_ns,omitempty"` // waited behind it: at least
	ThinkMax time.Duration `json:"think_max_ns,omitempty"`
}

// Open says whether arrivals came from a schedule, so that there is a response time.
func (p *Plan) Open() bool { return p.Model == "open" }

// template is the place of the request with that name in the plan; -1 when there is none.
func (p *Plan) template(name string) int {
	return slices.IndexFunc(p.Mix, func(r Request) bool { return r.Name == name })
}

// step is the place of the step with that name in the plan; -1 when there is none.
func (p *Plan) step(name string) int {
	return slices.IndexFunc(p.Steps, func(s Step) bool { return s.Name == name })
}

// passes says whether the step is one of a flow, and so of arrivals.
func (s *Step) passes() bool { return s.Phase != StepBefore && s.Phase != StepAfter }

// hasFlows says whether an arrival may be a flow.
func (p *Plan) hasFlows() bool {
	return slices.ContainsFunc(p.Steps, func(s Step) bool { return s.passes() })
}

// onlyFlows says whether every arrival is a flow.
func (p *Plan) onlyFlows() bool {
	isFlow := func(name string) bool {
		return slices.ContainsFunc(p.Steps, func(s Step) bool { return s.passes() && s.Flow == name })
	}
	if len(p.Mix) < 2 {
		return p.hasFlows()
	}
	return !slices.ContainsFunc(p.Mix, func(r Request) bool { return !isFlow(r.Name) })
}
