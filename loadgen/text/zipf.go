package text

import (
	"fmt"
	"math"
	"strconv"
)

// A zipf draws numbers from 1 to n, k with a probability proportional to 1/k^exponent. It is a value without state: it
// is given the draws.
//
// The obvious way, a table of n sums, takes 8 MB for a million keys and a search in it for each request. This is
// rejection-inversion (Hörmann and Derflinger: Rejection-inversion to generate variates from monotone discrete
// distributions, 1996): the histogram of 1/k^s lies under the curve x^-s, whose integral can be inverted; a point
// under the curve is drawn, and taken if it falls into a bar. Few do not: at most about one in eight, whatever n.
type zipf struct {
	n, exponent float64
	low, high   float64 // of the integral: where bar 1 begins, where bar n ends
	sure        float64 // a point so far left of its bar's middle is always within the bar
}

const mostZipf = 1 << 53 // beyond, not every whole number is a float64

func newZipf(n int64, exponent float64) *zipf {
	z := &zipf{n: float64(n), exponent: exponent}
	z.low = z.integral(1.5) - 1 // bar 1 is exactly as wide as it must be for its height of 1
	z.high = z.integral(z.n + 0.5)
	z.sure = 2 - z.inverse(z.integral(2.5)-z.height(2))
	return z
}

func (z *zipf) draw(d *Draws) int64 {
	for {
		u := z.high + d.Unit()*(z.low-z.high)
		x := z.inverse(u)
		k := min(max(1, math.Floor(x+0.5)), z.n)
		if k-x <= z.sure || u >= z.integral(k+0.5)-z.height(k) {
			return int64(k)
		}
	}
}

// height is the bar's: x^-s.
func (z *zipf) height(x float64) float64 { return math.Exp(-z.exponent * math.Log(x)) }

// integral is that of x^-s from 1 to x: (x^(1-s) − 1) / (1−s), and log x where s is 1. Written with expm1 it
// stays precise where s is near 1.
func (z *zipf) integral(x float64) float64 {
	log, t := math.Log(x), (1-z.exponent)*math.Log(x)
	if math.Abs(t) < 1e-8 {
		return log * (1 + t/2)
	}
	return log * math.Expm1(t) / t
}

// inverse is the x at which integral is y.
func (z *zipf) inverse(y float64) float64 {
	t := max(-1, (1-z.exponent)*y) // below -1 by rounding only
	if math.Abs(t) < 1e-8 {
		return math.Exp(y * (1 - t/2))
	}
	return math.Exp(y * math.Log1p(t) / t)
}

// checkZipf makes the law that {{zipf n s}} asks for.
func checkZipf(c *call, _ Env) error {
	n := c.numbers[0]
	if n < 1 || n > mostZipf {
		return fmt.Errorf("asks for numbers up to %d; give 1 to %d", n, int64(mostZipf))
	}
	c.zipf = newZipf(n, c.real)
	return nil
}

func appendZipf(dst []byte, r Scope, c *call) []byte {
	d := r.draws(c)
	return strconv.AppendInt(dst, c.zipf.draw(&d), 10)
}
