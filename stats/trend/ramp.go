package trend

// A ramp is a level up to a place, a straight line from there to another, and a level from there on.
type ramp struct {
	from, to      int
	before, after float64
	squares       float64 // of the values' distances from it
}

// shortest is how many runs a ramp takes at least.
const shortest = 2 * least

// rampOf is the ramp that leaves the least squares, among all pairs of ends; nil where the values are too few for
// any.
//
// With w the part of the way that is done, from 0 to 1, it is a straight line over w, and its sums come from sums
// up to each place: those of y and of k·y, and of k and k² in closed form. So each pair costs a few operations.
func rampOf(values []float64) (best *ramp) {
	n := len(values)
	y, ky := make([]float64, n+1), make([]float64, n+1)
	squares := 0.0
	mean := meanOf(values)
	for k, v := range values {
		v -= mean
		y[k+1], ky[k+1] = y[k]+v, ky[k]+float64(k)*v
		squares += v * v
	}
	for from := 0; from+shortest < n; from++ {
		for to := from + shortest; to < n; to++ {
			long, rest := float64(to-from), float64(n-to)
			w := (long-1)/2 + rest
			ww := (long-1)*(2*long-1)/(6*long) + rest
			wy := (ky[to]-ky[from]-float64(from)*(y[to]-y[from]))/long + y[n] - y[to]
			count := float64(n)
			slope := (wy - w*y[n]/count) / (ww - w*w/count)
			left := squares - y[n]*y[n]/count - slope*(wy-w*y[n]/count)
			if best == nil || left < best.squares {
				before := mean + (y[n]-slope*w)/count
				best = &ramp{from: from, to: to, before: before, after: before + slope, squares: max(0, left)}
			}
		}
	}
	return best
}

// at is the ramp's value at a place.
func (r *ramp) at(k int) float64 {
	done := min(max(0, float64(k-r.from)/float64(r.to-r.from)), 1)
	return r.before + done*(r.after-r.before)
}

func meanOf(values []float64) float64 {
	sum := 0.0
	for _, v := range values {
		sum += v
	}
	return sum / float64(len(values))
}
