package search

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"shotput/stats"
)

// # A saved search
//
// One document: the goal with every default filled in, each trial with its run as that is saved by itself, so that
// histograms are exact, and what they came to by then. A search goes on from its goal and trials alone; the result
// stands there for other readers, and for those of a later version that would see it otherwise.

// Schema names the layout of saved trials, and SavedKind those of a search among them.
const (
	Schema    = "shotput/trials/1"
	SavedKind = "capacity"
)

// A Search is what was saved.
type Search struct {
	Goal   Goal
	Trials []Trial
	Result Capacity

	Command string // by which it was made, in the words of whoever made it; "" where nobody said
}

// savedSearch and savedTrial are the document.
type savedSearch struct {
	Schema string       `json:"schema"`
	Kind   string       `json:"kind"`
	Goal   Goal         `json:"goal"`
	Trials []savedTrial `json:"trials"`
	Result Capacity     `json:"result"`

	Command string `json:"command,omitempty"`
}

type savedTrial struct {
	Trial
	Run json.RawMessage `json:"run,omitempty"`
}

// Encode writes a search, over or not, as a document. command is by what it was made, if anybody knows.
func Encode(w io.Writer, g Goal, trials []Trial, command string) error {
	whole := savedSearch{Schema: Schema, Kind: SavedKind, Goal: g.WithDefaults(), Trials: []savedTrial{},
		Result: SoFar(g, trials), Command: command}
	for _, t := range trials {
		saved := savedTrial{Trial: t}
		if t.Run != nil {
			var run bytes.Buffer
			if err := stats.Encode(&run, t.Run); err != nil {
				return fmt.Errorf("write search: %w", err)
			}
			saved.Run = run.Bytes()
		}
		whole.Trials = append(whole.Trials, saved)
	}
	if err := stats.WriteJSON(w, whole); err != nil {
		return fmt.Errorf("write search: %w", err)
	}
	return nil
}

// Decode reads what Encode wrote. It refuses what nobody can go on from: another schema or kind, a goal with a fault, a
// trial that no search could have made.
func Decode(r io.Reader) (*Search, error) {
	b, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("read search: %w", err)
	}
	s, err := decode(b)
	if err != nil {
		return nil, fmt.Errorf("read search: %w", err)
	}
	return s, nil
}

// decode looks at schema and kind first: of unknown ones, no other field can be trusted to mean what it says.
func decode(b []byte) (*Search, error) {
	var look struct {
		Schema string `json:"schema"`
		Kind   string `json:"kind"`
	}
	if err := json.Unmarshal(b, &look); err != nil {
		return nil, plainly(err)
	}
	switch {
	case look.Schema != Schema:
		return nil, fmt.Errorf("its schema is %q, and this version knows only %q", look.Schema, Schema)
	case look.Kind != SavedKind:
		return nil, fmt.Errorf("its kind is %q, and %q is wanted", look.Kind, SavedKind)
	}
	var saved savedSearch
	if err := json.Unmarshal(b, &saved); err != nil {
		return nil, plainly(err)
	}
	s := &Search{Goal: saved.Goal.WithDefaults(), Trials: []Trial{}, Result: saved.Result, Command: saved.Command}
	for _, f := range s.Goal.Check() {
		return nil, fmt.Errorf("its goal has a fault: %w", f)
	}
	for i := range saved.Trials {
		t, err := saved.Trials[i].read(&s.Goal)
		if err != nil {
			return nil, fmt.Errorf("trial %d: %w", i+1, err)
		}
		s.Trials = append(s.Trials, t)
	}
	return s, s.Result.check()
}

// plainly says of an error of reading JSON what is the matter with the file, in no words of Go's.
func plainly(err error) error {
	var kind *json.UnmarshalTypeError
	if errors.As(err, &kind) {
		return fmt.Errorf("it has a value of another kind than a saved search: %s at %s", kind.Value,
			cmp.Or(kind.Field, "its beginning"))
	}
	return fmt.Errorf("it is no JSON: %w", err)
}

func (saved *savedTrial) read(g *Goal) (Trial, error) {
	t := saved.Trial
	if err := t.check(g); err != nil || len(saved.Run) == 0 {
		return t, err
	}
	run, err := stats.Decode(bytes.NewReader(saved.Run))
	t.Run = run
	return t, err
}

func (t *Trial) check(g *Goal) error {
	switch t.Kind {
	case Probe, Measure, Confirm:
	default:
		return fmt.Errorf("its kind is %q", t.Kind)
	}
	switch t.Result {
	case Pass, Fail, NotJudged, ClientLimited, PoolLimited, CutShort:
	default:
		return fmt.Errorf("its result is %q", t.Result)
	}
	switch {
	case t.Kind == Probe && t.Load < 0, t.Kind != Probe && !g.allows(t.Load):
		return fmt.Errorf("its load is %v, which the goal does not allow", t.Load)
	case t.Concurrency < 0, t.Needed < 0, t.Took < 0:
		return errors.New("it has a number below 0")
	}
	return nil
}

func (c *Capacity) check() error {
	switch c.Irregular {
	case "", MaxReached, MinFails, TrialsSpent, TimeSpent, Unfinished, BlindTool, BlindClient, BlindPool:
	default:
		return fmt.Errorf("its result is irregular by %q", c.Irregular)
	}
	if c.Lo < 0 || c.Hi < 0 || c.Found() && !(0 < c.Lo && c.Lo < c.Hi) {
		return fmt.Errorf("its result has the bounds %v and %v", c.Lo, c.Hi)
	}
	return nil
}
