package curve

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"shotput/stats"
)

// Schema names the layout of saved trials, of which a curve is one kind.
const Schema = "shotput/trials/1"

// A savedCurve is the document: the curve as the runs made it, for other readers, and the runs themselves, each as it
// is saved alone, from which it is made again.
type savedCurve struct {
	Schema string `json:"schema"`
	*Curve
	Command string            `json:"command,omitempty"`
	Runs    []json.RawMessage `json:"runs"`
}

// Encode writes runs and the curve that they make as a document. command is by what they were made, if anybody knows.
func Encode(w io.Writer, runs []*stats.Run, command string) error {
	c, err := Of(runs)
	if err != nil {
		return err
	}
	whole := savedCurve{Schema: Schema, Curve: c, Command: command}
	for _, r := range runs {
		var b bytes.Buffer
		if err := stats.Encode(&b, r); err != nil {
			return fmt.Errorf("write curve: %w", err)
		}
		whole.Runs = append(whole.Runs, b.Bytes())
	}
	if err := stats.WriteJSON(w, whole); err != nil {
		return fmt.Errorf("write curve: %w", err)
	}
	return nil
}

// Decode reads the runs that Encode wrote, and the command.
func Decode(r io.Reader) (runs []*stats.Run, command string, err error) {
	var saved savedCurve
	if err := json.NewDecoder(r).Decode(&saved); err != nil {
		return nil, "", fmt.Errorf("read curve: it is no JSON of a curve: %w", err)
	}
	switch {
	case saved.Schema != Schema:
		return nil, "", fmt.Errorf("read curve: its schema is %q, and this version knows only %q", saved.Schema, Schema)
	case saved.Curve == nil || saved.Kind != Kind:
		return nil, "", errors.New("read curve: it is of another kind of trials")
	}
	for i, text := range saved.Runs {
		run, err := stats.Decode(bytes.NewReader(text))
		if err != nil {
			return nil, "", fmt.Errorf("read curve: run %d: %w", i+1, err)
		}
		runs = append(runs, run)
	}
	if _, err := Of(runs); err != nil {
		return nil, "", err
	}
	return runs, saved.Command, nil
}
