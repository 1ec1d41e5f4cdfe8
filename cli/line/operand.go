package line

import (
	"slices"
	"strings"
)

// CheckLast refuses a line without a URL that has one as the value of a flag that was to have another: a demo would be
// fired in its place. It is the last value, or has a scheme.
func (l *Line) CheckLast() error {
	last := true
	for _, w := range slices.Backward(l.Words) {
		r := l.Row(w.Flag)
		if r == nil || r.Arg == "" {
			continue // it may stand behind the URL
		}
		hasScheme := strings.HasPrefix(w.Value, "http://") || strings.HasPrefix(w.Value, "https://")
		if !strings.Contains(r.Eg, "://") && (hasScheme || last && LooksLikeURL(w.Value)) {
			f := Fault{Kind: Misplaced, Flag: w.Flag, Value: w.Value, Name: r.Name(), Shown: r.Show(w.Value),
				Why: "this is the only URL; is a value missing before it?"}
			return refuseFor([]Fault{f}, l.Mend(r.Mend(w.Value, "")...).AimAt(w.Value))
		}
		last = false
	}
	return nil
}

// TakeURL leaves of several operands the one that is a URL; the others are faults. They come of values without
// quotes, and of words that are commands elsewhere.
func (l *Line) TakeURL(operands []string) []string {
	var urls, others []string
	for _, a := range operands {
		if LooksLikeURL(a) {
			urls = append(urls, a)
		} else {
			others = append(others, a)
		}
	}
	if len(urls) != 1 {
		return operands
	}
	for _, a := range others {
		if s := l.CommandElsewhere(a); s != nil && s.Tool {
			l.Note(Fault{Kind: Misplaced, Why: Show(a) + " " + s.Why, Mends: []Mend{Aim(urls[0])}})
			continue
		}
		l.Note(Fault{Kind: Misplaced, Why: Show(a) + " stands beside the URL without a flag",
			More:  "a value with spaces goes in quotes; to fire, a URL is enough",
			Mends: []Mend{{How: Rejoin, Value: a}, Aim(urls[0])}})
	}
	return urls
}
