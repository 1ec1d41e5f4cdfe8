package flags

import (
	"io"
	"os"
	"slices"
	"strings"

	"shotput/cli/foreign"
	"shotput/cli/line"
)

// Recognise gives what another tool's file is; nil where there is no such file, or it is none. Standard input and pipes
// are not looked at: what was read of them would be gone.
func Recognise(path string) *foreign.File {
	if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
		return nil
	}
	f, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, foreign.Looked))
	if err != nil {
		return nil
	}
	return foreign.Recognise(path, text)
}

// A place is a flag that names a file, and what the file was to be.
type place struct{ flag, path, wanted string }

// foreignAlways are the files in which any line passes for what is wanted.
func (a *Asked) foreignAlways() []place {
	all := []place{{"config", a.foreign, "file of flags"}, {"keys-file", a.Plan.Values.Keys.File, "rows"}}
	takes := func(w line.Word) bool { return w.Flag != "csv" && strings.Contains(w.Value, "{{csv") }
	if slices.ContainsFunc(a.Words, takes) || strings.Contains(a.Plan.Request.URL, "{{csv") {
		return all // a column that there is not is a fault, and the file is looked at then
	}
	if f := Recognise(a.Plan.Values.Rows.CSV); f != nil && f.IsTable {
		all = append(all, place{"csv", a.Plan.Values.Rows.CSV, "rows"})
	}
	return all
}

// CheckForeign refuses another tool's file where a file of rows, of keys or of flags is wanted. A body may be any file.
// It is asked where something is wrong: a file is not opened once more for the sake of those that are right.
func (a *Asked) CheckForeign() error {
	rows := &a.Plan.Values.Rows
	return a.checkForeign(append(a.foreignAlways(), place{"csv", rows.CSV, "rows"},
		place{"jsonl", rows.JSONL, "rows"}, place{"urls", a.Plan.Request.URLs, "list of URLs"})...)
}

func (a *Asked) checkForeign(places ...place) error {
	for _, in := range places {
		f := Recognise(in.path)
		if f == nil || in.flag == "jsonl" && f.HasLines {
			continue
		}
		return &line.Refusal{Faults: []line.Fault{{Name: a.Row(in.flag).Name(), Flag: in.flag, Value: in.path,
			Shown: line.Show(in.path), Why: "it is " + f.What + ", and no " + in.wanted, More: f.Note}},
			Try: f.Try(a.Without(foreign.Places...))}
	}
	return nil
}
