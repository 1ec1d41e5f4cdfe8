package flags

import (
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"shotput/cli/line"
	"shotput/cli/planfile"
)

// alike makes what was asked comparable: what differs in each but was not said is taken out.
func alike(a *Asked) Asked {
	c := *a
	c.Line, c.World, c.asking.World, c.Mixed = line.Line{}, World{}, World{}, nil
	c.Body.line, c.head.line, c.asking.line, c.network.line = nil, nil, nil, nil
	return c
}

// keysOf is every flag that is a key, in a folder in which all the examples of the rows are files.
func keysOf(t *testing.T) map[string]*line.Row {
	t.Helper()
	t.Chdir(t.TempDir())
	t.Setenv("TOKEN", "x")
	t.Setenv("KEY_PASSWORD", "x")
	t.Setenv("CLIENT_SECRET", "x")
	all := planfile.Keys(Rows())
	if len(all) < 60 {
		t.Fatalf("%d flags are keys", len(all))
	}
	return all
}

// A flag is repeatable if a second value adds to the first.
func TestRepeatableKeys(t *testing.T) {
	for long := range keysOf(t) {
		once, twice := newAsked(""), newAsked("")
		r := once.Row(long)
		if r.Arg == "" {
			continue
		}
		err := r.Set(r.Eg)
		again := twice.Row(long)
		again.Set(r.Eg)
		refused := again.Set(r.Eg) != nil
		adds := !refused && !reflect.DeepEqual(alike(once), alike(twice))
		if err != nil || adds != r.Repeats {
			t.Errorf("%s: a second value adds to the first: %v; it is among the repeatable: %v (%v)", long, adds, !adds, err)
		}
	}
}

func TestBodyKeys(t *testing.T) {
	for long := range keysOf(t) {
		r := newAsked("")
		r.Row(long).Set(r.Row(long).Eg)
		if posts := r.Body.IsGiven(); posts != (r.Row(long).Body != "") {
			t.Errorf("%s gives the body: %v; it is among the body's keys: %v", long, posts, !posts)
		}
	}
}

// What the help says of files is a path, which must be read from the plan's folder.
func TestPathKeys(t *testing.T) {
	for long, r := range keysOf(t) {
		says := strings.Contains(r.Arg+" "+r.Help, "FILE") || r.Arg == "DIR" || r.Arg == "PATH" || strings.Contains(r.Help, "file:")
		if says && r.Paths == nil {
			t.Errorf("%s speaks of a file, and it is not said how its value names one", long)
		}
	}
	for long, r := range keysOf(t) {
		for value, want := range map[string]map[string]string{
			"f":                         {"upload-file": "p/f", "cacert": "p/f", "data": "f", "size": "f", "form": "f"},
			"@f":                        {"data": "@p/f", "data-ascii": "@p/f", "header": "@p/f", "data-urlencode": "@p/f", "oauth2-bearer": "@p/f"},
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
			from := func(path string) string { return planfile.Beside("p", path) }
			if w, ok := want[long]; ok && r.Paths(value, from) != w {
				t.Errorf("%s %s is %s, want %s", long, value, r.Paths(value, from), w)
			}
		}
	}
}

// What only keys have, only keys say of themselves; rows name flags that there are, and the structure has no name of
// one.
func TestNamesOfKeys(t *testing.T) {
	all := keysOf(t)
	for _, r := range Rows() {
		if all[r.Long] == nil && (r.Body != "" || r.Repeats || r.Mixable || r.Names != nil || r.Paths != nil || r.AsKey != nil) {
			t.Errorf("%s is no key", r.Long)
		}
		for _, other := range append(r.Over, r.Alias) {
			if other != "" && all[other] == nil {
				t.Errorf("%s is no key, and %s names it", other, r.Long)
			}
		}
		for _, word := range r.AsKey {
			if all[word] != nil {
				t.Errorf("%s stands for %s", word, r.Long)
			}
		}
	}
	for _, name := range append(planfile.Structural, "scenario") {
		if all[name] != nil {
			t.Errorf("%s is the name of a flag too", name)
		}
	}
}

