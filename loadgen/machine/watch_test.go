package machine

import (
	"slices"
	"testing"
	"time"

	"shotput/stats"
)

// secondsOf is what a watch saw when each second was one later than the second before.
func secondsOf(w *Watch, n int, later func(*Sample)) stats.Generator {
	s := Sample{At: time.Now()}
	w.first, w.previous = s, s
	for range n {
		s.At = s.At.Add(time.Second)
		later(&s)
		w.look(s)
	}
	return w.Seen()
}

// On one CPU a busy loop uses all that there is, though it has GOMAXPROCS raised to two.
func TestBusyOnOneCPUIsAnAlarm(t *testing.T) {
	w := &Watch{Opened: func() int64 { return 0 }, CPUs: 1}
	g := secondsOf(w, 3, func(s *Sample) { s.cpu += 950 * time.Millisecond })
	if g.CPUs != 1 || g.CPURatio < 0.94 || len(g.Alarms) != 1 || g.Alarms[0].Code != "cpu" {
		t.Errorf("%v of %v CPUs, alarms %v, want 95 %% of 1 and an alarm", g.CPURatio, g.CPUs, g.Alarms)
	}
}

// Connections that are opened fast use up ports, where they take any.
func TestPortsAlarm(t *testing.T) {
	for path, want := range map[string][]string{"": {"ports"}, "/run/a.sock": nil} {
		var opened int64
		w := &Watch{Unix: path != "", Opened: func() int64 { return opened }, CPUs: 1}
		g := secondsOf(w, 2, func(*Sample) { opened += 5000 })
		var got []string
		for _, a := range g.Alarms {
			got = append(got, a.Code)
		}
		if !slices.Equal(got, want) {
			t.Errorf("socket %q: alarms %q, want %q", path, got, want)
		}
	}
}
