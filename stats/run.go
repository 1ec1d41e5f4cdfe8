package stats

import "time"

// Schema names the layout of a saved run. A reader refuses what it does not know.
const Schema = "shotput/run/1"

// A Run is all that is known of one run. It is what stands between the engine and every report: the engine
// fills it, window by window (Add) and at the end (Finish); a report is a pure function of it. Its JSON is the
// saved run: units stand in the field names, secrets are redacted before they come here, labels are URL
// templates.
type Run struct {
	Schema         string         `json:"schema"`
	Tool           Tool           `json:"tool"`
	Started        time.Time      `json:"started"`
	Plan           Plan           `json:"plan"`
	Verdict        Verdict        `json:"verdict"`
	Clock          string         `json:"clock"` // "kernel" or "user": whose clock FirstByte and Done are read from; "unknown" in a stream that broke off
	Interrupted    string         `json:"interrupted,omitempty"`
	Totals         Totals         `json:"totals"`
	Latency        Latency        `json:"latency"`
	ExpectContinue ExpectContinue `json:"expect_continue,omitzero"` // only where requests said it
	Status         []Status       `json:"status"`                   // by code, ascending
	Outcomes       []Failure      `json:"outcomes"`                 // what did not succeed, most frequent first
	Templates      []Template     `json:"templates,omitempty"`      // in the plan's order; none where it has one request
	Windows        []Window       `json:"windows"`
	Thresholds     []Threshold    `json:"thresholds"`
	Generator      Generator      `json:"generator"`
	Warnings       []Warning      `json:"warnings"`
	OK             bool           `json:"ok"`

	gathering *gathering // what Add has so far; nil before NewRun and after Finish
}

// Tool says what measured, and on what.
type Tool struct {
	Version string `json:"version"`
	Go      string `json:"go"`
	OS      string `json:"os"` // such as "linux/amd64"
	CPUs    int    `json:"cpus"`
}

// Plan is the plan as a saved run keeps it: every default filled in, every secret redacted.
type Plan struct {
	Method         string        `json:"method"`
	URL            string        `json:"url"`           // the template, userinfo and secret query values redacted
	Mix            []Request     `json:"mix,omitempty"` // the requests, where there are several; then method, URL, headers and body are the first's
	Headers        []string      `json:"headers,omitempty"`
	Auth           string        `json:"auth,omitempty"`             // how the plan says who asks: "basic", "digest", "bearer", "oauth2", "aws-sigv4"
	Body           string        `json:"body,omitempty"`             // in words: "128 B inline", "file body.json, 2.00 KiB"
	BodyBytes      int64         `json:"body_bytes"`                 // of one request; -1 when it differs from request to request
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
	Compressed     bool          `json:"compressed,omitempty"`         // a compressed answer was asked for
	Keys           string        `json:"keys,omitempty"`               // in words: "1000000, zipf:1.1"
	Rows           string        `json:"rows,omitempty"`               // in words: "users.csv, cycle"
	Expect         string        `json:"expect"`                       // such as "2xx,409"
	Checks         []string      `json:"checks,omitempty"`             // on answers, in words: `header ETag`; secrets redacted
	ExpectContinue time.Duration `json:"expect_continue_ns,omitempty"` // how long bodies wait for a 100; 0: they do not
	SkipBody       bool          `json:"skip_body,omitempty"`          // answers were done with their head
	Seed           uint64        `json:"seed"`
	Thresholds     []string      `json:"thresholds,omitempty"` // one objective each, see ParseObjectives
	Aborts         []string      `json:"aborts,omitempty"`     // rules that end the run, of one or more objectives each
	Strict         bool          `json:"strict,omitempty"`     // a verdict other than kept fails the run
}

// Request is one of a plan's several requests.
type Request struct {
	Name      string   `json:"name"` // its URL, where it was given none
	Weight    float64  `json:"weight"`
	Method    string   `json:"method"`
	URL       string   `json:"url"`
	Headers   []string `json:"headers,omitempty"`
	Body      string   `json:"body,omitempty"`
	BodyBytes int64    `json:"body_bytes"`
}

// Open says whether arrivals came from a schedule, so that there is a response time.
func (p *Plan) Open() bool { return p.Model == "open" }

