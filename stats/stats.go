// Package stats knows numbers: what one request's life was (Observation), how many of them add up (Histogram, Tally,
// Recorder, Window, Run), what was promised of the sum (Objective, Rule, Threshold), what ended it (StopReason) and
// what it allows one to say (Verdict). A Run is what is saved, and all that a report is made of. It knows neither
// requests nor readers, starts no goroutine, reads no clock, and imports nothing of ours but the names of units.
// Rounds held against rounds are package compare's.
//
// # Five instants
//
// Of every request k the engine notes, on one monotonic clock, as time since the start of the run:
//
//	Intended   I  due by the schedule alone, never moved by what happened before
//	Claimed    C  a slot (connection, worker) was free and took k
//	Sent       S  just before the first byte was handed to the transport
//	Uploaded   U  the last body byte was handed to the kernel
//	FirstByte  F  the first byte of the final response
//	Done       D  the whole response had arrived, or the error was known
//
// and from them follow, exactly and per request:
//
//	pool lag   = max(0, C − I)           every slot was busy: server slow, or concurrency too small
//	timer lag  = max(0, S − max(I, C))   the tool was late although a slot was free
//	start lag  = pool lag + timer lag
//	service    = D − S
//	response   = D − I = pool lag + timer lag + service
//	upload     = U − S
//	wait       = max(0, F − U)
//
// Response time holds the tool's own lateness, and is an upper bound of what a user would have waited. Beside it stand
//
//	punctual = response − timer lag
//	floor      a lower bound, which the engine works out request by request
//
// and a figure is firm where floor and response hardly differ; see Bounds.
//
// In an open loop arrivals come from the schedule, and response time, what a user would have waited, is
// the headline. In a closed loop an arrival is due when a slot is free: C = I, there is no response time,
// and service time is all there is. Nothing is ever "corrected" on top: the intended start is the correction.
//
// # Flows
//
// An arrival may be a flow: several exchanges, one after the other, on one slot. All that is said of arrivals holds for
// it: planned counts it once, its response time is from its intended start to the end of its last step, its outcome is
// that of the first step that failed, and is named with the step. What lies between two exchanges is either asked for
// (Paused: think time, the interval of polls) or the tool's own (Gap), which counts as its timer lag:
//
//	service    = sum of the exchanges' own times (of those in parallel: while one was under way)
//	response   = pool lag + timer lag + service + paused
//
// So no waiting of its own makes the server look slow, nor the tool late; but a flow keeps its slot meanwhile, and the
// concurrency that a rate needs is reckoned with it. Rates, statuses and outcomes count arrivals. Upload and wait are
// of plain requests alone; connections and how late answers were read are their exchanges'.
//
// Each step has a row of its own, which counts exchanges:
//
//	started = ok + failed + timed out + aborted
//
// holds exactly for each. What is sent once, before or after the load, is an exchange and never an arrival. A 401 after
// which a slot logs in again is OK, and counted as reauth beside it. A step that asks again until a condition holds has
// a completion time: from its first exchange being sent to the end of the answer with which it held.
//
// # Conservation
//
//	planned = ok + failed + timed out + aborted + unsent
//
// holds exactly in every run, however it ended. Only the measured span counts: a request belongs to the
// warm-up by its intended start, never by its completion.
package stats

import (
	"fmt"
	"time"
)

// An Observation is one request's life. Instants are time since the start of the run; an instant that was
// not reached is zero. It is a value: the engine fills it, the Recorder copies what it needs out of it.
type Observation struct {
	Intended, Claimed, Sent, Uploaded, FirstByte, Done time.Duration

	// Floor is the least that Response would have been, had the tool been on time; only of one that is Bounded.
	Floor   time.Duration
	Bounded bool

	Number   int64 // of the request, from 1
	Template int   // which of the plan's requests it was made of, from 0
	Outcome  Outcome
	Stage    Stage  // where it ended, for a timeout and for a failed connection; else NoStage
	Status   int    // the status code of the final response; 0 when none was read
	Reason   string // the reason phrase as received; only set when it is not the standard's
	Detail   string // the error's text, addresses stripped; only for what did not succeed
	Answer   string // the beginning of the answer's text, secrets hidden; only of the first few unexpected ones

	Attempts  int           // how often the request was put on a connection; 1 unless the transport sent it again
	Hops      int           // of Attempts: redirects that were followed
	Rounds    int           // of Attempts: sent again with the answer to a Digest challenge
	BodySent  int64         // body bytes handed to the kernel
	BodyRead  int64         // body bytes of the answer
	NewConn   bool          // a connection was opened for this request
	Reused    bool          // with NewConn: it went out on one used before, which had become free meanwhile
	Connect   time.Duration // TCP (and proxy) connect time; only with NewConn
	TLS       time.Duration // TLS handshake time; only with NewConn over TLS
	ReadLag   time.Duration // how late the tool woke after the kernel had the last bytes; only with its stamps
	Stamped   bool          // FirstByte and Done are the kernel's receive times
	Unstamped bool          // stamps were asked for, and this request's were missing or out of order
	Continue  Continue      // what came of Expect: 100-continue
	Awaited   time.Duration // from the head being sent to the 100; only of one that came
	BodySaved int64         // body bytes that were not sent, since the final answer came before a 100

	// Of an arrival that is a flow; see Flows. All are zero of a plain request.
	Exchanges int           // how many there were
	Step      string        // the name of the first step that failed
	Paused    time.Duration // what the flow itself waited between exchanges, with none under way: think time, polls
	Gap       time.Duration // the tool's own time between exchanges, with none under way

	// Of one exchange of a flow; see Shard.RecordExchange.
	Reauth     bool          // a 401 after which the slot logs in again: it is OK
	Completion time.Duration // with this answer a step's condition held: since the step's first exchange was sent
	Overdue    time.Duration // of Completion: by how much the tool asked late, in sum
}

