package verify

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"shotput/stats"
)

// Encode writes a report as a document of Schema.
func Encode(w io.Writer, r *Report) error {
	whole := *r
	whole.Schema = Schema
	if err := stats.WriteJSON(w, &whole); err != nil {
		return fmt.Errorf("write verification: %w", err)
	}
	return nil
}

// Decode reads what Encode wrote. Members that it does not know are those of a later version, and are passed over; so
// are checks that it does not know, but no result: what is not understood is not taken for a pass.
func Decode(rd io.Reader) (*Report, error) {
	r, err := decodeReport(rd)
	if err != nil {
		return nil, fmt.Errorf("read verification: %w", err)
	}
	return r, nil
}

func decodeReport(rd io.Reader) (*Report, error) {
	d := json.NewDecoder(rd)
	var text json.RawMessage
	if err := d.Decode(&text); err != nil {
		return nil, fmt.Errorf("it is no JSON: %w", err)
	}
	// the schema comes first: of another document no other member means what it is called here
	var head struct {
		Schema string `json:"schema"`
	}
	if err := json.Unmarshal(text, &head); err != nil || head.Schema != Schema {
		return nil, fmt.Errorf("its schema is %q, and this version knows only %q", head.Schema, Schema)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("something follows behind the document")
	}
	var r Report
	if err := json.Unmarshal(text, &r); err != nil {
		var misfit *json.UnmarshalTypeError
		if errors.As(err, &misfit) {
			return nil, fmt.Errorf("%s is a %s, which it cannot be", misfit.Field, misfit.Value)
		}
		return nil, err
	}
	seen := map[string]bool{}
	for i := range r.Findings {
		f := &r.Findings[i]
		if err := f.sound(); err != nil {
			return nil, fmt.Errorf("finding %d: %w", i+1, err)
		}
		if seen[f.Check] {
			return nil, fmt.Errorf("finding %d: there are two of %s", i+1, f.Check)
		}
		seen[f.Check] = true
	}
	return &r, nil
}

// sound finds what a finding cannot be.
func (f *Finding) sound() error {
	switch {
	case f.Check == "":
		return errors.New("it does not say of what check")
	case !slices.Contains(results, f.Result):
		return fmt.Errorf("the result of %s is %q, which is none", f.Check, f.Result)
	case f.Force != Must && f.Force != Should && f.Force != Practice:
		return fmt.Errorf("the force of %s is %q, which is none", f.Check, f.Force)
	case f.Took < 0:
		return fmt.Errorf("%s took %v", f.Check, f.Took)
	}
	return nil
}
