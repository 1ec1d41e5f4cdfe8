package verify

import (
	_ "embed"
	"reflect"

	"shotput/stats"
)

// fieldLines say what each field of a saved verification means.
//
//go:embed schema.txt
var fieldLines string

// JSONSchema is the JSON Schema (draft 2020-12) of a saved verification.
func JSONSchema() map[string]any { return reportSchema().Make() }

func reportSchema() stats.SchemaOf {
	return stats.SchemaOf{Type: reflect.TypeFor[Report](), ID: Schema, Title: "a saved verification of shotput",
		About: "What was found of a server's PUT, check by check, with what was sent and answered.",
		Lines: fieldLines,
		Words: map[string][]string{
			"report.schema":  {Schema},
			"finding.force":  {string(Must), string(Should), string(Practice)},
			"finding.result": {string(Holds), string(Broken), string(Differs), string(NotOffered), string(Unclear)},
		}}
}
