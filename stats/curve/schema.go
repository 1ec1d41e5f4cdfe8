package curve

import (
	_ "embed"
	"reflect"

	"shotput/stats"
)

// fieldLines say what each field of the saved form means.
//
//go:embed schema.txt
var fieldLines string

// JSONSchema is the JSON Schema (draft 2020-12) of a saved curve.
func JSONSchema() map[string]any { return savedSchema().Make() }

func savedSchema() stats.SchemaOf {
	own := stats.SchemaOf{Type: reflect.TypeFor[savedCurve](), ID: Schema + "/" + Kind,
		Title: "a saved curve of shotput",
		About: "What shotput curve saves: what was seen at each load, and the runs from which it is made.",
		Lines: fieldLines,
		Words: map[string][]string{
			"savedCurve.schema": {Schema},
			"curve.kind":        {Kind},
			"curve.by":          {ByRate, ByByteRate, ByConcurrency},
			"knee.verdict":      {Found, None, Unjudged},
		},
		Raw: map[string]reflect.Type{"savedCurve.runs": reflect.TypeFor[[]stats.Run]()},
	}
	return own.With(stats.RunSchema())
}
