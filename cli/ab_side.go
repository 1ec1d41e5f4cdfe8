package cli

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"shotput/cli/advice"
	"shotput/cli/curl"
	"shotput/cli/flags"
	"shotput/cli/line"
	"shotput/loadgen"
	"shotput/stats/compare"
)

// A side is one of two states of a server: how it is asked, and what is done before.
type side struct {
	*job    // nil before it is planned
	versus  *versus
	name    string // "A" or "B"
	own     string // flags that only this side has, as they were typed
	words   []line.Word
	setup   string // a command for the shell
	session *loadgen.Session
}

// How long a setup may take, unless it is said; and how many pairs there may be, whose rounds are all held in memory.
const (
	setupLimit = time.Minute
	mostPairs  = 50
)

// ownRows are the flags that only this verb has, and those of which it has others than a run.
func (v *versus) ownRows() line.Rows {
	a, b := &v.sides[0], &v.sides[1]
	pick := new(planRun).pickRow()
	pick.Set = line.Ignore // each side reads it again
	rows := line.InGroup("Two sides", append(line.Rows{
		{Long: "pairs", Arg: "N", Eg: "10", Help: "pairs of rounds (10, and 5 more where these say too\nlittle)",
			Amount: true, AsKey: []string{"repeat"}, Set: v.takePairs},
		{Long: "a", Arg: "FLAGS", Eg: `-H "X-Side: a"`, Help: "flags of side A alone, in quotes: '-H \"X-Side: a\"'",
			Hide: hideInFlags, Set: line.Filled(&a.own)},
		{Long: "b", Arg: "FLAGS", Eg: `-H "X-Side: b"`, Help: "flags of side B alone",
			Hide: hideInFlags, Set: line.Filled(&b.own)},
		{Long: "resume", Arg: "FILE", Eg: "ab.json", Help: "go on from the rounds that -o ab.json has saved",
			Set: line.Filled(&v.from)},
	}, setupRows(&a.setup, &b.setup, &v.limit)...))
	return append(append(rows, pick), comparisonRows(&v.typed.Out)...)
}

// setupRows are the flags that run commands. No file has them: who fires a plan does not expect it to run anything.
func setupRows(a, b *string, limit *time.Duration) line.Rows {
	const no = "runs a command, and stands on the command line of shotput ab"
	return line.Rows{
		{Long: "setup-a", Arg: "COMMAND", Eg: "true", NotInFiles: no, Verb: verbAB, Set: line.Filled(a),
			Help: "command before each round of A, for the shell; must\nexit with 0"},
		{Long: "setup-b", Arg: "COMMAND", Eg: "true", NotInFiles: no, Verb: verbAB, Set: line.Filled(b),
			Help: "command before each round of B"},
		{Long: "setup-timeout", Arg: "TIME", Eg: "60s", NotInFiles: no, Verb: verbAB, Amount: true,
			Set:  flags.TakeSpan(limit),
			Help: "how long such a command may take (60s)"},
	}
}

// sharedRows are the flags of a run that both sides have, and those that are refused with a reason; without those that
// the verb has itself, or that make no sense of two in turn.
func sharedRows(all line.Rows) line.Rows {
	without := []string{"repeat", "version", "output", "format", "unit", "ascii"}
	return slices.DeleteFunc(all, func(r line.Row) bool { return slices.Contains(without, r.Long) })
}

func (v *versus) takePairs(text string) (err error) {
	if v.pairs, err = flags.ParseCount(text); err == nil && v.pairs > mostPairs {
		err = fmt.Errorf("there are at most %d pairs", mostPairs)
	}
	return err
}

// hideInFlags shows nothing of flags in which there is a secret, nor of what cannot be told to be without.
func hideInFlags(text string) string {
	l := flags.New(flags.NewWorld(nil, nil))
	l.Rows = append(l.Rows, new(planRun).pickRow())
	split, err := curl.Split(text, func(string) (string, bool) { return "", true })
	if err == nil {
		_, err = l.Read(split.Words)
	}
	hidden := func(w line.Word) bool { return l.Hides(w.Flag, w.Value) }
	if err != nil || slices.ContainsFunc(l.Words, hidden) {
		return "…"
	}
	return text
}

// checkURL refuses a URL of the side alone beside one that it has already: two URLs are two operands.
func (s *side) checkURL(operands [2][]string) error {
	i := slices.IndexFunc(s.words, func(w line.Word) bool { return w.Flag == "url" })
	mine := 0
	if s.name == "B" {
		mine = 1
	}
	if i < 0 || len(operands[mine]) == 0 || isPlanFile(operands[mine][0]) {
		return nil
	}
	h := advice.Hint{Error: "--" + s.flag() + ": --url is one more than the URL that stands there already",
		Why: "where the sides differ in their URLs, both are operands"}
	ends := [2]string{operands[0][0], operands[1][0]}
	ends[mine] = s.words[i].Value
	rest := ownText(line.Line{Rows: s.versus.typed.Rows, Words: slices.Delete(slices.Clone(s.words), i, i+1)})
	whole := s.versus.typed.Without(s.flag())
	if rest != "" {
		whole = s.versus.typed.With(s.flag(), rest)
	}
	h.Try = whole.AimAt(ends[0]).String() + " " + whole.Veil("url", ends[1])
	return usage(h)
}

