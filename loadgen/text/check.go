package text

import (
	"slices"
	"strconv"

	"shotput/loadgen/fault"
)

// Check says what is wrong with where values come from, taken by itself. What is wrong with one file, whoever opens it
// says.
func (v *Values) Check(f *fault.List, listed bool) {
	k, r := &v.Keys, &v.Rows
	if k.Count < 0 {
		f.Add(fault.OutOfRange.In("keys", strconv.FormatInt(k.Count, 10), "must be at least 1"))
	}
	if k.Count > mostZipf {
		f.Add(fault.OutOfRange.In("keys", strconv.FormatInt(k.Count, 10), "must be at most %d", int64(mostZipf)))
	}
	if k.Count > 0 && k.File != "" {
		f.Add(fault.Conflict.In("keys file", k.File, "is given beside a number of keys; give one of them").With("keys"))
	}
	if k.Dist != "" && k.Count == 0 && k.File == "" {
		f.Add(fault.Needs.In("keys dist", k.Dist, "needs keys: a number of them, or a file").With("keys"))
	}
	r.check(f, listed)
}

func (r *Rows) check(f *fault.List, listed bool) {
	none := r.CSV == "" && r.JSONL == ""
	switch {
	case r.CSV != "" && r.JSONL != "":
		f.Add(fault.Conflict.In("jsonl", r.JSONL, "is given beside a CSV file; give one of them").With("csv"))
	case r.Order == "random" && none && listed:
		f.Add(fault.Unfit.In("rows order", r.Order, "is for rows; a list of URLs is taken in order").
			MendBy(fault.Set, "rows order", "once"))
	case r.Order != "" && none && !listed:
		f.Add(fault.Needs.In("rows order", r.Order, "needs rows: a file of CSV or of JSON lines").With("csv"))
	case !slices.Contains([]string{"", "cycle", "random", "once"}, r.Order):
		f.Add(fault.Unknown.In("rows order", r.Order, "is none of cycle, random, once"))
	}
}