// PoolLag is how long the request waited because no slot was free.
func (o *Observation) PoolLag() time.Duration { return max(0, o.Claimed-o.Intended) }

// TimerLag is how late the tool started the request although a slot was free: the tool's own fault.
func (o *Observation) TimerLag() time.Duration {
	return max(0, o.Sent-max(o.Intended, o.Claimed)) + o.Gap
}

// Upload is the time from the first byte sent to the last of the body handed over. The write may return after the
// answer is here, where another program had the processor meanwhile: no part of the service time is longer than it.
func (o *Observation) Upload() time.Duration { return max(0, min(o.Uploaded, o.Done)-o.Sent) }

// Wait is the time from the last of the body handed over to the first byte of the answer.
func (o *Observation) Wait() time.Duration { return max(0, o.FirstByte-o.Uploaded) }

// Service is the time from the first byte sent to the end of the answer; of a flow, that of its exchanges.
func (o *Observation) Service() time.Duration { return o.Done - o.Sent - o.Paused - o.Gap }

// Response is the time from the intended start to the end of the answer: what a user would have waited.
func (o *Observation) Response() time.Duration { return o.Done - o.Intended }

// An Outcome says how a request ended. The list is closed: every request has exactly one of these.
type Outcome uint8

// The outcomes. OK, Timeout and Aborted are each a term of the conservation law; all others are "failed".
const (
	OK          Outcome = iota // a final response whose status was expected
	BadStatus                  // a final response whose status was not expected
	Timeout                    // a time limit passed; Stage says in what
	Aborted                    // still open when the drain ended
	Refused                    // connection refused
	Unreachable                // no route, network or host unreachable
	DNS                        // the name did not resolve
	TLSFailed                  // the handshake failed
	ProxyFailed                // the proxy refused or failed
	Reset                      // connection reset by the server
	Closed                     // connection closed before the whole answer had come
	Protocol                   // what came was not HTTP as it should be
	BadRedirect                // a redirect that would change the method, or one too many
	BadBody                    // the request's own body could not be made
	BadHead                    // the request's own URL or header could not be made
	NoPort                     // the machine is out of local ports (EADDRNOTAVAIL)
	NoFile                     // the process is out of descriptors (EMFILE, ENFILE)
	CheckFailed                // the answer came, and a check on it did not hold
	Unasked                    // an answer that had come before the request was begun: nobody had asked for it
	Uncaptured                 // a flow's answer came, and what was to be taken from it was not there
	ForeignHost                // a flow's next URL, taken from an answer, leads where the plan does not allow
	Other                      // none of these; Detail has the error's text
	outcomes                   // how many there are
)

var outcomeNames = [outcomes]string{"ok", "status", "timeout", "aborted", "refused", "unreachable", "dns", "tls",
	"proxy", "reset", "closed", "protocol", "redirect", "body", "head", "no_port", "no_file", "check", "unasked",
	"capture", "foreign_host", "other"}

// String gives the outcome's name as it stands in saved runs, such as "timeout".
func (o Outcome) String() string { return name(outcomeNames[:], int(o)) }

// Unmade says whether the request itself could not be made: nothing is wrong with the server or the way to it.
func (o Outcome) Unmade() bool { return o == BadBody || o == BadHead }

// MarshalText writes the outcome's name.
func (o Outcome) MarshalText() ([]byte, error) { return []byte(o.String()), nil }

// UnmarshalText reads a name that String gives; any other is an error.
func (o *Outcome) UnmarshalText(b []byte) error {
	i, err := index(outcomeNames[:], string(b), "outcome")
	*o = Outcome(i)
	return err
}

// A Stage is the part of a request's life in which it ended.
type Stage uint8

// The stages, in the order in which a request passes through them.
const (
	NoStage    Stage = iota
	InConnect        // name, TCP, proxy
	InTLS            // handshake
	InUpload         // sending
	InWait           // sent, no byte of the answer yet
	InDownload       // receiving
	stages
)

var stageNames = [stages]string{"", "connect", "tls", "upload", "wait", "download"}

// String gives the stage's name as it stands in saved runs; NoStage is empty.
func (s Stage) String() string { return name(stageNames[:], int(s)) }

// MarshalText writes the stage's name.
func (s Stage) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads a name that String gives; any other is an error.
func (s *Stage) UnmarshalText(b []byte) error {
	i, err := index(stageNames[:], string(b), "stage")
	*s = Stage(i)
	return err
}

func name(names []string, i int) string {
	if i >= len(names) {
		return fmt.Sprintf("unknown(%d)", i)
	}
	return names[i]
}

func index(names []string, s, kind string) (int, error) {
	for i, n := range names {
		if n == s {
			return i, nil
		}
	}
	return 0, fmt.Errorf("read %s: %q is not one", kind, s)
}
