package search

import (
	"cmp"
	"slices"
)

// The votes that decide; see the head of the package.
const (
	failsOfHi      = 3 // that the upper bound has in the end,
	refutesOfHi    = 2 // or of three times the length: a load that passes for so long only as a short trial takes
	mostBlind      = 3 // trials in a row that said nothing: the search goes another way
	hopeless       = 6 // where there is no other
	mostBlindLoads = 4 // where none passes
)

// votes are what the trials at one load said of it.
type votes struct {
	load      float64
	passes    int
	fails     int
	confirmed bool   // a pass was one of three times the length
	refuted   int    // fails that were
	blind     int    // trials since the last vote that said nothing
	last      Result // of those
}

// A class is what votes make of a load.
//
// Note: tried, taking a load for upper at its first fail while narrowing, and measuring it again in the end. Where all
// is quiet that takes 10.5 trials in the place of 13.0; where one in ten is spoilt, a twentieth of all searches
// takes 28 and more, in the place of 26.
type class int

const (
	undecided class = iota
	lower
	upper
)

func (v *votes) class() class {
	switch {
	case v.fails >= 2 && v.fails > v.passes:
		return upper
	case v.passes >= 1 && v.passes >= v.fails:
		return lower
	}
	return undecided
}

// fails for good: it may be the upper bound in the end.
func (v *votes) isUpper() bool {
	return v.class() == upper && (v.fails >= failsOfHi || v.refuted >= refutesOfHi)
}

func (v *votes) isBlind() bool { return v.blind >= mostBlind }

func (v *votes) add(g *Goal, t *Trial) {
	switch t.Result {
	case Pass:
		v.passes++
		v.confirmed = v.confirmed || t.Kind == Confirm
		v.blind, v.last = 0, ""
	case Fail:
		v.fails++
		if t.Kind == Confirm {
			v.refuted++
		}
		v.blind, v.last = 0, ""
	case PoolLimited:
		if g.raisedToTheEnd(t) {
			v.blind, v.last = hopeless, PoolLimited
		}
	case ClientLimited:
		v.blind, v.last = v.blind+1, ClientLimited
	default:
		v.blind, v.last = v.blind+1, NotJudged
	}
}

// raisedToTheEnd says of a trial that was pool limited whether it had all the slots there may be.
func (g *Goal) raisedToTheEnd(t *Trial) bool {
	return g.By == Concurrency || t.Concurrency >= g.MostConcurrency
}

// count gives the votes of each load, ascending. A trial that was cut short has none, nor has a load that the goal does
// not allow.
func count(g *Goal, trials []Trial) (all []votes) {
	for i := range trials {
		t := &trials[i]
		if t.Kind == Probe || t.Result == CutShort || !g.allows(t.Load) {
			continue
		}
		byLoad := func(v votes, load float64) int { return cmp.Compare(v.load, load) }
		at, known := slices.BinarySearchFunc(all, t.Load, byLoad)
		if !known {
			all = slices.Insert(all, at, votes{load: t.Load})
		}
		all[at].add(g, t)
	}
	return all
}

// bounds are what the votes leave of all loads.
type bounds struct {
	lo, hi    *votes // nil: there is none yet
	wall      *votes // the least undecided load above lo, and below hi, that is blind
	least     *votes // the least load that failed, were it once, or is blind
	conflicts []float64
}

func boundsOf(all []votes) (b bounds) {
	for i := range all {
		v := &all[i]
		if b.least == nil && (v.fails > 0 || v.isBlind()) {
			b.least = v
		}
		switch {
		case v.class() == upper && b.hi == nil:
			b.hi = v
		case v.class() == lower && b.hi == nil:
			b.lo, b.wall = v, nil
		case v.class() == lower:
			b.conflicts = append(b.conflicts, v.load)
		case v.class() == undecided && v.isBlind() && b.hi == nil && b.wall == nil:
			b.wall = v
		}
	}
	return b
}

func (s *search) blindLoads() (n int) {
	for i := range s.votes {
		if s.votes[i].isBlind() {
			n++
		}
	}
	return n
}

// top is what the search is to stay below: the wall, which is below hi, or hi; nil where there is neither.
func (b *bounds) top() *votes {
	if b.wall != nil {
		return b.wall
	}
	return b.hi
}
