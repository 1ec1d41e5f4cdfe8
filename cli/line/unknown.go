package line

import (
	"cmp"
	"slices"
	"strings"
)

// A puzzle is a line that cannot be split as it stands, with the arguments that it was to be split from.
type puzzle struct {
	*Line
	args []string
}

// # Words of other tools
//
// A line that was written for another tool has several words that are none here. They are found one after the other:
// the line is split, the word at which that fails is mended or taken out, and it is split again, until it can be. So
// each is told, and what is to be tried is the whole line. A word of which nothing is known ends that: whether a value
// follows it cannot be told, and so the rest of the line cannot be read.

// A translation is a line of which some words are translated.
type translation struct {
	puzzle
	whole  []string // the arguments as they were: by them a tool is recognised
	faults []Fault
	sets   []Mend // what the words that were taken out become
}

// translate refuses the line with all its words that are none here, after those that were found before.
func (p puzzle) translate(faults ...Fault) error {
	t := &translation{puzzle: p, whole: p.args}
	t.dropCommand()
	t.faults = append(t.faults, faults...)
	for range len(p.args) + 1 {
		again, err := t.parse()
		if err == nil {
			return refuseFor(t.faults, t.aim(again.mendAll().Mend(t.sets...)))
		}
		if !t.mendWord(err) || len(t.faults) >= mostFaults {
			break
		}
	}
	if len(t.faults) == 0 {
		t.faults = []Fault{{Kind: Unknown, Why: "the line cannot be read"}}
	}
	return &Refusal{Faults: t.faults, Try: p.Help()}
}

// parse reads the line from its beginning, as far as it is translated.
func (t *translation) parse() (Line, error) {
	anew := *t.Line
	if t.Fresh != nil {
		anew.Rows = t.Fresh()
	}
	again, err := anew.Parse(t.args)
	if err == nil && t.Verb == "" {
		again.TakeURL(again.withoutFlags())
	}
	return again, err
}

// mendWord mends the word at which splitting the line failed; ok is false where it is not known how.
func (t *translation) mendWord(err error) (ok bool) {
	switch letter, name, bare := t.findFailure(err); {
	case letter != "":
		return t.mendLetter(letter)
	case name != "":
		return t.mendName(name)
	case bare != nil:
		t.note(bare.Name() + " needs a value: " + bare.Arg)
		t.args = append(slices.Clone(t.args), bare.Eg)
		return true
	}
	t.note(err.Error())
	return false
}

func (t *translation) note(why string) { t.faults = append(t.faults, Fault{Kind: Unknown, Why: why}) }

// dropCommand takes the name of another tool, or a command of it, out of the line's beginning.
func (t *translation) dropCommand() {
	if len(t.args) == 0 || t.Verb != "" {
		return
	}
	for len(t.args) > 0 {
		s := t.CommandElsewhere(t.args[0])
		switch {
		case s == nil:
			return
		case s.Tool:
			t.note(Show(s.Command) + " " + s.Why)
		default:
			t.note(Show(s.Command) + " is no command here: " + s.Why)
		}
		t.args = t.args[1:]
	}
}

// mendLetter mends a letter that is no flag.
func (t *translation) mendLetter(letter string) (ok bool) {
	s := t.stranger(func(s *Stranger) bool { return s.Letter == letter }, t.whole...)
	why := "-" + letter + " is no flag here"
	if s == nil {
		t.note(why)
		return false
	}
	t.note(why + ": " + s.Why)
	return t.takeOut("-"+letter, s)
}

// mendName looks for the flag that was meant by a long name.
func (t *translation) mendName(name string) (ok bool) {
	why := "--" + name + " is no flag here"
	s := t.stranger(func(s *Stranger) bool { return slices.Contains(s.Longs, name) }, t.whole...)
	if s != nil && t.Verb == "" {
		t.note(why + ": " + s.Why)
		return t.takeOut("--"+name, s)
	}
	meant := t.guess(name)
	if of := t.abbreviatedBy(name); len(of) > 1 {
		meant = cmp.Or(meant, of[0])
		t.note("--" + name + " may be short for --" + strings.Join(of, ", --"))
	} else if meant == "" {
		t.note(why)
		return false
	} else {
		t.note(why + "; did you mean --" + meant + "?")
	}
	t.args = rename(t.args, "--"+name, "--"+meant)
	return true
}

