package planfile

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"shotput/cli/line"
)

// A page is the text of a plan, and all that is wrong with it.
type page struct {
	name   string // as typed
	lines  []string
	keys   vocabulary
	faults []Fault
	told   map[toldFault]bool
	untold int   // faults beyond mostFaults
	beyond Place // the first of them
}

// A toldFault is what two faults must not share.
type toldFault struct {
	Place
	why string
}

// A Fault is what is wrong at a place of the file, and what to write instead.
type Fault struct {
	Place
	Why, Try string
	Code     string   // of the hint, where it has one
	Excerpt  []string // the line, and a caret under the column

	file string
}

// Sentence says where it is and what is wrong.
func (f Fault) Sentence() string {
	return fmt.Sprintf("%s:%d:%d: %s", f.file, f.Line, f.Column, line.Shorten(f.Why))
}

// Name is the file's, as it was typed.
func (p *page) Name() string { return p.name }

// Fault notes what is wrong at a place, and what to write instead.
func (p *page) Fault(at Place, why, try string) { p.point(Fault{Place: at, Why: why, Try: try}) }

// point adds to a fault its line and a caret under its column. Each is told once, however many scenarios share it.
func (p *page) point(f Fault) {
	if p.isFull() {
		p.leave(toldFault{f.Place, f.Why})
		return
	}
	f.Line = min(max(1, f.Line), len(p.lines))
	f.Column = min(max(1, f.Column), utf8.RuneCountInString(p.lines[f.Line-1])+1)
	f.file = p.name
	told := toldFault{f.Place, f.Why}
	if p.told[told] {
		return
	}
	if p.told == nil {
		p.told = map[toldFault]bool{}
	}
	p.told[told] = true
	f.Excerpt = p.excerpt(f.Place)
	p.faults = append(p.faults, f)
}

// How much of a line is shown, in characters, and how long one may be to be looked through for secrets, in bytes. What
// is longer was written by a program, and nobody reads it; a part of it might be the middle of a secret.
const (
	mostShown = 100
	mostRead  = 4000
)

// mostFaults bounds what is told at once: a file that a program wrote may have a fault in each word.
const mostFaults = 10

// isFull says whether of a further fault no more is told than that there is one: it need not be looked into.
func (p *page) isFull() bool { return len(p.faults) >= mostFaults }

// leave counts a fault that is not told, once.
func (p *page) leave(f toldFault) {
	if p.told[f] {
		return
	}
	p.told[f] = true
	at := f.Place
	if p.untold++; p.untold == 1 || comparePlaces(at, p.beyond) < 0 {
		p.beyond = at
	}
}

// excerpt is the line of a place, or what of it is around the place, and a caret below it.
func (p *page) excerpt(at Place) []string {
	number := fmt.Sprint(at.Line)
	before := "  " + strings.Repeat(" ", len(number)) + " | "
	if size := len(p.lines[at.Line-1]); size > mostRead {
		return []string{"  " + number + fmt.Sprintf(" | … (a line of %d bytes)", size)}
	}
	shown, caret := []rune(p.showLine(at.Line)), at.Column-1
	if from := caret - mostShown/2; len(shown) > mostShown && from > 0 {
		from = min(from, len(shown))
		shown = append([]rune("…"), shown[from:]...)
		caret -= from - 1
	}
	if len(shown) > mostShown {
		shown = append(shown[:mostShown:mostShown], '…')
	}
	return []string{"  " + number + " | " + string(shown), before + strings.Repeat(" ", caret) + "^"}
}

// Faults is every fault, in the order of the file.
func (p *page) Faults() []Fault {
	slices.SortStableFunc(p.faults, func(a, b Fault) int { return comparePlaces(a.Place, b.Place) })
	if p.untold == 0 {
		return p.faults
	}
	at := Place{min(max(1, p.beyond.Line), len(p.lines)), max(1, p.beyond.Column)}
	return append(slices.Clone(p.faults), Fault{Place: at, file: p.name, Excerpt: p.excerpt(at), Try: "shotput init",
		Why: fmt.Sprintf("and %d more; they are told when what is above is right", p.untold)})
}

func comparePlaces(a, b Place) int {
	return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
}

// within is the place of a part of what stands at a place, where it can be seen on that line; else the place itself.
func (p *page) within(at Place, part string) Place {
	if before := strings.Index(p.from(at), part); before > 0 {
		return Place{at.Line, at.Column + utf8.RuneCountInString(p.from(at)[:before])}
	}
	return at
}

// from is the text of the line from a place on.
func (p *page) from(at Place) string {
	if at.Line < 1 || at.Line > len(p.lines) {
		return ""
	}
	line := []rune(p.lines[at.Line-1])
	return string(line[min(max(0, at.Column-1), len(line)):])
}
