package text

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"sync"

	"shotput/loadgen/rows"

	"shotput/stats/unit"
)

// keys are what {{key}} draws from: numbers from 1 to n, or the lines of a file. Which key a request has is a pure
// function of seed and request number, and the same wherever in the request it stands.
type keySet struct {
	law   keyLaw
	count int64      // of numbers; 0: the file says
	lines *rows.File // nil: numbers

	once sync.Once // for what depends on how many there are
	err  error
	n    int64
	zipf *zipf
}

// A keyLaw says how often each of n keys is drawn. Key 1 is the one drawn most, where that differs.
type keyLaw struct {
	kind        string
	exponent    float64 // of zipf
	share, part float64 // of hot: this share of the keys gets this part of the requests
}

const keyLawForms = "write sequential, uniform, zipf:1.1 or hot:0.01,0.9 (1 % of the keys get 90 %)"

// keysSalt keeps the draws of keys apart from all others of the plan, rowsSalt those of rows.
var (
	keysSalt = SaltOf("keys", 0)
	rowsSalt = SaltOf("rows", 0)
)

// parseKeyLaw reads a law as Keys.Dist has it.
func parseKeyLaw(s string) (keyLaw, error) {
	kind, args, _ := strings.Cut(s, ":")
	switch kind {
	case "", "sequential", "uniform":
		if args != "" || strings.HasSuffix(s, ":") {
			return keyLaw{}, fmt.Errorf("has %q behind %s, which takes nothing; %s", args, kind, keyLawForms)
		}
		return keyLaw{kind: kind}, nil
	case "zipf":
		exponent, err := parseExponent(args)
		if err != nil {
			return keyLaw{}, fmt.Errorf("%w; %s", err, keyLawForms)
		}
		return keyLaw{kind: kind, exponent: exponent}, nil
	case "hot":
		share, part, _ := strings.Cut(args, ",")
		l := keyLaw{kind: kind}
		var ok, fine bool
		l.share, ok = parseShare(share)
		l.part, fine = parseShare(part)
		if !ok || !fine || l.share == 0 {
			return keyLaw{}, fmt.Errorf("has the shares %q; both are from 0 to 1, the first above 0; %s", args,
				keyLawForms)
		}
		return l, nil
	}
	return keyLaw{}, fmt.Errorf("is no law of keys; %s", keyLawForms)
}

func parseShare(s string) (float64, bool) {
	n, rest, err := unit.SplitNumber(strings.TrimSpace(s))
	return n, err == nil && rest == "" && n <= 1
}

// steepest bounds the exponent of a Zipf law: beyond, nothing but 1 is ever drawn.
const steepest = 100

func parseExponent(s string) (float64, error) {
	n, rest, err := unit.SplitNumber(s)
	if err != nil || rest != "" || n > steepest {
		return 0, fmt.Errorf("has the exponent %q, which is no number from 0 to %d", s, steepest)
	}
	return n, nil
}

// ready counts the keys, once.
func (k *keySet) ready() error {
	k.once.Do(func() {
		if k.n = k.count; k.lines != nil {
			k.n, k.err = k.lines.Count()
		}
		if k.law.kind == "zipf" && k.err == nil {
			k.zipf = newZipf(k.n, k.law.exponent)
		}
	})
	return k.err
}

// index is which key request r has, from 0 up.
func (k *keySet) index(r Scope) (int64, error) {
	if row, is := r.pinned(); is {
		return row, nil
	}
	switch k.law.kind {
	case "", "sequential":
		if r.Number <= 1 { // without counting the lines of a file, for the one request of a preflight
			return 0, nil
		}
	}
	if err := k.ready(); err != nil {
		return 0, err
	}
	d := Draws{Scramble(r.base ^ keysSalt)}
	switch k.law.kind {
	case "uniform":
		return int64(d.Below(uint64(k.n))), nil
	case "zipf":
		return k.zipf.draw(&d) - 1, nil
	case "hot":
		return k.law.hot(&d, k.n), nil
	}
	return InTurn(r.Number, k.n), nil
}

// hot draws from n keys, the first of which are drawn more often.
func (l *keyLaw) hot(d *Draws, n int64) int64 {
	hot := min(n, int64(math.Ceil(l.share*float64(n))))
	if hot == n || d.Unit() < l.part {
		return int64(d.Below(uint64(hot)))
	}
	return hot + int64(d.Below(uint64(n-hot)))
}

// InTurn is which of n request k takes, when they are taken in order, again and again. A run's first request, 1,
// takes the first; so does the preflight, 0.
func InTurn(k, n int64) int64 { return max(0, k-1) % n }

// appendKey writes request r's key.
func appendKey(dst []byte, r Scope, c *call) []byte {
	if c.from == nil || r.With == nil {
		return dst
	}
	k := c.from.keys
	i, err := k.index(r)
	if err != nil {
		return r.Fail(dst, err)
	}
	from := len(dst)
	if k.lines == nil {
		if dst = strconv.AppendInt(dst, i+1, 10); len(c.encodings) > 0 {
			return c.place(dst, from, r)
		}
		return dst
	}
	line, err := r.With.keys.Read(i)
	if err != nil {
		return r.Fail(dst, err)
	}
	before := r.With.Err
	if dst = c.place(append(dst, line...), from, r); before == nil && r.With.Err != nil {
		r.With.Err = k.lines.Fault(i, r.With.Err)
	}
	return dst
}
