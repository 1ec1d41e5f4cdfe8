package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"shotput/cli/advice"
	"shotput/cli/flags"
	"shotput/cli/line"
	"shotput/cli/saved"
	"shotput/loadgen"
	"shotput/report"
	"shotput/stats"
	"shotput/stats/compare"
	"shotput/trials"
)

// A versus is `shotput ab`: two states of a server, fired at in turn, and the second judged by the first.
type versus struct {
	typed *flags.Asked // what both sides have in common, and where the result goes
	stdin *replay
	pairs int64
	limit time.Duration // of a setup
	from  string        // the comparison that it goes on from; "" where it begins
	sides [2]side       // A, which is the base, and B
	shown *screen
	watch *watch
	done  []trials.Result
}

func beginVersus(s *Stdio) beginning {
	v := newVersus(s)
	run := func(ctx context.Context, operands []string) error { return v.run(ctx, s, operands) }
	return beginning{&v.typed.Line, v.ownRows(), run}
}

func newVersus(s *Stdio) *versus {
	v := &versus{stdin: &replay{from: s.In}, pairs: compare.FirstPairs, limit: setupLimit, shown: new(screen)}
	v.typed = flags.New(v.world(s))
	v.typed.Verb, v.typed.Out.Only = verbAB, report.CompareFormats
	v.typed.Rows = append(v.ownRows(), sharedRows(v.typed.Rows)...)
	v.typed.Fresh = func() []line.Row { return newVersus(s).typed.Rows }
	for i := range v.sides {
		v.sides[i].versus, v.sides[i].name = v, string(rune('A'+i))
	}
	return v
}

// verbAB fires two sides in turn.
const verbAB = "ab"

// run is the way of a comparison: both plans, both sessions, rounds in turn, the verdict.
func (v *versus) run(parent context.Context, s *Stdio, args []string) error {
	v.typed.Operands(args)
	if err := v.settle(s, args); err != nil {
		return err
	}
	if err := v.goOn(); err != nil {
		return err
	}
	out := v.typed.Out
	out.Files = append(out.Files[:len(out.Files):len(out.Files)], v.roundFiles()...)
	if err := checkWritable(&out, v.typed.Line); err != nil {
		return err
	}
	if v.typed.DryRun {
		return v.show(s)
	}
	v.noteAhead()
	v.watch = s.interruptible(parent, v.shown.note)
	defer v.watch.done()
	var err error
	if _, more := v.stepper(v.sides[0].asked.Plan.Load)(v.done); more {
		err = v.fire()
	}
	return preferSignal(v.watch.ctx, s, v.conclude(s, err))
}

// settle makes both plans of what was typed.
func (v *versus) settle(s *Stdio, args []string) error {
	refuseWords(v.typed, inOneReport, map[string]string{"once": "sends one request, and here there are two sides"})
	if err := v.typed.Check(); err != nil {
		return err
	}
	return v.plan(s, args)
}

// fire makes the rounds. Where nothing is to be done before a side's run, both sides are made ready first: that one
// cannot be measured is to be known before the other has been.
func (v *versus) fire() error {
	defer v.close()
	if v.sides[0].setup == "" && v.sides[1].setup == "" {
		for i := range v.sides {
			if err := v.sides[i].prepare(); err != nil {
				return err
			}
		}
	}
	load := v.sides[0].asked.Plan.Load
	runners := []trials.Runner{&v.sides[0], &v.sides[1]}
	var err error
	next := trials.From(v.done[:len(v.done):len(v.done)], v.stepper(load))
	v.watch.during(func() { _, err = trials.Drive(v.watch.ctx, runners, next, v) })
	return err
}

// stepper makes pairs in turn, both rounds of one with the same draw, and once some more where these say too little.
func (v *versus) stepper(load loadgen.Load) trials.Stepper {
	return func(done []trials.Result) (trials.Trial, bool) {
		n := len(done)
		t := trials.Trial{Load: load}
		if t.Load.Round = n / 2; compare.IsNewsTurn(n) {
			t.Side = 1
		}
		return t, n < 2*v.total(done)
	}
}

// total is how many pairs are to be made, as far as is known by now.
func (v *versus) total(done []trials.Result) int {
	pairs := int(v.pairs)
	if len(done) < 2*pairs {
		return pairs
	}
	c, err := compare.Turns(roundsOf(done[:2*pairs]))
	if err != nil {
		return pairs
	}
	return pairs + c.MorePairs()
}

// Begin names a round.
func (v *versus) Begin(t trials.Trial) stats.Sink {
	s := &v.sides[t.Side]
	s.label = fmt.Sprintf("%s, pair %d of %d", s.name, t.Load.Round+1, v.total(v.done))
	return nil // the side shows its run itself, once it has been set up
}