// Totals counts the measured span. Planned = OK + Failed + TimedOut + Aborted + Unsent, exactly.
type Totals struct {
	Planned  int64 `json:"planned"`   // arrivals that the schedule called for; closed loop: requests claimed, or the count asked for
	Sent     int64 `json:"sent"`      // OK + Failed + TimedOut + Aborted
	OK       int64 `json:"ok"`        // answered as expected
	Failed   int64 `json:"failed"`    // every other outcome
	TimedOut int64 `json:"timed_out"` // a time limit passed
	Aborted  int64 `json:"aborted"`   // open when the drain ended
	Unsent   int64 `json:"unsent"`    // never started
	Attempts int64 `json:"attempts"`  // times a request was put on a connection
	Late     int64 `json:"late"`      // sent, but after the schedule's own end
	Due      int64 `json:"due"`       // of Planned, those due before claiming stopped; differs only when a run was cut short
	Warmup   int64 `json:"warmup"`    // requests of the warm-up; in no other count

	Span              time.Duration `json:"span_ns"`    // what the schedule itself takes; 0 in closed loop
	Elapsed           time.Duration `json:"elapsed_ns"` // of the measured span, as it went
	OfferedPerSecond  float64       `json:"offered_per_second"`
	AchievedPerSecond float64       `json:"achieved_per_second"`
	GoodputPerSecond  float64       `json:"goodput_per_second"`

	BodyBytesSent     int64 `json:"body_bytes_sent"`
	WireBytesSent     int64 `json:"wire_bytes_sent"`
	BytesReceived     int64 `json:"bytes_received"`
	ConnectionsOpened int64 `json:"connections_opened"`
	ConnectionsNeeded int64 `json:"connections_needed"` // the most that were in flight at once
	Unstamped         int64 `json:"unstamped"`          // kernel receive stamps that were missing or out of order

	// What the server was like when it was not full: OK requests, those of the warm-up among them, that found a
	// slot free when they were due. Open loop only; the verdict tells a full pool from a full server by it.
	FreeSlot            int64         `json:"free_slot"`
	FreeSlotServiceMean time.Duration `json:"free_slot_service_mean_ns"`
}

// Errors is how many of those that were sent did not end OK.
func (t *Totals) Errors() int64 { return t.Failed + t.TimedOut + t.Aborted }

// ErrorRatio is the part of what was sent that did not end OK; 0 when nothing was sent.
func (t *Totals) ErrorRatio() float64 { return float64(t.Errors()) / float64(max(1, t.Sent)) }

// Latency holds the run's histograms. All but Failed and FailedResponse are of OK requests alone, so that a
// fast error never flatters a row, and a timeout never vanishes: it is in Failed.
type Latency struct {
	Response       Histogram `json:"response,omitzero"` // open loop only
	Service        Histogram `json:"service,omitzero"`
	Upload         Histogram `json:"upload,omitzero"`
	Wait           Histogram `json:"wait,omitzero"`
	StartLag       Histogram `json:"start_lag,omitzero"` // pool lag + timer lag; open loop only, of every request sent
	PoolLag        Histogram `json:"pool_lag,omitzero"`  // open loop only, of every request sent
	TimerLag       Histogram `json:"timer_lag,omitzero"` // open loop only, of every request sent
	ReadLag        Histogram `json:"read_lag,omitzero"`
	Connect        Histogram `json:"connect,omitzero"` // of connections
	TLS            Histogram `json:"tls,omitzero"`     // of connections
	Failed         Histogram `json:"failed,omitzero"`  // service time of what did not succeed, timeouts and aborted among it
	FailedResponse Histogram `json:"failed_response,omitzero"`
}

// Headline is the latency that the report is about: response time in open loop, else service time.
func (l *Latency) Headline(open bool) *Histogram {
	if open {
		return &l.Response
	}
	return &l.Service
}

func (l *Latency) all() [12]*Histogram {
	return [...]*Histogram{&l.Response, &l.Service, &l.Upload, &l.Wait, &l.StartLag, &l.PoolLag, &l.TimerLag,
		&l.ReadLag, &l.Connect, &l.TLS, &l.Failed, &l.FailedResponse}
}

// Status is one status code's share: its headline latency (response time in open loop, else service time).
type Status struct {
	Code    int
	Reason  string // as the server sent it, else the standard's phrase
	Latency Histogram
}

