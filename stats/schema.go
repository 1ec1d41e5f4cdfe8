package stats

import (
	_ "embed"
	"encoding"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"
)

// # The schema of a saved run
//
// It is made of the very types that a run is saved with, so that the two cannot part: which fields there are, what
// each is made of and which may be missing is read from them. What they do not tell, what a field means and in what
// unit it is, stands in schema.txt, and a field that has no line there is named by a test.

// fieldLines has a line for each field: type.field | unit | what it means. A text has no unit.
//
//go:embed schema.txt
var fieldLines string

// savedAs are the types that a run is saved with in the place of its own.
var savedAs = map[reflect.Type]reflect.Type{
	reflect.TypeFor[Histogram](): reflect.TypeFor[histogramJSON](),
	reflect.TypeFor[Status]():    reflect.TypeFor[statusJSON](),
}

// savedNames are what a type is called in the schema, where that is not its own name.
var savedNames = map[reflect.Type]string{
	reflect.TypeFor[histogramJSON](): "histogram",
	reflect.TypeFor[statusJSON]():    "status",
}

// fixedWords are the texts that a field may have, where the list is closed.
func fixedWords() map[string][]string {
	return map[string][]string{
		"run.schema":    {Schema},
		"run.clock":     {"kernel", "user", "unknown"},
		"plan.engine":   {"http", "wire"},
		"plan.poll":     {"io_uring", "epoll"},
		"plan.model":    {"open", "closed"},
		"plan.arrivals": {"uniform", "poisson", "unpaced"},
		"step.phase":    stepPhases,
		"stepRow.phase": stepPhases,
		"verdict.status": {NothingMeasured, Kept, ClientLimited, PoolLimited, ServerSaturated, Incomplete,
			Inconsistent},
		"stopReason.kind":  stopNames[1:], // of a run that is over
		"threshold.result": {string(RuleKept), string(RuleBroken), string(RuleNotJudged)},
		"failure.outcome":  outcomeNames[1:], // of a failure, it is never ok
		"failure.stage":    stageNames[1:],

		"firstRequest.outcome": outcomeNames[:],
	}
}

// JSONSchema is the JSON Schema (draft 2020-12) of a saved run's document.
func JSONSchema() map[string]any { return RunSchema().Make() }

// RunSchema describes a saved run.
func RunSchema() SchemaOf {
	return SchemaOf{Type: reflect.TypeFor[Run](), ID: Schema, Title: "a saved run of shotput",
		About: "A run saved as one document (run.json). In a stream (run.ndjson) " +
			"the last line is such a document, without windows; each second has a line of its own before it.",
		Lines: fieldLines, Words: fixedWords()}
}

// A SchemaOf is what the schema of a document is made of.
type SchemaOf struct {
	Type             reflect.Type // of the document, a struct
	ID, Title, About string
	Lines            string              // a line for each field: type.field | unit | what it means
	Words            map[string][]string // texts that a field may have, by type.field
	// Raw has the types of what a field has as it was saved by itself, which its own type does not tell, by type.field
	Raw map[string]reflect.Type
}

// Make makes the JSON Schema (draft 2020-12).
func (o SchemaOf) Make() map[string]any {
	made, _ := o.make()
	return made
}

// With adds the lines and words of another schema, whose types stand within this one's.
func (o SchemaOf) With(other SchemaOf) SchemaOf {
	all := maps.Clone(other.Words)
	maps.Copy(all, o.Words)
	o.Lines, o.Words = other.Lines+"\n"+o.Lines, all
	return o
}

// Faults name the fields that lack a meaning or, being numbers, a unit, and the lines and words of no field.
func (o SchemaOf) Faults() (faults []string) {
	_, made := o.make()
	fields := made.fields
	for _, name := range made.clash {
		faults = append(faults, "there are two types of the name "+name)
	}
	for path, field := range fields {
		text, _ := field["description"].(string)
		number := field["type"] == "integer" || field["type"] == "number"
		switch {
		case text == "":
			faults = append(faults, path+" has no line: add one, such as\n"+path+" | requests | what it means")
		case number && !strings.HasSuffix(text, ")"):
			faults = append(faults, path+" is a number without a unit: name it between the bars")
		}
	}
	for path := range readFieldLines(o.Lines) {
		if fields[path] == nil {
			faults = append(faults, path+" has a line, and is no field")
		}
	}
	for path, words := range o.Words {
		if fields[path] == nil || len(words) == 0 || slices.Contains(words, "") {
			faults = append(faults, fmt.Sprintf("%s may be one of %q", path, words))
		}
	}
	slices.Sort(faults)
	return faults
}

