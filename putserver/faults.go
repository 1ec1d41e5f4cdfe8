package putserver

import (
	"math"
	"sync"
)

// A fault is what befalls an admitted request instead of the answer that it asked for.
type fault int

const (
	none   fault = iota
	failed       // answered with Config.FailStatus
	reset        // the connection is reset
	silent       // never answered
	faultKinds
)

// faults hands out faults by exact shares: each kind has a weight in millionths and gains it with every
// request; whichever has gathered most is next, and pays for it with the sum of all weights. So after any
// number of requests each kind has had its share to within one request, each request has one kind, and equal
// shares fall evenly apart. (A kind by its own counter, every 100th, would have two faults fall on one request.)
type faults struct {
	weight [faultKinds]int64 // sums to million

	mu struct {
		sync.Mutex
		gathered [faultKinds]int64
	}
}

const million = 1_000_000

func newFaults(fail, resets, silences float64) *faults {
	f := &faults{}
	f.weight[none] = million
	for kind, share := range map[fault]float64{failed: fail, reset: resets, silent: silences} {
		f.weight[kind] = int64(math.Round(share * million))
		f.weight[none] -= f.weight[kind]
	}
	return f
}

// next is what befalls the next request.
func (f *faults) next() fault {
	if f.weight[none] == million {
		return none
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	most := none
	for kind, w := range f.weight {
		f.mu.gathered[kind] += w
		if f.mu.gathered[kind] > f.mu.gathered[most] {
			most = fault(kind)
		}
	}
	f.mu.gathered[most] -= million
	return most
}