// takeOut takes a stranger out of the arguments, with what looks like its value, and notes what it becomes.
func (t *translation) takeOut(word string, s *Stranger) (ok bool) {
	for i, a := range t.args {
		attached, found := strings.CutPrefix(a, word)
		if !found || strings.HasPrefix(word, "--") && attached != "" && attached[0] != '=' {
			continue
		}
		attached = strings.TrimPrefix(attached, "=")
		after := i + 1
		if attached == "" && !s.Bare && after < len(t.args) && !strings.HasPrefix(t.args[after], "-") &&
			(s.IsURL || !LooksLikeURL(t.args[after])) {
			attached = t.args[after]
			after++
		}
		if s.IsURL && LooksLikeURL(attached) && !slices.ContainsFunc(t.args[after:], LooksLikeURL) &&
			!slices.ContainsFunc(t.args[:i], LooksLikeURL) {
			t.sets = append(t.sets, Aim(attached))
		} else if s.Flag != "" {
			t.sets = append(t.sets, Set(s.Flag, t.valueOf(s, attached)))
		}
		t.args = slices.Concat(t.args[:i], t.args[after:])
		return true
	}
	return false
}

// valueOf is the stranger's own value where it is of the same kind and can be read; else one that works.
func (t *translation) valueOf(s *Stranger, own string) string {
	if strings.Contains(s.Value, Given) {
		return strings.ReplaceAll(s.Value, Given, own)
	}
	rows := t.Rows
	if t.Fresh != nil {
		rows = t.Fresh()
	}
	if !s.Kept || own == "" || rows.Row(s.Flag).Amount && rows.Row(s.Flag).Read(own) != nil {
		return s.Value
	}
	return own
}

// rename gives the line with one flag called otherwise.
func rename(args []string, from, to string) []string {
	args = slices.Clone(args)
	for i, a := range args {
		if rest, found := strings.CutPrefix(a, from); found && (rest == "" || rest[0] == '=') {
			args[i] = to + rest
		}
	}
	return args
}

// checkDashes refuses long names behind a single dash, as Go's own flags are written. Letter by letter they would be
// flags that nobody meant: -disable-keepalive a body of "isable-keepalive".
func (p puzzle) checkDashes() error {
	mended := slices.Clone(p.args)
	var first []Fault
	changed := false
	for i, a := range p.args {
		if a == "--" {
			break
		}
		if !strings.HasPrefix(a, "-") {
			continue
		}
		name, value, given := strings.Cut(strings.TrimPrefix(a, "-"), "=")
		meant := p.longName(name)
		if meant == "" || slices.ContainsFunc(p.Words, func(w Word) bool { return w.Value == a }) {
			continue
		}
		changed = true
		if len(first) == 0 && p.Row(meant) != nil {
			first = []Fault{{Kind: Unknown, Why: "-" + name + ": a long name has two dashes: --" + meant}}
		}
		if mended[i] = "--" + meant; given {
			mended[i] += "=" + value
		}
	}
	if !changed {
		return nil
	}
	return puzzle{p.Line, mended}.translate(first...)
}

// longName is the flag of exactly this long name, or the name itself where another tool has it; "" when nobody has.
// Shorter than three letters a word is flags, one for each letter.
func (p puzzle) longName(name string) string {
	var s *Stranger
	if len(name) > 2 && p.Verb == "" {
		s = p.stranger(func(s *Stranger) bool { return slices.Contains(s.Longs, name) }, p.args...)
	}
	switch ours := p.Rows.longName(name); {
	case s != nil && (ours == "" || s.Beside != nil): // what a tool is recognised by says more than a name
		return name
	case ours != "":
		return ours
	}
	return ""
}

// aim gives the line with its operand found among the arguments: parsing had stopped before it was reached. Where there
// is none, it has one that works: without a URL nothing could be fired.
func (p puzzle) aim(l Line) Line {
	aimed := func(w Word) bool { return w.Flag == "url" || w.Flag == "urls" }
	if len(l.withoutFlags()) > 0 || slices.ContainsFunc(l.Words, aimed) {
		return l
	}
	for _, a := range p.args {
		if l.Verb == "" && strings.HasPrefix(a, "http") && strings.Contains(a, "://") {
			return l.AimAt(a)
		}
		if l.Layered && IsPlanName(a) {
			l.Operands([]string{a})
			return l
		}
	}
	alone := func(w Word) bool { return l.Row(w.Flag) != nil && l.Row(w.Flag).Alone }
	if r := l.Row("url"); r != nil && l.Verb == "" && !slices.ContainsFunc(l.Words, alone) {
		return l.AimAt(r.Eg)
	}
	return l
}