// make gives the schema, and what made it.
func (o SchemaOf) make() (made map[string]any, s *schemaMaker) {
	s = &schemaMaker{words: o.Words, raw: o.Raw, lines: readFieldLines(o.Lines), types: map[string]any{},
		fields: map[string]map[string]any{}, made: map[string]reflect.Type{}}
	made = s.object(o.Type)
	made["$schema"], made["$id"] = "https://json-schema.org/draft/2020-12/schema", o.ID
	made["title"], made["description"], made["$defs"] = o.Title, o.About, s.types
	return made, s
}

// A fieldLine is what schema.txt says of a field.
type fieldLine struct{ unit, text string }

func readFieldLines(text string) map[string]fieldLine {
	lines := map[string]fieldLine{}
	for line := range strings.Lines(text) {
		parts := strings.SplitN(line, "|", 3)
		if len(parts) == 3 && !strings.HasPrefix(line, "#") {
			lines[strings.TrimSpace(parts[0])] = fieldLine{strings.TrimSpace(parts[1]), strings.TrimSpace(parts[2])}
		}
	}
	return lines
}

// A schemaMaker describes types; each struct below the run is described once, in types.
type schemaMaker struct {
	words  map[string][]string
	raw    map[string]reflect.Type
	lines  map[string]fieldLine
	types  map[string]any
	fields map[string]map[string]any // each field that was described, by type.field
	made   map[string]reflect.Type   // what types describes
	clash  []string                  // names of several types
}

// object describes a struct as encoding/json writes it.
func (s *schemaMaker) object(t reflect.Type) map[string]any {
	properties, required := map[string]any{}, []string{}
	s.each(t, func(name string, optional bool, described map[string]any) {
		properties[name] = described
		if !optional {
			required = append(required, name)
		}
	})
	return map[string]any{"type": "object", "properties": properties, "required": required,
		"additionalProperties": false}
}

// each tells every field of a struct in order, those of embedded structs among them.
func (s *schemaMaker) each(t reflect.Type, tell func(name string, optional bool, described map[string]any)) {
	for i := range t.NumField() {
		f := t.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case f.Anonymous && name == "":
			inner := f.Type
			if inner.Kind() == reflect.Pointer {
				inner = inner.Elem()
			}
			s.each(inner, tell)
		case name != "" && name != "-":
			tell(name, options == "omitempty" || options == "omitzero", s.field(f.Type, typeName(t)+"."+name))
		}
	}
}

func (s *schemaMaker) field(t reflect.Type, path string) map[string]any {
	if raw, ok := s.raw[path]; ok {
		t = raw
	}
	described, line := s.form(t), s.lines[path]
	if line.text != "" {
		described["description"] = line.text
	}
	if line.unit != "" && described["type"] != "boolean" {
		described["description"] = line.text + " (" + line.unit + ")"
	}
	if words := s.words[path]; len(words) > 0 {
		described["enum"] = slices.Clone(words)
	}
	s.fields[path] = described
	return described
}

// form says what JSON a type is written as.
func (s *schemaMaker) form(t reflect.Type) map[string]any {
	if saved, ok := savedAs[t]; ok {
		t = saved
	}
	switch {
	case t == reflect.TypeFor[time.Time]():
		return map[string]any{"type": "string", "format": "date-time"}
	case t.Implements(reflect.TypeFor[encoding.TextMarshaler]()):
		return map[string]any{"type": "string"}
	}
	switch t.Kind() {
	case reflect.Pointer:
		return s.form(t.Elem())
	case reflect.Slice:
		return map[string]any{"type": "array", "items": s.form(t.Elem())}
	case reflect.Struct:
		return s.reference(t)
	case reflect.Map:
		return map[string]any{"type": "object", "additionalProperties": s.form(t.Elem())}
	case reflect.String:
		return map[string]any{"type": "string"}
	case reflect.Bool:
		return map[string]any{"type": "boolean"}
	case reflect.Float32, reflect.Float64:
		return map[string]any{"type": "number"}
	case reflect.Interface:
		return map[string]any{} // anything
	}
	return map[string]any{"type": "integer"}
}

// reference names the struct's description, which is made when it is first met.
func (s *schemaMaker) reference(t reflect.Type) map[string]any {
	name := typeName(t)
	if _, known := s.types[name]; !known {
		s.types[name], s.made[name] = nil, t // it is being made
		s.types[name] = s.object(t)
	} else if s.made[name] != t {
		s.clash = append(s.clash, name)
	}
	return map[string]any{"$ref": "#/$defs/" + name}
}

func typeName(t reflect.Type) string {
	if name, ok := savedNames[t]; ok {
		return name
	}
	return strings.ToLower(t.Name()[:1]) + t.Name()[1:]
}
