package verify

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strings"
)

// oddNames are what names may be.
var oddNames = []Check{
	{Name: "key-odd", Group: "names", Title: "an odd name is read back under itself, and is no other",
		Clause: "RFC 3986 §2.2, §6.2.2", Force: Must, run: keyOdd,
		Why:  "One client's object takes the place of another's, under a name that only looks like it.",
		Mend: "Split the path before you decode it, decode each part once, and keep what is not alike apart."},
}

// A spelling is a name and what it shows.
type spelling struct {
	shows string
	// names of one kin may be one name to a server that folds case or forms of Unicode, which is worth knowing; any
	// others may not
	kin  string
	name string
	body []byte
}

// spellings are names below the run's prefix, whichever way they are read: dot segments climb out of a folder of their
// own alone.
func spellings(p *Probe) []spelling {
	base := p.Name()
	last := path.Base(base)
	long := base + "-" + strings.Repeat("n", max(0, 1024-2-len(base)))
	all := []spelling{
		{shows: "space", name: base + "-s%20x"},
		{shows: "+", name: base + "-s+x"},
		{shows: "%2F", name: base + "-f%2Fx"},
		{shows: "/", name: base + "-f/x"},
		{shows: "é as one sign", kin: "unicode", name: base + "-u%C3%A9"},
		{shows: "é as two signs", kin: "unicode", name: base + "-ue%CC%81"},
		{shows: "dot segments", name: base + "-d/../" + last + "-dots"},
		{shows: "escaped dot segments", name: base + "-e/%2e%2e/" + last + "-escaped"},
		{shows: "1 KiB", name: long + "n"},
		{shows: "1 KiB but for the last letter", name: long + "m"},
		{shows: "no trailing slash", name: base + "-t"},
		{shows: "trailing slash", name: base + "-t/"},
		{shows: "capitals", kin: "case", name: base + "-CASE"},
		{shows: "small letters", kin: "case", name: base + "-case"},
	}
	for i := range all {
		all[i].body = p.Body(i+1, 64)
	}
	return all
}

// keyOdd writes all and reads all then.
func keyOdd(ctx context.Context, p *Probe) Verdict {
	if v, ok := p.able(ctx, false); !ok {
		return v
	}
	var taken []spelling
	var said []string // of what is allowed, and of what could not be sent
	differ := false
	for _, s := range spellings(p) {
		a := p.Put(ctx, s.name, s.body)
		switch {
		case errors.Is(a.Err, ErrCannotSend):
			said = append(said, s.shows+" cannot be sent here")
		case a.Err != nil:
			said, differ = append(said, s.shows+" got no answer: "+a.Err.Error()), true
		case a.OK():
			taken = append(taken, s)
		default:
			said, differ = append(said, fmt.Sprintf("%s was answered %d", s.shows, a.Status)), true
		}
	}
	if len(taken) == 0 {
		return unclear("no odd name was taken: %s", strings.Join(said, "; "))
	}
	mixed, folded := mixUps(ctx, p, taken)
	why := strings.Join(append(folded, said...), "; ")
	switch {
	case len(mixed) > 0:
		return broken("%s", strings.Join(mixed, "; "))
	case len(folded) > 0 || differ:
		return differs("%s", why)
	}
	return Verdict{Result: Holds, Why: why}
}

// mixUps are names under which something else is read than was written: another's body, or nothing.
func mixUps(ctx context.Context, p *Probe, taken []spelling) (mixed, folded []string) {
	all := make([][]byte, len(taken))
	for i := range taken {
		all[i] = taken[i].body
	}
	for _, s := range taken {
		a := p.settle(ctx, s.name, func(a *Answer) bool { return whichOf(all, a) >= 0 })
		if isWritten(&a, s.body) || a.Err != nil {
			continue
		}
		i := whichOf(all, &a)
		switch {
		case i >= 0 && s.kin != "" && s.kin == taken[i].kin:
			folded = append(folded, fmt.Sprintf("%s and %s are one name", s.shows, taken[i].shows))
		case i >= 0:
			mixed = append(mixed, fmt.Sprintf("under %s stands what was written to %s", s.shows, taken[i].shows))
		case a.OK() || isGone(&a):
			mixed = append(mixed, fmt.Sprintf("%s was taken, and its GET answered %d", s.shows, a.Status))
		default:
			folded = append(folded, fmt.Sprintf("%s was taken, and its GET was refused by %d", s.shows, a.Status))
		}
	}
	return mixed, folded
}
