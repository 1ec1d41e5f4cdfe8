package page

import (
	"fmt"
	"slices"
	"strings"

	"shotput/report/words"
	"shotput/verify"
)

// firstSent and lastSent are how many exchanges of a finding a report has that is read from top to bottom; the page and
// the saved form have all.
const firstSent, lastSent = 2, 4

// checkResults are the words for what a check found.
var checkResults = map[verify.Result]Cell{
	verify.Holds: {"holds ✓", Good}, verify.Broken: {"broken ✗", Bad}, verify.Differs: {"differs", Warn},
	verify.NotOffered: {"not offered", Calm}, verify.Unclear: {"could not tell", Warn},
}

// CheckResult is the word for a result; one of a newer version is shown as it is.
func CheckResult(r verify.Result) Cell {
	if said, known := checkResults[r]; known {
		return said
	}
	return Cell{Text: short(string(r))}
}

// mostShort is how long a word may be in a column that is as wide as what is in it: those of checks are shorter.
const mostShort = 24

func short(s string) string { return words.Cut(words.Clean(s), mostShort, "…") }

// OfVerification is the page of a verification: each group of checks as a table, and of what is broken or differs
// everything that helps to mend it. all is for a page that can hide and need not cut: it has every exchange.
func OfVerification(r *verify.Report, all bool) Page {
	p := Page{Title: "verify " + words.Clean(r.URL), Verdict: verificationVerdict(r), Summary: verificationSummary(r),
		Last: lastOfVerification(r)}
	if r.Stopped != "" {
		p.Remarks = []string{"not every check was made: " + words.Clean(r.Stopped)}
	}
	for _, group := range groupsOf(r) {
		p.add(checksTable(r, group), nil)
	}
	if !all {
		p.add(nil, untold(r)) // a column of the page is never cut
	}
	for _, result := range []verify.Result{verify.Broken, verify.Differs} {
		for i := range r.Findings {
			if f := &r.Findings[i]; f.Result == result {
				p.Sections = append(p.Sections, findingSection(f, all))
			}
		}
	}
	p.add(nil, verificationFacts(r))
	return p
}

func verificationVerdict(r *verify.Report) Cell {
	switch r.Outcome() {
	case verify.Failed:
		return Cell{fmt.Sprintf("%d BROKEN ✗", r.Count(verify.Broken)), Bad}
	case verify.NotJudged:
		return Cell{"not judged", Warn}
	}
	return Cell{"passed ✓", Good}
}

func verificationSummary(r *verify.Report) []Cell {
	return append([]Cell{{Text: words.Plural(int64(len(r.Findings)), "check") + " in " + words.Duration(r.Took)}},
		countsOf(r)...)
}

// countsOf says how many checks had each result that there is.
func countsOf(r *verify.Report) (parts []Cell) {
	for _, c := range []struct {
		of        verify.Result
		one, many string
	}{{verify.Holds, "holds", "hold"}, {verify.Broken, "broken", "broken"}, {verify.Differs, "differs", "differ"},
		{verify.NotOffered, "not offered", "not offered"}, {verify.Unclear, "could not tell", "could not tell"}} {
		n, said := r.Count(c.of), c.many
		if n == 1 {
			said = c.one
		}
		if n > 0 {
			parts = append(parts, Cell{Text: fmt.Sprintf("%d %s", n, said), Tone: checkResults[c.of].Tone})
		}
	}
	return parts
}

// groupsOf are the groups in the order of their first checks.
func groupsOf(r *verify.Report) (groups []string) {
	for i := range r.Findings {
		if g := r.Findings[i].Group; !slices.Contains(groups, g) {
			groups = append(groups, g)
		}
	}
	return groups
}

// leastCheck makes the tables of all groups alike: the longest names of checks fit.
const leastCheck = 22

