package flags

import (
	"cmp"
	"errors"
	"math"
	"strconv"
	"strings"
	"time"

	"shotput/cli/line"
	"shotput/stats/curve"
	"shotput/stats/search"
)

// A Search is what was asked of a search for the highest load, as it was typed.
type Search struct {
	by, min, max  string
	precision     float64
	trial, budget time.Duration
	most          int64
	Resume        string // the file from which it goes on; "" where it begins

	least, greatest float64 // min and max, read
}

// GroupTrials of the help is of what several trials are made for.
const GroupTrials = "Trials"

// Rows are its flags.
func (s *Search) Rows() line.Rows {
	return line.InGroup(GroupTrials, line.Rows{
		{Long: "by", Arg: "WHAT", Eg: "rate", Help: "rate, byterate or concurrency: the load (rate)",
			Words: list("rate", "byterate", "concurrency"), Set: line.One(&s.by, line.AsIs)},
		{Long: "max", Arg: "LOAD", Eg: "8000/s", Help: "the greatest to try: 8000/s, 100MiB/s, or 64 in flight",
			Amount: true, Set: line.Filled(&s.max)},
		{Long: "min", Arg: "LOAD", Eg: "10/s", Help: "the least", Amount: true, Set: line.Filled(&s.min)},
		{Long: "precision", Arg: "SHARE", Eg: "3%", Help: "how far apart passed and failed loads may be (3%)",
			Amount: true, Set: line.One(&s.precision, parsePrecision)},
		{Long: "trial", Arg: "TIME", Eg: "10s", Help: "how long each trial measures (10s)",
			Amount: true, Set: TakeSpan(&s.trial)},
		{Long: "budget", Arg: "TIME", Eg: "20m", Help: "time for all trials (10m, or that of 60 trials)",
			Amount: true, Set: TakeSpan(&s.budget)},
		{Long: "max-concurrency", Arg: "N", Eg: "4096", Help: "up to which -c is raised where it is too low (4096)",
			Amount: true, Set: line.One(&s.most, ParseCount)},
		{Long: "resume", Arg: "FILE", Eg: "capacity.json", Help: "go on from what -o capacity.json has saved",
			Set: line.Filled(&s.Resume)},
	})
}

// Bound reads the bounds, of the kind of load that they are of, and notes what is wrong with them.
func (s *Search) Bound(a *Asked) {
	for _, b := range []struct {
		flag, text string
		into       *float64
	}{{"min", s.min, &s.least}, {"max", s.max, &s.greatest}} {
		if b.text != "" {
			*b.into = a.load(b.flag, b.text, s.by)
		}
	}
}

// Goal is the goal with every default, of a line that is settled. There is time for more trials than a search may have.
func (s *Search) Goal(a *Asked) search.Goal {
	g := search.Goal{By: search.By(s.by), Min: s.least, Max: s.greatest, Precision: s.precision, Trial: s.trial,
		Budget: s.budget, Concurrency: a.Plan.Load.Concurrency, MostConcurrency: int(min(s.most, math.MaxInt32)),
		Thresholds: a.Plan.Rules.Thresholds}
	if a.Plan.Load.Poisson {
		g.Arrivals = "poisson"
	}
	g = g.WithDefaults()
	if g.Budget == 0 {
		g.Budget = max(10*time.Minute, 60*g.Trial)
	}
	return g
}

// parsePrecision reads a share that is none of nothing: 0 is what is not said.
func parsePrecision(text string) (float64, error) {
	share, err := ParseShare(text)
	if err == nil && share == 0 {
		err = errors.New("it must be more than 0")
	}
	return share, err
}

// flagOf are the flags of the fields of a goal that have another name.
var flagOf = map[string]string{"most_concurrency": "max-concurrency"}

// Check notes what is wrong with a goal, in the words of flags.
func (s *Search) Check(a *Asked, g search.Goal) {
	for _, f := range g.Check() {
		flag := f.Field
		if other := flagOf[flag]; other != "" {
			flag = other
		}
		told := line.Fault{Kind: line.Contrary, Flag: flag, Why: f.Why, Mends: []line.Mend{line.Drop(flag)}}
		for _, w := range a.Words {
			if w.Flag == flag {
				told.Value, told.Shown = w.Value, line.Show(w.Value)
			}
		}
		a.Note(told)
	}
}

// load reads a load of a flag, and notes what is wrong with it.
func (a *Asked) load(flag, text, by string) float64 {
	load, err := ParseLoad(by, text)
	if err != nil {
		eg := map[string]string{"": "8000/s", "rate": "8000/s", "byterate": "100MiB/s", "concurrency": "64"}[by]
		a.Note(line.Fault{Flag: flag, Value: text, Shown: line.Show(text), Why: err.Error(),
			Mends: []line.Mend{line.Replace(flag, text, eg)}})
	}
	return load
}

// ParseLoad reads a load: by rate 2000/s, by byterate 20MiB/s, by concurrency 64.
func ParseLoad(by, text string) (float64, error) {
	if by == string(search.Concurrency) {
		n, err := ParseCount(text)
		return float64(n), err
	}
	rate, err := ParseRate(text)
	switch {
	case err != nil:
		return 0, err
	case by == string(search.ByteRate) && rate.BytesPerSecond == 0:
		return 0, errors.New("it is bytes a second, such as 20MiB/s")
	case by == string(search.ByteRate):
		return rate.BytesPerSecond, nil
	case rate.PerSecond == 0:
		return 0, errors.New("it is requests a second, such as 2000/s")
	}
	return rate.PerSecond, nil
}

