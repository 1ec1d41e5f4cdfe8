//go:build unix

package main

import (
	"fmt"
	"slices"
	"testing"

	"shotput/putserver/realtest"
)

// BenchmarkFlow is the client's CPU time for one arrival of a flow of two steps, the second with what the first's answer
// gave, beside that of a plain PUT to the same server. flow/plain is the median of the ratios of runs side by side, and
// least and most are the range of them: what else the machine does meets both of a pair. nginx counts the requests.
func BenchmarkFlow(b *testing.B) {
	address, _ := realtest.Nginx(b, `
		location = /status { stub_status; }
		location / { add_header Location "/objects/$request_length"; return 204; }`)
	shotput, url := built(b), "http://"+address+"/objects/1"
	for _, c := range []struct{ name, first, second string }{
		{"alike", "url: " + url, "url: " + url},
		{"captured", "url: " + url + "\n    capture: {place: header Location}", `url: '{{captured "place"}}'`},
	} {
		b.Run(c.name, func(b *testing.B) {
			file := write(b, "flow.yaml", fmt.Sprintf("flow:\n  - name: first\n    size: 128\n    %s\n  - name: second\n    size: 128\n    %s\n", c.first, c.second))
			common := []string{"-z", "1s", "-c", "64", "--no-preflight", "-s", "--engine", "wire"}
			plain := append([]string{shotput}, append(common, "--size", "128", url)...)
			flow := append([]string{shotput, "run", file}, common...)
			f := figures{}
			for pair := 0; b.Loop(); pair++ {
				cost := map[bool]float64{}
				for _, isFlow := range []bool{pair%2 == 0, pair%2 != 0} { // neither is always the first
					argv, requests := plain, 1.
					if isFlow {
						argv, requests = flow, 2
					}
					before := nginxStatus(b, address)
					u := execute(b, argv)
					n := nginxStatus(b, address).requests - before.requests - 1 // the status request itself
					cost[isFlow] = float64(u.cpu.Microseconds()) / float64(n) * requests
				}
				f.add(cost[false], "µs/plain")
				f.add(cost[true], "µs/flow")
				f.add(cost[true]/cost[false], "flow/plain")
			}
			f.report(b)
			b.ReportMetric(slices.Min(f["flow/plain"]), "least")
			b.ReportMetric(slices.Max(f["flow/plain"]), "most")
		})
	}
}
