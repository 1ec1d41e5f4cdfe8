package text

import (
	"math"
	"math/bits"
)

// Draws is splitmix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014): a counter and
// a mixing function, so that it is a value, needs no set-up and can begin anywhere.
type Draws struct{ state uint64 }

const goldenGamma = 0x9e3779b97f4a7c15

func (d *Draws) next() uint64 {
	v := Scramble(d.state)
	d.state += goldenGamma
	return v
}

// Below gives a number less than n, each equally likely; n = 0 stands for 2⁶⁴. (Lemire: Fast random integer
// generation in an interval, 2019.)
func (d *Draws) Below(n uint64) uint64 {
	if n == 0 {
		return d.next()
	}
	hi, lo := bits.Mul64(d.next(), n)
	for lo < n && lo < -n%n {
		hi, lo = bits.Mul64(d.next(), n)
	}
	return hi
}

// Scramble is splitmix64's step: a bijection in which each bit of v moves about half of the bits of the result.
func Scramble(v uint64) uint64 {
	v += goldenGamma
	v = (v ^ v>>30) * 0xbf58476d1ce4e5b9
	v = (v ^ v>>27) * 0x94d049bb133111eb
	return v ^ v>>31
}

// Unit gives a number from 0 up and below 1, in steps of 2⁻⁵³.
func (d *Draws) Unit() float64 { return float64(d.next()>>11) / (1 << 53) }

// AppendHex writes the low n hexadecimal digits of v.
func AppendHex(dst []byte, v uint64, n int64) []byte {
	for n--; n >= 0; n-- {
		dst = append(dst, "0123456789abcdef"[v>>(4*n)&15])
	}
	return dst
}

// Normal draws from the normal distribution (Box and Muller: A note on the generation of random normal
// deviates, 1958).
func (d *Draws) Normal() float64 {
	u, v := 1-d.Unit(), d.Unit()
	return math.Sqrt(-2*math.Log(u)) * math.Cos(2*math.Pi*v)
}
