package cli

import (
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// alike makes two requests comparable: what differs in each but was not said is taken out.
func alike(r *request) request {
	c := *r
	c.commandLine, c.in, c.env, c.mixed = commandLine{}, source{}, nil, nil
	return c
}

// keysOf is every flag that is a key, in a folder in which all the examples of the rows are files.
func keysOf(t *testing.T) map[string]*row {
	t.Helper()
	t.Chdir(t.TempDir())
	t.Setenv("TOKEN", "x")
	t.Setenv("CLIENT_SECRET", "x")
	p := &planFile{rows: newRequest().rows}
	all := p.vocabulary()
	if len(all) < 60 {
		t.Fatalf("%d flags are keys", len(all))
	}
	return all
}

// A flag is repeatable if a second value adds to the first.
func TestRepeatableKeys(t *testing.T) {
	for long := range keysOf(t) {
		once, twice := newRequest(), newRequest()
		r := exactly(once.rows, long)
		if r.arg == "" {
			continue
		}
		err := r.set(r.eg)
		again := exactly(twice.rows, long)
		again.set(r.eg)
		refused := again.set(r.eg) != nil
		adds := !refused && !reflect.DeepEqual(alike(once), alike(twice))
		if err != nil || adds != slices.Contains(repeatable, long) {
			t.Errorf("%s: a second value adds to the first: %v; it is among the repeatable: %v (%v)", long, adds, !adds, err)
		}
	}
}

func TestBodyKeys(t *testing.T) {
	for long := range keysOf(t) {
		r := newRequest()
		exactly(r.rows, long).set(exactly(r.rows, long).eg)
		if posts := len(r.posted) > 0; posts != slices.Contains(bodyKeys, long) {
			t.Errorf("%s gives the body: %v; it is among the body's keys: %v", long, posts, !posts)
		}
	}
}

// What the help says of files is a path, which must be read from the plan's folder.
func TestPathKeys(t *testing.T) {
	for long, r := range keysOf(t) {
		says := strings.Contains(r.arg+" "+r.help, "FILE") || r.arg == "DIR" || r.arg == "PATH" || strings.Contains(r.help, "file:")
		if says && pathKeys[long] == nil {
			t.Errorf("%s speaks of a file, and it is not said how its value names one", long)
		}
	}
	for long, read := range pathKeys {
		for value, want := range map[string]map[string]string{
			"f":                         {"upload-file": "p/f", "cacert": "p/f", "data": "f", "size": "f", "form": "f"},
			"@f":                        {"data": "@p/f", "header": "@p/f", "data-urlencode": "@p/f", "oauth2-bearer": "@p/f"},
			"@-":                        {"data": "@-", "data-urlencode": "@-", "json": "@-"},
			"-":                         {"upload-file": "-", "output": "-"},
			"/f":                        {"upload-file": "/f"},
			"file:f":                    {"size": "file:p/f"},
			"n@f":                       {"data-urlencode": "n@p/f", "url-query": "n@p/f"},
			"n=a@f":                     {"data-urlencode": "n=a@f", "url-query": "n=a@f", "form": "n=a@f"},
			"+n@f":                      {"url-query": "+n@f"},
			"n=@f;type=a/b":             {"form": "n=@p/f;type=a/b"},
			`n=@"f;g";a`:                {"form": `n=@"p/f;g";a`},
			"n=<f":                      {"form": "n=<p/f"},
			"n=x;headers=@f;headers=@g": {"form": "n=x;headers=@p/f;headers=@p/g"},
		} {
			p := &planFile{dir: "p"}
			if w, ok := want[long]; ok && read(value, p.from) != w {
				t.Errorf("%s %s is %s, want %s", long, value, read(value, p.from), w)
			}
		}
	}
}

// The tables name flags that there are, and the structure has no name of one.
func TestNamesOfKeys(t *testing.T) {
	all := keysOf(t)
	lists := [][]string{bodyKeys, repeatable, mixable, named}
	for _, list := range lists {
		for _, long := range list {
			if all[long] == nil {
				t.Errorf("%s is no key", long)
			}
		}
	}
	for long := range pathKeys {
		if all[long] == nil {
			t.Errorf("%s is no key", long)
		}
	}
	for _, name := range []string{keyDefaults, keyScenarios, keyName, keyMix, keyWeight, "scenario"} {
		if all[name] != nil {
			t.Errorf("%s is the name of a flag too", name)
		}
	}
	for word, meant := range foreign {
		if all[meant] == nil && meant != keyScenarios || all[word] != nil {
			t.Errorf("%s stands for %s", word, meant)
		}
	}
}

// Each key says what its flag says: the plan of a file is that of the line.
func TestKeysSayWhatFlagsSay(t *testing.T) {
	all := keysOf(t)
	for _, name := range []string{"body.bin", "lines.txt", "netrc"} {
		if err := os.WriteFile(name, []byte("machine 127.0.0.1 login a password b\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for long, r := range all {
		value := r.eg
		if r.arg == "" {
			value = "true"
		}
		if long == "url" {
			continue
		}
		v := newPlanRun(&Stdio{In: strings.NewReader(""), Env: os.LookupEnv})
		p := readPlan("plan.yaml", []byte("url: http://127.0.0.1/{{seq}}\n"+long+": "+inYAML(value)+"\n"), os.LookupEnv)
		if len(p.faults) > 0 {
			t.Errorf("%s: %+v", long, p.faults)
			continue
		}
		got, _ := v.settled(p, p.scenarios[0], false)
		want := v.fresh()
		want.took(exactly(want.rows, "url"), "http://127.0.0.1/{{seq}}")
		want.took(exactly(want.rows, long), value)
		err := want.settle(nil, strings.NewReader(""))
		if !reflect.DeepEqual(got.plan, want.plan) && err == nil || len(got.posted) != len(want.posted) {
			t.Errorf("%s: %s makes\n%+v, and the flag\n%+v (%v)", long, value, got.plan, want.plan, err)
		}
	}
}

// inYAML leaves switches and numbers as they are.
func inYAML(value string) string { return yamlText(value) }

func TestLayers(t *testing.T) {
	file := filepath.Join(t.TempDir(), "headers")
	if err := os.WriteFile(file, []byte("B: 3\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	layer := func(flags ...string) (all []entry) {
		for i := 0; i < len(flags); i += 2 {
			all = append(all, entry{flag: flags[i], value: flags[i+1]})
		}
		return all
	}
	for name, c := range map[string]struct{ below, above, want []entry }{
		"another flag stays":   {layer("rate", "1/s"), layer("seed", "2"), layer("rate", "1/s", "seed", "2")},
		"the same is replaced": {layer("rate", "1/s"), layer("rate", "2/s"), layer("rate", "2/s")},
		"a body is replaced":   {layer("data", "a", "data", "b"), layer("size", "1KiB"), layer("size", "1KiB")},
		"a list is replaced":   {layer("cookie", "a=1", "cookie", "b=2"), layer("cookie", "c=3"), layer("cookie", "c=3")},
		"headers by name":      {layer("header", "A: 1", "header", "B: 1"), layer("header", "a: 2"), layer("header", "B: 1", "header", "a: 2")},
		"removed by name":      {layer("header", "A: 1"), layer("header", "A:"), layer("header", "A:")},
		"headers of a file":    {layer("header", "A: 1", "header", "B: 1"), layer("header", "@"+file), layer("header", "A: 1", "header", "@"+file)},
		"stages for a rate":    {layer("rate", "1/s", "duration", "1s"), layer("stages", "1s@1/s"), layer("stages", "1s@1/s")},
		"a rate for stages":    {layer("stages", "1s@1/s"), layer("rate", "1/s"), layer("rate", "1/s")},
		"a time for no stages": {layer("stages", "1s@1/s"), layer("duration", "1s"), layer("stages", "1s@1/s", "duration", "1s")},
	} {
		if got := over(c.below, c.above); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}
