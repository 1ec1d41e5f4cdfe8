package line

import (
	"slices"
	"strings"
)

// A puzzle is a line that cannot be split as it stands, with the arguments that it was to be split from.
type puzzle struct {
	*Line
	args []string
}

// refuseLetter refuses a line with a letter that is no flag.
func (p puzzle) refuseLetter(letter string) error {
	u := p.stranger(letter)
	why := "-" + letter + " is no flag here"
	if u == nil {
		return refuse(Unknown, why, p.Help())
	}
	rest, value := p.without(letter)
	if value == "" || !u.Kept {
		value = u.Value
	}
	try := p.aim(p.With(u.Flag, value))
	if again, ok := p.reparse(rest); ok {
		try = again.With(u.Flag, value)
	}
	return refuse(Unknown, why+": "+u.Why, try.String())
}

// stranger finds what there is to say of a letter.
func (p puzzle) stranger(letter string) *Stranger {
	for i := range p.Strangers {
		if u := &p.Strangers[i]; u.Letter == letter && u.Why != "" {
			return u
		}
	}
	return nil
}

// strangerCalled finds what there is to say of a long name.
func (p puzzle) strangerCalled(long string) *Stranger {
	for i := range p.Strangers {
		if u := &p.Strangers[i]; u.Why != "" && slices.Contains(u.Longs, long) {
			return u
		}
	}
	return nil
}

// without takes an unknown flag out of a line, and what looks like its value.
func (p puzzle) without(letter string) (rest []string, value string) {
	for i, a := range p.args {
		attached, found := strings.CutPrefix(a, "-"+letter)
		if !found {
			continue
		}
		after := i + 1
		if attached == "" && after < len(p.args) && !strings.HasPrefix(p.args[after], "-") &&
			!LooksLikeURL(p.args[after]) {
			attached = p.args[after]
			after++
		}
		return slices.Concat(p.args[:i], p.args[after:]), attached
	}
	return p.args, ""
}

// refuseName looks for the flag that was meant and, if the line can be read with it, shows that line.
func (p puzzle) refuseName(name string) error {
	why := "--" + name + " is no flag here"
	if u := p.strangerCalled(name); u != nil && p.Verb == "" {
		return refuse(Unknown, why+": "+u.Why, p.aim(p.With(u.Flag, u.Value)).String())
	}
	meant := p.guess(name)
	if meant == "" {
		return refuse(Unknown, why, p.Help())
	}
	args := rename(p.args, "--"+name, "--"+meant)
	for _, r := range p.Rows {
		for _, theirs := range r.Elsewhere {
			args = rename(args, "--"+theirs, "--"+r.Long)
		}
	}
	try := p.Help()
	if again, ok := p.reparse(args); ok {
		try = again.String()
	}
	return refuse(Unknown, why+"; did you mean --"+meant+"?", try)
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
	var first string
	for i, a := range p.args {
		if a == "--" {
			break
		}
		name, value, given := strings.Cut(strings.TrimPrefix(a, "-"), "=")
		meant := p.longName(name)
		isValue := slices.ContainsFunc(p.Words, func(w Word) bool { return w.Value == a })
		if !strings.HasPrefix(a, "-") || meant == "" || isValue {
			continue
		}
		if first == "" {
			first = "-" + name + ": a long name has two dashes: --" + meant
		}
		if mended[i] = "--" + meant; given {
			mended[i] += "=" + value
		}
	}
	if first == "" {
		return nil
	}
	try := p.Help()
	if again, ok := p.reparse(mended); ok {
		try = again.String()
	}
	return refuse(Unknown, first, try)
}

// reparse reads a mended line from its beginning, and mends what else is wrong with it; ok is false when it cannot
// be split.
func (p puzzle) reparse(args []string) (again Line, ok bool) {
	anew := *p.Line
	if p.Fresh != nil {
		anew.Rows = p.Fresh()
	}
	again, err := anew.Parse(args)
	return again.mendAll(), err == nil
}

// aim gives the line with its operand found among the arguments: parsing had stopped before it was reached.
func (p puzzle) aim(l Line) Line {
	for _, a := range p.args {
		if l.Verb == "" && strings.HasPrefix(a, "http") && strings.Contains(a, "://") {
			return l.AimAt(a)
		}
		if l.Layered && IsPlanName(a) {
			l.Operands([]string{a})
			return l
		}
	}
	return l
}
