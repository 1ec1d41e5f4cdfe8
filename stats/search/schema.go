package search

import (
	_ "embed"
	"reflect"

	"shotput/stats"
)

// fieldLines say what each field of the saved form means.
//
//go:embed schema.txt
var fieldLines string

// JSONSchema is the JSON Schema (draft 2020-12) of a saved search.
func JSONSchema() map[string]any { return savedSchema().Make() }

func savedSchema() stats.SchemaOf {
	own := stats.SchemaOf{Type: reflect.TypeFor[savedSearch](), ID: Schema + "/" + SavedKind,
		Title: "a saved search of shotput for the highest load",
		About: "What shotput capacity saves: the goal, each trial with its run, and what they came to.",
		Lines: fieldLines,
		Words: map[string][]string{
			"savedSearch.schema": {Schema},
			"savedSearch.kind":   {SavedKind},
			"goal.by":            {string(Rate), string(ByteRate), string(Concurrency)},
			"trial.kind":         {string(Probe), string(Measure), string(Confirm)},
			"judgement.result": {string(Pass), string(Fail), string(NotJudged), string(ClientLimited),
				string(PoolLimited), string(CutShort)},
			"capacity.irregular": {string(MaxReached), string(MinFails), string(TrialsSpent), string(TimeSpent),
				string(Unfinished), string(BlindTool), string(BlindClient), string(BlindPool)},
		},
		Raw: map[string]reflect.Type{"savedTrial.run": reflect.TypeFor[stats.Run]()},
	}
	return own.With(stats.RunSchema())
}
