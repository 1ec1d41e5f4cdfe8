package flags

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"shotput/cli/address"
	"shotput/cli/line"
	"shotput/loadgen"
	"shotput/loadgen/fault"
)

// # Lines to try
//
// A line to try keeps the request, the URL and the load that were typed. What is mended is mended in its place; where
// it is not known how, there is no mend, and so nothing to try.

// mendOf makes the line right: with a value that works, with the flag that is missing, or without the one that is too
// many. row is that of the fault's own field.
func (r *Asked) mendOf(f *loadgen.Fault, row *line.Row) []line.Mend {
	m := f.Remedy()
	if m.Field != f.Field {
		row = r.Row(m.Field)
	}
	switch {
	case m.Field == "url" && m.How == fault.Set && m.Value != "":
		return []line.Mend{line.Aim(m.Value)}
	case m.Value == "" && isAction(f.Value) && f.Field == "url" && decidesServer(r.Plan.Request.URL, f.Value):
		return []line.Mend{line.Aim(ExampleURL)}
	case m.How != fault.Set && isAction(f.Value) && (f.Kind == fault.InText || isAction(m.Value)):
		return []line.Mend{{How: line.ReplaceText, Old: f.Value, Value: orSeq(m.Value)}}
	case m.Field == "body as":
		return r.mendJSON()
	case m.Field == "url":
		return r.mendURL()
	case row == nil, row.Long == "unix-socket": // without which the URL's host would be asked
		return nil
	case len(r.Alternatives(row)) > 1:
		return []line.Mend{line.Drop(r.Alternatives(row)...)}
	case row.Arg == "", m.How == fault.Remove:
		return []line.Mend{line.Drop(row.Long)}
	case m.How == fault.Replace:
		return row.Mend(f.Value, m.Value)
	}
	return r.mendMissing(f, row, m.Value)
}

// mendMissing adds the flag that is missing. A file that it would name is not known: what needs it is left out, or, as
// a part of a text, kept without a mend.
func (r *Asked) mendMissing(f *loadgen.Fault, row *line.Row, value string) []line.Mend {
	if value == "" && row.NamesFile() {
		if own := r.Row(f.Field); own != nil && own != row && !isAction(f.Value) {
			return []line.Mend{line.Drop(own.Long)}
		}
		return nil
	}
	if value == "" {
		value = row.Eg
	}
	set := line.Set(row.Long, value)
	if row.Body != "" && r.Body.IsGiven() {
		return []line.Mend{line.Drop(r.Body.flags()...), set}
	}
	return []line.Mend{set}
}

// decidesServer says whether a part of a URL stands where its server does, where no other template would be right.
func decidesServer(url, part string) bool {
	before, _, found := strings.Cut(url, part)
	if _, rest, ok := strings.Cut(before, "://"); ok {
		before = rest
	}
	return found && !strings.ContainsAny(before, "/?#")
}

func isAction(s string) bool { return strings.HasPrefix(s, "{{") && strings.HasSuffix(s, "}}") }

func orSeq(action string) string {
	if action == "" {
		return "{{seq}}"
	}
	return action
}

// mendJSON leaves out what was put behind a text that is JSON by itself, or mends the text.
func (r *Asked) mendJSON() []line.Mend {
	whole := ""
	for i, p := range r.Body.posted {
		if whole += p.value; p.flag != "json" || strings.HasPrefix(p.value, "@") {
			break
		}
		if behind := len(r.Body.posted) - 1 - i; behind > 0 && json.Valid([]byte(whole)) {
			var mends []line.Mend
			for _, more := range r.Body.posted[i+1:] {
				mends = append(mends, line.Mend{How: line.DropLast, Flags: []string{more.flag}})
			}
			return mends
		}
	}
	return []line.Mend{line.Drop(r.Body.flags()...), line.Set("json", jsonMeant(r.Plan.Request.Body.Text))}
}

// mendURL mends the URL that was typed, as far as that makes one that can be sent to.
func (r *Asked) mendURL() []line.Mend {
	p := r.Plan
	if p.Request.URL == "" {
		return []line.Mend{line.Aim(ExampleURL)}
	}
	p.Request.URL = address.Mend(p.Request.URL)
	for _, err := range flatten(p.Validate()) {
		var f *loadgen.Fault
		if errors.As(err, &f) && f.Field == "url" && !isAction(f.Value) { // of which others make a mend
			return nil
		}
	}
	if p.Request.URL == r.Plan.Request.URL {
		return nil
	}
	return []line.Mend{line.Aim(p.Request.URL)}
}

// mostMends bounds how often a line is mended: a mend may bring the next fault to light.
const mostMends = 10

// Complete gives a refusal whose line to try was read as a whole, as --dry-run reads it: some faults are found when
// others are mended, and whoever copies the line is not to meet them one by one. Where no mend is known of one of them
// there is nothing to try. Credentials that are not on the line are another thing: nobody else can give them. A line is
// read by the reader of its verb, which gives the faults that it finds; one without a reader is left as it is.
func Complete(err error, readers map[string]func(line.Line) []line.Fault) error {
	var r *line.Refusal
	if !errors.As(err, &r) || r.Mended == nil || readers[r.Mended.Verb] == nil {
		return err
	}
	mended := *r.Mended
	alone := func(w line.Word) bool { return mended.Row(w.Flag) != nil && mended.Row(w.Flag).Alone }
	if slices.ContainsFunc(mended.Words, alone) {
		return err
	}
	isOurs := func(f line.Fault) bool {
		return f.Flag != "netrc" && (f.Flag != "aws-sigv4" || f.Kind == line.Unread)
	}
	for range mostMends {
		more := readers[mended.Verb](mended)
		if !slices.ContainsFunc(more, isOurs) {
			r.Try = mended.String()
			return err
		}
		var mends []line.Mend
		for _, f := range more {
			if mends = append(mends, f.Mends...); len(f.Mends) == 0 {
				r.Try = ""
				return err
			}
		}
		mended = mended.Mend(mends...)
	}
	r.Try = "" // one mend undoes another: nothing is known to help
	return err
}

// Reader reads lines of the main job from their beginnings.
func Reader(env func(string) (string, bool)) func(line.Line) []line.Fault {
	return func(l line.Line) []line.Fault {
		var r *line.Refusal
		if errors.As(New(NewWorld(nil, env)).reread(l), &r) {
			return r.Faults
		}
		return nil
	}
}

// TakeWords takes the words of a line as if they were typed, and gives those that are no flags'.
func (a *Asked) TakeWords(l line.Line) (operands []string) {
	for _, w := range l.Words {
		if r := a.Row(w.Flag); r != nil && w.Flag != "" {
			a.Take(r, w.Value)
		} else {
			operands = append(operands, w.Value)
		}
	}
	a.Line.Operands(operands)
	return operands
}

// reread takes the words of a line from its beginning, and says what is wrong with them.
func (a *Asked) reread(l line.Line) error {
	a.Aim(a.TakeWords(l))
	if err := a.Settle(); err != nil {
		return err
	}
	if err := a.Validate(); err != nil {
		return err
	}
	return a.Explain(loadgen.Check(a.Plan))
}
