package loadgen

import (
	"slices"
	"strconv"
	"strings"
)

// checkData says what is wrong with where bodies and values come from, taken by itself. What is wrong with one source,
// NewTemplate says, which opens it.
func (p *Plan) checkData(f *faults) {
	if set := p.Body.set(); len(set) > 1 {
		f.add("body", "", "has %d sources (%s); give one of them", len(set), strings.Join(set, ", "))
	}
	if p.Keys.Count < 0 {
		f.add("keys", strconv.FormatInt(p.Keys.Count, 10), "must be at least 1")
	}
	if p.Keys.Count > mostZipf {
		f.add("keys", strconv.FormatInt(p.Keys.Count, 10), "must be at most %d", int64(mostZipf))
	}
	if p.Keys.Count > 0 && p.Keys.File != "" {
		f.add("keys file", p.Keys.File, "is given beside a number of keys; give one of them")
	}
	if p.Keys.Dist != "" && p.Keys.Count == 0 && p.Keys.File == "" {
		f.add("keys dist", p.Keys.Dist, "needs keys: a number of them, or a file")
	}
	p.checkRows(f)
}

func (p *Plan) checkRows(f *faults) {
	none := p.Rows.CSV == "" && p.Rows.JSONL == ""
	switch {
	case p.Rows.CSV != "" && p.Rows.JSONL != "":
		f.add("jsonl", p.Rows.JSONL, "is given beside a CSV file; give one of them")
	case p.Rows.Order != "" && none:
		f.add("rows order", p.Rows.Order, "needs rows: a file of CSV or of JSON lines")
	case !slices.Contains([]string{"", "cycle", "random", "once"}, p.Rows.Order):
		f.add("rows order", p.Rows.Order, "is none of cycle, random, once")
	}
}

// sources counts the fields of b that are set.
func (b *Body) sources() int { return len(b.set()) }

// set names the sources of b that are set.
func (b *Body) set() (names []string) {
	for _, source := range []struct {
		name string
		set  bool
	}{
		{"text", b.Text != ""}, {"data", b.Data != nil}, {"file", b.File != ""}, {"size", b.Size != 0}, {"sizes", b.Sizes != ""},
		{"form", len(b.Form) > 0}, {"lines", b.Lines != ""}, {"dir", b.Dir != ""},
	} {
		if source.set {
			names = append(names, source.name)
		}
	}
	return names
}
