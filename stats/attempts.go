package stats

import (
	"fmt"
	"strings"
	"time"
)

// # Attempts
//
// A request may be put on a connection more than once, and for reasons that have nothing to do with each other: a
// redirect that is followed, a Digest challenge that is answered, and a transport that sends again what a connection
// did not take. Each is counted apart, and told in its own words; what neither of the first two explains is the third.

// Retries is how often a transport sent a request again by itself, since the connection did not take it.
func (t *Totals) Retries() int64 { return max(0, t.Attempts-t.Sent-t.Hops-t.Rounds) }

// cutFlows is how many flows were aborted.
func cutFlows(r *Run) (n int64) {
	for _, f := range r.Outcomes {
		if f.Outcome == Aborted && f.Step != "" {
			n += f.Count
		}
	}
	return n
}

// adviseAttempts tells why there were more attempts than requests, and of answers that nobody had asked for.
func adviseAttempts(t *Totals, protocol string) (w []Warning) {
	why := "the server closed the connection before it answered"
	if strings.HasPrefix(protocol, "HTTP/2") || strings.HasPrefix(protocol, "HTTP/3") {
		why = "the server refused their streams, or gave up the connection without having looked at them (GOAWAY)"
	}
	add := func(n int64, code, try, format string, args ...any) {
		if n > 0 {
			w = append(w, Warning{Code: code, Text: fmt.Sprintf(format, args...), Try: try})
		}
	}
	add(t.Hops, "redirects", "the URL that the server redirects to, so that each request is sent once",
		"redirects followed: %d for %s; they are within the requests' times", t.Hops, Plural(t.Sent, "request"))
	add(t.Rounds, "digest", "", "Digest challenges answered: %d for %s; one more exchange each, at first and "+
		"whenever the server wants a new one", t.Rounds, Plural(t.Sent, "request"))
	add(t.Retries(), "attempts", "", "sent again: %d of %d requests, by net/http, since "+why, t.Retries(), t.Sent)
	add(t.IdleAnswers, "idle-answers",
		"a look at what the server, or a balancer before it, says to idle connections",
		"connections closed since something came on them that no request had asked for: %d", t.IdleAnswers)
	add(t.Overlong, "overlong-answers",
		"a look at the server's Content-Length, and at answers to which a body was added (204 has none)",
		"connections closed since more came behind an answer's end, which belongs to no request: %d; the requests "+
			"after them needed new ones", t.Overlong)
	return w
}

// adviseUnasked tells of requests that failed by an answer that was not theirs.
func adviseUnasked(r *Run) (w []Warning) {
	var n int64
	for _, f := range r.Outcomes {
		if f.Outcome == Unasked {
			n += f.Count
		}
	}
	if n > 0 {
		w = append(w, Warning{Code: "unasked",
			Try: "a connection for each request, and a look at why the server answers twice",
			Text: fmt.Sprintf("answers that had come before their request was sent: %d; the server answers what "+
				"nobody asked, so that which answer belongs to which request is not sure", n)})
	}
	return w
}

// Unconnected says whether the request failed since no connection could be had: refused, no way, no name, no proxy, or
// none of this machine's own. Such a failure takes no time.
func (o Outcome) Unconnected() bool {
	switch o {
	case Refused, Unreachable, DNS, ProxyFailed, NoPort, NoFile:
		return true
	}
	return false
}

// # Rests
//
// In closed loop a slot asks for its next request when the last has ended. Where no connection can be had that is at
// once: thousands of requests would be used up in a moment, and a server that is about to start would be flooded. So a
// slot rests after such a failure: 10 ms, and twice as long after each that follows, up to 1 s.

// RestLevels is how many lengths of rests there are.
const RestLevels = 8

// Rest is how long a slot rests after so many failures in a row, from 1, for want of a connection.
func Rest(failures int) time.Duration {
	const first, most = 10 * time.Millisecond, time.Second
	return min(first<<(min(failures, RestLevels)-1), most)
}

// adviseLag says that response times hold much of the tool's own lateness. A flow is late at each of its exchanges, and
// its response time holds all of that, so the two are held against each other as they are. What its steps took is told
// without it.
//
// Note: a flow's lag is not divided by its exchanges. Its response time is that of all of them, and a fifth of it being
// the tool's own would be found sound from three exchanges on.
func adviseLag(r *Run) []Warning {
	lag, response := r.Latency.TimerLag.Quantile(.5), r.Latency.Response.Quantile(.5)
	if response == 0 || lag <= response/10 {
		return nil
	}
	sum, try := "", "a lower rate, or a machine with less else to do"
	if r.Totals.Flows > 0 && r.Totals.Exchanges > r.Totals.Flows {
		sum, try = " in sum of a flow's exchanges", "the service times of steps, which hold none of it"
	}
	return []Warning{{Code: "timer-lag", Try: try, Text: fmt.Sprintf("timer lag p50 %s%s is above a tenth of the "+
		"response time p50 %s", FormatDuration(lag), sum, FormatDuration(response))}}
}

