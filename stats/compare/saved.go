package compare

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
)

// Decode reads a comparison that was saved as JSON.
func Decode(r io.Reader) (*Comparison, error) {
	c := &Comparison{}
	if err := json.NewDecoder(r).Decode(c); err != nil {
		return nil, fmt.Errorf("read comparison: it is no JSON of a comparison: %w", err)
	}
	if c.Schema != Schema {
		return nil, fmt.Errorf("read comparison: its schema is %q, and this version knows only %q", c.Schema, Schema)
	}
	verdicts := []string{c.Verdict}
	for _, m := range c.Metrics {
		verdicts = append(verdicts, m.Verdict)
	}
	for _, v := range verdicts {
		if !slices.Contains([]string{Regression, Inconclusive, Pass, Improvement, Unjudged}, v) {
			return nil, fmt.Errorf("read comparison: %q is no verdict", v)
		}
	}
	return c, nil
}
