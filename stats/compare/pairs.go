package compare

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"shotput/stats"
)

// # Pairs made for nothing else
//
// Two states of a server may be there at the same time: two builds on two ports, or one server asked in two ways. Then
// rounds of both are made in turn, and the sides may be asked for unlike things on purpose: another path, another
// header. Their load must be the same all the same, for a server that is given more to do is slower by that.

// IsNewsTurn says of which side a round is, counted from 0, where rounds are made in turn: AB BA AB …. Who is first
// changes from pair to pair, so that what drifts, and what one round leaves behind for the next, meets both alike.
func IsNewsTurn(round int) bool { return round%4 == 1 || round%4 == 2 }

// Turns judges rounds that were made in turn, and whose requests may differ on purpose: how they do is a warning. A
// last round without its partner is left out, and named. Fewer pairs than a judgement takes are no error: then nothing
// is judged. For the error see Judge.
func Turns(base, new []Round) (*Comparison, error) {
	if len(base) == 0 || len(new) == 0 {
		return nil, errors.New("compare runs: a side is empty")
	}
	all := differences(base, new)
	if unlike := slices.DeleteFunc(slices.Clone(all), onPurpose); len(unlike) > 0 {
		return nil, &UnlikeError{unlike}
	}
	c := begin(base, new)
	c.Test = SignedRank
	c.sayRequests(all)
	base, new, err := inPairs(c.Base.matched(base, len(new)), c.New.matched(new, len(base)))
	if err != nil {
		return nil, err
	}
	c.judgeRounds(base, new)
	return c, nil
}

// LoadDifferences are what keeps rounds of two plans from being judged by each other, even where their requests may
// differ; none where nothing does. It can be asked before anything is sent.
func LoadDifferences(base, new stats.Plan, baseName, newName string) []Difference {
	a := Round{Run: &stats.Run{Plan: base}, File: baseName}
	b := Round{Run: &stats.Run{Plan: new}, File: newName}
	return slices.DeleteFunc(Differences(a, b), onPurpose)
}

// ofTheLoad are the fields of a saved run that say what was asked of the server, and by whom it was timed: they must be
// alike whatever is compared. Any other field is of the request.
var ofTheLoad = []string{"engine", "poll", "clock", "model", "rate_per_second", "bytes_per_second", "arrivals",
	"stages", "concurrency", "requests", "duration_ns", "warmup_ns"}

func onPurpose(d Difference) bool { return !slices.Contains(ofTheLoad, d.Field) }

// sayRequests tells in what the requests differ.
func (c *Comparison) sayRequests(all []Difference) {
	var fields []string
	for _, d := range all {
		fields = append(fields, fmt.Sprintf("%s is %s in base and %s in new", d.Field, d.Base, d.New))
	}
	if len(fields) > 0 {
		c.Warnings = append(c.Warnings, stats.Warning{Code: "unlike-requests",
			Text: "the requests differ, as they were asked to: " + strings.Join(fields, "; ")})
	}
}

// matched leaves out the latest rounds, where the other side has fewer.
func (s *Side) matched(rounds []Round, others int) []Round {
	if len(rounds) <= others {
		return rounds
	}
	rounds = slices.SortedStableFunc(slices.Values(rounds), earlier)
	for _, r := range rounds[others:] {
		s.Excluded = append(s.Excluded, Exclusion{File: r.File, Round: r.Number,
			Why: "the other round of its pair is missing"})
	}
	return rounds[:others]
}

func earlier(a, b Round) int { return a.Started.Compare(b.Started) }

// inPairs puts both sides in the order in which they were made, and refuses rounds that were not made in turn: of
// each two that follow each other, one is of each side.
func inPairs(base, new []Round) (inOrderBase, inOrderNew []Round, err error) {
	base = slices.SortedStableFunc(slices.Values(base), earlier)
	new = slices.SortedStableFunc(slices.Values(new), earlier)
	for i := range len(base) - 1 {
		if base[i].Started.After(new[i+1].Started) || new[i].Started.After(base[i+1].Started) {
			return nil, nil, fmt.Errorf(
				"pair rounds: they were not made in turn: %s and %s are not the next to each other",
				base[i].name(), new[i].name())
		}
	}
	return base, new, nil
}
