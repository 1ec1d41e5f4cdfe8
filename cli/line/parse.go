package line

import (
	"errors"
	"slices"
	"strings"

	"github.com/spf13/pflag"
)

// Bind gives the flag set one flag for each row. Every value goes through Take, which never fails: so parsing
// goes on to the end and all faults are told together.
//
// A long name may be abbreviated, as in curl: pflag asks for the name of each flag that it meets, and is given the
// whole.
func (l *Line) Bind(fs *pflag.FlagSet) {
	fs.SortFlags = false
	fs.SetNormalizeFunc(func(_ *pflag.FlagSet, name string) pflag.NormalizedName {
		return pflag.NormalizedName(l.unabbreviated(name))
	})
	for i := range l.Rows {
		r := &l.Rows[i]
		f := fs.VarPF(&setting{line: l, row: r}, r.Long, r.Short, r.Help)
		if r.Arg == "" {
			f.NoOptDefVal = "true"
		}
		f.Hidden = r.Group == ""
	}
}

// unabbreviated is the long name of which name is the beginning, if it is of one alone. A name that is whole stands,
// and so does one that another tool has: what it means there is told, not guessed at.
func (l *Line) unabbreviated(name string) string {
	if of := l.abbreviatedBy(name); len(of) == 1 {
		return of[0]
	}
	return name
}

// abbreviatedBy are the long names that begin with this one, which is none by itself, neither here nor elsewhere.
func (l *Line) abbreviatedBy(name string) (all []string) {
	if name == "" || slices.ContainsFunc(l.Strangers, func(s Stranger) bool { return slices.Contains(s.Longs, name) }) {
		return nil
	}
	for i := range l.Rows {
		r := &l.Rows[i]
		if r.Long == name || slices.Contains(r.Elsewhere, name) || slices.Contains(r.AsKey, name) {
			return nil
		}
		if strings.HasPrefix(r.Long, name) {
			all = append(all, r.Long)
		}
	}
	if strings.HasPrefix("help", name) {
		all = append(all, "help") // which is in no row
	}
	return all
}

// setting is one flag as pflag sees it.
type setting struct {
	line *Line
	row  *Row
}

// Set reads one occurrence of the flag.
func (s *setting) Set(value string) error { s.line.Take(s.row, value); return nil }

// String is the default, of which pflag's own help would speak; ours is in the rows.
func (s *setting) String() string { return "" }

// Type tells pflag and shell completion whether a value follows.
func (s *setting) Type() string {
	if s.row.Arg == "" {
		return "bool"
	}
	return s.row.Arg
}

// Explain says what is wrong with a line that could not be split: an unknown flag, or one without its value. What it
// says to try is the whole line with that one word mended.
func (l *Line) Explain(err error, args []string) error {
	p := puzzle{l, args}
	if err := p.checkDashes(); err != nil {
		return err
	}
	switch letter, name, r := l.findFailure(err); {
	case letter != "" || name != "":
		return p.translate()
	case r != nil:
		mended := l.Mend(r.Mend("", "")...)
		if !r.NamesFile() {
			mended = *l
			mended.Words = append(slices.Clone(l.Words), Word{r.Long, r.Eg})
		}
		return refuseFor([]Fault{{Kind: Unvalued, Why: r.Name() + " needs a value: " + r.Arg}}, p.aim(mended))
	}
	return refuse(Unknown, err.Error(), l.Help())
}

// CommandElsewhere finds what there is to say of a command of another tool; nil where there is nothing.
func (l *Line) CommandElsewhere(word string) *Stranger {
	return l.stranger(func(s *Stranger) bool { return s.Command != "" && s.Command == word })
}

// stranger finds the first that is so and that may stand on this line.
func (l *Line) stranger(is func(*Stranger) bool, args ...string) *Stranger {
	for i := range l.Strangers {
		s := &l.Strangers[i]
		if s.Why != "" && is(s) && (s.Beside == nil || s.Beside.MatchString(strings.Join(args, " "))) {
			return s
		}
	}
	return nil
}

// findFailure is what splitting a line failed at: a letter or a long name that is no flag, or one without its value.
func (l *Line) findFailure(err error) (letter, name string, bare *Row) {
	var unknown *pflag.NotExistError
	var valueless *pflag.ValueRequiredError
	switch {
	case errors.As(err, &unknown) && unknown.GetSpecifiedShortnames() != "":
		return unknown.GetSpecifiedName(), "", nil
	case errors.As(err, &unknown):
		return "", unknown.GetSpecifiedName(), nil
	case errors.As(err, &valueless):
		return "", "", l.Row(valueless.GetFlag().Name)
	}
	return "", "", nil
}

// CheckDashes refuses long names behind a single dash, as Go's own flags are written.
func (l *Line) CheckDashes(args []string) error { return puzzle{l, args}.checkDashes() }

func refuse(kind Kind, why, try string) error {
	return &Refusal{Faults: []Fault{{Kind: kind, Why: why}}, Try: try}
}

// Parse is the line of these arguments, by rows of l.
func (l *Line) Parse(args []string) (Line, error) {
	again := Line{Verb: l.Verb, Layered: l.Layered, Rows: slices.Clone(l.Rows), Strangers: l.Strangers, Fresh: l.Fresh}
	fs := pflag.NewFlagSet("", pflag.ContinueOnError)
	fs.Usage = func() {}
	again.Bind(fs)
	err := fs.Parse(args)
	again.Operands(fs.Args())
	return again, err
}

// Read takes the flags of these arguments into the line, and gives what stood there without a flag. The error is of
// arguments that cannot be told apart; a value that cannot be read is noted.
func (l *Line) Read(args []string) (operands []string, err error) {
	fs := pflag.NewFlagSet("", pflag.ContinueOnError)
	fs.Usage = func() {}
	l.Bind(fs)
	if err := fs.Parse(args); err != nil {
		return nil, l.Explain(err, args)
	}
	return fs.Args(), nil
}

// IsPlanName says whether a word looks like the name of a file with flags of its own.
func IsPlanName(s string) bool {
	return strings.HasSuffix(s, ".yaml") || strings.HasSuffix(s, ".yml") || strings.HasSuffix(s, ".json")
}
