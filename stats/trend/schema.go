package trend

import (
	_ "embed"
	"reflect"

	"shotput/stats"
)

// fieldLines say what each field of the saved form means.
//
//go:embed schema.txt
var fieldLines string

// JSONSchema is the JSON Schema (draft 2020-12) of a saved trend.
func JSONSchema() map[string]any { return savedSchema().Make() }

func savedSchema() stats.SchemaOf {
	verdicts := []string{Changed, Steady, Unjudged}
	return stats.SchemaOf{Type: reflect.TypeFor[Trend](), ID: Schema + "/" + Kind, Title: "a saved trend of shotput",
		About: "What shotput trend saves: saved runs over time, and where their level changed.",
		Lines: fieldLines,
		Words: map[string][]string{
			"trend.schema": {Schema}, "trend.kind": {Kind}, "group.verdict": verdicts, "series.verdict": verdicts,
			"change.kind": {Step, Ramp},
		}}
}
