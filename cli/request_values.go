package cli

import (
	"errors"
)

// valueRows are the flags that say what {{key}}, {{csv}} and {{json}} draw from.
func (r *request) valueRows() []row {
	keys, rows := &r.plan.Values.Keys, &r.plan.Values.Rows
	return grouped(groupValues, []row{
		{long: "keys", arg: "N", help: "{{key}} is one of N keys, by number", eg: "1000", set: one(&keys.Count, parseCount)},
		{long: "keys-file", arg: "FILE", help: "{{key}} is a line of FILE", eg: "keys.txt", set: filled(&keys.File)},
		{long: "key-dist", arg: "LAW", help: "sequential, uniform, zipf:1.1 or hot:0.01,0.9: which\nkey is drawn", field: "keys-dist", eg: "uniform", set: filled(&keys.Dist)},
		{long: "csv", arg: "FILE", help: "{{csv \"column\"}} is of a line of FILE; its first line\nnames the columns", eg: "rows.csv", set: filled(&rows.CSV)},
		{long: "jsonl", arg: "FILE", help: "{{json .field}} is of a line of FILE, {{json .}} is\nthe line", eg: "rows.jsonl", set: filled(&rows.JSONL)},
		{long: "rows", arg: "ORDER", help: "cycle, random or once: in which order lines are taken", field: "rows-order", eg: "cycle", set: oneOf(&rows.Order, "cycle", "random", "once")},
	})
}

func notEmpty(s string) (string, error) {
	if s == "" {
		return "", errors.New("it is empty")
	}
	return s, nil
}
