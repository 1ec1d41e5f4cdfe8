package compare

import (
	_ "embed"
	"reflect"

	"shotput/stats"
)

// fieldLines say what each field of the saved form means.
//
//go:embed schema.txt
var fieldLines string

// JSONSchema is the JSON Schema (draft 2020-12) of a saved comparison.
func JSONSchema() map[string]any { return savedSchema().Make() }

func savedSchema() stats.SchemaOf {
	verdicts := []string{Regression, Inconclusive, Pass, Improvement, Unjudged}
	return stats.SchemaOf{Type: reflect.TypeFor[Comparison](), ID: Schema, Title: "a saved comparison of shotput",
		About: "What shotput compare and shotput ab save: what two sides' rounds say of each other.",
		Lines: fieldLines,
		Words: map[string][]string{
			"comparison.schema": {Schema}, "comparison.verdict": verdicts, "change.verdict": verdicts,
			"comparison.test": {MannWhitney, SignedRank},
		}}
}
