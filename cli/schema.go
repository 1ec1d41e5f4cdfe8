package cli

import (
	"cmp"
	"errors"
	"slices"
	"strings"

	"shotput/loadgen/fault"

	"shotput/stats"
)

// planSchemaID names the form of plan files; its number changes when a plan that was right no longer is.
const planSchemaID = "shotput/plan/1"

// schemas are what there is a schema of, in order, and how it is made.
var schemas = []struct {
	of   string
	make func() object
}{{"run", stats.JSONSchema}, {"plan", planSchema}}

// schema prints the JSON Schema that is asked for.
func schema(s *Stdio, args []string) error {
	var known []string
	for _, one := range schemas {
		known = append(known, one.of)
	}
	list := strings.Join(known, ", ")
	switch {
	case len(args) == 0:
		return usage(Hint{Error: "which schema? There is " + list, Try: "shotput schema plan"})
	case len(args) > 1:
		return usage(Hint{Error: shown("", args[1]) + ": one schema at a time", Try: "shotput schema plan"})
	}
	at := slices.Index(known, args[0])
	if at < 0 {
		return usage(Hint{Error: shown("", args[0]) + " is no schema; there is " + list, Try: "shotput schema " + cmp.Or(fault.Nearest(args[0], known), "plan")})
	}
	if err := stats.WriteJSON(s.Out, schemas[at].make()); err != nil {
		return unmeasured(err, Hint{Error: "write the schema: " + err.Error(), Try: "shotput schema " + args[0]})
	}
	return nil
}

// object is a part of a schema.
type object = map[string]any

// planSchema is made of the rows of the flags, as the reading of a plan is. It says which keys there are and what form
// their values have; what a value may be in full only the reading knows.
func planSchema() object {
	p := &planFile{rows: newRequest().rows}
	ref := func(name string) object { return object{"$ref": "#/$defs/" + name} }
	name := object{"type": "string", "pattern": `^[A-Za-z0-9_-][A-Za-z0-9_.-]*$|\$`, "description": "a scenario's name: letters, digits, - and _"}
	run, mixed := object{keyMix: object{"type": "array", "minItems": 1, "items": ref("mixed"), "description": "several requests, each drawn by its weight"}}, object{
		keyName:   object{"type": "string", "description": "of its row in the report"},
		keyWeight: object{"anyOf": []any{object{"type": "number", "exclusiveMinimum": 0}, object{"type": "string"}}, "description": "how often, beside the others' weights (1)"}}
	for long, r := range p.vocabulary() {
		run[long] = r.schema()
		if slices.Contains(mixable, long) {
			mixed[long] = run[long]
		}
	}
	closed := func(properties object) object {
		return object{"type": "object", "properties": properties, "additionalProperties": false}
	}
	one := closed(mixed)
	one["required"] = []string{keyName}
	shared := closed(run)
	run = with(run, keyName, name)
	scenario := closed(run)
	inList := closed(run)
	inList["required"] = []string{keyName}
	several := closed(object{keyDefaults: shared, keyScenarios: object{"type": "array", "minItems": 1, "items": inList}})
	several["required"] = []string{keyScenarios}
	return object{"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": planSchemaID, "title": "a plan of shotput",
		"oneOf": []any{scenario, several}, "$defs": object{"mixed": one}}
}

func with(all object, key string, value any) object {
	more := object{key: value}
	for k, v := range all {
		more[k] = v
	}
	return more
}

// variablePattern lets a variable stand for any value.
const variablePattern = `\$\{`

// schema says what form the value of a flag has.
func (r *row) schema() object {
	one := r.one()
	forms := []any{one}
	if slices.Contains(repeatable, r.long) {
		forms = append(forms, object{"type": "array", "items": one})
	}
	text := object{"type": []string{"string", "number", "boolean", "null"}}
	switch {
	case r.long == "json":
		forms = []any{true}
	case slices.Contains(named, r.long):
		byName := object{"type": "object", "additionalProperties": object{"anyOf": []any{text, object{"type": "array", "items": text}}}}
		forms = []any{one, byName, object{"type": "array", "items": object{"anyOf": []any{one, byName}}}}
	case r.long == "cookie":
		forms = append(forms, object{"type": "object", "additionalProperties": text})
	}
	s := object{"description": strings.ReplaceAll(r.help, "\n", " ")}
	if len(forms) > 1 {
		s["anyOf"] = forms
	} else if only, ok := forms[0].(object); ok {
		for k, v := range only {
			s[k] = v
		}
	}
	if r.eg != "" && r.long != "json" {
		s["examples"] = []string{r.eg}
	}
	return s
}

// one says what form one value has.
func (r *row) one() object {
	or := func(forms ...any) object {
		return object{"anyOf": append(forms, object{"type": "string", "pattern": variablePattern})}
	}
	words := r.words()
	switch {
	case r.arg == "":
		return or(object{"type": "boolean"})
	case len(words) > 0:
		return or(object{"enum": words})
	case r.arg == "N":
		return or(object{"type": "integer", "minimum": 1}, object{"type": "string", "pattern": `^[0-9]+$`})
	case r.arg == "TIME":
		return or(object{"type": "number", "minimum": 0}, object{"type": "string", "pattern": `^[0-9.]+([0-9.]|ns|us|µs|ms|s|m|h)*$`})
	case r.arg == "RATE":
		return or(object{"type": "number", "exclusiveMinimum": 0}, object{"type": "string", "pattern": `^[0-9.]+(B|[kKMG]i?B)?(/[smh])?$|^` + unlimited + `$`})
	}
	return object{"type": []string{"string", "number"}}
}

// words are those that the flag knows; none when its value is not one of a list. It is asked with a word that is none,
// for only the function that reads the value knows. Numbers are no words: YAML has them as numbers.
func (r *row) words() []string {
	var m misspelt
	if r.arg == "" || !errors.As(r.set("\x00"), &m) || strings.ContainsAny(m.known[:1], "0123456789") {
		return nil
	}
	return strings.Split(m.known, ", ")
}
