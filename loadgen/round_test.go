package loadgen

import (
	"testing"

	"shotput/loadgen/request"
)

// TestRoundsDraw: each round other values, the same ones every time, and the first those of a run without rounds.
func TestRoundsDraw(t *testing.T) {
	head := func(seed uint64, round int) string {
		p := Plan{Request: request.Spec{URL: "http://h/{{uuid}}"}, Load: Load{Seed: seed, Round: round}}
		made, err := Render(p, 1, 0)
		if err != nil {
			t.Fatal(err)
		}
		return string(made.Head)
	}
	seen := map[string]bool{}
	for seed := range uint64(3) {
		for round := range 5 {
			seen[head(seed+1, round)] = true
		}
	}
	again := head(2, 3)
	if len(seen) != 15 || head(2, 3) != again || head(0, 0) != head(1, 0) {
		t.Errorf("%d different requests in 3 × 5 rounds, or a round that draws others when it is asked again", len(seen))
	}
}

func TestNamesThatAreDrawn(t *testing.T) {
	for _, c := range []struct {
		spec request.Spec
		want bool
	}{
		{request.Spec{URL: "http://h/{{seq}}"}, false}, {request.Spec{URL: "http://h/{{ uuid }}"}, true},
		{request.Spec{URL: "http://h/{{randHex 8 | md5}}"}, true}, {request.Spec{URL: "http://h/", Body: request.Body{Text: "{{randHex 8}}"}}, false},
		{request.Spec{URL: "http://h/", Body: request.Body{Text: `{"id":"{{uuid}}"}`}}, true},
	} {
		if p := (Plan{Request: c.spec}); p.DrawsNames() != c.want {
			t.Errorf("%+v draws names: %v", c.spec, !c.want)
		}
		if p := (Plan{Mix: []Request{{}, {Request: c.spec}}}); p.DrawsNames() != c.want {
			t.Errorf("one of several, %+v: %v", c.spec, !c.want)
		}
	}
}