// End keeps what counts, and saves the rounds of its side.
func (v *versus) End(r trials.Result, cut bool) error {
	switch {
	case r.Run.Hopeless(): // and so would the rounds be that follow
		s := &v.sides[r.Side]
		return giveUp(nil, advice.Hint{Error: s.label + ": " + r.Run.Stop.String(),
			Try: s.asked.With("once", "true").String()})
	case cut:
		return nil
	}
	v.done = append(v.done, r)
	if err := v.saveRounds(r.Side); err != nil {
		return giveUp(err, advice.Hint{Error: line.Printable(err.Error()),
			Try: v.typed.With("output", "./ab.json").String()})
	}
	return nil
}

// roundsOf are the rounds of A and of B.
func roundsOf(done []trials.Result) (base, new []compare.Round) {
	for _, r := range done {
		if r.Side == 0 {
			base = append(base, compare.Round{Run: r.Run, File: "A", Number: len(base) + 1})
		} else {
			new = append(new, compare.Round{Run: r.Run, File: "B", Number: len(new) + 1})
		}
	}
	return base, new
}

// conclude saves and prints what is known, and gives the exit code. ended is what kept the rest from being made, nil
// for nothing.
func (v *versus) conclude(s *Stdio, ended error) error {
	base, new := roundsOf(v.done)
	v.noteAfter()
	if ended != nil && len(v.done) > 0 {
		defer v.sides[0].note(hintSaved(v.typed.Line, &v.typed.Out))
	}
	if len(base) == 0 || len(new) == 0 {
		return ended
	}
	c, err := compare.Turns(base, new)
	g := &comparing{Line: v.typed.Line, out: v.typed.Out}
	if err != nil {
		return g.incomparable(err, base, new)
	}
	c.Strict, c.Unfinished = v.typed.Plan.Rules.Strict, ended != nil
	v.watch.during(func() {
		err = errors.Join(v.saveRounds(0), v.saveRounds(1), renderComparison(c).saveAll(&g.out, s))
	})
	err = errors.Join(err, renderComparison(c).printTable(&g.out, s))
	switch {
	case ended != nil:
		return ended
	case err != nil:
		return giveUp(err, advice.Hint{Error: line.Printable(err.Error()), Try: g.With("output", "./ab.json").String()})
	}
	return v.code(c)
}

// code gives the exit code of a comparison that was made to its end.
func (v *versus) code(c *compare.Comparison) error {
	told := advice.Hint{Error: saved.NothingSaid(c),
		Why: "the rounds differ too much among themselves: longer rounds, or more pairs, may tell",
		Try: v.typed.Without("resume").With("pairs", fmt.Sprint(min(mostPairs, 2*v.pairs))).String()}
	switch {
	case isDecided(c):
		return codeOf(c)
	case c.MachineLimited():
		told.Why = machineLimited
	case v.pairs < compare.LeastPairs:
		told.Why = fmt.Sprintf("a verdict takes %d pairs", compare.LeastPairs)
		told.Try = v.typed.Without("pairs").String()
	}
	return undecided(told)
}

// roundFiles are where the rounds of both sides are saved: beside each comparison that is saved as JSON.
func (v *versus) roundFiles() (all []string) {
	for _, path := range savedIn(&v.typed.Out) {
		all = append(all, v.sides[0].roundFile(path), v.sides[1].roundFile(path))
	}
	return all
}

// roundFile is where the rounds of a side are saved beside a comparison.
func (s *side) roundFile(comparison string) string { return nameOutput(comparison, s.flag()) }

// saveRounds saves those of one side.
func (v *versus) saveRounds(side int) (err error) {
	var runs []*stats.Run
	for _, r := range v.done {
		if r.Side == side {
			runs = append(runs, r.Run)
		}
	}
	for _, path := range savedIn(&v.typed.Out) {
		err = errors.Join(err, saveRendered(v.sides[side].roundFile(path), func(w io.Writer) error {
			return report.WriteRounds(w, "json", runs, documentOptions(&v.typed.Out))
		}))
	}
	return err
}

const abHelp = `shotput ab fires at two states of a server in turn, and judges B by A.

  shotput ab -r 500/s -z 10s http://old:8080/{{seq}} http://new:8080/{{seq}}
  shotput ab -r 500/s URL --a '-H "X-Cache: on"' --b '-H "X-Cache: off"'
  shotput ab old.yaml new.yaml -o ab.html -o ab.json
  shotput ab URL --setup-a './deploy v1' --setup-b './deploy v2' --wait 30s

Rounds are made in pairs, AB BA AB …: ten, and once five more where these say
too little. Both rounds of a pair draw the same values. All flags of shotput are
both sides', but for those that stand in --a and --b; the load is always the
same. A verdict takes five pairs; -z is how long one round takes.

With -o ab.json the rounds are saved too, each as it ends, as ab-a.json and
ab-b.json: shotput compare --ab ab-a.json ab-b.json judges them again, and
shotput ab --resume ab.json goes on with what is missing of them.

Usage: shotput ab [flags] A B           (URLs, or plan files)
       shotput ab [flags] URL --a FLAGS --b FLAGS
`

const abTail = `
All other flags: shotput --help. Exit codes: 0 no regression was found, 1 a
regression, 2 usage, nothing was sent, 3 nothing can be said, a setup failed, or
a side could not be measured; 129, 130 and 143 a signal (what is known is shown).
`
