package flags

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"shotput/loadgen"
)

// What curl 7.88 makes of -F.
func TestForms(t *testing.T) {
	t.Chdir(t.TempDir())
	for name, text := range map[string]string{"f.txt": "{{seq}}", "h.txt": "X-A: 1\n# none\n\nX-B: 2\n"} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for value, want := range map[string]loadgen.Part{
		"a=b":                                  {Name: "a", Text: "b"},
		"a=":                                   {Name: "a"},
		"=b":                                   {Text: "b"},
		"a=b=c":                                {Name: "a", Text: "b=c"},
		"a= sp ace ":                           {Name: "a", Text: "sp ace"},
		`a="q;uo\"te\\";type=text/x`:           {Name: "a", Text: `q;uo"te\`, Type: "text/x"},
		`a="noend;type=a/b`:                    {Name: "a", Text: `"noend`, Type: "a/b"},
		`a=" x "`:                              {Name: "a", Text: " x "},
		"a=@f.txt":                             {Name: "a", File: "f.txt"},
		"a=@f.txt;type=text/x;filename=n":      {Name: "a", File: "f.txt", Type: "text/x", Filename: "n"},
		`a=@"x;y";filename="p;q"`:              {Name: "a", File: "x;y", Filename: "p;q"},
		"a=<f.txt":                             {Name: "a", Text: "{{seq}}"},
		"a=v;type=text/html; charset=utf8":     {Name: "a", Text: "v", Type: "text/html; charset=utf8"},
		"a=v;TYPE=text/x;charset=u;filename=n": {Name: "a", Text: "v", Type: "text/x;charset=u", Filename: "n"},
		`a=v;headers="X-C: d;e"`: {Name: "a",
			Text: "v", Header: []loadgen.Header{{Name: "X-C", Value: "d;e"}}},
		"a=v;headers=@h.txt": {Name: "a",
			Text: "v", Header: []loadgen.Header{{Name: "X-A", Value: "1"}, {Name: "X-B", Value: "2"}}},
		`a={{csv "a;b"}};type=text/x`: {Name: "a", Text: `{{csv "a;b"}}`, Type: "text/x"},
		"a=@-":                        {Name: "a", Text: `{{"{{"}}in`, Filename: "-"},
	} {
		s, err := scanPart(value)
		if err != nil {
			t.Errorf("%q: %v", value, err)
			continue
		}
		got, err := s.read(&Source{stdin: strings.NewReader("{{in")})
		if !reflect.DeepEqual(got, want) || err != nil {
			t.Errorf("%q is %+v, %v; want %+v", value, got, err, want)
		}
	}
	for _, value := range []string{"nothing", "a=b;type=bad", "a=b;foo=bar", "a=@x,y", "a=b;encoder=base64", "a=(x", `a="x"y`, "a=b;filename="} {
		if s, err := scanPart(value); err == nil {
			t.Errorf("%q was read as %+v", value, s)
		}
	}
}

// Whatever is read as a part has the name that was typed, and no action in it was cut apart.
func FuzzForm(f *testing.F) {
	f.Add(`a="b\"c;d";type=text/x;headers="X: y"`)
	f.Add(`a=@"f;g",h;filename={{seq}}`)
	f.Fuzz(func(t *testing.T, value string) {
		s, err := scanPart(value)
		if name, _, ok := strings.Cut(value, "="); err == nil && (!ok || s.name != name) {
			t.Errorf("%q was read as %+v", value, s)
		}
	})
}

// Bodies are joined as curl joins them.
func TestJoin(t *testing.T) {
	for line, want := range map[string]string{
		"data:a data-urlencode:b=c d": "a&b=c+d", "data: data:b data:": "&b&", "json:1 data:2 json:3": "1&23", "data: data:": "&",
	} {
		r := newAsked("")
		for _, word := range strings.Split(strings.ReplaceAll(line, "c d", "c\x00d"), " ") {
			flag, value, _ := strings.Cut(strings.ReplaceAll(word, "\x00", " "), ":")
			r.Take(r.Row(flag), value)
		}
		if err := r.Body.add(&r.Plan.Request, r.In); err != nil || r.Plan.Request.Body.Text != want {
			t.Errorf("%s is %q, %v; want %q", line, r.Plan.Request.Body.Text, err, want)
		}
	}
}

// -d @file leaves out what curl leaves out, and counts it.
func TestDroppedBytes(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(path, []byte("a\r\nb\x00c\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	r := newAsked("")
	got, err := r.Body.read(posted{"data", "@" + path}, &Source{})
	if string(got) != "abc" || r.Body.Dropped != 4 || err != nil {
		t.Errorf("%q with %d bytes dropped, %v; want abc with 4", got, r.Body.Dropped, err)
	}
	if got, err = r.Body.read(posted{"json", "@" + path}, &Source{}); len(got) != 7 || err != nil {
		t.Errorf("--json dropped bytes: %q, %v", got, err)
	}
}
