// Package line is a command line as data: rows, in which stands all that is true of a flag; words, which are what a
// person typed, in order; faults, which are what is wrong with them; and mends, which make the line right. Faults and
// mends are values: sentences are made of them last, and nobody has to read one of our own. It refuses to know what
// any flag is for: the rows of a command are its own, and how a value is read stands in its row.
//
// A word is one flag with its value, or an operand. A stranger is a flag of other tools that is none here.
package line

import (
	"fmt"
	"slices"
	"strings"
)

// A Line is what a person typed, flag by flag and in order, so that an error can show the same line mended. It is
// filled while flags are parsed; what cannot be read is gathered in Faults, so that all of them are told at once.
type Line struct {
	Verb      string // "" when firing
	Layered   bool   // its operand is a file with flags of its own, over which the line stands
	Rows             // the flags that it may have
	Strangers []Stranger
	Words     []Word
	Faults    []Fault

	// Fresh gives the rows anew, for a line that is read again: some values bear upon each other, and are not to meet
	// those that were read before. Where it is nil, the rows can be used again.
	Fresh func() []Row

	// Whole writes the line as a part of the one that was typed: a side's flags as those of both. nil: it is all that
	// there is.
	Whole func(Line) string

	files  int // files of flags that are being read, one within the other
	untold int // faults in them beyond mostFaults
}

// A Word is one flag with its value, or, without a flag, an operand.
type Word struct{ Flag, Value string }

// Take notes one flag as it is parsed and reads its value. It never fails: see Faults.
func (l *Line) Take(r *Row, value string) {
	if c := r.clashWith(value); c != nil {
		l.Note(Fault{Kind: Clashing, Flag: r.Long, Value: value, Shown: r.Show(value), Why: c.why(value),
			Mends: c.mend(value)})
		return
	}
	l.Words = append(l.Words, Word{r.Long, value})
	if err := r.Read(value); err != nil {
		l.Note(r.unread(value, err))
	}
}

// Operands notes what stood on the line without a flag.
func (l *Line) Operands(args []string) {
	for _, a := range args {
		l.Words = append(l.Words, Word{"", a})
	}
}

// Note adds a fault, and to it how its flag is written.
func (l *Line) Note(f Fault) { l.Faults = append(l.Faults, l.name(f)) }

// Refuse gives a fault as why the line is not taken, by itself: what else is wrong cannot be found before it is mended.
func (l *Line) Refuse(f Fault) error {
	return refuseFor([]Fault{l.name(f)}, l.Mend(f.Mends...))
}

func (l *Line) name(f Fault) Fault {
	if r := l.Row(f.Flag); f.Name == "" && r != nil {
		f.Name = r.Name()
	}
	return f
}

// Check is every fault, and with them the whole line with all of them mended; nil when there is none.
func (l *Line) Check() error {
	if len(l.Faults) == 0 {
		return nil
	}
	if n := len(l.Faults); n > 2*mostFaults { // a line that a program wrote; a mended one would be as long
		rest := Fault{Kind: Unknown, Why: fmt.Sprintf("and %d more", n-mostFaults)}
		return &Refusal{Faults: append(l.Faults[:mostFaults:mostFaults], rest), Try: l.Help()}
	}
	return refuseFor(l.Faults, l.mendAll())
}

// refuseFor refuses a line for these faults; mended is the line without them.
func refuseFor(faults []Fault, mended Line) *Refusal {
	mended = puzzle{Line: &mended}.aim(mended)
	mended.Faults = nil
	return &Refusal{Faults: faults, Try: mended.String(), Mended: &mended}
}

// mendAll gives the line without what is wrong with it.
func (l Line) mendAll() Line {
	mended := l
	for _, f := range l.Faults {
		mended = mended.Mend(f.Mends...)
	}
	return mended
}

// With gives the line with the flag set to value instead of what it last was.
func (l Line) With(flag, value string) Line {
	l.Words = slices.Clone(l.Words)
	for i := len(l.Words) - 1; i >= 0; i-- {
		if l.Words[i].Flag == flag {
			l.Words[i].Value = value
			return l
		}
	}
	l.Words = slices.Insert(l.Words, 0, Word{flag, value})
	return l
}