// What a row says of other tools is said in no other row, and what it says to try is a flag.
func TestRowsAndOtherTools(t *testing.T) {
	r := newAsked("")
	said := map[string]string{}
	for i := range r.Rows {
		row := &r.Rows[i]
		for _, name := range row.Elsewhere {
			isOurs := slices.ContainsFunc(r.Rows, func(o line.Row) bool { return o.Long == name })
			if said[name] != "" || isOurs {
				t.Errorf("--%s is --%s, and also --%s or a flag", name, row.Long, said[name])
			}
			said[name] = row.Long
		}
		for _, c := range row.Clashes {
			checkMends(t, r, row.Long, c.Mends)
		}
	}
	for _, s := range Strangers {
		if s.Why != "" && s.Flag != "" && r.Row(s.Flag) == nil {
			t.Errorf("-%s is to be --%s, which is none", s.Letter, s.Flag)
		}
		for _, name := range s.Longs {
			if isOurs := slices.ContainsFunc(r.Rows, func(o line.Row) bool { return o.Long == name }); isOurs || said[name] != "" && s.Beside == nil {
				t.Errorf("--%s is a flag, or %q and %q", name, said[name], s.Why)
			}
			said[name] = s.Why
		}
		for i := range r.Rows {
			if s.Letter != "" && r.Rows[i].Short == s.Letter {
				t.Errorf("-%s is a flag", s.Letter)
			}
		}
	}
}

func checkMends(t *testing.T, r *Asked, of string, mends []line.Mend) {
	t.Helper()
	for _, m := range mends {
		for _, flag := range m.Flags {
			if r.Row(flag) == nil {
				t.Errorf("%s is mended by --%s, which is none", of, flag)
			}
		}
	}
}

func TestLayers(t *testing.T) {
	file := filepath.Join(t.TempDir(), "headers")
	if err := os.WriteFile(file, []byte("B: 3\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	layer := func(flags ...string) (all []planfile.Entry) {
		for i := 0; i < len(flags); i += 2 {
			all = append(all, planfile.Entry{Flag: flags[i], Value: flags[i+1]})
		}
		return all
	}
	for name, c := range map[string]struct{ below, above, want []planfile.Entry }{
		"another flag stays":   {layer("rate", "1/s"), layer("seed", "2"), layer("rate", "1/s", "seed", "2")},
		"the same is replaced": {layer("rate", "1/s"), layer("rate", "2/s"), layer("rate", "2/s")},
		"a body is replaced":   {layer("data", "a", "data", "b"), layer("size", "1KiB"), layer("size", "1KiB")},
		"a list is replaced":   {layer("cookie", "a=1", "cookie", "b=2"), layer("cookie", "c=3"), layer("cookie", "c=3")},
		"headers by name":      {layer("header", "A: 1", "header", "B: 1"), layer("header", "a: 2"), layer("header", "B: 1", "header", "a: 2")},
		"removed by name":      {layer("header", "A: 1"), layer("header", "A:"), layer("header", "A:")},
		"headers of a file":    {layer("header", "A: 1", "header", "B: 1"), layer("header", "@"+file), layer("header", "A: 1", "header", "@"+file)},
		"stages for a rate":    {layer("rate", "1/s", "duration", "1s"), layer("stages", "1s@1/s"), layer("stages", "1s@1/s")},
		"a rate for stages":    {layer("stages", "1s@1/s"), layer("rate", "1/s"), layer("rate", "1/s")},
		"a token for a user": {layer("user", "a:b", "digest", "true", "seed", "2"), layer("oauth2-bearer", "t"),
			layer("seed", "2", "oauth2-bearer", "t")},
		"a user for a user":    {layer("user", "a:b", "digest", "true"), layer("user", "c:d"), layer("digest", "true", "user", "c:d")},
		"a switch that is off": {layer("oauth2-bearer", "t"), layer("digest", "false"), layer("oauth2-bearer", "t", "digest", "false")},
		"a time for no stages": {layer("stages", "1s@1/s"), layer("duration", "1s"), layer("stages", "1s@1/s", "duration", "1s")},
	} {
		if got := planfile.Over(Rows(), c.below, c.above); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}
