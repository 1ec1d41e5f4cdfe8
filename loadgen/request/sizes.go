package request

import (
	"errors"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"

	"shotput/loadgen/fault"
	"shotput/loadgen/rows"
	"shotput/loadgen/secret"
	"shotput/loadgen/text"

	"shotput/stats/unit"
)

// A sizeLaw says how many bytes each generated body has. One of its three kinds is in use: lognormal when sigma
// is not 0, weights when there are sizes, else uniform from low to high, both included.
type sizeLaw struct {
	low, high     int64
	median, sigma float64
	sizes         []int64
	weights       []float64 // added up: of a size and all before it
}

// sizesSalt keeps the draws of sizes apart from all others of the plan.
var sizesSalt = text.SaltOf("sizes", 0)

const (
	lognormalLargest = 1 << 40 // a lognormal law has no end; bodies do
	widestSigma      = 5       // beyond, one body in a thousand is a million times the median
	mostSizes        = 1 << 20 // in a file
)

const sizeLawForms = "write 4KiB, 1KiB..64KiB, lognormal:16KiB,0.8, 4KiB*3,1MiB*1 (weights) or file:sizes.csv"

// parseSizeLaw reads a law as Body.Sizes has it.
func parseSizeLaw(s string) (*sizeLaw, error) {
	kind, rest, named := strings.Cut(s, ":")
	from, to, isRange := strings.Cut(s, "..")
	switch {
	case named && kind == "lognormal":
		return parseLognormal(rest)
	case named && kind == "file":
		return readSizes(rest)
	case named:
		return nil, fmt.Errorf("begins with %q, which is no law of sizes; %s", kind, sizeLawForms)
	case isRange:
		return parseSizeRange(from, to)
	}
	return parseWeights(strings.Split(s, ","), "*")
}

// rowSizes are sizes by row.
type rowSizes struct {
	table *text.Table
	sizes []int64
}

func (l *rowSizes) of(r text.Scope) int64 { return l.sizes[l.table.Row(r)] }

// openSizes reads the size of each row's body.
func (at rowText) openSizes(written string, seed uint64) (Source, error) {
	table, err := at.tabulate(written)
	if err != nil {
		return Source{}, err
	}
	l := &rowSizes{table: table}
	largest := int64(0)
	err = l.table.Each(func(_ int64, value []byte) error {
		size, err := unit.ParseSize(strings.TrimSpace(string(value)))
		if err != nil {
			return fmt.Errorf("%q is no size: %w", secret.Clip(string(value)), err)
		}
		l.sizes, largest = append(l.sizes, size), max(largest, size)
		return nil
	})
	if err != nil {
		return Source{}, fault.Malformed.In(at.field, written, "%v", err)
	}
	return Source{Size: -1, bySize: l, Block: newBlock(largest, seed)}, nil
}

func parseSizeRange(from, to string) (*sizeLaw, error) {
	low, err := lawSize(from)
	if err != nil {
		return nil, err
	}
	high, err := lawSize(to)
	if err != nil {
		return nil, err
	}
	if low > high {
		return nil, fmt.Errorf("is an empty range: %d bytes is more than %d", low, high)
	}
	return &sizeLaw{low: low, high: high}, nil
}

// lawSize reads one size of a law.
func lawSize(s string) (int64, error) {
	n, err := unit.ParseSize(strings.TrimSpace(s))
	if err != nil {
		return 0, fmt.Errorf("has %q where a size should be: %w; %s", s, err, sizeLawForms)
	}
	return n, nil
}

func parseLognormal(s string) (*sizeLaw, error) {
	median, sigma, _ := strings.Cut(s, ",")
	bytes, err := lawSize(median)
	if err != nil {
		return nil, err
	}
	spread, rest, err := unit.SplitNumber(sigma)
	if err != nil || rest != "" || spread == 0 || spread > widestSigma {
		return nil, fmt.Errorf("has the sigma %q; write lognormal:MEDIAN,SIGMA with a sigma above 0 and up to %d",
			sigma, widestSigma)
	}
	return &sizeLaw{median: float64(bytes), sigma: spread, low: 1, high: lognormalLargest}, nil
}

// parseWeights reads sizes, each with its weight behind sep, or without: then it is 1.
func parseWeights(pairs []string, sep string) (*sizeLaw, error) {
	l := new(sizeLaw)
	total := 0.0
	for _, pair := range pairs {
		text, weight, weighted := strings.Cut(pair, sep)
		size, err := lawSize(text)
		if err != nil {
			return nil, err
		}
		w := 1.0
		if weighted {
			var rest string
			if w, rest, err = unit.SplitNumber(strings.TrimSpace(weight)); err != nil || rest != "" {
				return nil, fmt.Errorf("has the weight %q, which is no number from 0 up", weight)
			}
		}
		total += w
		l.sizes, l.weights = append(l.sizes, size), append(l.weights, total)
	}
	if !(total > 0) || math.IsInf(total, 0) {
		return nil, errors.New("has weights that add up to nothing a share can be had of")
	}
	l.low, l.high = slices.Min(l.sizes), slices.Max(l.sizes)
	return l, nil
}

// readSizes reads a file of one size a line, or size,weight. Empty lines say nothing.
func readSizes(path string) (*sizeLaw, error) {
	text, err := readSmall(path)
	if err != nil {
		return nil, fmt.Errorf("names the file %s: %w", path, err)
	}
	lines := slices.DeleteFunc(strings.Split(text, "\n"), func(l string) bool { return strings.TrimSpace(l) == "" })
	switch {
	case len(lines) == 0:
		return nil, fmt.Errorf("names the file %s, which is empty; write a size on each line", path)
	case len(lines) > mostSizes:
		return nil, fmt.Errorf("names the file %s, which has %d sizes; %d are the most", path, len(lines), mostSizes)
	}
	l, err := parseWeights(lines, ",")
	if err != nil {
		return nil, fmt.Errorf("names the file %s, which %w", path, err)
	}
	return l, nil
}

// readSmall reads a file that is held in memory as a whole.
func readSmall(path string) (string, error) {
	const largest = 32 * mostSizes
	info, err := os.Stat(path) // before opening: to open a pipe waits for its writer
	switch {
	case err != nil:
		return "", fault.Plain(err)
	case !info.Mode().IsRegular():
		return "", rows.NotRegular(info)
	case info.Size() > largest:
		return "", fmt.Errorf("is larger than %d bytes", largest)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return "", fault.Plain(err)
	}
	return string(data), nil
}

// of is the size of the body of the request that d draws for.
func (l *sizeLaw) of(d text.Draws) int64 {
	switch {
	case l.sigma > 0:
		return int64(min(max(1, math.Round(l.median*math.Exp(l.sigma*d.Normal()))), lognormalLargest))
	case l.sizes != nil:
		last := len(l.sizes) - 1
		i, exact := slices.BinarySearch(l.weights, d.Unit()*l.weights[last])
		if exact { // the weights up to i end here: it is the next one's turn
			i++
		}
		for i < last && i > 0 && l.weights[i] == l.weights[i-1] { // of weight 0
			i++
		}
		return l.sizes[min(i, last)]
	}
	return l.low + int64(d.Below(uint64(l.high-l.low)+1))
}