// Instead gives the line with another value in the place of that one: a flag that is repeated has several.
func (l Line) Instead(flag, value, with string) Line {
	i := slices.Index(l.Words, Word{flag, value})
	if i < 0 {
		return l.With(flag, with)
	}
	l.Words = slices.Clone(l.Words)
	l.Words[i].Value = with
	return l
}

// Without gives the line without the flags. A single switch, which may be on in the file below the line, is switched
// off there.
func (l Line) Without(flags ...string) Line {
	if r := l.Row(flags[0]); l.Layered && len(flags) == 1 && r != nil && r.Arg == "" {
		return l.With(r.Long, "false")
	}
	l.Words = slices.DeleteFunc(slices.Clone(l.Words), func(w Word) bool {
		return w.Flag != "" && slices.Contains(flags, w.Flag)
	})
	return l
}

// withoutLast gives the line without the flag's last occurrence.
func (l Line) withoutLast(flag string) Line {
	for i := len(l.Words) - 1; i >= 0; i-- {
		if l.Words[i].Flag == flag {
			l.Words = slices.Delete(slices.Clone(l.Words), i, i+1)
			return l
		}
	}
	return l
}

// withoutFlags are the operands.
func (l Line) withoutFlags() (operands []string) {
	for _, w := range l.Words {
		if w.Flag == "" {
			operands = append(operands, w.Value)
		}
	}
	return operands
}

// withoutOperands gives the line with flags alone.
func (l Line) withoutOperands() Line {
	l.Words = slices.DeleteFunc(slices.Clone(l.Words), func(w Word) bool { return w.Flag == "" })
	return l
}

// AimAt gives the line with another URL.
func (l Line) AimAt(url string) Line {
	if l.Layered {
		return l.Without("urls").With("url", url) // the operand there is the file
	}
	l = l.Without("url", "urls").withoutOperands()
	l.Words = append(l.Words, Word{"", url})
	return l
}

// replaceText gives the line with another text in the place of a part of what was typed, wherever that stands.
func (l Line) replaceText(old, text string) Line {
	l.Words = slices.Clone(l.Words)
	for i := range l.Words {
		l.Words[i].Value = strings.ReplaceAll(l.Words[i].Value, old, text)
	}
	return l
}

// rename gives the line with a value of one flag as that of another.
func (l Line) rename(from, to, value string) Line {
	if i := slices.Index(l.Words, Word{from, value}); i >= 0 {
		l.Words = slices.Clone(l.Words)
		l.Words[i].Flag = to
	}
	return l
}

// rejoin gives a header that ends in its colon the word that was torn from it.
func (l Line) rejoin(value string) Line {
	for _, w := range slices.Backward(l.Words) {
		if r := l.Row(w.Flag); r == nil || r.Names == nil || r.Pairs {
			continue
		}
		if strings.HasSuffix(w.Value, ":") {
			return l.With(w.Flag, w.Value+" "+value)
		}
		break
	}
	return l
}

// String writes the line for a shell, with a variable in the place of each secret.
func (l Line) String() string {
	if l.Whole != nil {
		return l.Whole(l)
	}
	parts := []string{"shotput"}
	if l.Verb != "" {
		parts = append(parts, l.Verb)
	}
	for _, w := range l.Words {
		r := l.Row(w.Flag)
		switch {
		case w.Flag == "":
			parts = append(parts, l.Veil("url", w.Value))
		case r.Arg != "":
			parts = append(parts, r.Name(), l.Veil(w.Flag, w.Value))
		case w.Value == "false":
			parts = append(parts, "--"+r.Long+"=false")
		default:
			parts = append(parts, r.Name())
		}
	}
	return strings.Join(parts, " ")
}

// Help is the command that shows all flags.
func (l *Line) Help() string {
	return strings.Join(strings.Fields("shotput "+l.Verb+" --help"), " ")
}
