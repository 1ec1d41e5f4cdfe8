package stats

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"
)

// # Rounds of one plan
//
// A saved group is one document with the rounds of a plan in the order in which they were made. Saved runs that
// follow each other in one file, documents or streams, mean the same: so a stream of rounds needs no form of its
// own, and files of single runs become a group by being put one after another.

// GroupSchema names the layout of a saved group.
const GroupSchema = "shotput/group/1"

// EncodeGroup writes the rounds as one document.
func EncodeGroup(w io.Writer, rounds []*Run) error {
	whole := struct {
		Schema string `json:"schema"`
		Runs   []Run  `json:"runs"`
	}{Schema: GroupSchema, Runs: []Run{}}
	for _, r := range rounds {
		whole.Runs = append(whole.Runs, r.withLists())
	}
	if err := WriteJSON(w, whole); err != nil {
		return fmt.Errorf("write runs: %w", err)
	}
	return nil
}

// DecodeAll reads every run that is there: of a group, of a single run, or of several one after another. There is
// at least one. A last stream that broke off gives what its windows add up to, marked as interrupted.
func DecodeAll(rd io.Reader) (rounds []*Run, err error) {
	d := json.NewDecoder(rd)
	for {
		some, whole, err := decodeNext(d)
		if err == io.EOF && len(rounds) > 0 {
			return rounds, nil
		}
		if err != nil {
			return nil, fmt.Errorf("read run: %w", plainly(err))
		}
		rounds = append(rounds, some...)
		if !whole {
			return rounds, nil
		}
	}
}

// plainly says of an error of reading JSON what is the matter with the file, in no words of Go's.
func plainly(err error) error {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case err == io.EOF:
		return errors.New("it is empty")
	case err == io.ErrUnexpectedEOF:
		return errors.New("it ends in the middle of a run")
	case errors.As(err, &syntax):
		return fmt.Errorf("it is no JSON: %w", err)
	case errors.As(err, &kind):
		return fmt.Errorf("it has a value of another kind than a saved run: %s at %s", kind.Value,
			cmp.Or(kind.Field, "its beginning"))
	}
	return err
}

// decodeNext reads one group, document or stream; whole is false when the input broke off within it.
func decodeNext(d *json.Decoder) (some []*Run, whole bool, err error) {
	var first json.RawMessage
	if err := d.Decode(&first); err != nil {
		return nil, false, err
	}
	var look struct {
		Schema string            `json:"schema"`
		Totals json.RawMessage   `json:"totals"`
		Plan   json.RawMessage   `json:"plan"`
		Runs   []json.RawMessage `json:"runs"`
	}
	if err := json.Unmarshal(first, &look); err != nil {
		return nil, false, err
	}
	if look.Schema == GroupSchema {
		some, err = decodeGroup(look.Runs)
		return some, true, err
	}
	r, err := decodeRun(first)
	if err == nil && look.Totals == nil && look.Plan == nil {
		err = errors.New("it has neither a plan nor totals")
	}
	if err != nil {
		return nil, false, err
	}
	if whole = true; look.Totals == nil {
		r, whole, err = decodeStream(d, NewRun(*r))
	}
	if err != nil {
		return nil, false, err
	}
	complete := r.withLists()
	return []*Run{&complete}, whole, nil
}

func decodeGroup(saved []json.RawMessage) (rounds []*Run, err error) {
	if len(saved) == 0 {
		return nil, errors.New("it is a group without a run")
	}
	for _, b := range saved {
		r, err := decodeRun(b)
		if err != nil {
			return nil, err
		}
		complete := r.withLists()
		rounds = append(rounds, &complete)
	}
	return rounds, nil
}

// A Headline is what a round comes down to in one row.
type Headline struct {
	PerSecond          float64       // see Run.Speed
	P50, P90, P99, Max time.Duration // of the headline latency
	ErrorRatio         float64       // of what was sent
	BytesPerSecond     float64       // see Run.UploadSpeed
}

// Headline gives the run's own.
func (r *Run) Headline() Headline {
	h := r.Latency.Headline(r.Plan.Open())
	_, rate := r.Speed()
	return Headline{PerSecond: rate, P50: h.Quantile(.5), P90: h.Quantile(.9),
		P99: h.Quantile(.99), Max: h.Max(), ErrorRatio: r.Totals.ErrorRatio(),
		BytesPerSecond: r.UploadSpeed()}
}

// Medians are the medians of each column: of rate and errors over all rounds, of latency over those in which
// something succeeded.
func Medians(rounds []*Run) Headline {
	var all, succeeded []Headline
	for _, r := range rounds {
		all = append(all, r.Headline())
		if r.Totals.OK > 0 {
			succeeded = append(succeeded, all[len(all)-1])
		}
	}
	ratio := func(column func(Headline) float64) float64 { return medianOf(all, column) }
	span := func(column func(Headline) time.Duration) time.Duration {
		return time.Duration(medianOf(succeeded, func(h Headline) float64 { return float64(column(h)) }))
	}
	return Headline{
		PerSecond:  ratio(func(h Headline) float64 { return h.PerSecond }),
		P50:        span(func(h Headline) time.Duration { return h.P50 }),
		P90:        span(func(h Headline) time.Duration { return h.P90 }),
		P99:        span(func(h Headline) time.Duration { return h.P99 }),
		Max:        span(func(h Headline) time.Duration { return h.Max }),
		ErrorRatio: ratio(func(h Headline) float64 { return h.ErrorRatio }),

		BytesPerSecond: ratio(func(h Headline) float64 { return h.BytesPerSecond }),
	}
}

// MedianBounds are the medians of the bounds of a figure of the headline latency; see MedianOf.
func MedianBounds(rounds []*Run, figure func(*Histogram) time.Duration) Bounds {
	return MedianOf(rounds, func(r *Run) Bounds { return r.Latency.BoundsOf(r.Plan.Open(), figure) })
}

// MedianOf are the medians of bounds over the rounds in which something succeeded: what their median may be.
func MedianOf(rounds []*Run, bounds func(*Run) Bounds) Bounds {
	var lower, upper []float64
	for _, r := range rounds {
		if r.Totals.OK > 0 {
			b := bounds(r)
			lower, upper = append(lower, float64(b.Lower)), append(upper, float64(b.Upper))
		}
	}
	return Bounds{time.Duration(Median(lower)), time.Duration(Median(upper))}
}

func medianOf(heads []Headline, column func(Headline) float64) float64 {
	var values []float64
	for _, h := range heads {
		values = append(values, column(h))
	}
	return Median(values)
}

// KeptRounds counts the rounds whose verdict is that the plan was kept.
func KeptRounds(rounds []*Run) int {
	return len(slices.DeleteFunc(slices.Clone(rounds), func(r *Run) bool { return r.Verdict.Status != Kept }))
}

// Median is the middle of the values, or half-way between the two in the middle; 0 of none.
func Median(values []float64) float64 {
	s := slices.Sorted(slices.Values(values))
	n := len(s)
	if n == 0 {
		return 0
	}
	return (s[(n-1)/2] + s[n/2]) / 2
}
