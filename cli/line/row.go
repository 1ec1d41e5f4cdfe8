package line

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
)

// A Row is one flag: all that is true of it, wherever it is asked.
type Row struct {
	// How it is written, explained and read.
	Long, Short string
	Arg         string // what its value is called; "" for a switch
	Group       string // of the help; "" keeps it out
	Help        string
	Field       string   // a plan's name for it, where that is not Long; switches that share one are alternatives
	Eg          string   // a value that works
	Words       []string // the words that it knows, where its value is one of a list
	Set         func(string) error

	// What its value is.
	Repeats bool   // it may be given again, each time with one value more
	Body    string // it gives the body; those that repeat and share a name are joined to one, any other is all of it
	Amount  bool   // no value is a URL: one behind it has lost its place to a value that was forgotten
	Alone   bool   // it is all that is asked for: nothing is sent, and no URL is needed
	Written bool   // its file is written: there need be none
	Ignored bool   // it stands on many a line of curl's, and changes nothing here

	// What must be done with its value.
	Hide  func(value string) string                                // without its secret; nil: a URL's are taken out
	Names func(value string) []string                              // what a value names, such as headers in lower case
	Paths func(value string, from func(path string) string) string // the same with the paths in it put through from

	// What it is as a key of a plan file.
	NotInFiles string   // why a plan file has no place for it
	Verb       string   // the command that has it, where it is no flag of a run
	Alias      string   // the flag that it is a second name of; then it is no key
	Mixable    bool     // one request of a mix may have it of its own
	Over       []string // other flags that it stands in the place of, when they are given below it
	Pairs      bool     // it may be a mapping of names to values
	Tree       bool     // it may be any value, which is written as JSON
	OfStep     bool     // it is a key of a step of a flow, and no flag
	OfAnswer   bool     // it says what an answer is to be: a condition has it too

	// What it is elsewhere.
	Elsewhere  []string // its long names on the lines of other tools
	AsKey      []string // words that other tools have for it as a key, too far from it to be guessed
	Clashes    []Clash  // values that another tool's meaning of it would have
	Curl       bool     // in a command of curl's it has the same meaning
	CurlLetter string   // there, where it is not Short
}

// Name is the flag as a person writes it: short where there is a short form.
func (r *Row) Name() string {
	if r.Short != "" {
		return "-" + r.Short
	}
	return "--" + r.Long
}

// Joins says whether the value of one flag is joined with that of the other to one body.
func (r *Row) Joins(other *Row) bool { return r.Repeats && r.Body == other.Body }

// Read reads a value.
func (r *Row) Read(value string) error {
	if len(r.Words) > 0 && !slices.Contains(r.Words, value) {
		return Misspell(value, r.Words)
	}
	return r.Set(value)
}

// unread is the fault of a value that is not read. To mend it another is put in its place; a second body is left out.
func (r *Row) unread(value string, err error) Fault {
	f := Fault{Kind: Unread, Flag: r.Long, Value: value, Shown: r.Show(value), Why: err.Error()}
	w, _ := err.(Wrong)
	if w.Kind != 0 {
		f.Kind = w.Kind
	}
	if f.Part = w.Column > 0; f.Kind == TwoBodies {
		f.Mends = []Mend{{How: DropLast, Flags: []string{r.Long}}}
	} else {
		f.Mends = r.Mend(value, w.Meant)
	}
	return f
}

// Mend puts what was meant in the place of a value, or, where that is not known, one that works. No file is known to
// be there: a flag that names one is left out, and of a body text takes its place.
func (r *Row) Mend(value, meant string) []Mend {
	switch {
	case meant != "" || !r.NamesFile():
		return []Mend{Replace(r.Long, value, cmp.Or(meant, r.Eg))}
	case r.Body != "":
		return []Mend{Drop(r.Long), Set("data", "text")}
	}
	return []Mend{Drop(r.Long)}
}

// NamesFile says whether the value that stands for one that works names a file that is read.
func (r *Row) NamesFile() (does bool) {
	if r.Paths != nil && !r.Written {
		r.Paths(r.Eg, func(path string) string {
			does = true
			return path
		})
	}
	return does
}

// Rows are the flags of a command.
type Rows []Row

// Row finds the flag by its long name, or by the name that a fault of the plan has for it; nil when there is none.
func (rows Rows) Row(name string) *Row {
	hyphened := strings.NewReplacer("_", "-", " ", "-").Replace(name)
	for i := range rows {
		if r := &rows[i]; r.Long == hyphened || r.Field == hyphened && r.Field != "" {
			return &rows[i]
		}
	}
	return nil
}

