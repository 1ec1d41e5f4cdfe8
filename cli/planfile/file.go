// Package planfile reads a plan from a file, as entries for the rows of the command line. The keys of a plan are the
// long names of the flags, so that nothing can be said in one and not in the other; beyond them it knows how scenarios
// share what stands under defaults, and what a mix is. It refuses to know what any flag means: whoever reads the
// entries through the rows finds the faults in their values, and has them pointed at here (Blame). Only one file of it
// knows YAML.
//
// An entry is one flag and its value; a place is a line and a column; a scenario is one run.
package planfile

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"shotput/cli/line"
)

// A File is a plan as text, and what was read of it.
type File struct {
	page
	Scenarios []Scenario
}

// A Scenario is one run of a plan file.
type Scenario struct {
	Place
	Name    string
	Entries []Entry
	Mix     []Weighted
	Before  []Step   // sent once, before the load
	After   []Step   // sent once, after it
	Own     []string // the flags that stand in it, and not in what all scenarios share
}

// A Weighted is one of several requests of a scenario, or the one flow of it; its entries stand over the scenario's.
type Weighted struct {
	Place
	Name    string
	Weight  float64
	Entries []Entry
	Flow    []Step // instead of a request: several, one after the other; behind them those of on-failure
}

// A Step is one request of a flow, or one that is sent once. Its entries are those of the request and of the step.
type Step struct {
	Place
	Name      string
	Entries   []Entry
	Until     []Entry // what an answer is to be, before the next step is sent
	UntilAt   Place
	OnFailure bool
}

// HasSteps says whether some request of the scenario is a step.
func (s *Scenario) HasSteps() bool {
	return len(s.Before)+len(s.After) > 0 ||
		slices.ContainsFunc(s.Mix, func(m Weighted) bool { return len(m.Flow) > 0 })
}

// An Entry is one flag and its value, and where in the file the value stands; a flag that was typed stands nowhere.
type Entry struct {
	Place
	Flag, Value string
	Secret      bool // a variable with the name of a secret is in it
	Broken      bool // it could not be read, which has been told; Value is one that works
}

// A Place in a plan file: line and column from 1, columns in characters. The zero Place is no place in it.
type Place struct{ Line, Column int }

// MostBytes bounds a plan file. What is larger is no plan: bodies have files of their own.
const MostBytes = 1 << 20

// exampleURL is where the built-in server would be, and a key for each request.
const exampleURL = "http://127.0.0.1:8080/objects/{{seq}}"

// A Language is what a plan can be written in: the rows of the flags, and the variables that ${NAME} stands for.
type Language struct {
	Rows      []line.Row
	Strangers []line.Stranger
	Env       func(name string) (value string, set bool) // nil: no variable is set
}

// Read reads the text of a plan. Its faults say what is wrong with it; whether the runs in it can be made is found
// out by whoever makes them.
func Read(name string, text []byte, in Language) *File {
	text = []byte(strings.TrimPrefix(string(text), "\ufeff"))
	f := &File{page: page{name: name, keys: vocabulary{in.Rows, in.Strangers}}}
	f.lines = strings.Split(strings.ReplaceAll(string(text), "\r\n", "\n"), "\n")
	if len(text) > MostBytes {
		f.Fault(Place{1, 1}, fmt.Sprintf("%d bytes are too many for a plan; %d may be", len(text), MostBytes),
			"upload-file: body.bin")
		return f
	}
	if root := (&yamlText{&f.page}).parse(text); root != nil {
		values := values{page: &f.page, env: in.Env, dir: filepath.Dir(name)}
		if name == "-" {
			values.dir = "."
		}
		f.Scenarios = (&structure{values: values}).readRoot(root)
	}
	return f
}
