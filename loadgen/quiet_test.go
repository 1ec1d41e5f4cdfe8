//go:build unix

package loadgen

import (
	"context"
	"io"
	"net"
	"testing"
	"time"

	"shotput/loadgen/request"
	"shotput/loadgen/transport"

	"shotput/stats"
)

// An answer that trickles is waited for, however long it takes; one that falls silent is not.
func TestQuietLimit(t *testing.T) {
	t.Parallel()
	const limit = time.Second // a busy machine may hold a server up for a good part of it
	trickle := func(c net.Conn) {
		says("HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n")(c)
		for range 8 {
			time.Sleep(limit / 7)
			io.WriteString(c, "x")
		}
		io.Copy(io.Discard, c)
	}
	for name, c := range map[string]struct {
		serve   func(net.Conn)
		outcome stats.Outcome
		stage   stats.Stage
	}{
		"trickles":         {trickle, stats.OK, stats.NoStage},
		"silent":           {thenHangs(""), stats.Timeout, stats.InWait},
		"silent in answer": {thenHangs("HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nabc"), stats.Timeout, stats.InDownload},
	} {
		for _, engine := range engines() {
			t.Run(engine+"/"+name, func(t *testing.T) {
				t.Parallel()
				plan := Plan{Request: request.Spec{URL: "http://" + peer(t, c.serve)}, Load: Load{Requests: 1, Concurrency: 1}, NoPreflight: true, Transport: transport.Spec{ReadTimeout: limit}}
				plan.on(engine)
				sink := new(keep)
				if _, err := Run(context.Background(), plan, sink); err != nil {
					t.Fatal(err)
				}
				wantConserved(t, sink.run)
				if c.outcome == stats.OK {
					if sink.run.Totals.OK != 1 {
						t.Errorf("%+v, want one OK", sink.run.Outcomes)
					}
					return
				}
				if o := sink.run.Outcomes; len(o) != 1 || o[0].Outcome != c.outcome || o[0].Stage != c.stage {
					t.Errorf("%+v, want one %v in %v", o, c.outcome, c.stage)
				}
				if took := sink.run.Latency.Failed.Max(); took < limit || took > 20*limit {
					t.Errorf("took %v, limit %v", took, limit)
				}
			})
		}
	}
}
