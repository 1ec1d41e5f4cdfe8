package cli

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"shotput/loadgen/fault"

	"github.com/spf13/pflag"
)

// bind gives the flag set one flag for each row. Every value goes through took, which never fails: so parsing
// goes on to the end and all faults are told together.
func (l *commandLine) bind(fs *pflag.FlagSet) {
	fs.SortFlags = false
	for i := range l.rows {
		r := &l.rows[i]
		f := fs.VarPF(&setting{line: l, row: r}, r.long, r.short, r.help)
		if r.arg == "" {
			f.NoOptDefVal = "true"
		}
		f.Hidden = r.group == ""
	}
}

// setting is one flag as pflag sees it.
type setting struct {
	line *commandLine
	row  *row
}

// Set reads one occurrence of the flag.
func (s *setting) Set(value string) error { s.line.took(s.row, value); return nil }

// String is the default, of which pflag's own help would speak; ours is in the rows.
func (s *setting) String() string { return "" }

// Type tells pflag and shell completion whether a value follows.
func (s *setting) Type() string {
	if s.row.arg == "" {
		return "bool"
	}
	return s.row.arg
}

// unparsed explains a line that pflag could not split: an unknown flag, or one without its value. What it says
// to try is the whole line with that one word mended.
func (l *commandLine) unparsed(err error, args []string) error {
	var unknown *pflag.NotExistError
	var bare *pflag.ValueRequiredError
	var h Hint
	if err := l.oneDash(args); err != nil {
		return err
	}
	switch {
	case errors.As(err, &unknown) && unknown.GetSpecifiedShortnames() != "":
		h = l.unknownLetter(unknown.GetSpecifiedName(), args)
	case errors.As(err, &unknown):
		h = l.unknownName(unknown.GetSpecifiedName(), args)
	case errors.As(err, &bare):
		r := l.row(bare.GetFlag().Name)
		l.words = append(l.words, word{r.long, r.eg})
		h = Hint{Error: r.name() + " needs a value: " + r.arg, Try: l.aimed(args).String()}
	default:
		h = Hint{Error: err.Error(), Try: l.help()}
	}
	return usage(h)
}

func (l *commandLine) unknownLetter(letter string, args []string) Hint {
	h := Hint{Error: "-" + letter + " is no flag here", Try: l.help()}
	if u, ok := unassigned[letter]; ok && (l.verb == "" || l.verb == verbRun) {
		h.Error += ": " + u.why
		rest, value := withoutLetter(letter, args)
		if value == "" || !u.kept {
			value = u.value
		}
		h.Try = l.with(u.flag, value).aimed(args).String()
		if again, ok := l.reparsed(rest); ok {
			h.Try = again.with(u.flag, value).String()
		}
	}
	return h
}

// withoutLetter takes an unknown flag out of a line, and what looks like its value.
func withoutLetter(letter string, args []string) (rest []string, value string) {
	for i, a := range args {
		attached, found := strings.CutPrefix(a, "-"+letter)
		if !found {
			continue
		}
		after := i + 1
		if attached == "" && after < len(args) && !strings.HasPrefix(args[after], "-") && !looksLikeURL(args[after]) {
			attached = args[after]
			after++
		}
		return slices.Concat(args[:i], args[after:]), attached
	}
	return args, ""
}

// unknownName looks for the flag that was meant and, if the line can be read with it, shows that line.
func (l *commandLine) unknownName(name string, args []string) Hint {
	h := Hint{Error: "--" + name + " is no flag here", Try: l.help()}
	if u, ok := unassigned[unoffered[name]]; ok && l.verb == "" {
		h.Error += ": " + u.why
		h.Try = l.with(u.flag, u.value).aimed(args).String()
		return h
	}
	meant := l.meant(name)
	if meant == "" {
		return h
	}
	h.Error += "; did you mean --" + meant + "?"
	args = renamed(args, "--"+name, "--"+meant)
	for theirs, ours := range elsewhereCalled {
		if l.row(ours) != nil {
			args = renamed(args, "--"+theirs, "--"+ours)
		}
	}
	if again, ok := l.reparsed(args); ok {
		h.Try = again.String()
	}
	return h
}

// meant is the flag that another tool calls name, or the one that is written most like it; "" if there is none.
func (l *commandLine) meant(name string) string {
	if ours := elsewhereCalled[name]; l.row(ours) != nil {
		return ours
	}
	var names []string
	for _, r := range l.rows {
		names = append(names, r.long)
	}
	return fault.Nearest(name, names)
}

// renamed gives the line with one flag called otherwise.
func renamed(args []string, from, to string) []string {
	args = slices.Clone(args)
	for i, a := range args {
		if rest, found := strings.CutPrefix(a, from); found && (rest == "" || rest[0] == '=') {
			args[i] = to + rest
		}
	}
	return args
}

// reparsed reads a mended line from its beginning, and mends what else is wrong with it; ok is false when it cannot
// be split.
func (l *commandLine) reparsed(args []string) (again commandLine, ok bool) {
	again, err := (&commandLine{verb: l.verb, rows: l.unread()}).parsed(args)
	for _, mend := range again.mends {
		again = mend(again)
	}
	return again, err == nil
}

// parsed is the line of these arguments, by rows of l.
func (l *commandLine) parsed(args []string) (commandLine, error) {
	line := commandLine{verb: l.verb, rows: slices.Clone(l.rows)}
	fs := pflag.NewFlagSet("", pflag.ContinueOnError)
	line.bind(fs)
	err := fs.Parse(args)
	line.operands(fs.Args())
	return line, err
}

// unread is the rows anew: some values bear upon each other, and are not to meet those that were read before.
func (l *commandLine) unread() []row {
	switch l.verb {
	case "":
		return newRequest().rows
	case verbRun:
		return append(newRequest().rows, *l.row("scenario"))
	}
	return l.rows
}

// operands notes what stood on the line without a flag.
func (l *commandLine) operands(args []string) {
	for _, a := range args {
		l.words = append(l.words, word{"", a})
	}
}

// aimed gives the line with the URL, or the plan file, found among args: parsing had stopped before it was reached.
func (l commandLine) aimed(args []string) commandLine {
	for _, a := range args {
		if l.verb == "" && strings.HasPrefix(a, "http") && strings.Contains(a, "://") {
			return l.aimedAt(a)
		}
		if l.verb == verbRun && isPlanName(a) {
			l.operands([]string{a})
			return l
		}
	}
	return l
}

// help is the command that shows all flags.
func (l *commandLine) help() string {
	return strings.Join(strings.Fields("shotput "+l.verb+" --help"), " ")
}

// The readers of single values.

func filled(into *string) func(string) error {
	return func(s string) error {
		if s == "" {
			return errors.New("it is empty")
		}
		*into = s
		return nil
	}
}

func onoff(into *bool) func(string) error {
	return func(s string) (err error) {
		if *into, err = strconv.ParseBool(s); err != nil {
			return errors.New("a switch is true or false")
		}
		return nil
	}
}

func each[T any](into *[]T, read func(string) (T, error)) func(string) error {
	return func(s string) error {
		v, err := read(s)
		if err == nil {
			*into = append(*into, v)
		}
		return err
	}
}

func one[T any](into *T, read func(string) (T, error)) func(string) error {
	return func(s string) (err error) {
		v, err := read(s)
		if err == nil {
			*into = v
		}
		return err
	}
}

func ignored(string) error { return nil }
