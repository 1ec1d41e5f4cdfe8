package flags

import (
	"errors"
	"slices"

	"shotput/cli/line"
)

// mostMends bounds how often a line is mended: a mend may bring the next fault to light.
const mostMends = 10

// isTheirs says whether a fault is for the person to mend: of a value that cannot be read, of a file that they have
// named, and of those of their own that no line names.
func isTheirs(f *line.Fault, l line.Line) bool {
	names := func(w line.Word) bool {
		r := l.Row(w.Flag)
		return r != nil && r.Paths != nil && w.Flag == f.Flag
	}
	return f.Kind == line.Unread || f.Code == "template" || slices.Contains([]string{"netrc", "aws-sigv4"}, f.Flag) ||
		slices.ContainsFunc(l.Words, names)
}

// Complete gives a refusal whose line to try was read as a whole: some faults are found only when others are mended,
// and whoever copies the line is not to meet them one by one. A value that cannot be read, such as a file that is not
// there, stays as it was typed: only who typed it knows what was meant.
func Complete(err error, env func(string) (string, bool)) error {
	var r *line.Refusal
	if !errors.As(err, &r) || r.Mended == nil || r.Mended.Verb != "" {
		return err
	}
	mended := *r.Mended
	alone := func(w line.Word) bool { return mended.Row(w.Flag) != nil && mended.Row(w.Flag).Alone }
	if slices.ContainsFunc(mended.Words, alone) {
		return err
	}
	for range mostMends {
		again := New(NewWorld(nil, env))
		var more *line.Refusal
		if !errors.As(again.reread(mended), &more) {
			r.Try = mended.String()
			return err
		}
		var mends []line.Mend
		for _, f := range more.Faults {
			if !isTheirs(&f, mended) {
				mends = append(mends, f.Mends...)
			}
		}
		if len(mends) == 0 {
			r.Try = mended.String()
			return err
		}
		mended = mended.Mend(mends...)
	}
	r.Try = "" // one mend undoes another: nothing is known to help
	return err
}

// reread takes the words of a line from its beginning, and says what is wrong with them.
func (a *Asked) reread(l line.Line) error {
	var operands []string
	for _, w := range l.Words {
		if r := a.Row(w.Flag); r != nil && w.Flag != "" {
			a.Take(r, w.Value)
		} else {
			operands = append(operands, w.Value)
		}
	}
	a.Line.Operands(operands)
	a.Aim(operands)
	if err := a.Settle(); err != nil {
		return err
	}
	return a.Validate()
}
