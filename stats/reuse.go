package stats

import "strings"

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
		if (f.Outcome == Closed || f.Outcome == Reset) && (f.Stage == InUpload || f.Stage == InWait) {
			lost += f.Reused
			lostFirst += f.Count - f.Reused
		}
	}
	first := r.Latency.Connect.Count()
	byChance := float64(first) * float64(lost) / float64(max(1, r.Totals.Sent-first))
	few := 100*lost < r.Totals.Sent || lost <= r.Totals.ConnectionsNeeded
	if few || byChance < enoughFirst || 4*float64(lostFirst) > byChance {
		return 0
	}
	return lost
}
