package cli

import (
	"cmp"
	"io"
	"maps"
	"slices"
	"strings"

	"shotput/cli/advice"
	"shotput/cli/flags"
	"shotput/cli/line"
	"shotput/cli/planfile"
	"shotput/loadgen"
	"shotput/loadgen/fault"
)

// build reads entries through the rows, as if they had been typed, and gives the hints of what was typed. What is
// wrong with what the file says is noted there.
func (v *planRun) build(from *planfile.Origin, words []line.Word) (*flags.Asked, []advice.Hint) {
	a, typed := v.readEntries(from, words)
	a.Step = nil
	validate(a, from.BesideList) // its faults are pointed at
	return a, append(typed, v.point(a, from)...)
}

// readEntries reads entries, and says of each what is wrong with it alone.
func (v *planRun) readEntries(from *planfile.Origin, words []line.Word) (*flags.Asked, []advice.Hint) {
	a, typed := v.takeEntries(from, words)
	// What Settle finds in values it notes among the faults; what it finds in files ends it.
	if err := a.Settle(); err != nil && len(a.Faults) == 0 {
		typed = append(typed, blame(err, from)...)
		if body := &a.Plan.Request.Body; a.Body.IsGiven() && body.File == "" {
			*body = loadgen.Body{Text: "text"}
		}
	}
	typed = append(typed, v.point(a, from)...)
	return a, append(typed, blame(checkWritable(&a.Out, a.Line), from)...)
}

// # Steps
//
// A step alone is no plan: whether what it holds of an earlier answer is there depends on the others. So each is only
// read, and the whole plan says what else is wrong with it, and where.

// A drafting is a scenario with steps, as far as it has been read.
type drafting struct {
	*planRun
	file  *planfile.File
	of    planfile.Scenario
	words []line.Word
	all   flags.Several
	from  map[*flags.Asked]*planfile.Origin
	typed []advice.Hint

	// of a step that is sent again: its condition, and where that stands
	until  map[*flags.Asked]*flags.Asked
	places map[*flags.Asked]planfile.Place
}

// settleFlows is settle of a scenario that has steps.
func (v *planRun) settleFlows(p *planfile.File, c planfile.Scenario,
	words []line.Word) (*flags.Asked, []advice.Hint) {
	d := &drafting{planRun: v, file: p, of: c, words: words, from: map[*flags.Asked]*planfile.Origin{},
		until: map[*flags.Asked]*flags.Asked{}, places: map[*flags.Asked]planfile.Place{}}
	for _, m := range c.Mix {
		entry := loadgen.Request{Name: cmp.Or(m.Name, c.Name, "flow"), Weight: m.Weight}
		d.all.Mix = append(d.all.Mix, entry)
		if len(m.Flow) > 0 {
			d.all.Each = append(d.all.Each, d.steps(m.Flow, m.Entries))
		} else {
			a := d.read(m.Place, m.Entries)
			a.Step = nil
			d.all.Each = append(d.all.Each, []*flags.Asked{a})
		}
	}
	if len(c.Mix) == 0 {
		d.all.Alone = d.read(c.Place)
		d.all.Alone.Step = nil
	}
	d.all.Before, d.all.After = d.steps(c.Before, nil), d.steps(c.After, nil)
	whole := d.all.Join()
	d.blame(whole.Plan.Validate())
	return whole, d.typed
}

// read reads a request: its entries stand over the scenario's, and what was typed over all.
func (d *drafting) read(at planfile.Place, entries ...[]planfile.Entry) *flags.Asked {
	all := d.of.Entries
	for _, more := range entries {
		all = d.file.Over(all, more)
	}
	from := d.file.From(d.file.Over(all, d.overrides()), at)
	return d.take(from)
}

func (d *drafting) take(from *planfile.Origin) *flags.Asked {
	a, typed := d.readEntries(from, d.words)
	for _, h := range typed {
		if !slices.ContainsFunc(d.typed, func(t advice.Hint) bool { return t.Error == h.Error }) {
			d.typed = append(d.typed, h)
		}
	}
	d.from[a] = from
	return a
}