// checksTable has what is promised where a check has nothing else to say.
func checksTable(r *verify.Report, group string) *Table {
	t := &Table{Ruled: true, Prose: true, Columns: []Column{{Title: short(group), Left: true, Least: leastCheck},
		{Title: "result", Left: true, Least: 16}, {Title: "seen", Left: true, Least: 6},
		{Title: "why", Left: true, Grows: true}}}
	for i := range r.Findings {
		if f := &r.Findings[i]; f.Group == group {
			why := f.Why
			if why == "" {
				why = f.Title
			}
			t.Rows = append(t.Rows, []Cell{{Text: short(f.Check)}, CheckResult(f.Result),
				{Text: words.Dash(short(f.Observed))}, {Text: words.Clean(why)}})
		}
	}
	return t
}

// untold has in full why checks could not tell, or found nothing to check: each reason once, with all that have it.
func untold(r *verify.Report) []Fact {
	f := Fact{Label: "reasons", Long: true}
	for _, result := range []verify.Result{verify.Unclear, verify.NotOffered} {
		var reasons []string
		checks := map[string][]string{}
		for i := range r.Findings {
			if one := &r.Findings[i]; one.Result == result && one.Why != "" {
				why := words.Clean(one.Why)
				if checks[why] == nil {
					reasons = append(reasons, why)
				}
				checks[why] = append(checks[why], words.Clean(one.Check))
			}
		}
		for _, why := range reasons {
			said := strings.Join(checks[why], ", ") + ": " + checkResults[result].Text + ", " + why
			f.Lines = append(f.Lines, []Cell{{Text: said}})
		}
	}
	if len(f.Lines) == 0 {
		return nil
	}
	return []Fact{f}
}

// findingSection is what there is to know of a finding that somebody may have to act on.
func findingSection(f *verify.Finding, all bool) Section {
	s := Section{Title: words.Clean(f.Check) + ": " + words.Clean(f.Title)}
	say := func(label string, parts ...Cell) {
		parts = slices.DeleteFunc(parts, func(c Cell) bool { return c.Text == "" })
		if len(parts) > 0 {
			s.Facts = append(s.Facts, Fact{Label: label, Lines: [][]Cell{parts}, Long: true})
		}
	}
	say("result", CheckResult(f.Result), Cell{Text: words.Clean(f.Why)})
	if f.Expected != "" {
		say("expected", Cell{Text: words.Clean(f.Expected) + " by the contract"},
			Cell{Text: "seen " + words.Dash(words.Clean(f.Observed))})
	}
	say("stands on", Cell{Text: words.Clean(f.Clause)}, Cell{Text: words.Clean(string(f.Force))})
	say("it matters", Cell{Text: words.Clean(f.Matters)})
	say("what to do", Cell{Text: words.Clean(f.Mend)})
	s.Fold = sent(f.Exchanges, all)
	return s
}

// sent are a finding's exchanges.
func sent(exchanges []verify.Exchange, all bool) Fold {
	fold := Fold{Title: words.Plural(int64(len(exchanges)), "request")}
	left := len(exchanges) - firstSent - lastSent
	for i := range exchanges {
		switch {
		case all || left <= 1 || i < firstSent || i >= firstSent+left:
			fold.Facts = append(fold.Facts, sentFact(i, &exchanges[i], all))
		case i == firstSent:
			more := fmt.Sprintf("%d more, which the .html and the .json have", left)
			fold.Facts = append(fold.Facts, Fact{Label: "…", Lines: [][]Cell{{{Text: more}}}})
		}
	}
	return fold
}

// longestCommand is how long a command may be where it is read from top to bottom: a body of some KiB would bury the
// rest.
const longestCommand = 500

