package flags

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"shotput/cli/line"
	"shotput/report"
)

// mostPercentiles is how many columns a table still shows beside each other.
const mostPercentiles = 8

// setPercentiles is --percentiles: a list of numbers from 1 to below 100, as in 50,95,99.9. Its error has the list with
// what of it can be read.
func (o *Outputs) setPercentiles(list string) error {
	var asked []report.Percentile
	var wrong error
	for part := range strings.SplitSeq(list, ",") {
		p, err := parsePercentile(part)
		switch {
		case slices.Contains(asked, p) && err == nil:
			err = fmt.Errorf("%v is there twice", p)
		case p > 0 && len(asked) == mostPercentiles:
			err = fmt.Errorf("a table has room for %d percentiles at most", mostPercentiles)
		case p > 0:
			asked = append(asked, p)
		}
		if wrong == nil {
			wrong = err
		}
	}
	if wrong != nil {
		return line.Otherwise(wrong.Error(), writePercentiles(asked))
	}
	o.Percentiles = asked
	return nil
}

// parsePercentile reads one: 95, p95 or 95%. Beside an error it gives what was meant, 0 where that cannot be told.
func parsePercentile(written string) (report.Percentile, error) {
	number := strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(written), "p"), "%")
	x, err := strconv.ParseFloat(number, 64)
	switch {
	case err != nil || math.IsNaN(x):
		return 0, fmt.Errorf("%q is no percentile, such as 95 or 99.9", line.Printable(written))
	case x == 100:
		return 0, errors.New("100 is the maximum, which every table has")
	case x >= 0.01 && x < 1:
		return report.Percentile(math.Round(1e6*x) / 1e4),
			fmt.Errorf("percentiles are of a hundred, and %s is of one", number)
	case x < 1 || x > 100:
		return 0, errors.New("a percentile is from 1 to below 100")
	}
	return report.Percentile(x), nil
}

// writePercentiles is the list as it is read.
func writePercentiles(all []report.Percentile) string {
	var texts []string
	for _, p := range all {
		texts = append(texts, strings.TrimPrefix(p.String(), "p"))
	}
	return strings.Join(texts, ",")
}