// Failure is one class of what did not succeed.
type Failure struct {
	Outcome Outcome       `json:"outcome"`
	Stage   Stage         `json:"stage,omitzero"`
	Status  int           `json:"status,omitempty"` // of the answer, where one was read
	Count   int64         `json:"count"`
	Reused  int64         `json:"reused,omitempty"` // of those, on a connection used before, and without a byte of an answer
	First   time.Duration `json:"first_ns"`         // when the first of them ended
	Example string        `json:"example,omitempty"`
	Hint    string        `json:"hint,omitempty"` // the code of a hint, such as "all-timeouts"
}

// Window is one second of a run. One of the warm-up counts the warm-up's requests (without ServiceMean in open
// loop, nor TimerLagP99), every other only measured ones; Sent counts both. Its summary stays in the Run; Tally,
// with the exact histograms, is lent to whoever receives the window and is valid only until that call returns.
type Window struct {
	Start       time.Duration `json:"start_ns"`
	End         time.Duration `json:"end_ns"`
	Warmup      bool          `json:"warmup"`
	Drain       bool          `json:"drain,omitempty"` // after claiming stopped
	Due         int64         `json:"due"`             // arrivals that the schedule called for; of Poisson arrivals, in the mean; 0 in closed loop
	Sent        int64         `json:"sent"`
	Done        int64         `json:"done"` // however they ended
	OK          int64         `json:"ok"`
	Failed      int64         `json:"failed"`
	TimedOut    int64         `json:"timed_out"`
	InFlight    int64         `json:"in_flight"`        // at its end
	P50         time.Duration `json:"p50_ns"`           // of the headline latency of OK requests that ended in it
	P99         time.Duration `json:"p99_ns"`           //
	Max         time.Duration `json:"max_ns"`           //
	ServiceMean time.Duration `json:"service_mean_ns"`  //
	TimerLagP99 time.Duration `json:"timer_lag_p99_ns"` //
	BodySent    int64         `json:"body_bytes_sent"`
	Status      []StatusCount `json:"status,omitempty"`  // of what ended in it, by code, ascending; at most 16, code 0 for all others; none in the warm-up
	Headline    Histogram     `json:"headline,omitzero"` // exact, of measured OK requests that ended in it; only in a Run: until then it is in Tally
	Tally       *Tally        `json:"-"`
	Samples     Samples       `json:"-"` // lent as Tally is; empty unless they were asked for
	SoFar       *Run          `json:"-"` // lent as Tally is: the run with this window; see SoFar
}

// A Sink is told of a run as it happens: its head (Schema, Tool, Started, Plan), each window as it closes, and
// the whole. Calls come one at a time, from one goroutine of the run; a slow Sink delays the next window's
// closing, never a request. A Sink only reads: it writes nothing into a window or a run, so that it does not matter
// in which order several are told. What a run adds up to it need not add up itself: Window.SoFar has it.
type Sink interface {
	Start(head *Run)
	Window(w *Window)
	End(r *Run)
}

// Threshold is an objective held against the run.
type Threshold struct {
	Rule      string        `json:"rule"`
	Measured  float64       `json:"measured"` // of a rule with For: the longest stretch in which it did not hold
	Unit      string        `json:"unit"`     // "ns", "ratio", "per_second", "bytes_per_second", "bytes", "count"
	OK        bool          `json:"ok"`
	Why       string        `json:"why,omitempty"`        // it is broken, where Measured alone does not say it
	NoSamples bool          `json:"no_samples,omitempty"` // Measured means nothing
	AtLeast   bool          `json:"at_least,omitempty"`   // Measured is a lower bound: requests were open at the end
	For       time.Duration `json:"for_ns,omitempty"`     // the rule speaks of stretches of windows of this length
}

// Generator is what the tool saw of itself, once a second.
type Generator struct {
	CPURatio     float64       `json:"cpu_ratio"` // of the CPUs it may use
	CPUs         float64       `json:"cpus"`      // that it may use
	GCPauseMax   time.Duration `json:"gc_pause_max_ns"`
	GCRatio      float64       `json:"gc_cpu_ratio"`
	SchedP99     time.Duration `json:"sched_p99_ns"` // goroutines ready and waiting for a thread
	HiccupMax    time.Duration `json:"hiccup_max_ns"`
	StealRatio   float64       `json:"steal_ratio"`
	Descriptors  int           `json:"descriptors"`
	Alarms       []Warning     `json:"alarms"`
	PeakResident int64         `json:"peak_resident_bytes"`
}

// Warning is a value beside a number: a stable code, what it means, and what to do.
type Warning struct {
	Code string `json:"code"`
	Text string `json:"text"`
	Try  string `json:"try,omitempty"`
}
