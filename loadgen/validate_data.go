package loadgen

import (
	"slices"
	"strconv"
	"strings"
)

// checkData says what is wrong with where bodies and values come from, taken by itself. What is wrong with one source,
// NewTemplate says, which opens it.
func (p *Plan) checkData(f *faults) {
	if set := p.Request.Body.set(); len(set) > 1 {
		f.add("body", "", "has %d sources (%s); give one of them", len(set), strings.Join(set, ", "))
	}
	if p.Values.Keys.Count < 0 {
		f.add("keys", strconv.FormatInt(p.Values.Keys.Count, 10), "must be at least 1")
	}
	if p.Values.Keys.Count > mostZipf {
		f.add("keys", strconv.FormatInt(p.Values.Keys.Count, 10), "must be at most %d", int64(mostZipf))
	}
	if p.Values.Keys.Count > 0 && p.Values.Keys.File != "" {
		f.add("keys file", p.Values.Keys.File, "is given beside a number of keys; give one of them")
	}
	if p.Values.Keys.Dist != "" && p.Values.Keys.Count == 0 && p.Values.Keys.File == "" {
		f.add("keys dist", p.Values.Keys.Dist, "needs keys: a number of them, or a file")
	}
	p.checkRows(f)
}

func (p *Plan) checkRows(f *faults) {
	none := p.Values.Rows.CSV == "" && p.Values.Rows.JSONL == ""
	switch {
	case p.Values.Rows.CSV != "" && p.Values.Rows.JSONL != "":
		f.add("jsonl", p.Values.Rows.JSONL, "is given beside a CSV file; give one of them")
	case p.Values.Rows.Order != "" && none:
		f.add("rows order", p.Values.Rows.Order, "needs rows: a file of CSV or of JSON lines")
	case !slices.Contains([]string{"", "cycle", "random", "once"}, p.Values.Rows.Order):
		f.add("rows order", p.Values.Rows.Order, "is none of cycle, random, once")
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
