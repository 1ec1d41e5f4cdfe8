package cli

import (
	"os"
	"reflect"
	"strings"
	"testing"

	"shotput/loadgen"
)

// What curl 7.88 sends for the same flags.
func TestURLEncode(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.WriteFile("f", []byte("line 1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for value, want := range map[string]string{
		"a b&c=d é~-._/+":      "a b&c=d+%C3%A9~-._%2F%2B", // the name goes as it is
		"=x=y":                 "x%3Dy",
		"just text":            "just+text",
		"@f":                   "line+1%0A",
		"n@f":                  "n=line+1%0A",
		"n=@f":                 "n=%40f",
		"":                     "",
		`n=a {{csv "b c"}} d`:  `n=a+{{csv "b c" | url}}+d`, // rendered later
		`n={{csv "a=b@c"}}`:    `n={{csv "a=b@c" | url}}`,
		`n={{csv "b" | raw}}`:  `n={{csv "b" | raw}}`,
		`n={{seq}}`:            "n={{seq}}",
		`n={{"{{"}} {{"}}"}}`:  "n=%7B%7B+%7D%7D",
		`{{env "}}"}} x={{seq`: `{{env "}}"}} x={{seq`, // what is never closed is loadgen's to refuse
	} {
		if got, err := urlencoded(value, &source{}); got != want || err != nil {
			t.Errorf("%q is %q, %v; want %q", value, got, err, want)
		}
	}
	if got, _ := urlencoded("a=b\n", &source{}); got != "a=b%0A" {
		t.Errorf("in a query: %q", got)
	}
	if _, err := urlencoded("a@missing", &source{}); err == nil {
		t.Error("a file that is not there was encoded")
	}
}

func TestQueries(t *testing.T) {
	for target, want := range map[string]string{
		"http://h":                `http://h?a=b`,
		"http://h/x?":             `http://h/x?a=b`,
		"http://h/x?q=1":          `http://h/x?q=1&a=b`,
		"http://h/x?q=1&":         `http://h/x?q=1&a=b`,
		"http://h/x#f?g":          `http://h/x?a=b#f?g`,
		`http://h/{{env "?#"}}#f`: `http://h/{{env "?#"}}?a=b#f`,
	} {
		if got := withQuery(target, "a=b"); got != want {
			t.Errorf("%s is %s, want %s", target, got, want)
		}
	}
}

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
		`a=v;headers="X-C: d;e"`:               {Name: "a", Text: "v", Header: []loadgen.Header{{Name: "X-C", Value: "d;e"}}},
		"a=v;headers=@h.txt":                   {Name: "a", Text: "v", Header: []loadgen.Header{{Name: "X-A", Value: "1"}, {Name: "X-B", Value: "2"}}},
		`a={{csv "a;b"}};type=text/x`:          {Name: "a", Text: `{{csv "a;b"}}`, Type: "text/x"},
		"a=@-":                                 {Name: "a", Text: `{{"{{"}}in`, Filename: "-"},
	} {
		s, err := scanPart(value)
		if err != nil {
			t.Errorf("%q: %v", value, err)
			continue
		}
		got, err := s.part(&source{stdin: strings.NewReader("{{in")})
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
		r := newRequest()
		for _, word := range strings.Split(strings.ReplaceAll(line, "c d", "c\x00d"), " ") {
			flag, value, _ := strings.Cut(strings.ReplaceAll(word, "\x00", " "), ":")
			r.Take(r.Row(flag), value)
		}
		if err := r.body(&r.in); err != nil || r.plan.Request.Body.Text != want {
			t.Errorf("%s is %q, %v; want %q", line, r.plan.Request.Body.Text, err, want)
		}
	}
}

// A text that is to be sent as it is goes through a template unharmed.
func TestLiterally(t *testing.T) {
	for _, text := range []string{"", "{{", "a{{b}}c", "{{{{", "{{{x", "}}"} {
		plan := loadgen.Plan{Request: loadgen.RequestSpec{URL: "http://h/", Body: loadgen.Body{Text: literally(text) + "."}}}
		if _, body, err := loadgen.Render(plan, 1, 100); string(body) != text+"." || err != nil {
			t.Errorf("%q arrives as %q, %v", text, body, err)
		}
	}
}
