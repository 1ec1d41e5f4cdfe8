package flags

import (
	"shotput/cli/line"
	"shotput/loadgen/answer"
)

func loadRows(a *Asked) []line.Row {
	p := &a.Plan
	return line.InGroup(GroupLoad, line.Rows{
		{Long: "concurrency", Short: "c", Arg: "N", Eg: "50",
			Help:   "requests in flight at most (50)",
			Amount: true, Clashes: concurrencyClashes,
			Elsewhere: list("clients", "concurrent", "connections", "max-workers", "threads", "users", "vus",
				"workers"),
			AsKey: list("connections", "threads", "users", "vus"), Set: takeNumber(&p.Load.Concurrency)},
		{Long: "requests", Short: "n", Arg: "N", Eg: "1000", Help: "stop after N requests",
			Clashes: countClashes, Elsewhere: list("amount", "count", "iterations", "reps"), AsKey: list("iterations"),
			Set: line.One(&p.Load.Requests, ParseCount)},
		{Long: "duration", Short: "z", Arg: "TIME", Eg: "10s", Help: "how long to send (10s)",
			Amount: true, Elsewhere: list("run-time", "time"), AsKey: list("time"), Set: TakeSpan(&p.Load.Duration)},
		{Long: "rate", Short: "r", Arg: "RATE", Eg: "2000/s",
			Help: "requests a second (open loop): 2000/s, 120/m, 20MiB/s;\n" +
				"max: as fast as -c allows (closed loop); also -q",
			Amount: true, Over: list("stages"), Clashes: rateClashes,
			Elsewhere: list("qps", "rps"), AsKey: list("qps", "rps"), Set: a.Schedule.takeRate(&p.Load.Rate)},
		{Long: "q", Short: "q", Arg: "RATE", Eg: "2000/s",
			Alias: "rate", Clashes: quickClashes, Set: a.Schedule.takeRate(&p.Load.Rate)},
		{Long: "stages", Arg: "STAGES", Eg: "30s@0..2000/s,1m@2000/s",
			Help: "ramp: a rate that changes: 30s@0..2000/s,1m@2000/s",
			Over: list("rate", "duration"), Set: line.One(&p.Load.Stages, parseStages)},
		{Long: "arrivals", Arg: "LAW", Eg: "uniform", Help: "uniform or poisson gaps",
			Words: list("uniform", "poisson"), Set: line.One(&a.Schedule.arrivals, line.AsIs)},
		{Long: "warmup", Arg: "TIME", Eg: "2s", Help: "load before the measurement, not counted",
			Amount: true, Set: line.One(&p.Load.Warmup, ParseSpan)},
		{Long: "repeat", Arg: "N", Eg: "10", Help: "rounds of the same run, one after another (1)",
			Amount: true, Set: a.Schedule.takeRounds},
		{
			Long: "seed",
			Arg:  "N",
			Eg:   "1",
			Help: "seed of all random values (1)",
			Set:  line.One(&p.Load.Seed, parseSeed),
		},
	}).Hiding("q") // it is told of with -r
}

// engineRows are the flags that say by which engine, and how, requests are sent.
func engineRows(a *Asked) line.Rows {
	p := &a.Plan
	return line.InGroup(groupEngine, line.Rows{
		{Long: "engine", Arg: "NAME", Eg: "auto", Help: "auto, wire (event loop) or http (net/http)",
			Words: list("auto", "wire", "http"), Set: line.One(&p.Engine.Name, line.AsIs)},
		{Long: "loops", Arg: "N", Eg: "1", Help: "event loops, each a thread (by the number of CPUs)",
			Amount: true, Set: takeNumber(&p.Engine.Loops)},
		{Long: "poll", Arg: "HOW", Eg: "auto", Help: "auto, io_uring or epoll: how the event loop waits",
			Words: list("auto", "io_uring", "epoll"), Set: line.One(&p.Engine.Poll, line.AsIs)},
		{Long: "spin", Arg: "HOW", Eg: "auto", Help: "auto, on or off: wait actively for the last moment",
			Words: list("auto", "on", "off"), Set: line.One(&p.Engine.Spin, line.AsIs)},
		{Long: "clock", Arg: "WHOSE", Eg: "kernel", Help: "kernel or user: which clock times an answer",
			Words: list("kernel", "user"), Set: line.One(&p.Engine.Clock, line.AsIs)},
	})
}

func judgingRows(a *Asked) []line.Row {
	p := &a.Plan
	return line.InGroup(GroupJudging, line.Rows{
		{Long: "expect", Arg: "CODES", Eg: "2xx,409", Help: "statuses that are OK (2xx): 2xx,409", Mixable: true,
			OfAnswer: true,
			Set:      line.One(&p.Answer.Status, answer.ParseStatusSet)},
		{Long: "expect-header", Arg: "LINE", Eg: "ETag", Help: "'Name' or 'Name: value' in each answer; repeat",
			Repeats: true, Mixable: true, OfAnswer: true, Hide: line.HideHeader,
			Set: line.Each(&p.Answer.Header, line.NotEmpty)},
		{Long: "expect-body-regex", Arg: "REGEX", Field: "expect-body", Eg: "ok",
			Help: "what an answer's body must match (RE2)", Mixable: true, OfAnswer: true,
			Set: line.Filled(&p.Answer.Body)},
		{Long: "expect-json", Arg: "TEXT", Eg: `status == "ok"`, Help: "condition on its JSON: 'status == \"ok\"'",
			Mixable: true, OfAnswer: true, Set: line.Filled(&p.Answer.JSON)},
		{Long: "no-preflight", Help: "do not send the first request ahead of the others",
			Set: line.OnOff(&p.NoPreflight)},
		{Long: "strict", Help: "exit 3 unless the verdict is kept", Set: line.OnOff(&a.Plan.Rules.Strict)},
	})
}

// objectiveRows are the flags that say what a run must keep.
func objectiveRows(a *Asked) []line.Row {
	p := &a.Plan
	return line.InGroup(GroupJudging, line.Rows{
		{Long: "threshold", Arg: "RULE", Eg: "p99 < 50ms",
			Help:    "what must hold, else exit 1: 'p99 < 50ms',\n'error_rate < 0.1%', 'rate >= 99% of target'; repeat",
			Repeats: true, AsKey: list("thresholds"), Set: line.Each(&p.Rules.Thresholds, parseRule)},
		{Long: "abort", Arg: "RULE", Eg: "error_rate > 5%",
			Help:    "end the run, exit 1, as soon as it holds:\n'error_rate > 5%', 'p99 > 1s for 10s'; repeat",
			Repeats: true, Set: line.Each(&p.Rules.Aborts, parseRule)},
	})
}
