package cli

import (
	"cmp"
	"slices"
	"strings"

	"shotput/cli/advice"
	"shotput/cli/flags"
	"shotput/cli/line"
	"shotput/cli/planfile"
	"shotput/loadgen/fault"
	"shotput/stats"
)

// schemas are what there is a schema of, in order, and how it is made.
var schemas = []struct {
	of   string
	make func() map[string]any
}{{"run", stats.JSONSchema}, {"plan", func() map[string]any { return planfile.Schema(flags.Rows()) }}}

// schema prints the JSON Schema that is asked for.
func schema(s *Stdio, args []string) error {
	var known []string
	for _, one := range schemas {
		known = append(known, one.of)
	}
	list := strings.Join(known, ", ")
	switch {
	case len(args) == 0:
		return usage(advice.Hint{Error: "which schema? There is " + list, Try: "shotput schema plan"})
	case len(args) > 1:
		return usage(advice.Hint{Error: line.Show(args[1]) + ": one schema at a time", Try: "shotput schema plan"})
	}
	at := slices.Index(known, args[0])
	if at < 0 {
		return usage(advice.Hint{Error: line.Show(args[0]) + " is no schema; there is " + list, Try: "shotput schema " +
			cmp.Or(fault.Nearest(args[0], known), "plan")})
	}
	if err := stats.WriteJSON(s.Out, schemas[at].make()); err != nil {
		return giveUp(err, advice.Hint{Error: "write the schema: " + err.Error(), Try: "shotput schema " + args[0]})
	}
	return nil
}

const schemaHelp = `shotput schema prints a JSON Schema, for editors, checks and other programs.

  shotput schema run                of a saved run (-o run.json), every field
                                    with its meaning and unit
  shotput schema plan > plan.schema.json

Usage: shotput schema run|plan
`
