package stats

import "testing"

// Lost on a connection used before is what was sent there and got no byte back.
func TestRecordCountsWhatWasLostOnReuse(t *testing.T) {
	r := openRecorder(2)
	first := failedAt(2*ms, Closed, InWait)
	first.NewConn = true
	overtaken := failedAt(4*ms, Closed, InWait)
	overtaken.NewConn, overtaken.Reused = true, true
	for i, o := range []*Observation{first, overtaken, failedAt(3*ms, Closed, InWait), failedAt(5*ms, Closed, InDownload),
		failedAt(6*ms, Refused, InConnect), failedAt(7*ms, Reset, InUpload)} {
		o.Intended += 2e9
		r.Shard(i % 2).Record(o)
	}
	w := r.Rotate(3e9, 0)
	want := map[failureClass][2]int64{{Closed, InWait, 0, ""}: {3, 2}, {Closed, InDownload, 0, ""}: {1, 0}, {Refused, InConnect, 0, ""}: {1, 0}, {Reset, InUpload, 0, ""}: {1, 1}}
	for _, f := range w.Tally.Failures {
		if got := [2]int64{f.Count, f.Reused}; got != want[f.class()] {
			t.Errorf("%v %v: %d, %d of them on a connection used before, want %v", f.Outcome, f.Stage, f.Count, f.Reused, want[f.class()])
		}
	}
	if len(w.Tally.Failures) != len(want) {
		t.Errorf("%d classes", len(w.Tally.Failures))
	}
}

// Only a server that loses what comes second on a connection, and not what comes first, is said to close what it kept.
func TestLostOnReuse(t *testing.T) {
	closed := func(count, reused int64) Failure {
		return Failure{Outcome: Closed, Stage: InWait, Count: count, Reused: reused}
	}
	for _, c := range []struct {
		what     string
		failures []Failure
		first    int // requests that were the first on their connections
		inFlight int64
		protocol string
		lost     int64
	}{
		{"after each answer", []Failure{closed(450, 450)}, 550, 4, "HTTP/1.1", 450},
		{"some by a reset, one in the upload", []Failure{closed(400, 400), {Outcome: Reset, Stage: InUpload, Count: 50, Reused: 50}}, 550, 4, "", 450},
		{"after each answer, and two for another reason", []Failure{closed(452, 450)}, 548, 4, "", 450},
		{"after ten answers", []Failure{closed(120, 120)}, 120, 4, "", 120},
		{"one in five of all, whatever the connection", []Failure{closed(200, 160)}, 200, 4, "", 0},
		{"too few were the first to tell", []Failure{closed(15, 15)}, 25, 4, "", 0},
		{"fewer than one in a hundred", []Failure{closed(9, 9)}, 600, 4, "", 0},
		{"gone once, with all that was in flight", []Failure{closed(20, 20)}, 600, 20, "", 0},
		{"before the end of an answer", []Failure{{Outcome: Closed, Stage: InDownload, Count: 450}}, 550, 4, "", 0},
		{"silent", []Failure{{Outcome: Timeout, Stage: InWait, Count: 450, Reused: 450}}, 550, 4, "", 0},
		{"told to go away", []Failure{closed(450, 450)}, 550, 4, "HTTP/2.0", 0},
		{"nothing was lost", nil, 1000, 4, "", 0},
	} {
		r := &Run{Plan: Plan{Protocol: c.protocol}, Totals: Totals{Sent: 1000, ConnectionsNeeded: c.inFlight}, Outcomes: c.failures}
		for range c.first {
			r.Latency.Connect.Record(ms)
		}
		if got := r.LostOnReuse(); got != c.lost {
			t.Errorf("%s: %d lost, want %d", c.what, got, c.lost)
		}
	}
}
