package shadow

import (
	"cmp"
	"container/heap"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sort"
	"testing"
	"time"

	"shotput/putserver/realtest"
	"shotput/stats"
)

// A flowing is a run of flows on a server that is a formula: when each is due, how long each of its exchanges takes the
// server, how long it waits by itself behind it, and when the tool stands still.
type flowing struct {
	due    []float64
	takes  [][]float64 // of each flow
	think  [][]float64
	stands [][2]float64
}

// A going is an exchange that goes out.
type going struct {
	at, due float64
	flow, n int
}

type goings []going

func (g goings) Len() int           { return len(g) }
func (g goings) Less(i, j int) bool { return g[i].at < g[j].at }
func (g goings) Swap(i, j int)      { g[i], g[j] = g[j], g[i] }
func (g *goings) Push(x any)        { *g = append(*g, x.(going)) }
func (g *goings) Pop() any {
	last := (*g)[len(*g)-1]
	*g = (*g)[:len(*g)-1]
	return last
}

// ready is when the tool sends what is due at t.
func (f *flowing) ready(t float64) float64 {
	for _, s := range f.stands {
		if t >= s[0] && t < s[1] {
			return s[1]
		}
	}
	return t
}

// A story is what became of the flows, in the order in which an engine tells a Shadow of it.
type story struct {
	all    []stats.Observation
	events []flowEvent
}

type flowEvent struct {
	at   time.Duration
	sent bool // its first exchange went out; else it ended
	flow int
}

// run serves the flows: in order of arrival by so many servers, or, shared, by all of their capacity together.
func (f *flowing) run(servers int, shared bool) (s story) {
	s.all = make([]stats.Observation, len(f.due))
	next := goings{}
	for k, due := range f.due {
		next = append(next, going{f.ready(due), due, k, 0})
	}
	heap.Init(&next)
	free := make(ascending, servers)
	var open []going // of a shared server, by the virtual instant of their end, which is due
	t, v := 0.0, 0.0
	for len(next) > 0 || len(open) > 0 {
		finish, rate := math.Inf(1), 0.0
		if len(open) > 0 {
			rate = min(1, float64(servers)/float64(len(open)))
			finish = t + (open[0].due-v)/rate
		}
		if len(next) > 0 && next[0].at <= finish {
			g := heap.Pop(&next).(going)
			s.sent(g)
			take := f.takes[g.flow][g.n]
			if !shared {
				done := max(g.at, heap.Pop(&free).(float64)) + take
				heap.Push(&free, done)
				f.ended(&s, &next, g, done)
				continue
			}
			v, t = v+rate*(g.at-t), g.at
			g.due = v + take
			i := sort.Search(len(open), func(i int) bool { return open[i].due > g.due })
			open = slices.Insert(open, i, g)
			continue
		}
		v, t = open[0].due, finish
		g := open[0]
		open = open[1:]
		f.ended(&s, &next, g, t)
	}
	slices.SortStableFunc(s.events, func(a, b flowEvent) int {
		return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(btoi(a.sent), btoi(b.sent)))
	})
	return s
}

func (s *story) sent(g going) {
	o, at, due := &s.all[g.flow], instant(g.at), instant(g.due)
	if g.n == 0 {
		o.Intended, o.Claimed, o.Sent = due, due, at
		s.events = append(s.events, flowEvent{at, true, g.flow})
	} else {
		o.Gap += at - due
	}
	o.Exchanges++
}

func (f *flowing) ended(s *story, next *goings, g going, done float64) {
	o := &s.all[g.flow]
	if g.n+1 < len(f.takes[g.flow]) {
		think := f.think[g.flow][g.n]
		o.Paused += instant(think)
		heap.Push(next, going{f.ready(done + think), done + think, g.flow, g.n + 1})
		return
	}
	o.Done = instant(done)
	s.events = append(s.events, flowEvent{o.Done, false, g.flow})
}

