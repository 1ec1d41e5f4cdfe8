package loadgen

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"shotput/loadgen/answer"
	"shotput/loadgen/header"
	"shotput/loadgen/request"
	"shotput/loadgen/route"
	"shotput/loadgen/text"
	"shotput/stats"
)

// A filler sets every field that it meets to a value that no other field has, so that one which is forgotten, or
// written under the name of another, is missed.
type filler struct{ n int }

func (f *filler) fill(t *testing.T, v reflect.Value) {
	f.n++
	if whole := f.whole(t, v.Type()); whole != nil {
		v.Set(reflect.ValueOf(whole))
		return
	}
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(true)
	case reflect.String:
		v.SetString(fmt.Sprintf("text %d <&> \u2028\x00", f.n))
	case reflect.Int, reflect.Int64:
		v.SetInt(1<<62 + int64(f.n))
	case reflect.Uint8:
		v.SetUint(uint64(f.n % 256))
	case reflect.Uint64:
		v.SetUint(1<<63 + uint64(f.n))
	case reflect.Float64:
		v.SetFloat(float64(f.n) + 0.1)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		f.fill(t, v.Index(0))
		f.fill(t, v.Index(1))
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		f.fill(t, key)
		f.fill(t, value)
		v.SetMapIndex(key, value)
	case reflect.Struct:
		for _, field := range v.Fields() {
			f.fill(t, field)
		}
	default:
		t.Fatalf("a plan has a %v in it, which no test fills", v.Type())
	}
}

// whole is a value of a type that is not filled field by field; nil for all others.
func (f *filler) whole(t *testing.T, of reflect.Type) (value any) {
	var err error
	switch of {
	case reflect.TypeFor[answer.StatusSet]():
		value, err = answer.ParseStatusSet(fmt.Sprintf("2xx,%d", 400+f.n%100))
	case reflect.TypeFor[stats.Rule]():
		value, err = stats.ParseRule(fmt.Sprintf("p99 < %dms for 3s and failed < 1%%", f.n))
	case reflect.TypeFor[time.Time]():
		value = time.Unix(1e9, int64(f.n)).UTC()
	}
	if err != nil {
		t.Fatal(err)
	}
	return value
}

// again is the plan after a journey as JSON.
func again(t *testing.T, p Plan) (read Plan) {
	t.Helper()
	b, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&read); err != nil {
		t.Fatalf("%v in %s", err, b)
	}
	return read
}

// decode(encode(p)) is p, whatever is set in it.
func TestPlansTravelAsJSON(t *testing.T) {
	whole := Plan{}
	new(filler).fill(t, reflect.ValueOf(&whole).Elem())
	rule, _ := stats.ParseRule("p99 < nonsense")
	for name, p := range map[string]Plan{
		"every field": whole,
		"nothing":     {},
		"empty": {Request: request.Spec{Header: []header.Line{}, Body: request.Body{Data: []byte{}}},
			Answer: answer.Spec{Header: []string{}}},
		"other text": {Request: request.Spec{Header: []header.Line{{Name: "X", Value: "caf\xe9"}},
			Body: request.Body{Text: "caf\xe9 {{seq}}\x00"}}},
		"other parts": {Request: request.Spec{Body: request.Body{Form: []request.Part{{Name: "a",
			Text: "\xff\xfe"}, {Name: "b", Text: "\ufffd"}}}}},
		"to the proxy": {Route: route.Spec{ProxyHeader: []header.Line{{Name: "X", Value: "\xe9"}, {Name: "Y",
			Remove: true}}}},
		"broken rule": {Rules: Rules{Aborts: []stats.Rule{rule}}},
		"environment": {Values: text.Values{Env: text.Env{"SET": "", "OTHER": "x"}},
			Route: route.Spec{Env: route.Env{}}},
	} {
		if read := again(t, p); !reflect.DeepEqual(read, p) {
			t.Errorf("%s: %+v came back as %+v", name, p, read)
		}
	}
}

// Each field alone is read back as well: none leans on another that is set.
func TestEachFieldOfAPlanTravels(t *testing.T) {
	var whole Plan
	new(filler).fill(t, reflect.ValueOf(&whole).Elem())
	var alone func(v reflect.Value, set func(p *Plan) reflect.Value, name string)
	alone = func(v reflect.Value, set func(p *Plan) reflect.Value, name string) {
		if v.Kind() == reflect.Struct && v.Type().NumField() > 0 && v.Type().Field(0).IsExported() {
			for i := range v.NumField() {
				alone(v.Field(i), func(p *Plan) reflect.Value { return set(p).Field(i) },
					name+"."+v.Type().Field(i).Name)
			}
			return
		}
		var p Plan
		set(&p).Set(v)
		if read := again(t, p); !reflect.DeepEqual(read, p) {
			t.Errorf("%s: %+v came back as %+v", name, p, read)
		}
	}
	alone(reflect.ValueOf(whole), func(p *Plan) reflect.Value { return reflect.ValueOf(p).Elem() }, "Plan")
}

// Names are in small letters, and those of durations say their unit.
func TestFieldNamesOfPlans(t *testing.T) {
	form := regexp.MustCompile(`^[a-z][a-z0-9]*(_[a-z0-9]+)*,omitzero$`)
	var look func(of reflect.Type)
	look = func(of reflect.Type) {
		switch of.Kind() {
		case reflect.Slice, reflect.Map:
			look(of.Elem())
		case reflect.Struct:
			for i := range of.NumField() {
				f := of.Field(i)
				if !f.IsExported() {
					continue
				}
				tag := f.Tag.Get("json")
				timed := f.Type == reflect.TypeFor[time.Duration]()
				if !form.MatchString(tag) || timed != strings.HasSuffix(tag, "_ns,omitzero") {
					t.Errorf("%v.%s is written as %q", of, f.Name, tag)
				}
				look(f.Type)
			}
		}
	}
	look(reflect.TypeFor[Plan]())
}

func TestJSONOfPlansIsReadExactly(t *testing.T) {
	for _, s := range []string{
		`{"form":"shotput/plan/1","plan":{"request":{"urll":"x"}}}`,
		`{"form":"shotput/plan/1","plan":{"request":{"body":{"textt":"x"}}}}`,
		`{"form":"shotput/plan/1","plan":{"request":{"body":{"form":[{"names":"x"}]}}}}`,
		`{"form":"shotput/plan/1","plan":{"request":{"header":[{"names":"x"}]}}}`,
		`{"form":"shotput/plan/1","plan":{"answer":{"status":"abc"}}}`,
		`{"form":"shotput/plan/1","plan":{"request":{"body":{"data":"not base64"}}}}`,
		`{"form":"shotput/plan/2","plan":{}}`, `{"plan":{}}`, `{`, `[]`,
	} {
		var p Packed
		if err := json.Unmarshal([]byte(s), &p); err == nil {
			t.Errorf("%s is read as a plan", s)
		}
	}
}
