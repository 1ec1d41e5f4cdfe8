package flags

import (
	"io"
	"os"

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

// CheckForeign refuses another tool's file where a file of rows, of keys or of flags is wanted. A body may be any file.
func (a *Asked) CheckForeign() error {
	rows := &a.Plan.Values.Rows
	for _, in := range []struct{ flag, path, no string }{{"config", a.foreign, "file of flags"},
		{"csv", rows.CSV, "rows"}, {"jsonl", rows.JSONL, "rows"}, {"keys-file", a.Plan.Values.Keys.File, "rows"}} {
		f := Recognise(in.path)
		if f == nil || in.flag == "jsonl" && f.HasLines {
			continue
		}
		return &line.Refusal{Faults: []line.Fault{line.Fault{Name: a.Row(in.flag).Name(), Flag: in.flag, Value: in.path,
			Shown: line.Show(in.path), Why: "it is " + f.What + ", and no " + in.no, More: f.Note}},
			Try: f.Try(a.Without(foreign.Places...))}
	}
	return nil
}
