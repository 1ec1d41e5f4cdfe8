package loadgen

import (
	"context"
	"testing"

	"shotput/loadgen/request"
	"shotput/stats"
)

// A saved run says what became of the request that was sent first, on either engine; rounds after the first have none,
// nor has a run whose first request went out on schedule.
func TestFirstRequestIsTold(t *testing.T) {
	for _, engine := range engines() {
		d := startDoorman(t, 0)
		p := Plan{Mix: []Request{{Name: "a", Request: request.Spec{URL: d.URL + "/a"}}, {Name: "b", Request: request.Spec{URL: d.URL + "/b"}}},
			Load: Load{Requests: 6, Concurrency: 1}, Labels: map[string]string{"env": "ci"}}
		p.on(engine)
		s, err := Prepare(context.Background(), p)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		first, err := s.Run(context.Background(), p.Load, nil)
		if err != nil {
			t.Fatal(err)
		}
		second, err := s.Run(context.Background(), p.Load, nil)
		if err != nil {
			t.Fatal(err)
		}
		told := first.First
		if told == nil || told.Number != 1 || told.Outcome != stats.OK || told.Status != 204 || told.Service <= 0 ||
			told.Connect <= 0 || told.Request != first.Plan.Mix[s.mixture.pick(1)].Name {
			t.Errorf("%s: %+v", engine, told)
		}
		if second.First != nil || second.Labels["env"] != "ci" {
			t.Errorf("%s: round 2 has %+v, %v", engine, second.First, second.Labels)
		}
		p.NoPreflight = true
		if last, err := Run(context.Background(), p, nil); err != nil || last.First != nil {
			t.Errorf("%s: without a first request there is %v, %v", engine, last, err)
		}
	}
}
