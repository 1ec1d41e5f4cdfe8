package cli

import (
	"cmp"
	"io"
	"slices"

	"shotput/cli/advice"
	"shotput/cli/flags"
	"shotput/cli/line"
	"shotput/cli/planfile"
	"shotput/loadgen"
)

// build reads entries through the rows, as if they had been typed, and gives the hints of what was typed. What is
// wrong with what the file says is noted there.
func (v *planRun) build(from *planfile.Origin, words []line.Word) (*flags.Asked, []advice.Hint) {
	a, typed := v.takeEntries(from, words)
	// What Settle finds in values it notes among the faults; what it finds in files ends it.
	if err := a.Settle(); err != nil && len(a.Faults) == 0 {
		typed = append(typed, blame(err, from)...)
		if body := &a.Plan.Request.Body; a.Body.IsGiven() && body.File == "" {
			*body = loadgen.Body{Text: "text"}
		}
	}
	typed = append(typed, v.point(a, from)...)
	validate(a, from.BesideList) // its faults are pointed at
	typed = append(typed, v.point(a, from)...)
	return a, append(typed, blame(checkWritable(&a.Out, a.Line), from)...)
}

// validate asks the plan of one request itself. Beside a list of URLs, which another request of the mix has, an order
// of rows is no fault of one that has none: the whole plan is asked of it later.
func validate(a *flags.Asked, besideList bool) {
	values := &a.Plan.Values
	rows := values.Rows
	if besideList && rows.CSV == "" && rows.JSONL == "" && a.Plan.Request.URLs == "" {
		values.Rows.Order = ""
	}
	a.Validate()
	a.Plan.Values.Rows.Order = rows.Order
}

// takeEntries gives every entry to its row. It is done twice: what is refused in the first reading is replaced by a
// value that works in the second, so that no later check trips over its absence and tells a fault that there is not.
func (v *planRun) takeEntries(from *planfile.Origin, words []line.Word) (*flags.Asked, []advice.Hint) {
	first := v.fresh()
	entries, refused := slices.Clone(from.Entries), []string(nil)
	for i, e := range entries {
		row := findRow(first.Rows, e.Flag)
		before := len(first.Faults)
		if row.Arg != "" || e.Value != "false" {
			first.Take(row, e.Value)
		}
		if e.Broken {
			first.Faults = first.Faults[:before]
		}
		if e.Broken || len(first.Faults) > before {
			refused = append(refused, e.Flag)
			entries[i].Value = row.Eg
		}
		if len(first.Faults) > before && first.Faults[before].Kind == line.TwoBodies {
			entries[i].Flag = "" // an example would be a second body as well
		}
	}
	first.Rows, first.Words = append(first.Rows, v.pickRow()), words
	typed := v.point(first, from)
	from.Refuse(refused...)
	second := v.fresh()
	for _, e := range entries {
		if e.Flag == "" {
			continue
		}
		if row := findRow(second.Rows, e.Flag); row.Arg != "" || e.Value == "true" {
			second.Take(row, e.Value)
		}
	}
	second.Rows, second.Words = append(second.Rows, v.pickRow()), words
	second.Faults = nil // a second body is one still
	return second, typed
}

// point moves the line's faults to where their values were written, and gives those that were typed. Of a flag that
// has been refused nothing more is told.
func (v *planRun) point(a *flags.Asked, from *planfile.Origin) (typed []advice.Hint) {
	var refused []string
	for _, f := range a.Faults {
		if from.HasRefused(f.Flag) {
			continue
		}
		refused = append(refused, f.Flag)
		if !from.Blame(f) {
			h := hintOf(f)
			h.Try = a.Mend(f.Mends...).String()
			typed = append(typed, h)
		}
	}
	from.Refuse(refused...)
	a.Faults = nil
	return typed
}

// blame points at where the flags of an error's hints were written, unless they have been refused already, and gives
// those of typed flags.
func blame(err error, from *planfile.Origin) (typed []advice.Hint) {
	if err == nil {
		return nil
	}
	for _, h := range refusals(err) {
		f := h.About
		if from.HasRefused(f.Flag) {
			continue
		}
		f.Code, f.Why = h.Code, cmp.Or(f.Why, h.Error)
		if !from.Blame(f) {
			typed = append(typed, h)
		}
		from.Refuse(f.Flag)
	}
	return typed
}

// refusals gives the hints of an error, whatever it is.
func refusals(err error) []advice.Hint {
	if r := asRefusal(err); r != nil {
		return r.hints
	}
	return []advice.Hint{{Error: err.Error()}}
}

// findRow is the flag of that long name; every entry has one.
func findRow(rows []line.Row, long string) *line.Row {
	return &rows[slices.IndexFunc(rows, func(r line.Row) bool { return r.Long == long })]
}

// overrides are the flags of the command line as entries that stand nowhere in the file.
func (v *planRun) overrides() (all []planfile.Entry) {
	for _, w := range v.typed.Words {
		if w.Flag == "" || w.Flag == "scenario" {
			continue
		}
		if r := v.typed.Row(w.Flag); r.Alias != "" {
			w.Flag = r.Alias
		}
		all = append(all, planfile.Entry{Flag: w.Flag, Value: w.Value})
	}
	return all
}

// A replay is standard input for several requests: it is read at most once, when the first of them asks, and each of
// them is given all of it.
type replay struct {
	from io.Reader
	text []byte
	read bool
	err  error
}

// again is the input from its beginning.
func (r *replay) again() io.Reader { return &replayed{of: r} }

type replayed struct {
	of *replay
	at int
}

// Read gives what is next.
func (r *replayed) Read(b []byte) (int, error) {
	if !r.of.read {
		r.of.read = true
		r.of.text, r.of.err = flags.ReadBounded(r.of.from)
	}
	if r.of.err != nil {
		return 0, r.of.err
	}
	n := copy(b, r.of.text[r.at:])
	if r.at += n; n == 0 {
		return 0, io.EOF
	}
	return n, nil
}