// Alternatives are the switches of which one is given at the most: those that share the plan's name of a field.
func (rows Rows) Alternatives(of *Row) (all []string) {
	for _, r := range rows {
		if r.Field != "" && r.Field == of.Field {
			all = append(all, r.Long)
		}
	}
	return all
}

// letter finds a flag by its short form.
func (rows Rows) letter(short string) *Row {
	for i := range rows {
		if rows[i].Short == short {
			return &rows[i]
		}
	}
	return nil
}

// InGroup puts the rows in a group of the help.
func InGroup(group string, rows Rows) Rows {
	for i := range rows {
		rows[i].Group = group
	}
	return rows
}

// Hiding keeps rows out of the help: those that another row's text speaks of.
func (rows Rows) Hiding(long ...string) Rows {
	for i := range rows {
		if slices.Contains(long, rows[i].Long) {
			rows[i].Group = ""
		}
	}
	return rows
}

// calledElsewhere is the flag that another tool calls name; nil when there is none.
func (rows Rows) calledElsewhere(name string) *Row {
	for i := range rows {
		if slices.Contains(rows[i].Elsewhere, name) {
			return &rows[i]
		}
	}
	return nil
}

// guess is the flag that another tool calls name, or the one that is written most like it; "" if there is none.
func (rows Rows) guess(name string) string {
	if ours := rows.calledElsewhere(name); ours != nil {
		return ours.Long
	}
	var names []string
	for _, r := range rows {
		if names = append(names, r.Long); slices.Contains(r.AsKey, name) {
			return r.Long
		}
	}
	return Slip(name, names)
}

// longName is the flag of exactly this long name, ours or another tool's; "" when there is none. Shorter than three
// letters a word is flags, one for each letter.
func (rows Rows) longName(name string) string {
	if ours := rows.calledElsewhere(name); ours != nil {
		return ours.Long
	}
	for _, r := range rows {
		if r.Long == name && len(name) > 2 {
			return name
		}
	}
	return ""
}

// A Clash is a value that another tool's meaning of the flag would have. Sent as it stands it would be a wrong
// request, or a wrong load, and nobody would notice; so it is refused, with the flag that was meant.
type Clash struct {
	Looks *regexp.Regexp
	Says  string // Given in it is the value, as it is in a mend's
	Mends []Mend
}

// Given stands for the value that clashes.
const Given = "%s"

func (c *Clash) why(value string) string { return strings.ReplaceAll(c.Says, Given, value) }

func (c *Clash) mend(value string) []Mend {
	mends := slices.Clone(c.Mends)
	for i := range mends {
		mends[i].Value = strings.ReplaceAll(mends[i].Value, Given, value)
	}
	return mends
}

// clashWith finds the clash of a value; nil when it has none.
func (r *Row) clashWith(value string) *Clash {
	if r.Amount && LooksLikeURL(value) {
		return &Clash{Says: "a value is missing before the URL", Mends: []Mend{Set(r.Long, r.Eg), Aim(Given)}}
	}
	for i := range r.Clashes {
		if c := &r.Clashes[i]; c.Looks.MatchString(value) {
			return c
		}
	}
	return nil
}

// LooksLikeURL says whether a word is a URL rather than a host's name or any other word.
func LooksLikeURL(s string) bool {
	return strings.HasPrefix(s, "http://") || strings.HasPrefix(s, "https://") || hostAndPort.MatchString(s)
}

var hostAndPort = regexp.MustCompile(`^(localhost|[\w-]+(\.[\w-]+)+):\d+(/|$)`)

// A Stranger is a word of other tools that is none here: a letter that means something in several, and each something
// else, a name that has nothing for it, or a command. Beside it stands a flag to try, and a value for it; without a
// flag it is left out.
type Stranger struct {
	Letter  string
	Longs   []string
	Command string
	Beside  *regexp.Regexp // it is meant on lines that hold this; nil: on any
	Bare    bool           // it has no value
	Tool    bool           // the command is the tool's own name
	IsURL   bool           // a value that is an address is the URL, where there is no other
	Why     string         // "" where only a file of flags has something to say
	Flag    string
	Value   string
	Kept    bool // the stranger's own value is of the same kind, and is kept

	NotInFiles string // what a plan file has in its place
}
