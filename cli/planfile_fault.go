package cli

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"shotput/loadgen/fault"
)

// A placed is a hint and where in the file it points.
type placed struct {
	place
	hint Hint
}

// fault notes what is wrong at a place, and what to write instead. Each is told once, however many scenarios share it.
func (p *planFile) fault(at place, why, try string) {
	p.point(at, Hint{Error: why, Try: try})
}

// point adds the place to a hint: its line and a caret under its column.
func (p *planFile) point(at place, h Hint) {
	at.line = min(max(1, at.line), len(p.lines))
	at.column = min(max(1, at.column), utf8.RuneCountInString(p.lines[at.line-1])+1)
	number := fmt.Sprint(at.line)
	h.Error = fmt.Sprintf("%s:%d:%d: %s", p.name, at.line, at.column, h.Error)
	h.excerpt = []string{"  " + number + " | " + p.shownLine(at.line),
		"  " + strings.Repeat(" ", len(number)) + " | " + strings.Repeat(" ", at.column-1) + "^"}
	for _, f := range p.faults {
		if f.place == at && f.hint.Error == h.Error {
			return
		}
	}
	p.faults = append(p.faults, placed{at, h})
}

// refused is every fault in the order of the file; nil when there is none.
func (p *planFile) refused(typed ...Hint) error {
	if len(p.faults)+len(typed) == 0 {
		return nil
	}
	slices.SortStableFunc(p.faults, func(a, b placed) int {
		return cmp.Or(cmp.Compare(a.line, b.line), cmp.Compare(a.column, b.column))
	})
	var hints []Hint
	for _, f := range p.faults {
		hints = append(hints, f.hint)
	}
	return usage(append(hints, typed...)...)
}

// keyed finds what looks like a key on a line: the start of what may be a secret.
var keyed = regexp.MustCompile(`["']?([A-Za-z][\w-]*)["']?\s*:(\s+|$)`)

// inURL finds userinfo.
var inURL = regexp.MustCompile(`://[^/?#\s"']*@`)

// shownLine is a line of the file without its secrets. It is read as text, for it may be no YAML. A secret that the
// line has by name of a variable is not in it.
func (p *planFile) shownLine(number int) string {
	line := p.lines[number-1]
	for _, m := range keyed.FindAllStringSubmatchIndex(line, -1) {
		name, rest := line[m[2]:m[3]], line[m[1]:]
		if rest != "" && p.hides(name, strings.Trim(rest, `"' `)) && !variablesOnly.MatchString(rest) {
			return inURL.ReplaceAllString(line[:m[1]], "://…@") + "…"
		}
	}
	if content := strings.TrimLeft(line, " -"); p.belongsToSecret(number, strings.Trim(content, `"'`)) && !variablesOnly.MatchString(content) {
		return line[:len(line)-len(content)] + "…"
	}
	return inURL.ReplaceAllString(line, "://…@")
}

// openKey is a line that ends with a key, whose value is on the lines below it.
var openKey = regexp.MustCompile(`^\s*(?:- +)*["']?([A-Za-z][\w-]*)["']?\s*:\s*(?:[|>].*|#.*)?$`)

// belongsToSecret says whether content, the line of that number, is within the value of a key above it that is a secret.
func (p *planFile) belongsToSecret(number int, content string) bool {
	depth := indentation(p.lines[number-1])
	for i := number - 2; i >= 0 && content != "" && depth >= 0; i-- {
		above := p.lines[i]
		if in := indentation(above); strings.TrimSpace(above) == "" || in > depth || in == depth && !strings.HasPrefix(p.lines[number-1][in:], "-") {
			continue
		} else if m := openKey.FindStringSubmatch(above); m != nil && p.hides(m[1], content) {
			return true
		} else {
			depth = in - 1
		}
	}
	return false
}

func indentation(line string) int { return len(line) - len(strings.TrimLeft(line, " ")) }

// variablesOnly is a value that is variables and nothing else.
var variablesOnly = regexp.MustCompile(`^\s*["']?(\w+ |\w+: )?(\$\{\w+\}:?)+["']?\s*$`)

// hides says whether the value of a key is a secret. A key that is none is taken for the flag that it is near to.
func (p *planFile) hides(name, value string) bool {
	var longs []string
	for long := range p.vocabulary() {
		longs = append(longs, long)
	}
	slices.Sort(longs)
	if !slices.Contains(longs, name) && !slices.Contains([]string{keyName, keyMix}, name) {
		if isSecret(name) {
			return true
		}
		name = cmp.Or(foreign[name], fault.Nearest(name, longs))
	}
	return hidden(name, value) != value || name == "cookie" && strings.ContainsAny(value, "[{:=")
}