// Advise gives the warnings that a run's own figures call for: each says what was seen and what to do. None of
// them changes the verdict.
func Advise(r *Run) []Warning {
	var w []Warning
	add := func(seen bool, code, try, format string, args ...any) {
		if seen {
			w = append(w, Warning{Code: code, Text: fmt.Sprintf(format, args...), Try: try})
		}
	}
	t := &r.Totals
	w = append(w, adviseLag(r)...)
	w = append(w, adviseAttempts(t, r.Plan.Protocol)...)
	w = append(w, adviseUnasked(r)...)
	for i := range r.Thresholds {
		th := &r.Thresholds[i]
		add(th.Needed > 0, "few-samples", "a longer run, or a lower percentile",
			"%s is judged by the slowest of %s: for one in so many to be slower it takes %d", th.Rule,
			Plural(th.Samples, "request"), th.Needed)
	}
	of := "service times"
	if t.Paused > 0 {
		of = "passes through a flow"
	}
	add(r.tooShort(), "short-span", "a longer run", "the measured span of %s is shorter than two %s of %s: "+
		"it is too short to speak of a rate of answers", FormatDuration(t.Elapsed), of, FormatDuration(r.meanHeld()))
	cut := cutFlows(r)
	add(t.Aborted > cut, "aborted", "a time limit of a request that is shorter than the run",
		"still open when the drain ended: %s; percentiles that they could move are lower bounds",
		Plural(t.Aborted-cut, "request"))
	add(cut > 0, "aborted-flows", "", "cut off before they had gone through all of their steps: %s; percentiles that "+
		"they could move are lower bounds", Plural(cut, "flow"))
	clamped := r.Latency.clamped()
	add(clamped > 0, "clamped", "", "outside 0 to 1 h, and counted at the edge: %s", Plural(clamped, "duration"))
	add(t.Unstamped > 0, "unstamped", "",
		"answers without a usable receive stamp of the kernel: %d; their times are the tool's own", t.Unstamped)
	return w
}

// # Connections that are closed behind the tool's back
//
// A server, or a proxy before it, may close a connection after an answer, or after a while, and not say so ahead
// (Connection: close). Whatever is sent meanwhile is lost with the connection, and no engine sends a request again.
//
// The obvious sign, requests that were lost on connections used before, is no proof: nearly all requests go out on
// such, so that faults that may befall any request are found there too. What tells the two apart are the requests that
// went out first on their connections: faults befall them as often as others, and a server that closes what it kept
// never loses one. So there must have been enough of them, and far fewer lost than chance would have it. And a server
// that went away once has closed each connection once: what is lost must be more than were in flight at any time.

// enoughFirst is how many of the first on their connections would have to be lost by chance before their being whole
// says something.
const enoughFirst = 10

// LostOnReuse says how many requests were lost because connections were closed that had been kept: 0 where there were
// none, fewer than one in a hundred, or where something else may explain them.
func (r *Run) LostOnReuse() int64 {
	if strings.HasPrefix(r.Plan.Protocol, "HTTP/2") || strings.HasPrefix(r.Plan.Protocol, "HTTP/3") {
		return 0 // a connection has many requests at once there
	}
	var lost, lostFirst int64
	for _, f := range r.Outcomes {
		if f.Step == "" && f.Outcome.lost() && (f.Stage == InUpload || f.Stage == InWait) {
			lost += f.Reused
			lostFirst += f.Count - f.Reused
		}
	}
	first, sent := r.Latency.Connect.Count(), r.Totals.Sent-r.Totals.Flows
	for i := range r.Steps {
		if s := &r.Steps[i]; s.Phase != StepBefore && s.Phase != StepAfter { // which are no part of the load
			lost, lostFirst, sent = lost+s.LostReused, lostFirst+s.LostFirst, sent+s.Totals.Done()
		}
	}
	byChance := float64(first) * float64(lost) / float64(max(1, sent-first))
	few := 100*lost < sent || lost <= r.Totals.ConnectionsNeeded
	if few || byChance < enoughFirst || 4*float64(lostFirst) > byChance {
		return 0
	}
	return lost
}
