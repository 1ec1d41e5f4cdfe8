package jsonpath

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
)

func name(s string) Step { return Step{Name: s, Item: -1} }

func item(n int) Step { return Step{Item: n} }

// What both forms take they read alike.
func TestOnePathInBothForms(t *testing.T) {
	for s, want := range map[string]Path{
		".":                          nil,
		".status":                    {name("status")},
		".a.b":                       {name("a"), name("b")},
		".items[0].name":             {name("items"), item(0), name("name")},
		".items.0.name":              {name("items"), {Name: "0", Item: 0}, name("name")},
		".[3][4].größe":              {item(3), item(4), name("größe")},
		".content-type":              {name("content-type")},
		".a[007]":                    {name("a"), item(7)},
		".$":                         {name("$")},
		".a.-1":                      {name("a"), name("-1")},
		".x[2147483647]":             {name("x"), item(1<<31 - 1)},
		".*":                         {name("*")},
		".a.+1.99999999999999999999": {name("a"), {Name: "+1", Item: 1}, name("99999999999999999999")},
	} {
		whole, err := Parse(s)
		if err != nil || !reflect.DeepEqual(whole, want) {
			t.Errorf("%s by itself is %v, want %v (%v)", s, whole, want, err)
		}
		for _, behind := range []string{"", " == 1", "==1", "~\"x\"", "\nexists", "<2", ">2", "!=2"} {
			p, n, err := Read(s + behind)
			if err != nil || n != len(s) || !reflect.DeepEqual(p, want) {
				t.Errorf("%s before %q is %v of %d bytes, want %v (%v)", s, behind, p, n, want, err)
			}
		}
		if s = s[1:]; s == "" {
			continue
		}
		if p, n, err := Read(s); err != nil || n != len(s) || !reflect.DeepEqual(p, want) {
			t.Errorf("%s without its dot is %v, want %v (%v)", s, p, want, err)
		}
	}
}

// A path that stands by itself may have names with more in them.
func TestNamesOfPathsByThemselves(t *testing.T) {
	for s, want := range map[string]Path{
		".a=b": {name("a=b")}, ".a b": {name("a b")}, `.a"`: {name(`a"`)}, ".a[x]": {name("a[x]")},
		".a[-1]": {name("a[-1]")}, ".a[0": {name("a[0")},
		".a[0]b": {name("a[0]b")}, ".a[x][1]": {name("a[x]"), item(1)}, ".a.[0]": {name("a"), name("[0]")},
		".[x]": {name("[x]")}, ".]": {name("]")},
		".a[99999999999]": {name("a[99999999999]")}, ".a[]": {name("a[]")},
	} {
		if p, err := Parse(s); err != nil || !reflect.DeepEqual(p, want) {
			t.Errorf("%s is %v, want %v (%v)", s, p, want, err)
		}
	}
}

func TestPathErrors(t *testing.T) {
	for _, s := range []string{"..", ".a.", "..a", ".a..b", ".a[0]..b"} {
		if p, err := Parse(s); err != ErrEmptyName {
			t.Errorf("%s is %v, %v", s, p, err)
		}
	}
	for s, want := range map[string]Error{
		"":               {0, "a path is missing, such as status or items[0].name"},
		"== 1":           {0, "a path is missing, such as status or items[0].name"},
		"a..b":           {2, "a name is missing after the dot"},
		"a.":             {2, "a name is missing after the dot"},
		"a.[0]":          {2, "a name is missing after the dot"},
		"größe[x]":       {7, "an index is a number in brackets, such as [0]"},
		"a[-1]":          {1, "an index is a number in brackets, such as [0]"},
		"a[99999999999]": {1, "an index is a number in brackets, such as [0]"},
		".[0":            {1, "an index is a number in brackets, such as [0]"},
	} {
		_, _, err := Read(s)
		var bad *Error
		if !errors.As(err, &bad) || *bad != want {
			t.Errorf("%s: %v, want %v", s, err, want)
		}
	}
}

// What a path finds in the text of a document it finds in what encoding/json made of it.
func TestTextAndValuesAgree(t *testing.T) {
	const text = `{"a":[{"b":1},[2,3]],"0":"zero","":"none","c":{"d":null}}`
	var document any
	if err := json.Unmarshal([]byte(text), &document); err != nil {
		t.Fatal(err)
	}
	for _, s := range []string{".", ".a", ".a[0]", ".a.0.b", ".a[1][1]", ".a.1.1", ".a[2]", ".a.x", ".0",
		".[0]", ".c.d", ".c.d.e", ".c[0]", ".c.0", ".a.-1"} {
		p, err := Parse(s)
		if err != nil {
			t.Fatal(err)
		}
		value, found := p.In(document)
		at := p.At([]byte(text))
		if found != (at != nil) {
			t.Errorf("%s is %q, and %v (%v)", s, at, value, found)
		}
		var read any
		if found && (json.Unmarshal(at, &read) != nil || !reflect.DeepEqual(read, value)) {
			t.Errorf("%s is %q, and %v", s, at, value)
		}
	}
}