// blamed tells the hints of an error, unless their flags have been refused already, and gives those of typed flags.
func (p *planFile) blamed(err error, from *origin) (typed []Hint) {
	if err == nil {
		return nil
	}
	for _, h := range refusals(err) {
		if h.about = p.aboutOf(h); !from.hasRefused(h.about.flag) {
			typed = append(typed, p.blame(h, nil, *from)...)
			from.refused = append(from.refused, h.about.flag)
		}
	}
	return typed
}

// headOf is how hints about a flag begin: with it, its value perhaps, and a colon.
var headOf = regexp.MustCompile(`^--?([A-Za-z][\w.-]*)(?: "[^"]*")?:? `)

// aboutOf is what a hint is about; where it does not say so itself, its text does.
func (p *planFile) aboutOf(h Hint) about {
	m := headOf.FindStringSubmatch(h.Error)
	if h.about.flag != "" || m == nil {
		return h.about
	}
	for i := range p.rows {
		if r := &p.rows[i]; r.long == m[1] || r.short == m[1] {
			return about{flag: r.long, why: strings.TrimPrefix(h.Error, m[0])}
		}
	}
	return about{why: h.Error}
}

// blame finds where what a flag's fault is about was written, and points there. It gives the hint back when that
// is the command line.
func (p *planFile) blame(h Hint, mend func(commandLine) commandLine, from origin) []Hint {
	e := from.entry(h.about)
	if e != nil && e.place == (place{}) {
		return []Hint{h}
	}
	r := p.row(h.about.flag)
	told := Hint{Code: h.Code, Error: h.about.flag + ": " + p.inKeys(h.about.why)}
	at := from.at
	if e != nil {
		at = p.inValue(e.place, h.about)
		if h.about.value != "" {
			value := shown(h.about.flag, h.about.value)
			if e.secret {
				value = `"…"`
			}
			told.Error = h.about.flag + " " + value + ": " + p.inKeys(h.about.why)
		}
	}
	told.Try = "shotput --help"
	if r != nil {
		if a := &h.about; a.value == "" && e != nil {
			a.value = e.value
		}
		told.Try = p.mended(r, h.about, mend)
	}
	p.point(at, told)
	return nil
}

// origin is the entries of one request, and its own place, at which points what no entry is to blame for.
type origin struct {
	entries []entry
	at      place
	refused []string // flags of which it has been told that their value is wrong
}

// hasRefused says whether a fault of a flag would only follow from one that has been told.
func (o *origin) hasRefused(flag string) bool {
	return slices.ContainsFunc(o.refused, func(r string) bool { return r == flag || slices.Contains(standsFor[r], flag) })
}

func (o *origin) entry(a about) *entry {
	var found *entry
	score := 0
	for i := range o.entries {
		e, points := &o.entries[i], 0
		switch {
		case e.flag != a.flag:
			continue
		case e.value == a.value:
			points = 3
		case a.value != "" && strings.Contains(e.value, a.value):
			points = 2
		default:
			points = 1
		}
		if points >= score {
			found, score = e, points
		}
	}
	return found
}

// columnOf finds where a template's fault says it is.
var columnOf = regexp.MustCompile(`^column \d+: `)

// inValue is the place of a part of a value where the fault is about that part: a function of a template.
func (p *planFile) inValue(at place, a about) place {
	if !columnOf.MatchString(a.why) || a.value == "" {
		return at
	}
	return p.within(&node{place: at}, a.value)
}

// mended is what to write instead: what the flag's own mending makes of a line that has only this flag.
func (p *planFile) mended(r *row, a about, mend func(commandLine) commandLine) string {
	if mend == nil {
		mend = r.mend(nil)
	}
	line := mend(commandLine{verb: verbRun, rows: p.rows, words: []word{{a.flag, a.value}}})
	var keys []string
	for _, w := range line.words {
		if r := p.row(w.flag); r != nil {
			keys = append(keys, r.yaml(w.value))
		}
	}
	if len(keys) == 0 {
		return "the plan without " + a.flag
	}
	return strings.Join(keys, " and ")
}

// flagName finds flags as the command line has them.
var flagName = regexp.MustCompile(`(^|[ ('])--?([A-Za-z][\w-]*)`)

// inKeys puts the names of keys in the place of those of flags.
func (p *planFile) inKeys(text string) string {
	return flagName.ReplaceAllStringFunc(text, func(found string) string {
		m := flagName.FindStringSubmatch(found)
		for i := range p.rows {
			if r := &p.rows[i]; r.long == m[2] || r.short == m[2] {
				return m[1] + r.long
			}
		}
		return found
	})
}

// refusals gives the hints of an error, whatever it is.
func refusals(err error) []Hint {
	var r *refusal
	if errors.As(err, &r) {
		return r.hints
	}
	return []Hint{{Error: err.Error()}}
}