// floors tells a Shadow of the story.
func (s *story) floors(due []float64) (responses, lows []time.Duration) {
	sh := &Shadow{Late: 200 * time.Microsecond, Flows: true, Due: func(until time.Duration) int64 {
		return int64(sort.Search(len(due), func(k int) bool { return instant(due[k]) > until }))
	}}
	sh.Start()
	inFlight := int64(0)
	for _, e := range s.events {
		o := &s.all[e.flow]
		if e.sent {
			inFlight++
			sh.NoteSent(o, e.at, inFlight)
			continue
		}
		inFlight--
		lows, responses = append(lows, sh.NoteDone(o, inFlight)), append(responses, o.Response())
	}
	return responses, lows
}

// The truth lies between floor and response of flows too, whether or not they wait by themselves.
func TestTruthOfFlowsLiesBetweenTheBounds(t *testing.T) {
	t.Parallel()
	var figures, firm int
	loads := []float64{.6, .95}
	if testing.Short() {
		loads = loads[1:]
	} else if realtest.IsLong() {
		loads = []float64{.3, .5, .6, .8, .9, .95}
	}
	for stands, fall := range standstills {
		for law, take := range laws {
			for _, load := range loads {
				for _, c := range []struct {
					servers int
					shared  bool
				}{{1, false}, {8, false}, {1, true}, {8, true}} {
					for _, think := range []float64{0, .005, .1} {
						rnd := rand.New(rand.NewPCG(5, uint64(c.servers)))
						const exchanges, rate, n = 3, 300, 3000
						f := flowing{stands: fall(rand.New(rand.NewPCG(5, 9)))}
						mean := load * float64(c.servers) / (exchanges * rate)
						for k := range n {
							f.due = append(f.due, float64(k)/rate)
							var takes, thinks []float64
							for range exchanges {
								takes, thinks = append(takes, take(rnd, mean)), append(thinks, rnd.Float64()*2*think)
							}
							f.takes, f.think = append(f.takes, takes), append(f.think, thinks)
						}
						late := f.run(c.servers, c.shared)
						f.stands = nil
						truth := f.run(c.servers, c.shared)
						what := fmt.Sprintf("%s, %s at %v, %+v, think %v", stands, law, load, c, think)
						a, b := holdFlows(t, what, f.due, &truth, &late)
						figures, firm = figures+a, firm+b
					}
				}
			}
		}
	}
	if firm < figures/10 || firm == figures {
		t.Errorf("%d of %d figures are firm", firm, figures)
	}
}

func holdFlows(t *testing.T, what string, due []float64, truth, late *story) (figures, firm int) {
	t.Helper()
	var truths []time.Duration
	for k := range truth.all {
		truths = append(truths, truth.all[k].Response())
	}
	slices.Sort(truths)
	responses, lows := late.floors(due)
	slices.Sort(responses)
	slices.Sort(lows)
	for _, q := range []float64{.5, .75, .9, .95, .99} {
		low, real, high := quantile(lows, q), quantile(truths, q), quantile(responses, q)
		if float64(low) > float64(real)*1.05+1e5 || float64(real) > float64(high)*1.05+1e5 {
			t.Errorf("%s: p%v is %v, and not in [%v, %v]", what, q*100, real, low, high)
		}
		figures++
		if (stats.Bounds{Lower: low, Upper: high}).Firm() {
			firm++
		}
	}
	return figures, firm
}

// Where the tool is on time, a flow's floor is its response, whatever it waits; and what it took between two exchanges
// comes off.
func TestFloorOfAFlow(t *testing.T) {
	const us = time.Microsecond
	o := stats.Observation{Exchanges: 3, Sent: 20 * us, Uploaded: 90 * us, FirstByte: 6900 * us, Done: 7000 * us, Paused: 5000 * us, BodySent: 10}
	for what, c := range map[string]struct{ gap, want time.Duration }{
		"on time":                     {100 * us, 6880 * us},
		"no exchange late":            {580 * us, 6400 * us},
		"a standstill in one of them": {900 * us, max(0, 6080*us-6*3*920*us)},
	} {
		s := &Shadow{Late: 200 * us, Flows: true, Due: func(time.Duration) int64 { return 1 }}
		s.Start()
		o.Gap = c.gap
		s.NoteSent(&o, 20*us, 1)
		if got := s.NoteDone(&o, 0); got != c.want {
			t.Errorf("%s: floor %v, want %v", what, got, c.want)
		}
	}
}