// sentFact names the object alone where lines are short: the URL before it is that of all.
func sentFact(i int, x *verify.Exchange, all bool) Fact {
	f := Fact{Label: fmt.Sprintf("%d %s", i+1, short(x.Method)), Quoted: true}
	first := []Cell{{Text: words.Clean(x.URL)}}
	if name := words.Clean(x.URL[strings.LastIndexByte(x.URL, '/')+1:]); name != "" && !all {
		first[0].Text = name
	}
	switch isShort := len(x.Curl) <= longestCommand; {
	case !words.IsPlain(x.Curl):
	case all || isShort:
		f.Command = x.Curl
	default:
		first = append(first, Cell{Text: "its command line is long: see the .html or the .json"})
	}
	if x.Note != "" {
		first = append(first, Cell{Text: words.Clean(x.Note)})
	}
	f.Lines = append(f.Lines, first)
	var answer []Cell
	for line := range strings.Lines(x.Answer) {
		if text := words.Clean(line); text != "" {
			answer = append(answer, Cell{Text: text})
		}
	}
	if len(answer) > 0 {
		answer[0].Text = "→ " + answer[0].Text
		f.Lines = append(f.Lines, answer)
	}
	return f
}

// verificationFacts say what was written, and where.
func verificationFacts(r *verify.Report) (facts []Fact) {
	names := []Cell{{Text: fmt.Sprintf("%s under %s", words.Plural(int64(len(r.Created)), "name"),
		words.Dash(words.Clean(r.Prefix)))}}
	switch left := len(r.Created) - len(r.Removed); {
	case len(r.Created) == 0:
		names[0].Text = "nothing was written"
	case len(r.Removed) == 0:
		names = append(names, Cell{Text: "nothing was deleted"})
	case left > 0:
		names = append(names, Cell{fmt.Sprintf("%d could not be deleted: %s", left, listLeft(r)), Warn})
	default:
		names = append(names, Cell{Text: "all were deleted"})
	}
	facts = append(facts, Fact{Label: "names", Lines: [][]Cell{names}})
	var server []Cell
	for _, said := range []string{r.Server, r.Protocol} {
		if said != "" {
			server = append(server, Cell{Text: words.Clean(said)})
		}
	}
	if len(server) > 0 {
		facts = append(facts, Fact{Label: "server", Lines: [][]Cell{server}})
	}
	return append(facts, again(r.Command)...)
}

// listLeft names what clean-up has left: the first few, for the saved form has all.
func listLeft(r *verify.Report) string {
	const most, longest = 3, 60
	removed, names, more := map[string]bool{}, []string(nil), 0
	for _, name := range r.Removed {
		removed[name] = true
	}
	for _, name := range r.Created {
		switch {
		case removed[name]:
		case len(names) == most:
			more++
		default:
			names = append(names, words.Cut(words.Clean(name), longest, "…"))
		}
	}
	if more > 0 {
		names = append(names, fmt.Sprintf("%d more", more))
	}
	return strings.Join(names, ", ")
}

// lastOfVerification names the first of what is broken: the sections above have all.
func lastOfVerification(r *verify.Report) Cell {
	checks := words.Plural(int64(len(r.Findings)), "check")
	switch r.Outcome() {
	case verify.Failed:
		verb := "are"
		if r.Count(verify.Broken) == 1 {
			verb = "is"
		}
		return Cell{fmt.Sprintf("FAILED: %d of %s %s broken (%s) · exit 1", r.Count(verify.Broken), checks, verb,
			listBroken(r)), Bad}
	case verify.NotJudged:
		return Cell{fmt.Sprintf("NOT JUDGED: %s; %d of %s held · exit 3", words.Clean(r.Unjudged()),
			r.Count(verify.Holds), checks), Warn}
	}
	verb := "hold"
	if r.Count(verify.Holds) == 1 {
		verb = "holds"
	}
	text := fmt.Sprintf("PASSED: %d of %s %s", r.Count(verify.Holds), checks, verb)
	for _, c := range countsOf(r) {
		if c.Tone != Good {
			text += ", " + c.Text
		}
	}
	return Cell{text, Good}
}

func listBroken(r *verify.Report) string {
	var names []string
	for i := range r.Findings {
		if f := &r.Findings[i]; f.Result == verify.Broken {
			names = append(names, words.Clean(f.Check))
		}
	}
	const most = 4
	if more := len(names) - most; more > 0 {
		names = append(names[:most], fmt.Sprintf("%d more", more))
	}
	return strings.Join(names, ", ")
}