// steps reads steps; what of is beside their flow stands under each.
func (d *drafting) steps(steps []planfile.Step, of []planfile.Entry) (all []*flags.Asked) {
	for _, s := range steps {
		a := d.read(s.Place, of, s.Entries)
		a.Step.Name, a.Step.How.OnFailure = s.Name, s.OnFailure
		if len(s.Until) > 0 {
			d.until[a] = d.take(d.file.From(s.Until, s.UntilAt))
			a.Step.How.Until, d.places[a] = d.until[a].Plan.Answer, s.UntilAt
		}
		all = append(all, a)
	}
	return all
}

// blame points at where the faults of the whole plan were written.
func (d *drafting) blame(err error) {
	for _, f := range flags.FaultsIn(err) {
		at, own := loadgen.PlaceOf(f.Field)
		a := d.all.At(at)
		if condition, ok := strings.CutPrefix(own, "until "); ok && d.until[a] != nil {
			a, own = d.until[a], condition
		}
		if d.blameStructure(a, f, own) {
			continue
		}
		there := *f
		there.Field = own
		a.Explain(&there) // which notes it
		d.typed = append(d.typed, d.point(a, d.from[a])...)
	}
}

// blameStructure points at a key that no row has, such as until, or at one that needs such a key. Of names and of lists
// of steps, it has been told what is wrong with the file as such.
func (d *drafting) blameStructure(a *flags.Asked, f *fault.Fault, own string) bool {
	structural := func(field string) bool { return slices.Contains(planfile.Structural, field) }
	if !structural(own) && !structural(f.Other) {
		return false
	}
	from := d.from[a]
	at, try := from.PlaceOf(own), planfile.Example(cmp.Or(f.Other, own))
	switch {
	case own == "until":
		at = d.places[a]
		if row := a.Row(f.Remedy().Field); row != nil {
			try = row.Long + ": " + cmp.Or(f.Remedy().Value, row.Eg)
		}
	case structural(own) && len(d.file.Faults()) > 0:
		return true
	case own == "name" && f.Value != "":
		try = own + ": " + planfile.Quote(planfile.Another(f.Value, d.isStep))
	case f.Other == "until":
		for _, also := range d.unsaid(a, own) {
			try += " and " + also.Long + ": " + also.Eg
		}
	}
	if !from.HasRefused(own) {
		d.file.Fault(at, strings.TrimSpace(own+" "+f.Value)+": "+f.Why, try)
	}
	return true
}

// unsaid are the keys beside until that a step needs with it, and has not; own is one that it has.
func (d *drafting) unsaid(a *flags.Asked, own string) (all []*line.Row) {
	for _, key := range []string{"every", "within"} {
		if key != own && d.from[a].PlaceOf(key) == d.from[a].At {
			all = append(all, a.Row(key))
		}
	}
	return all
}

// isStep says whether a step of the plan has the name.
func (d *drafting) isStep(name string) bool {
	return slices.ContainsFunc(slices.Collect(maps.Keys(d.from)), func(a *flags.Asked) bool {
		return a.Step != nil && a.Step.Name == name
	})
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
	first := v.blank()
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
			entries[i].Value = standIn(row, e.Value)
		}
		if len(first.Faults) > before && first.Faults[before].Kind == line.TwoBodies {
			entries[i].Flag = "" // an example would be a second body as well
		}
	}
	first.Rows, first.Words = append(first.Rows, v.pickRow()), words
	typed := v.point(first, from)
	from.Refuse(refused...)
	second := v.blank()
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

// standIn is a value that works, in the place of one that does not: one of a name keeps it, since others may call it by
// that.
func standIn(row *line.Row, value string) string {
	name, _, _ := strings.Cut(value, "=")
	if _, what, _ := strings.Cut(row.Eg, "="); row.Pairs && name != value && name != "" {
		return name + "=" + what
	}
	return row.Eg
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