// world is what the flags of one side may read: standard input is given to each of them whole.
func (v *versus) world(s *Stdio) flags.World {
	w := *s
	w.In = v.stdin.again()
	return w.world()
}

// plan makes the plans of both sides, each through the same rows, and holds their loads against each other.
func (v *versus) plan(s *Stdio, args []string) error {
	a, b := &v.sides[0], &v.sides[1]
	operands := [2][]string{args, args}
	switch aimed := v.typed.Plan.Request.URL != "" || v.typed.Plan.Request.URLs != ""; {
	case len(args) > 2:
		return usage(advice.Hint{Error: line.Show(args[2]) + " is a third side, and there are two",
			Try: v.typed.AimAt(args[0]).String() + " " + line.Quote(args[1])})
	case len(args) == 2:
		operands = [2][]string{args[:1], args[1:]}
	case len(args) == 0 && !aimed:
		return usage(advice.Hint{Error: "which two sides? A and B are missing",
			Try: v.typed.AimAt(flags.ExampleURL).String() + " " + line.Quote(flags.ExampleURL)})
	case a.own+b.own+a.setup+b.setup == "":
		return usage(advice.Hint{Error: "which other side? B is missing",
			Why: "two URLs, two plan files, or one and what differs: --a, --b, --setup-a, --setup-b",
			Try: v.typed.With("b", v.typed.Row("b").Eg).String()})
	}
	for i := range v.sides {
		if err := v.sides[i].readOwn(s); err != nil {
			return err
		}
		if err := v.sides[i].checkURL(operands); err != nil {
			return err
		}
		if err := v.sides[i].plan(s, operands[i]); err != nil {
			return v.sides[i].explain(err)
		}
		v.sides[i].asked.Whole = v.sides[i].within
	}
	return v.checkLoads()
}

// rereadVersus reads lines of `shotput ab` from their beginnings, with the plans that they name.
func rereadVersus(s *Stdio) func(line.Line) []line.Fault {
	return func(l line.Line) []line.Fault {
		if slices.ContainsFunc(l.Words, readsInput) {
			return nil
		}
		v := newVersus(s)
		return faultsOf(v.settle(s, v.typed.TakeWords(l)))
	}
}

// checkLoads refuses sides of which one is asked for more than the other.
func (v *versus) checkLoads() error {
	a, b := &v.sides[0].asked.Plan, &v.sides[1].asked.Plan
	var hints []advice.Hint
	for _, d := range compare.LoadDifferences(a.Record(), b.Record(), "A", "B") {
		h := advice.Hint{Error: fmt.Sprintf("the loads differ: %s is %s in A and %s in B", d.Field, line.Show(d.Base),
			line.Show(d.New)), Why: "a server that is asked for more is slower by that; both sides have one load"}
		if r := v.typed.Row(strings.TrimSuffix(strings.TrimSuffix(d.Field, "_ns"), "_per_second")); r != nil {
			h.Try = v.typed.With(r.Long, r.Eg).String()
		}
		if d.Field == "engine" {
			h.Why, h.Try = "their times are not taken alike", v.typed.With("engine", "http").String()
			return usage(h) // how it waits follows from that
		}
		hints = append(hints, h)
	}
	if len(hints) == 0 {
		return nil
	}
	return usage(hints...)
}

// plan makes the plan of a side from what both have, what it has alone, and its URL or its plan file.
func (s *side) plan(io *Stdio, operand []string) error {
	world := *io
	world.In = s.versus.stdin.again()
	if len(operand) == 0 || !isPlanFile(operand[0]) {
		asked := flags.New(world.world())
		s.job = newJob(&world, asked, nil)
		s.job.shown = s.versus.shown
		if err := s.take(asked); err != nil {
			return err
		}
		return s.job.plan(operand)
	}
	r := newPlanRun(&world)
	if err := s.take(r.typed); err != nil {
		return err
	}
	r.typed.Operands(operand)
	p, err := r.read(operand)
	if err != nil {
		return err
	}
	picked, err := r.pick(p)
	if err != nil {
		return err
	}
	runs, err := r.requests(p, picked)
	if err != nil {
		return err
	}
	if len(runs) != 1 {
		return usage(advice.Hint{Error: fmt.Sprintf("the plan %s has %d scenarios, and a side is one",
			line.Show(operand[0]), len(runs)), Try: s.versus.typed.With("scenario", runs[0].name).String()})
	}
	s.job = newJob(&world, runs[0].asked, nil)
	s.job.shown, s.job.whole = s.versus.shown, true
	return nil
}

