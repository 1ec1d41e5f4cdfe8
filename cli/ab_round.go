package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os/exec"
	"slices"
	"strings"

	"shotput/cli/advice"
	"shotput/cli/doctor"
	"shotput/cli/flags"
	"shotput/cli/line"
	"shotput/cli/setup"
	"shotput/loadgen"
	"shotput/loadgen/fault"
	"shotput/stats"
	"shotput/stats/compare"
	"shotput/trials"
)

// Run makes one round of the side, behind its setup, and shows it while it goes on. It is that of a trials.Runner; the
// load has the number of the pair.
func (s *side) Run(ctx context.Context, load loadgen.Load, _ stats.Sink) (*stats.Run, error) {
	number := len(s.versus.done)
	if err := s.setUp(ctx); err != nil {
		return nil, err
	}
	if err := s.prepare(); err != nil {
		return nil, s.place(err)
	}
	s.asked.Plan.Load = load
	view := s.showRound(int64(number))
	if err := s.runRound(ctx, s.session, view, audience{view}); err != nil {
		return nil, s.place(s.explain(s.explainRefusal(err)))
	}
	return s.rounds[len(s.rounds)-1].run, nil
}

// goOn takes the rounds that are saved beside a comparison, each of which must be the one that would have been made: in
// turn, and of this side's plan.
func (v *versus) goOn() error {
	if v.from == "" {
		return nil
	}
	left, err := v.readRounds()
	if err != nil {
		return unresumed(v.typed.Line, v.from, err)
	}
	next := v.stepper(v.sides[0].asked.Plan.Load)
	for len(left[0])+len(left[1]) > 0 {
		t, more := next(v.done)
		if n := len(v.done); !more || len(left[t.Side]) == 0 || n > 0 && !follows(left[t.Side][0], v.done[n-1].Run) {
			return unresumed(v.typed.Line, v.from, fmt.Errorf("round %d of those beside it is not the one that was "+
				"due: they are not of one comparison, or more than %d pairs", n+1, v.pairs))
		}
		s, run := &v.sides[t.Side], left[t.Side][0]
		plan := s.asked.Plan
		plan.Load = t.Load
		changes := compare.Changes(run.Plan, plan.Record())
		if err := checkResumed(v.typed.Line, s.roundFile(v.from), changes); err != nil {
			return err
		}
		left[t.Side] = left[t.Side][1:]
		s.rounds = append(s.rounds, round{run: run})
		v.done = append(v.done, trials.Result{Trial: t, Run: run})
	}
	return nil
}

// follows says whether a run may have been made after another. It may say that it began before that one: a run counts
// the request that was sent ahead of it, which may have taken longer than a short round.
func follows(run, before *stats.Run) bool {
	return !run.Started.Add(run.Plan.Warmup + run.Totals.Elapsed).Before(before.Started)
}

// readRounds reads what is saved of both sides, each in the order in which it was made. Of B there may be none yet.
func (v *versus) readRounds() (all [2][]*stats.Run, err error) {
	for i := range v.sides {
		path := v.sides[i].roundFile(v.from)
		all[i], err = readSaved(path, strings.NewReader(""), stats.DecodeAll)
		if err != nil && !(i == 1 && errors.Is(err, fs.ErrNotExist)) {
			return all, fmt.Errorf("read the rounds beside it, %s: %w", line.Show(path), fault.Plain(err))
		}
	}
	return all, nil
}

// within writes a line of this side, to which advice was put, as that of both; one request is sent by the side alone.
func (s *side) within(l line.Line) string {
	v := s.versus
	if slices.ContainsFunc(l.Words, isOf("once")) {
		l.Whole = nil
		return l.String()
	}
	whole, had := v.typed.Line, s.asked.Words
	for _, w := range l.Words {
		switch {
		case slices.Contains(had, w):
		case w.Flag != "" && v.typed.Row(w.Flag) == nil, s.whole, slices.ContainsFunc(s.words, isOf(w.Flag)):
			return "" // it is for the plan file, or for --a: too much for a hint
		case w.Flag == "":
			whole = s.aim(whole, w.Value)
		default:
			whole = whole.With(w.Flag, w.Value)
		}
	}
	for _, w := range had {
		if !slices.ContainsFunc(l.Words, isOf(w.Flag)) {
			whole = whole.Without(w.Flag)
		}
	}
	return whole.String()
}

func isOf(flag string) func(line.Word) bool {
	return func(w line.Word) bool { return w.Flag == flag }
}