// WriteLoad writes a load as ParseLoad reads it.
func WriteLoad(by string, load float64) string {
	number := strconv.FormatFloat(load, 'f', -1, 64)
	switch search.By(by) {
	case search.Concurrency:
		return number
	case search.ByteRate:
		return number + "B/s"
	}
	return number + "/s"
}

// ParseShare reads 0.05 or 5%.
func ParseShare(s string) (float64, error) {
	number, percent := strings.CutSuffix(s, "%")
	n, rest, err := SplitNumber(number)
	if percent {
		n /= 100
	}
	if err != nil || rest != "" || n > 1 {
		return 0, errors.New("a share is from 0 to 1, or from 0% to 100%")
	}
	return n, nil
}

// A Sweep is what was asked of a curve, as it was typed.
type Sweep struct {
	rates, steps string
	between      string // concurrencies, where -c has two
	scale        string
	trial        time.Duration
	By           string // what the loads are
	Resume       string // the file from which it goes on; "" where it begins
}

// Rows are its flags. Those of -c are changed: it may have two numbers.
func (s *Sweep) Rows(a *Asked) line.Rows {
	c := a.Row("concurrency")
	slots := c.Set
	c.Set = func(text string) error {
		if strings.Contains(text, "..") {
			s.between = text
			return nil
		}
		return slots(text)
	}
	return line.InGroup(GroupTrials, line.Rows{
		{Long: "rates", Arg: "FROM..TO", Eg: "500..8000/s", Help: "the lowest and the highest rate: 500..8000/s,\n" +
			"1..50MiB/s; or -c 1..64 for a sweep of concurrency", Amount: true, Set: line.Filled(&s.rates)},
		{Long: "steps", Arg: "N", Eg: "8", Help: "how many loads (8)", Amount: true, Set: line.Filled(&s.steps)},
		{Long: "scale", Arg: "HOW", Eg: "log", Help: "log or lin: how they are spaced (log)",
			Words: list("log", "lin"), Set: line.One(&s.scale, line.AsIs)},
		{Long: "trial", Arg: "TIME", Eg: "10s", Help: "how long each load is measured (10s)",
			Amount: true, Set: TakeSpan(&s.trial)},
		{Long: "resume", Arg: "FILE", Eg: "curve.json", Help: "go on from what -o curve.json has saved",
			Set: line.Filled(&s.Resume)},
	})
}

const usualSteps = 8

// Sweep is the sweep that was asked for, and how long each of its trials is; what is wrong with it is noted.
func (s *Sweep) Sweep(a *Asked) (sweep curve.Sweep, trial time.Duration) {
	sweep = curve.Sweep{Steps: usualSteps, Scale: curve.Scale(s.scale), Seed: max(1, a.Plan.Load.Seed)}
	flag, text := "rates", s.rates
	switch {
	case s.rates != "" && s.between != "":
		a.Note(line.Fault{Kind: line.Contrary, Flag: "rates", Why: "and -c with two numbers are two sweeps; give one",
			Mends: []line.Mend{line.Drop("concurrency")}})
		return sweep, 0
	case s.between != "":
		flag, text, s.By, sweep.Whole = "concurrency", s.between, curve.ByConcurrency, true
	case s.rates == "":
		a.Note(line.Fault{Flag: "rates", Why: "is missing: from which load to which?",
			Mends: []line.Mend{line.Set("rates", "500..8000/s")}})
		return sweep, 0
	}
	if s.steps != "" {
		n, err := ParseCount(s.steps)
		if err != nil {
			a.noteSweep("steps", s.steps, err.Error(), "8")
			return sweep, 0
		}
		sweep.Steps = int(min(n, 1e9))
	}
	eg := map[string]string{"rates": "500..8000/s", "concurrency": "1..64"}[flag]
	var err error
	if s.By, sweep.Lo, sweep.Hi, err = parseRange(s.By, text); err != nil {
		a.noteSweep(flag, text, err.Error(), eg)
		return sweep, 0
	}
	var wrong *curve.SweepError
	if errors.As(sweep.Check(), &wrong) {
		if wrong.Field == "steps" {
			flag, text, eg = "steps", s.steps, "8"
		}
		a.noteSweep(flag, text, wrong.Why, eg)
	}
	return sweep, cmp.Or(s.trial, 10*time.Second)
}

func (a *Asked) noteSweep(flag, text, why, eg string) {
	a.Note(line.Fault{Flag: flag, Value: text, Shown: line.Show(text), Why: why,
		Mends: []line.Mend{line.Set(flag, eg)}})
}

// parseRange reads FROM..TO of which the unit may stand behind the second alone. by is what it is of, where that is no
// rate.
func parseRange(by, text string) (of string, from, to float64, err error) {
	low, high, two := strings.Cut(text, "..")
	if !two {
		return by, 0, 0, errors.New("it is two loads, as in 500..8000/s")
	}
	if _, unit, err := SplitNumber(low); err == nil && unit == "" {
		if _, unit, err := SplitNumber(high); err == nil {
			low += unit
		}
	}
	if of = by; by == "" {
		of = curve.ByRate
		if rate, err := ParseRate(high); err == nil && rate.BytesPerSecond > 0 {
			of = curve.ByByteRate
		}
	}
	if from, err = ParseLoad(of, low); err == nil {
		to, err = ParseLoad(of, high)
	}
	return of, from, to, err
}
