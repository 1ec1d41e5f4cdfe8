package line

import (
	"strings"
	"unicode/utf8"

	"shotput/loadgen/fault"
)

// A Kind is what is wrong with a flag or a line, for whoever acts upon it.
type Kind int

const (
	Unread    Kind = iota + 1 // the value cannot be read
	Clashing                  // the value is of another tool's flag
	TwoBodies                 // it is a second body
	Unknown                   // there is no such flag
	Unvalued                  // its value is missing, or it has one and takes none
	Misplaced                 // it is an operand that is not read
	Contrary                  // it contradicts another flag
	Unplanned                 // together they make no plan
)

// A Fault is what is wrong with a line: with the value of a flag, or with all of it. What there is to say stands in
// parts, so that whoever knows more of where the value was written can say it in words of its own.
type Fault struct {
	Kind  Kind
	Flag  string // the long name; "" for an operand, and for what no flag is to blame for
	Value string // as it was given; "" where all values of the flag are at fault, or the lack of one
	Doing string // what could not be done with it, such as "read the body"; "" where Why says all
	Why   string
	Code  string // of the hint, where it has one
	Part  bool   // a part of the value is wrong, which Why tells the column of
	Mends []Mend

	// How it is said on a command line.
	Name  string // of the flag; Note adds it
	Shown string // the value, in quotes and without its secrets; "" when it is not said
	File  string // and line of it, for a flag in a file
	More  string // a second sentence
}

// Sentence says what is wrong, on a command line.
func (f Fault) Sentence() string {
	f.Why = Shorten(f.Why)
	head := strings.TrimSpace(f.Name + " " + f.Shown)
	if f.Doing != "" {
		head = f.Doing + ", " + head
	}
	if f.File != "" {
		f.File += ": "
	}
	switch {
	case head == "":
		return f.File + f.Why
	case f.Kind == Contrary:
		return f.File + head + " " + f.Why
	}
	return f.File + head + ": " + f.Why
}

// Shorten gives a sentence with the long words in it cut, and its end where it has very many: it quotes what was typed,
// which may have any length.
func Shorten(s string) string {
	const longestWord, longest = 120, 1000
	if utf8.RuneCountInString(s) <= longestWord {
		return s
	}
	words := strings.SplitAfter(s, " ")
	for i, w := range words {
		if words[i] = cut(w, longestWord); words[i] != w {
			words[i] += w[len(strings.TrimRight(w, `": ;,`)):] // what closes it
		}
	}
	return cut(strings.Join(words, ""), longest)
}

// cut is the beginning of a text that is longer than so many signs.
func cut(s string, most int) string {
	n := 0
	for at := range s {
		if n++; n > most {
			return s[:at] + "…"
		}
	}
	return s
}

// A Refusal is why a line is not taken: all its faults.
type Refusal struct {
	Faults []Fault
	Try    string // a line to copy, without them
	Mended *Line  // the same, where it may have faults that are found only once these are mended; nil: it is whole
}

// Error says all of it, for those who only log.
func (r *Refusal) Error() string {
	heads := make([]string, len(r.Faults))
	for i, f := range r.Faults {
		heads[i] = f.Sentence()
	}
	return strings.Join(heads, "; ")
}

// A How is what a mend does with a line.
type How int

const (
	SetTo        How = iota + 1 // the flag has the value, instead of what it last was
	DropFlags                   // the flags are left out
	DropLast                    // the flag's last occurrence is left out
	DropOperands                // flags alone are left
	ReplaceValue                // the flag has another value in the place of that one
	AimAt                       // it has another URL
	ReplaceText                 // a part of its values, or of its URL, is another text
	Rename                      // a value goes to another flag
	Rejoin                      // the value goes to the header that it was torn from
)

// A Mend is one step by which a line becomes right.
type Mend struct {
	How   How
	Flags []string
	Value string
	Old   string // the value whose place it takes
}

// Set gives a flag a value that works, or adds the flag that is missing.
func Set(flag, value string) Mend { return Mend{How: SetTo, Flags: []string{flag}, Value: value} }

// Drop leaves flags out.
func Drop(flags ...string) Mend { return Mend{How: DropFlags, Flags: flags} }

// Replace puts one value of a flag in the place of another.
func Replace(flag, old, value string) Mend {
	return Mend{How: ReplaceValue, Flags: []string{flag}, Value: value, Old: old}
}

// Aim gives the line another URL.
func Aim(url string) Mend { return Mend{How: AimAt, Value: url} }

// Mend gives the line with the mends made, in order.
func (l Line) Mend(mends ...Mend) Line {
	for _, m := range mends {
		switch m.How {
		case SetTo:
			l = l.With(m.Flags[0], m.Value)
		case DropFlags:
			l = l.Without(m.Flags...)
		case DropLast:
			l = l.withoutLast(m.Flags[0])
		case DropOperands:
			l = l.withoutOperands()
		case ReplaceValue:
			l = l.Instead(m.Flags[0], m.Old, m.Value)
		case ReplaceText:
			l = l.replaceText(m.Old, m.Value)
		case Rename:
			l = l.rename(m.Flags[0], m.Flags[1], m.Old)
		case AimAt:
			l = l.AimAt(m.Value)
		case Rejoin:
			l = l.rejoin(m.Value)
		}
	}
	return l
}

// A Wrong is why a value is not read, and what is known beyond that.
type Wrong struct {
	Why    string
	Kind   Kind   // 0: Unread
	Meant  string // the value as it would be written here; "" if that cannot be told
	Column int    // of the part of the value that is wrong, from 1; 0 is all of it
}

// Error says why.
func (w Wrong) Error() string { return w.Why }

// Otherwise is why a value is not read that is written as elsewhere, and how it would be written here.
func Otherwise(why, meant string) error { return Wrong{Why: why + Suggest(meant), Meant: meant} }

// Misspell is why a word is not read that is none of a list.
func Misspell(word string, known []string) error {
	return Otherwise("it is none of "+strings.Join(known, ", "), Nearest(word, known))
}

// Suggest asks whether that was meant, at the end of a sentence; nothing asks nothing.
func Suggest(meant string) string {
	if meant == "" {
		return ""
	}
	return "; did you mean " + meant + "?"
}

// Slip is the one of the words of which s is a misspelling; "" if it is of none.
func Slip(s string, words []string) string { return fault.Slip(s, words) }

// Nearest is the one of the words that s was probably meant to be; "" if none is near.
func Nearest(s string, words []string) string { return fault.Nearest(s, words) }
