package line

import "strings"

// CheckLast refuses a line without a URL that ends in one, as the value of a flag that was to have another: a demo
// would be fired in its place.
func (l *Line) CheckLast() error {
	if len(l.Words) == 0 {
		return nil
	}
	last := l.Words[len(l.Words)-1]
	r := l.Row(last.Flag)
	if r == nil || r.Arg == "" || strings.Contains(r.Eg, "://") || !LooksLikeURL(last.Value) {
		return nil
	}
	f := Fault{Kind: Misplaced, Flag: last.Flag, Value: last.Value, Name: r.Name(), Shown: r.Show(last.Value),
		Why: "this is the only URL; is a value missing before it?"}
	return refuseFor([]Fault{f}, l.Mend(r.Mend(last.Value, "")...).AimAt(last.Value))
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
