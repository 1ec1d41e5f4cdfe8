package address

import (
	"os"
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
		`n=a {{csv "b c"}} d`:  `n=a+{{csv "b c" | form}}+d`, // rendered and encoded later
		`n={{csv "a=b@c"}}`:    `n={{csv "a=b@c" | form}}`,
		`n={{"{{"}} {{"}}"}}`:  "n=%7B%7B+%7D%7D",
		`{{env "}}"}} x={{seq`: `{{env "}}"}} x={{seq`, // what is never closed is loadgen's to refuse
	} {
		if got, err := Encode(value, os.ReadFile); got != want || err != nil {
			t.Errorf("%q is %q, %v; want %q", value, got, err, want)
		}
	}
	if got, _ := Encode("a=b\n", os.ReadFile); got != "a=b%0A" {
		t.Errorf("in a query: %q", got)
	}
	if _, err := Encode("a@missing", os.ReadFile); err == nil {
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
		if got := AddQuery(target, "a=b"); got != want {
			t.Errorf("%s is %s, want %s", target, got, want)
		}
	}
}

// A text that is to be sent as it is goes through a template unharmed.
func TestLiterally(t *testing.T) {
	for _, text := range []string{"", "{{", "a{{b}}c", "{{{{", "{{{x", "}}"} {
		plan := loadgen.Plan{Request: loadgen.RequestSpec{URL: "http://h/", Body: loadgen.Body{Text: Literally(text) + "."}}}
		if made, err := loadgen.Render(plan, 1, 100); string(made.Body) != text+"." || err != nil {
			t.Errorf("%q arrives as %q, %v", text, made.Body, err)
		}
	}
}

func TestUploadNames(t *testing.T) {
	for target, want := range map[string]string{
		`{{env "B"}}/dir/`:         `{{env "B"}}/dir/a%20b.txt`,
		`{{csv "url"}}`:            `{{csv "url"}}`,
		"http://h/dir/":            "http://h/dir/a%20b.txt",
		"http://h/dir/x":           "http://h/dir/x",
		"http://h":                 "http://h/a%20b.txt",
		"http://h/?q":              "http://h/a%20b.txt?q",
		"http://h?q=a/b":           "http://h/a%20b.txt?q=a/b",
		"http://h/d/#x/y":          "http://h/d/a%20b.txt#x/y",
		"http://h/d/x?a=b/":        "http://h/d/x?a=b/",
		"http://h/{{now \"/\"}}":   "http://h/{{now \"/\"}}",
		"http://h/{{seq}}/":        "http://h/{{seq}}/a%20b.txt",
		"http://{{env \"A/B\"}}/x": "http://{{env \"A/B\"}}/x",
		"":                         "",
	} {
		if got := AddFile(target, "some/a b.txt"); got != want {
			t.Errorf("%s is %s, want %s", target, got, want)
		}
	}
}

// A fragment is never sent: a number in it would leave the URL what it was.
func TestNumbersStandBeforeTheFragment(t *testing.T) {
	for what, got := range map[string][2]string{
		"Vary":      {Vary("http://h/a?q#f"), "http://h/a-{{seq}}?q"},
		"AddNumber": {AddNumber("http://h/a?q#f"), "http://h/a/{{seq}}?q"},
	} {
		if got[0] != got[1] {
			t.Errorf("%s gives %s, want %s", what, got[0], got[1])
		}
	}
}
