package search

import (
	"math"
	"strconv"
)

// first is the load to begin with, after a probe that reached so much. A closed loop asks for as much as the server can
// give, so the capacity under promises is below it: four fifths, and from there down to a power of two. Where
// nothing succeeded, it is the least.
func (g *Goal) first(reached float64) float64 {
	switch {
	case g.Start > 0:
		return g.Start
	case !(reached > 0) || math.IsInf(reached, 0):
		return g.Min
	}
	return g.within(math.Exp2(math.Floor(math.Log2(0.8 * reached))))
}

// allows says whether a load may be tried at all.
func (g *Goal) allows(load float64) bool {
	return g.Min <= load && load <= g.Max && (g.By != Concurrency || load == math.Trunc(load))
}

func (g *Goal) within(load float64) float64 { return min(max(load, g.Min), g.Max) }

// up and down are the next loads while there is no bound on that side.
func (g *Goal) up(lo float64) float64 { return g.within(2 * lo) }

func (g *Goal) down(hi float64) float64 {
	if g.By == Concurrency {
		return g.within(math.Floor(hi / 2))
	}
	return g.within(hi / 2)
}

// near says whether nothing is to be tried between two bounds.
func (g *Goal) near(lo, hi float64) bool {
	if hi <= lo*(1+g.Precision) || g.By == Concurrency && hi <= lo+1 {
		return true
	}
	mid := g.between(lo, hi)
	return mid <= lo || mid >= hi // numbers so large that there is none between them
}

// between is the geometric mean, since a load is off by a factor and not by a difference; see round.
func (g *Goal) between(lo, hi float64) float64 {
	mid := math.Sqrt(lo) * math.Sqrt(hi)
	if g.By == Concurrency {
		return min(max(math.Round(mid), lo+1), hi-1)
	}
	if round := g.round(mid, math.Round); lo < round && round < hi {
		return round
	}
	return mid
}

// round drops the digits of a load that say nothing: what is left is exact to a tenth of the precision, and a person
// can type it. to is math.Round, or one of its kind.
func (g *Goal) round(load float64, to func(float64) float64) float64 {
	if g.By == Concurrency {
		return to(load)
	}
	digits := -int(math.Floor(math.Log10(load * g.Precision / 10)))
	scale := math.Pow10(max(digits, -digits)) // the other way round it would be no whole number, and not exact
	if digits <= 0 {
		return to(load/scale) * scale
	}
	short, err := strconv.ParseFloat(strconv.FormatFloat(to(load*scale)/scale, 'f', digits, 64), 64)
	if err != nil {
		return load
	}
	return short
}

// headroom is the part of Lo that a plan leaves free: with a fifth, one of five servers may fail, or a quarter more
// come than was planned for, and the promises are still kept.
const headroom = 0.2

// planWith is the load to plan with.
func (g *Goal) planWith(lo float64) float64 {
	plan := g.round(lo*(1-headroom), math.Floor)
	if g.By == Concurrency {
		return max(1, plan)
	}
	return plan
}
