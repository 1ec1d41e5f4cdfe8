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

// Ports are at their end when they are counted to be, however fast connections are opened, and where they take any.
func TestPortsAlarm(t *testing.T) {
	for name, c := range map[string]struct {
		unix   bool
		opened int64
		seen   ports
		want   []string
	}{
		"fast, and few in use":       {false, 50_000, ports{28_232, 400, 300}, nil},
		"nearly all in use":          {false, 50_000, ports{28_232, 27_000, 26_000}, []string{"ports"}},
		"by others":                  {false, 20, ports{28_232, 27_000, 26_000}, nil},
		"through a unix socket":      {true, 50_000, ports{28_232, 27_000, 26_000}, nil},
		"on a system that is silent": {false, 50_000, ports{}, nil},
	} {
		w := &Watch{Unix: c.unix, Slots: 64, Opened: func() int64 { return c.opened }, CPUs: 1}
		g := secondsOf(w, 2, func(s *Sample) { s.ports = c.seen })
		var got []string
		for _, a := range g.Alarms {
			got = append(got, a.Code)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: alarms %q, want %q", name, got, c.want)
		}
	}
}

// What is seen for less than a second raises no alarm.
func TestBriefLooksRaiseNoAlarm(t *testing.T) {
	w := &Watch{Opened: func() int64 { return 1 }, CPUs: 1}
	s := Sample{At: time.Now()}
	w.first, w.previous = s, s
	s.At, s.steal, s.ticks, s.throttled = s.At.Add(400*time.Millisecond), 50, 100, time.Second
	w.look(s)
	if g := w.Seen(); len(g.Alarms) != 0 || g.StealRatio == 0 {
		t.Errorf("after 0.4 s: %+v", g)
	}
}

// What is used is held against what a container may use, and its limit is named where it held the tool back.
func TestQuotaIsWhatMayBeUsed(t *testing.T) {
	w := &Watch{Opened: func() int64 { return 0 }, CPUs: 2}
	g := secondsOf(w, 3, func(s *Sample) {
		s.quota = .05
		s.cpu += 45 * time.Millisecond
		s.throttled += 900 * time.Millisecond
	})
	if g.CPUs != .05 || g.CPURatio < .89 || g.CPURatio > .91 {
		t.Errorf("CPU %.3g of %v, want 0.9 of 0.05", g.CPURatio, g.CPUs)
	}
	said := map[string]string{}
	for _, a := range g.Alarms {
		said[a.Code] = a.Text
	}
	if said["throttled"] != "the container's limit of 0.05 CPUs held the tool back for 900 ms" || said["cpu"] == "" {
		t.Errorf("alarms %v", g.Alarms)
	}
	w = &Watch{Opened: func() int64 { return 0 }, CPUs: 2}
	if g := secondsOf(w, 1, func(s *Sample) { s.quota = 8 }); g.CPUs != 2 {
		t.Errorf("of a limit above the threads: %v CPUs", g.CPUs)
	}
}
