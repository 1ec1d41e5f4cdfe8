package line

import (
	"slices"
	"strings"
)

// refuseLetter refuses a line with a letter that is no flag.
func (l *Line) refuseLetter(letter string, args []string) error {
	u := l.stranger(letter)
	why := "-" + letter + " is no flag here"
	if u == nil {
		return refuse(Unknown, why, l.Help())
	}
	rest, value := withoutLetter(letter, args)
	if value == "" || !u.Kept {
		value = u.Value
	}
	try := l.With(u.Flag, value).aimAmong(args)
	if again, ok := l.reparse(rest); ok {
		try = again.With(u.Flag, value)
	}
	return refuse(Unknown, why+": "+u.Why, try.String())
}

// stranger finds what there is to say of a letter.
func (l *Line) stranger(letter string) *Stranger {
	for i := range l.Strangers {
		if u := &l.Strangers[i]; u.Letter == letter && u.Why != "" {
			return u
		}
	}
	return nil
}

// strangerCalled finds what there is to say of a long name.
func (l *Line) strangerCalled(long string) *Stranger {
	for i := range l.Strangers {
		if u := &l.Strangers[i]; u.Why != "" && slices.Contains(u.Longs, long) {
			return u
		}
	}
	return nil
}

// withoutLetter takes an unknown flag out of a line, and what looks like its value.
func withoutLetter(letter string, args []string) (rest []string, value string) {
	for i, a := range args {
		attached, found := strings.CutPrefix(a, "-"+letter)
		if !found {
			continue
		}
		after := i + 1
		if attached == "" && after < len(args) && !strings.HasPrefix(args[after], "-") && !LooksLikeURL(args[after]) {
			attached = args[after]
			after++
		}
		return slices.Concat(args[:i], args[after:]), attached
	}
	return args, ""
}

// refuseName looks for the flag that was meant and, if the line can be read with it, shows that line.
func (l *Line) refuseName(name string, args []string) error {
	why := "--" + name + " is no flag here"
	if u := l.strangerCalled(name); u != nil && l.Verb == "" {
		return refuse(Unknown, why+": "+u.Why, l.With(u.Flag, u.Value).aimAmong(args).String())
	}
	meant := l.guess(name)
	if meant == "" {
		return refuse(Unknown, why, l.Help())
	}
	args = rename(args, "--"+name, "--"+meant)
	for _, r := range l.Rows {
		for _, theirs := range r.Elsewhere {
			args = rename(args, "--"+theirs, "--"+r.Long)
		}
	}
	try := l.Help()
	if again, ok := l.reparse(args); ok {
		try = again.String()
	}
	return refuse(Unknown, why+"; did you mean --"+meant+"?", try)
}

// calledElsewhere is the flag that another tool calls name; nil when there is none.
func (l *Line) calledElsewhere(name string) *Row {
	for i := range l.Rows {
		if slices.Contains(l.Rows[i].Elsewhere, name) {
			return &l.Rows[i]
		}
	}
	return nil
}

// guess is the flag that another tool calls name, or the one that is written most like it; "" if there is none.
func (l *Line) guess(name string) string {
	if ours := l.calledElsewhere(name); ours != nil {
		return ours.Long
	}
	var names []string
	for _, r := range l.Rows {
		names = append(names, r.Long)
	}
	return Nearest(name, names)
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

// CheckDashes refuses long names behind a single dash, as Go's own flags are written. Letter by letter they would be
// flags that nobody meant: -disable-keepalive a body of "isable-keepalive".
func (l *Line) CheckDashes(args []string) error {
	mended := slices.Clone(args)
	var first string
	for i, a := range args {
		if a == "--" {
			break
		}
		name, value, given := strings.Cut(strings.TrimPrefix(a, "-"), "=")
		meant := l.longName(name)
		isValue := slices.ContainsFunc(l.Words, func(w Word) bool { return w.Value == a })
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
	try := l.Help()
	if again, ok := l.reparse(mended); ok {
		try = again.String()
	}
	return refuse(Unknown, first, try)
}

// longName is the flag of exactly this long name, ours or another tool's; "" when there is none. Shorter than three
// letters a word is flags, one for each letter.
func (l *Line) longName(name string) string {
	if ours := l.calledElsewhere(name); ours != nil {
		return ours.Long
	}
	for _, r := range l.Rows {
		if r.Long == name && len(name) > 2 {
			return name
		}
	}
	return ""
}
