package text

import (
	"cmp"
	"fmt"
	"strconv"

	"shotput/stats"
)

// Values are what the values that differ from request to request are taken from.
type Values struct {
	Keys Keys `json:"keys,omitzero"`
	Rows Rows `json:"rows,omitzero"`
	Env  Env  `json:"env,omitzero"`
}

// Env are the environment variables that {{env}} reads, by name, as whoever may read the environment hands them down.
type Env map[string]string

// Keys is what {{key}} draws from: Count keys by number, or the lines of File.
type Keys struct {
	Count int64  `json:"count,omitzero"`
	File  string `json:"file,omitzero"`
	Dist  string `json:"dist,omitzero"` // "sequential" (default), "uniform", "zipf:1.1", "hot:0.01,0.9" (1 % of the keys get 90 %)
}

// Rows is a file, one record of which is at each request's disposal. At most one of CSV and JSONL is set.
type Rows struct {
	CSV   string `json:"csv,omitzero"`   // {{csv "column"}}; the first line names the columns
	JSONL string `json:"jsonl,omitzero"` // {{json .field}}; {{json .}} is the whole line
	Order string `json:"order,omitzero"` // "cycle" (default): in order, again and again; "random"; "once": a run ends with the file
}

// Record notes in a saved run's plan what values are taken from.
func (v *Values) Record(r *stats.Plan) {
	if k := &v.Keys; k.Count > 0 || k.File != "" {
		r.Keys = fmt.Sprintf("%s, %s", cmp.Or(k.File, strconv.FormatInt(k.Count, 10)), cmp.Or(k.Dist, "sequential"))
	}
	if file := cmp.Or(v.Rows.CSV, v.Rows.JSONL); file != "" {
		r.Rows = fmt.Sprintf("%s, %s", file, cmp.Or(v.Rows.Order, "cycle"))
	}
}