// isPlanFile tells a plan file from a URL.
func isPlanFile(operand string) bool {
	info, err := os.Stat(operand)
	return !strings.Contains(operand, "://") && (planName.MatchString(operand) ||
		line.IsPlanName(operand) && err == nil && info.Mode().IsRegular())
}

// readOwn reads the flags that a side has alone, as a shell would split them.
func (s *side) readOwn(io *Stdio) error {
	if s.own == "" {
		return nil
	}
	v := s.versus
	refuse := func(why, own string) error {
		return usage(advice.Hint{Error: "--" + s.flag() + ": " + why, Try: v.typed.With(s.flag(), own).String()})
	}
	eg := v.typed.Row(s.flag()).Eg
	split, err := curl.Split(s.own, io.world().Env)
	if err == nil && (split.Rest != "" || split.Stdin != nil) {
		err = errors.New("flags alone are read, and no redirection")
	}
	if err != nil {
		return refuse(err.Error(), eg)
	}
	own := flags.New(v.world(io))
	own.Rows = append(own.Rows, new(planRun).pickRow())
	operands, err := own.Read(split.Words)
	if err != nil {
		return refuse(refusals(err)[0].Error, eg)
	}
	if len(operands) > 0 {
		return refuse(line.Show(operands[0])+" is no flag; a value with blanks in it is quoted once more", eg)
	}
	for _, w := range own.Words {
		if r := own.Row(w.Flag); r.Group == flags.GroupLoad || r.Group == flags.GroupMetrics ||
			r.Group == flags.GroupOutput && r.Long != "label" {
			return refuse(r.Name()+" is of both sides, and stands beside --"+s.flag(), eg)
		}
	}
	if len(own.Faults) > 0 {
		return refuse(own.Faults[0].Sentence(), ownText(own.Mend(own.Faults[0].Mends...)))
	}
	s.words = own.Words
	return nil
}

// ownText writes flags as they stand in --a.
func ownText(l line.Line) string {
	l.Verb = ""
	l.Words = slices.DeleteFunc(slices.Clone(l.Words), func(w line.Word) bool { return w.Flag == "" })
	return strings.TrimPrefix(strings.TrimPrefix(l.String(), "shotput"), " ")
}

// flag is the name of that for a side's own flags.
func (s *side) flag() string { return strings.ToLower(s.name) }

// take has all flags of the side be read.
func (s *side) take(asked *flags.Asked) error {
	v := s.versus
	for _, w := range slices.Concat(v.typed.Words, s.words) {
		r := asked.Row(w.Flag)
		switch {
		case w.Flag == "", r == nil && w.Flag != "scenario", w.Flag == "output", w.Flag == "format":
			continue // of the comparison
		case r == nil:
			return usage(advice.Hint{
				Error: "--scenario " + line.Show(w.Value) + ": a URL has no scenarios, a plan file may",
				Try:   v.typed.Without("scenario").String()})
		}
		asked.Take(r, w.Value)
	}
	return nil
}

// explain says of which side something is wrong. What is wrong with a line is mended in the line of both.
func (s *side) explain(err error) error {
	var l *line.Refusal
	var r *refusal
	switch {
	case errors.As(err, &l):
		hints := hintsOfLine(l)
		hints[len(hints)-1].Try = s.mend(l.Faults).String()
		r = &refusal{code: exitUsage, hints: hints}
	case !errors.As(err, &r):
		return err
	}
	for i := range r.hints {
		r.hints[i].Error = s.name + ": " + r.hints[i].Error
	}
	return r
}

// mend is the line of both sides without what is wrong with this one.
func (s *side) mend(faults []line.Fault) line.Line {
	whole, own := s.versus.typed.Line, line.Line{Rows: s.asked.Rows, Words: s.words}
	for _, f := range faults {
		for _, m := range f.Mends {
			isOwn := func(w line.Word) bool { return slices.Contains(m.Flags, w.Flag) }
			switch {
			case m.How == line.AimAt:
				whole = s.aim(whole, m.Value)
			case slices.ContainsFunc(own.Words, isOwn):
				own = own.Mend(m)
			default:
				whole = whole.Mend(m)
			}
		}
	}
	switch text := ownText(own); {
	case s.own == "":
		return whole
	case text == "": // without anything there might be no other side
		return whole.With(s.flag(), whole.Row(s.flag()).Eg)
	default:
		return whole.With(s.flag(), text)
	}
}

// aim gives the line of both another URL in the place of this side's.
func (s *side) aim(l line.Line, url string) line.Line {
	l.Words = slices.Clone(l.Words)
	var at []int
	for i, w := range l.Words {
		if w.Flag == "" {
			at = append(at, i)
		}
	}
	switch {
	case len(at) == 2 && s.name == "B":
		l.Words[at[1]].Value = url
	case len(at) > 0:
		l.Words[at[0]].Value = url
	default:
		return l.AimAt(url)
	}
	return l
}