// place corrects what is said of a refusal where a load has been sent before it.
func (s *side) place(err error) error {
	var r *refusal
	if len(s.versus.done) > 0 && errors.As(err, &r) && r.last != "" {
		r.last = "exit 3 before " + s.label
	}
	return err
}

// setUp runs the command that is to be run before each round of the side, and waits for the server, where it is to be
// waited for.
func (s *side) setUp(ctx context.Context) error {
	if s.setup == "" {
		return nil
	}
	v := s.versus
	c := setup.Command{Text: s.setup, Limit: v.limit, Out: s.Err}
	err := c.Run(ctx)
	var late *setup.TimeoutError
	var code *exec.ExitError
	flag := "setup-" + s.flag()
	h := advice.Hint{Error: fmt.Sprintf("--%s %s: before %s, ", flag, line.Show(s.setup), s.label),
		Try: v.typed.With(flag, v.typed.Row(flag).Eg).String()}
	switch {
	case err == nil:
		return s.await(v.watch)
	case errors.As(err, new(interrupted)):
		return err
	case errors.As(err, &late):
		h.Error += late.Error()
		h.Try = v.typed.With("setup-timeout", (2 * late.Limit).String()).String()
	case errors.As(err, &code):
		h.Error += "it ended with " + code.Error()
		h.Why = "it is to end with 0; what it printed stands above"
	default:
		h.Error += "it could not be run: " + line.Printable(err.Error())
	}
	return giveUp(err, h)
}

// prepare makes the side ready, once for all its rounds.
func (s *side) prepare() (err error) {
	if s.session != nil {
		return nil
	}
	w := s.versus.watch
	if s.setup == "" { // else it has been waited for
		if err := s.await(w); err != nil {
			return err
		}
	}
	if s.session, err = s.job.prepare(w); err != nil {
		s.session = nil
		return s.explain(s.explainRefusal(err))
	}
	s.tellFirst(s.session.First())
	return nil
}

// Close closes the side's connections.
func (s *side) Close() error {
	if s.session == nil {
		return nil
	}
	return s.session.Close()
}

func (v *versus) close() {
	for i := range v.sides {
		v.sides[i].Close()
	}
}

// noteAhead says what there is to say of the plans before anything is sent.
func (v *versus) noteAhead() {
	said := map[string]bool{}
	for i := range v.sides {
		s := &v.sides[i]
		s.notes = advice.OfPlan(s.asked, doctor.OpenFiles())
		for _, h := range s.notes {
			if h.Code == "same-url" && h.Try != "" {
				h.Try = v.varied()
			}
			if !said[h.Error] { // most are of both sides
				s.note([]advice.Hint{h})
			}
			said[h.Error] = true
		}
		out := &s.asked.Out
		if len(out.Files) > 0 || out.Samples != "" || s.asked.Schedule.Rounds > 0 ||
			s.asked.Metrics != (flags.Metrics{}) {
			s.note([]advice.Hint{{Error: s.name + ": what the plan says of outputs and of repeat is for shotput run"}})
			s.asked.Schedule.Rounds = 0
		}
		if len(s.asked.Plan.Rules.Thresholds) > 0 {
			s.note([]advice.Hint{{Error: s.name + ": thresholds are judged in each saved round; the exit code " +
				"is that of the comparison"}})
		}
	}
}

// varied is the line with URLs that differ from one request to the next, of both sides: one of them alone would compare
// many objects with one. "" where a plan file has them.
func (v *versus) varied() string {
	whole := v.typed.Line
	for i := range v.sides {
		s := &v.sides[i]
		if s.whole {
			return ""
		}
		if url := s.asked.Plan.Request.URL; !s.asked.Plan.Request.Varies() {
			whole = s.aim(whole, advice.Varied(url))
		}
	}
	return whole.String()
}

// noteAfter says what there is to say of the rounds, each code once.
func (v *versus) noteAfter() {
	said := map[string]bool{}
	for i := range v.sides {
		s := &v.sides[i]
		for _, h := range s.hints() {
			if !said[h.Code] {
				s.note([]advice.Hint{h})
			}
			said[h.Code] = true
		}
	}
}

// show is --dry-run: both sides, and nothing sent.
func (v *versus) show(s *Stdio) error {
	for i := range v.sides {
		fmt.Fprintf(s.Out, "side %s\n", v.sides[i].name)
		if err := show(v.sides[i].asked, s); err != nil {
			return v.sides[i].explain(err)
		}
	}
	return nil
}
