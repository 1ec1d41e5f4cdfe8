package wire

import (
	"context"
	"net/netip"
	"os"
	"time"

	"shotput/stats"
)

// An Arrival is what the schedule calls for: one request, or a flow of several; or it is one exchange of a flow.
// Instants are time since the start of the run.
type Arrival struct {
	Number   int64
	Template int    // noted in what is observed
	Server   int    // of Config.Servers: where it goes
	Method   string // decides whether an answer has a body
	Raw      bool   // keep the head of the answer as it comes, for whoever looks at the answer

	Unlimited bool  // an exchange that the limit of its flow does not end
	Flow      int32 // 0: it is one request. Else the number by which whoever claimed it knows the flow; see Flows
	Exchange  int32 // of an exchange of a flow: whatever tells Render and Flows.Ended which one it is

	Intended time.Duration
	Claimed  time.Duration // when it was claimed; what is observed is when the slot became free
}

// A Body is what follows a request's head: Size bytes of Data, from At on, round and round; or of File, from its
// start. Data is shared and never modified. A short body may stand behind the head already: then Inline says how
// many of the head's last bytes it is, and Size is 0.
type Body struct {
	Data   []byte
	At     int
	File   *os.File
	Size   int64
	Inline int

	Framing int  // how many bytes of Inline are chunk framing, not body
	Chunked bool // no Content-Length went out: the loop frames the body. What is Inline is framed already
	Owned   bool // File is this request's own: it is closed when the request has ended
}

// An Answer is what was kept of one: its header lines, each as "Name: value" and CRLF, and the first Config.Keep bytes
// of its body. It is only lent.
type Answer struct {
	Header, Body []byte
	Cut          bool // the body was longer

	// Raw is the status line and the header as they came, and those of interim answers before them; only where
	// Arrival.Raw.
	Raw []byte
}

// A Server is where requests go, and how connections to it are opened.
type Server struct {
	// Dial opens a connection, through proxies too, and shakes hands. It tells of its progress, for time limits. It
	// runs in goroutines of its own.
	Dial func(ctx context.Context, reached func(stats.Stage)) (*Conn, error)
	// Straight is where requests that need a connection get it, opened by the loop itself, which then calls
	// Config.Opened. Not valid: by Dial.
	Straight netip.AddrPort
}

// Config is what a loop needs. Its functions are called by the loop's own thread and must not block. A Loop that
// runs again asks them anew: the clock may have another origin, and arrivals come from somewhere else.
type Config struct {
	Servers   []Server
	Slots     int  // requests in flight at a time, over all servers
	Scheduled bool // arrivals are due by a schedule (open loop); else whenever a slot is free
	Keepalive bool
	Timeout   time.Duration // of a whole request
	Connect   time.Duration // of opening a connection to Straight; 0: Timeout alone
	Quiet     time.Duration // between two bytes of the answer, and before the first; 0: none
	Continue  time.Duration // requests with a body say Expect: 100-continue, and it waits so long; 0: they do not
	HeadOnly  bool          // an answer is done when its header is; its body is not read
	Keep      int           // so many bytes of each answer's body are kept for Check
	UserClock bool          // do not ask the kernel for stamps
	Ring      bool          // receive by io_uring, if the kernel allows it
	Spin      bool          // wait actively for the last microseconds before an arrival is due

	Now     func() time.Duration                    // since the start of the run, monotonic
	Claim   func(now time.Duration) (Arrival, bool) // the next arrival; false: there will be no more
	Unclaim func(Arrival)                           // it was claimed, and the run was stopped before it was due
	Began   func(*stats.Observation)                // a request went in flight
	Record  func(*stats.Observation)

	// Check looks at an answer that is whole: its clock has stopped, and it is about to be recorded. May be nil.
	Check func(*stats.Observation, Answer)
	// Broke gets what had come of an answer that then broke off, where Check is set. May be nil.
	Broke func(Answer)
	// Said gets the beginning of the body of an answer of 300 and above, which is only lent. May be nil.
	Said func(*stats.Observation, []byte)
	// Failed names a failure: what, where, in words.
	Failed func(err error, reached stats.Stage) (stats.Outcome, stats.Stage, string)

	// Render gives request a: its head, appended to dst, and the body that follows; or shared bytes that hold the
	// whole request. An error says that it cannot be made: it is recorded as failed, and nothing is sent.
	Render func(dst []byte, a Arrival) (head []byte, shared bool, b Body, err error)
	Opened func() // the loop has opened a connection itself; see Server.Straight

	Flows Flows // of arrivals with a Flow; the zero value where there are none
}

// Flows is what a loop asks for, and whom it tells, of arrivals that are flows: several exchanges, one after the other
// or some at a time. An arrival that Claim gives with a Flow takes a slot as any other does, and keeps it until it is
// over; of what Claim says of it only Number, Template, Intended, Claimed and Flow are looked at. Exchanges have all
// the limits of the Config, each for itself. Began is called once for the arrival, behind Begin, with no more than
// these noted. Record, Check and Broke are not called; Said is, as ever.
//
// For each flow the calls are: Begin, then Next and Ended or Unsent as often as it takes, Expire and Stop at most once,
// then Over. From then on its number may be another's. One that is given back by Unclaim has none of these calls.
type Flows struct {
	// Begin begins a flow on a slot: a.Claimed is since when one was free for it.
	Begin func(a *Arrival)
	// Next gives an exchange that may be sent as soon as it is due, which may be in the future: that is a pause. It is
	// asked when the flow has begun and whenever an exchange has ended, and then again and again until it gives none,
	// or as many are given and have not ended as may be under way. When it gives none, and all have ended, the flow is
	// over. What it gives is whole, its Flow too, but for Intended and Claimed, which are only noted in what is
	// observed of the exchange.
	Next func(flow int32, now time.Duration) (a Arrival, at time.Duration, ok bool)
	// Ended takes in an exchange that has ended, well or not: it judges, captures and records it, and may change its
	// outcome. kept is what came of its answer; it is whole where the outcome is OK. Status and Reason are in the
	// observation, and what the reader noted is its Detail.
	Ended func(a *Arrival, o *stats.Observation, kept Answer)
	// Unsent takes back an exchange that Next gave and that was not sent yet: its flow is about to be stopped, or its
	// limit has passed.
	Unsent func(a *Arrival)
	// Expire says that the limit of the flow has passed. What was in a pause has been taken back, and what is under way
	// is about to end by ErrFlowLimit, unless it is Unlimited. Next is asked again, for what else may be Unlimited.
	Expire func(flow int32, now time.Duration)
	// Stop says that nothing more of the flow will be sent, and why: ErrCut, or ErrHalted. Next is not asked again.
	// What is under way is still to end where it is ErrCut, and has ended by that error where it is ErrHalted. The flow
	// may have had no more to send, with its last exchange ended this very moment.
	Stop func(flow int32, now time.Duration, why error)
	// Over says that nothing of the flow is under way, and nothing will be: the arrival can be recorded.
	Over func(flow int32)

	Parallel int           // so many exchanges of a flow may be under way or in a pause at a time; 0: one
	Limit    time.Duration // of a flow, from its first exchange being sent, which Next gives as due at once; 0: none
	// Cut is closed when the run is cut short. Then nothing more is claimed, and flows are stopped: those in a pause at
	// once, the others when what is under way has ended. That Run's stop is closed lets them go on to their end.
	Cut <-chan struct{}
}