// Of each request a value is taken: that makes nothing.
func TestAtAllocatesNothing(t *testing.T) {
	p, err := Parse(".items[1].name")
	if err != nil {
		t.Fatal(err)
	}
	text, dst := []byte(`{"id":7,"items":[{"name":"a"},{"name":"b\u00e9"}]}`), make([]byte, 0, 64)
	if n := testing.AllocsPerRun(1000, func() { dst = Append(dst[:0], p.At(text)) }); n != 0 || string(dst) != "bé" {
		t.Errorf("%v allocations for %q", n, dst)
	}
}

// FuzzRead holds both forms against each other, and places in errors against the text.
func FuzzRead(f *testing.F) {
	for _, s := range []string{`items[0].name == "x"`, ".", "a..b", "größe[x]", ".[0][1].a exists", "a.0"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		p, n, err := Read(s)
		var bad *Error
		if errors.As(err, &bad) {
			if bad.At < 0 || bad.At > len(s) || bad.Why == "" {
				t.Fatalf("%q: %v at %d", s, bad.Why, bad.At)
			}
			return
		}
		if err != nil || n < 1 || n > len(s) {
			t.Fatalf("%q: %d bytes, %v", s, n, err)
		}
		whole, err := Parse("." + strings.TrimPrefix(s[:n], "."))
		if err != nil || !reflect.DeepEqual(whole, p) {
			t.Errorf("%q is %v, and by itself %v (%v)", s[:n], p, whole, err)
		}
	})
}

// FuzzJSONPath holds what is found against encoding/json.
func FuzzJSONPath(f *testing.F) {
	f.Fuzz(func(t *testing.T, text, dotted string) {
		path, err := Parse(dotted)
		if err != nil || path == nil || !json.Valid([]byte(text)) {
			return
		}
		want, found := walk(t, json.RawMessage(text), path)
		got := path.At([]byte(text))
		if (got != nil) != found {
			t.Fatalf("%q at %v is %q, encoding/json finds %q (%v)", text, path, got, want, found)
		}
		if !found || !bytes.Equal(bytes.ToValidUTF8(got, nil), got) {
			return // encoding/json writes another letter for what is no UTF-8
		}
		var s string
		if got[0] == '"' && json.Unmarshal(want, &s) == nil {
			want = []byte(s)
		}
		if rendered := Append(nil, got); string(rendered) != string(bytes.TrimSpace(want)) {
			t.Errorf("%q at %v renders %q, encoding/json has %q", text, path, rendered, want)
		}
	})
}

// walk finds a value with encoding/json.
func walk(t *testing.T, v json.RawMessage, path Path) (json.RawMessage, bool) {
	for _, step := range path {
		switch v = bytes.TrimSpace(v); v[0] {
		case '{':
			var object map[string]json.RawMessage
			if err := json.Unmarshal(v, &object); err != nil {
				t.Fatal(err)
			}
			var ok bool
			if v, ok = object[step.Name]; !ok || step.Name == "" {
				return nil, false
			}
		case '[':
			var array []json.RawMessage
			if err := json.Unmarshal(v, &array); err != nil {
				t.Fatal(err)
			}
			if step.Item < 0 || step.Item >= len(array) {
				return nil, false
			}
			v = array[step.Item]
		default:
			return nil, false
		}
	}
	return v, true
}

func TestJSONValues(t *testing.T) {
	const line = ` {"a":{"b":[1, {"c":"x\"y\u00e9\ud83d\ude00\n\ud800"}]},"":0,"n":-1.5e3 ,"t":true,` +
		`"o":{ "p" : [ ] },"a\u002eb":1,"d":1,"d":2} `
	for path, want := range map[string]string{".a.b.0": "1", ".a.b.1.c": "x\"yé😀\n\ufffd", ".n": "-1.5e3", ".t": "true",
		".o":   `{ "p" : [ ] }`,
		".o.p": "[ ]", ".a.b": `[1, {"c":"x\"y\u00e9\ud83d\ude00\n\ud800"}]`, ".d": "2", ".a.b.2": "-", ".z": "-",
		".n.x": "-", ".o.p.0": "-",
		".a.b[0]": "1", ".a.b[1].c": "x\"yé😀\n\ufffd", ".a.b[2]": "-", ".a[0]": "-", ".a.b[-1]": "-", ".o.p[0]": "-"} {
		names, err := Parse(path)
		if err != nil {
			t.Fatal(err)
		}
		got := "-"
		if v := names.At([]byte(line)); v != nil {
			got = string(Append(nil, v))
		}
		if got != want {
			t.Errorf("%s is %q, want %q", path, got, want)
		}
	}
}
