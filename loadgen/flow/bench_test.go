package flow

import (
	"testing"

	"shotput/loadgen/answer"
	"shotput/stats"
)

// twoSteps fires passes of two steps, the first of which captures what is asked for.
func twoSteps(tb testing.TB, capture ...string) func() {
	f, err := New(Config{Steps: []Named{
		{Name: "create", Step: Step{Captures: captures(capture...)}}, {Name: "put", Template: 1}}})
	if err != nil {
		tb.Fatal(err)
	}
	s := NewSlot(nil)
	o, a := new(stats.Observation), new(Answer)
	lines, body := []byte("Server: x\r\nLocation: /items/7\r\nContent-Length: 10\r\n"), []byte(`{"id":"7"}`)
	var number int64
	return func() {
		number++
		s.Begin(f, number, 1, 1)
		for e := s.Next(1); e != nil; e = s.Next(1) {
			*o = stats.Observation{Sent: 2, Done: 3, Status: 200, Attempts: 1}
			*a = Answer{Seen: answer.Seen{Lines: lines, Body: body}}
			s.End(e, o, a)
		}
		if !s.Over() || s.Arrival().Outcome != stats.OK || s.Arrival().Exchanges != 2 {
			tb.Fatalf("%+v", s.Arrival())
		}
	}
}

// A pass makes nothing but what it captures: a text for each.
func TestAllocations(t *testing.T) {
	for capture, want := range map[string]float64{"": 0, "id: json .id": 2, "id: header Location": 1, "code: status": 1} {
		var all []string
		if capture != "" {
			all = append(all, capture)
		}
		if n := testing.AllocsPerRun(200, twoSteps(t, all...)); n > want {
			t.Errorf("%q: %v allocations, want %v", capture, n, want)
		}
	}
}

func BenchmarkTwoSteps(b *testing.B) {
	for name, capture := range map[string][]string{"plain": nil, "json": {"id: json .id"}, "header": {"place: header Location"}} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			pass := twoSteps(b, capture...)
			for b.Loop() {
				pass()
			}
		})
	}
}
