package planfile

import (
	"cmp"
	"slices"
	"strings"

	"shotput/cli/line"
)

// The keys that are no flags: the structure of a plan file.
const (
	keyDefaults  = "defaults"
	keyScenarios = "scenarios"
	keyName      = "name"
	keyMix       = "mix"
	keyWeight    = "weight"
	keyFlow      = "flow"
	keyOnFailure = "on-failure"
	keyBefore    = "before"
	keyAfter     = "after"
	keyUntil     = "until"
)

// Structural are the keys that are no flags.
var Structural = []string{keyDefaults, keyScenarios, keyName, keyMix, keyWeight, keyFlow, keyOnFailure, keyBefore,
	keyAfter, keyUntil}

// A vocabulary is the words that a plan may have.
type vocabulary struct {
	rows      []line.Row
	strangers []line.Stranger
}

// row finds a flag by its long name alone.
func (v vocabulary) row(long string) *line.Row {
	for i := range v.rows {
		if v.rows[i].Long == long {
			return &v.rows[i]
		}
	}
	return nil
}

// unfit says why a name is no key although it is a flag, and what to do instead; "" when it is a key, or unknown.
func (v vocabulary) unfit(name, file string) (why, try string) {
	if r := v.row(name); r != nil {
		switch {
		case r.NotInFiles != "":
			return r.NotInFiles, onTheLine(r) + " " + line.Quote(file)
		case r.Alias != "":
			return "is another name of a flag; keys are long names", r.Alias + ":"
		case r.Ignored:
			return "is accepted from curl's command lines and changes nothing", "the plan without it"
		}
		return "", ""
	}
	for _, s := range v.strangers {
		if s.NotInFiles != "" && slices.Contains(s.Longs, name) {
			return s.NotInFiles, "shotput run --" + name + " " + line.Quote(file)
		}
	}
	for i := range v.rows {
		if r := &v.rows[i]; r.Short == name {
			return "is the letter of a flag; keys are long names", r.Long + ":"
		}
	}
	return "", ""
}

// onTheLine is a command that has the flag.
func onTheLine(r *line.Row) string {
	flag := "shotput " + cmp.Or(r.Verb, "run") + " --" + r.Long
	if r.Arg == "" {
		return flag
	}
	return flag + " " + line.Quote(r.Eg)
}

// isKey says whether the flag is a key.
func isKey(r *line.Row) bool { return r.NotInFiles == "" && r.Alias == "" && !r.Ignored }

// names are the keys that are flags, and those of steps.
func (v vocabulary) names() []string {
	return v.namesOf(func(*line.Row) bool { return true })
}

// namesOf are those of the keys that may stand at a place.
func (v vocabulary) namesOf(fits func(*line.Row) bool) (all []string) {
	for i := range v.rows {
		if r := &v.rows[i]; isKey(r) && fits(r) {
			all = append(all, r.Long)
		}
	}
	slices.Sort(all)
	return all
}

// stepped are the keys of steps alone.
func (v vocabulary) stepped() []string { return v.namesOf(func(r *line.Row) bool { return r.OfStep }) }

// Keys is every flag of the rows that is a key.
func Keys(rows []line.Row) map[string]*line.Row {
	all := map[string]*line.Row{}
	for i := range rows {
		if isKey(&rows[i]) {
			all[rows[i].Long] = &rows[i]
		}
	}
	return all
}

// translate is the key for a word that other tools and libraries have for it; "" when there is none.
func (v vocabulary) translate(word string) string {
	for i := range v.rows {
		if slices.Contains(v.rows[i].AsKey, word) {
			return v.rows[i].Long
		}
	}
	if word == "scenario" {
		return keyScenarios
	}
	return ""
}

// guess is the key that was probably meant by a word that is none, among those of the structure as well, and those of
// steps where they are named there.
func (v vocabulary) guess(word string, structure []string) string {
	others := v.namesOf(func(r *line.Row) bool { return !r.OfStep })
	return cmp.Or(v.translate(strings.ToLower(word)), line.Nearest(word, append(others, structure...)))
}

// Over lays entries over others: a flag that is given above is not taken from below. Bodies are replaced whole,
// headers by name.
func Over(rows []line.Row, below, above []Entry) []Entry {
	v := vocabulary{rows: rows}
	kept := slices.DeleteFunc(slices.Clone(below), func(b Entry) bool {
		return slices.ContainsFunc(above, func(a Entry) bool { return v.replaces(a, b) })
	})
	return append(kept, above...)
}

// Over lays entries over others by the rows of the file.
func (f *File) Over(below, above []Entry) []Entry { return Over(f.keys.rows, below, above) }

func (v vocabulary) replaces(a, b Entry) bool {
	above, below := v.row(a.Flag), v.row(b.Flag)
	switch {
	case above == nil || below == nil:
		return a.Flag == b.Flag
	case above == below && above.Names != nil:
		names := above.Names(b.Value)
		return slices.ContainsFunc(above.Names(a.Value), func(name string) bool { return slices.Contains(names, name) })
	}
	bodies := above.Body != "" && below.Body != ""
	isOff := above.Arg == "" && a.Value == "false" // a switch that is off takes nobody's place but its own
	return above == below || bodies || !isOff && v.standsOver(a.Flag, b.Flag)
}

// standsOver says whether one flag stands in the place of another that is given below it.
func (v vocabulary) standsOver(flag, other string) bool {
	r := v.row(flag)
	return r != nil && slices.Contains(r.Over, other)
}
