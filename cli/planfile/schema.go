package planfile

import (
	"strings"

	"shotput/cli/line"
)

// SchemaID names the form of plan files; its number changes when a plan that was right no longer is.
const SchemaID = "shotput/plan/1"

// object is a part of a schema.
type object = map[string]any

// Schema is the JSON Schema of plan files. It is made of the rows of the flags, as the reading of a plan is. It says
// which keys there are and what form their values have; what a value may be in full only the reading knows.
func Schema(rows []line.Row) map[string]any {
	name := object{"type": "string", "pattern": `^[A-Za-z0-9_-][A-Za-z0-9_.-]*$|\$`,
		"description": "a scenario's name: letters, digits, - and _"}
	run, mixed, step := formsOf(rows)
	shared := closed(run)
	run = with(run, keyName, name)
	scenario := closed(run)
	inList := requiring(keyName, closed(run))
	several := requiring(keyScenarios, closed(object{keyDefaults: shared,
		keyScenarios: object{"type": "array", "minItems": 1, "items": inList}}))
	return object{"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": SchemaID,
		"title": "a plan of shotput", "oneOf": []any{scenario, several},
		"$defs": object{"mixed": requiring(keyName, closed(mixed)), "step": requiring(keyName, closed(step))}}
}

// formsOf are the forms of the keys of a scenario, of a request of a mix and of a step.
func formsOf(rows []line.Row) (run, mixed, step object) {
	several := func(of, says string) object {
		return object{"type": "array", "minItems": 1, "items": object{"$ref": "#/$defs/" + of}, "description": says}
	}
	title := object{"type": "string", "description": "of its row in the report"}
	mixed = object{keyName: title,
		keyWeight: object{"anyOf": []any{object{"type": "number", "exclusiveMinimum": 0}, object{"type": "string"}},
			"description": "how often, beside the others' weights (1)"},
		keyFlow:      several("step", "several requests that one arrival sends, one after the other"),
		keyOnFailure: several("step", "sent when a step of the flow has failed")}
	run = object{keyMix: several("mixed", "several requests, each drawn by its weight"),
		keyFlow: mixed[keyFlow], keyOnFailure: mixed[keyOnFailure],
		keyBefore: several("step", "sent once, before the load"),
		keyAfter:  several("step", "sent once, after the load")}
	until := object{}
	step = object{keyName: title,
		keyUntil: with(closed(until), "description", "the step is sent again until an answer is such a one")}
	for long, r := range Keys(rows) {
		for _, of := range []struct {
			properties object
			has        bool
		}{{run, !r.OfStep}, {mixed, r.Mixable}, {step, r.Mixable || r.OfStep}, {until, r.OfAnswer}} {
			if of.has {
				of.properties[long] = formOf(r)
			}
		}
	}
	return run, mixed, step
}

// requiring is an object that has a property in any case.
func requiring(name string, of object) object {
	of["required"] = []string{name}
	return of
}

// closed is an object that has these properties and no others.
func closed(properties object) object {
	return object{"type": "object", "properties": properties, "additionalProperties": false}
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

// formOf says what form the value of a flag has.
func formOf(r *line.Row) object {
	one := formOfOne(r)
	forms := []any{one}
	if r.Repeats {
		forms = append(forms, object{"type": "array", "items": one})
	}
	text := object{"type": []string{"string", "number", "boolean", "null"}}
	switch {
	case r.Tree:
		forms = []any{true}
	case r.Pairs:
		forms = append(forms, object{"type": "object", "additionalProperties": text})
	case r.Names != nil:
		values := object{"anyOf": []any{text, object{"type": "array", "items": text}}}
		byName := object{"type": "object", "additionalProperties": values}
		forms = []any{one, byName, object{"type": "array", "items": object{"anyOf": []any{one, byName}}}}
	}
	s := object{"description": strings.ReplaceAll(r.Help, "\n", " ")}
	if len(forms) > 1 {
		s["anyOf"] = forms
	} else if only, ok := forms[0].(object); ok {
		for k, v := range only {
			s[k] = v
		}
	}
	if r.Eg != "" && !r.Tree {
		s["examples"] = []string{r.Eg}
	}
	return s
}

// formOfOne says what form one value has.
func formOfOne(r *line.Row) object {
	or := func(forms ...any) object {
		return object{"anyOf": append(forms, object{"type": "string", "pattern": variablePattern})}
	}
	match := func(pattern string) object { return object{"type": "string", "pattern": pattern} }
	switch {
	case r.Arg == "":
		return or(object{"type": "boolean"})
	case len(r.Words) > 0:
		return or(object{"enum": r.Words})
	case r.Arg == "N":
		return or(object{"type": "integer", "minimum": 1}, match(`^[0-9]+$`))
	case r.Arg == "TIME":
		return or(object{"type": "number", "minimum": 0}, match(`^[0-9.]+([0-9.]|ns|us|µs|ms|s|m|h)*$`))
	case r.Arg == "RATE":
		return or(object{"type": "number", "exclusiveMinimum": 0}, match(`^[0-9.]+(B|[kKMG]i?B)?(/[smh])?$|^max$`))
	}
	return object{"type": []string{"string", "number"}}
}
