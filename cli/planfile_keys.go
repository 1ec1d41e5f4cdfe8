package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// What is said below of flags by name, their rows do not say. The tests of this file hold each table against what
// the rows do.

// bodyKeys are the flags that give the body, or a part of it: one of them replaces all of another layer.
var bodyKeys = []string{"data", "data-ascii", "data-raw", "data-binary", "data-urlencode", "json", "upload-file", "size",
	"form", "form-string", "body-lines", "body-dir"}

// repeatable are the flags that may be given again, each time with one value more.
var repeatable = []string{"header", "data", "data-ascii", "data-raw", "data-binary", "data-urlencode", "json", "cookie", "output", "form", "form-string",
	"url-query", "proxy-header", "resolve", "connect-to", "expect-header", "oauth2-scope",
	"threshold", "abort"}

// mixable are the flags that one request of a mix may have of its own.
var mixable = append([]string{"request", "url", "url-query", "header", "cookie", "user-agent", "chunked"}, bodyKeys...)

// named are the repeatable flags that give headers: one replaces another of the same name, and only that.
var named = []string{"header", "proxy-header"}

// standsFor says of a flag which others, from below, it stands in the place of.
var standsFor = map[string][]string{"rate": {"stages"}, "stages": {"rate", "duration"}}

// aliases are second names of flags. They are no keys.
var aliases = map[string]string{"q": "rate"}

// foreign are words that other tools and libraries have for a key, too far from it to be guessed.
var foreign = map[string]string{"method": "request", "headers": "header", "body": "data", "payload": "data", "timeout": "max-time",
	"connections": "concurrency", "threads": "concurrency", "users": "concurrency", "vus": "concurrency", "qps": "rate", "rps": "rate",
	"auth": "user", "file": "upload-file", "verify": "cacert", "cookies": "cookie", "params": "url-query", "query": "url-query",
	"out": "output", "scenario": "scenarios", "target": "url", "thresholds": "threshold", "time": "duration", "iterations": "requests"}

// notInFiles are the flags that a plan file has no place for, and why.
var notInFiles = map[string]string{
	"version":  "asks what this program is; a plan says what it does",
	"dry-run":  "says what is done with a plan, and stands on the command line",
	"once":     "says what is done with a plan, and stands on the command line",
	"silent":   "is a matter of who watches, and stands on the command line",
	"verbose":  "is a matter of who watches, and stands on the command line",
	"progress": "is a matter of who watches, and stands on the command line",
	"config":   "names another file of flags; this file has their keys itself",
	"scenario": "picks from this file, and stands on the command line",
	"next":     "parts two requests of a line; in a plan file they are scenarios",
}

// unfit says why a name is no key although it is a flag, and what to do instead; "" when it is a key, or unknown.
func (p *planFile) unfit(name string) (why, try string) {
	if why := notInFiles[name]; why != "" {
		return why, "shotput run --" + name + " " + quote(p.name)
	}
	if long := aliases[name]; long != "" {
		return "is another name of a flag; keys are long names", long + ":"
	}
	for i := range p.rows {
		r := &p.rows[i]
		switch {
		case r.short == name && r.long != name:
			return "is the letter of a flag; keys are long names", r.long + ":"
		case r.long == name && slices.ContainsFunc((&request{}).ignoredRows(), func(i row) bool { return i.long == name }):
			return "is accepted from curl's command lines and changes nothing", "the plan without it"
		}
	}
	return "", ""
}

// vocabulary is every flag that is a key.
func (p *planFile) vocabulary() map[string]*row {
	all := map[string]*row{}
	for i := range p.rows {
		if why, _ := p.unfit(p.rows[i].long); why == "" {
			all[p.rows[i].long] = &p.rows[i]
		}
	}
	return all
}

// over lays entries over others: a flag that is given above is not taken from below. Bodies are replaced whole,
// headers by name.
func over(below, above []entry) []entry {
	kept := slices.DeleteFunc(slices.Clone(below), func(b entry) bool {
		return slices.ContainsFunc(above, func(a entry) bool { return replaces(a, b) })
	})
	return append(kept, above...)
}

func replaces(a, b entry) bool {
	if a.flag == b.flag && slices.Contains(named, a.flag) {
		return slices.ContainsFunc(headerNames(a.value), func(name string) bool { return slices.Contains(headerNames(b.value), name) })
	}
	bodies := slices.Contains(bodyKeys, a.flag) && slices.Contains(bodyKeys, b.flag)
	return a.flag == b.flag || bodies || slices.Contains(standsFor[a.flag], b.flag)
}

// headerNames are the headers that one value of -H gives, in lower case. What cannot be read gives none: it is a
// fault elsewhere.
func headerNames(value string) (names []string) {
	lines := []string{value}
	if path, ok := strings.CutPrefix(value, "@"); ok && !(&source{}).once(path) {
		text, _ := os.ReadFile(path)
		lines = strings.Split(string(text), "\n")
	}
	for _, line := range lines {
		if h, err := parseHeader(line); err == nil {
			names = append(names, strings.ToLower(h.Name))
		}
	}
	return names
}

// pathKeys are the flags whose values name files, and how: a relative path in a plan file is relative to the file.
var pathKeys = map[string]func(value string, from func(string) string) string{
	"header": afterAt, "data": afterAt, "data-binary": afterAt, "json": afterAt, "proxy-header": afterAt, "oauth2-bearer": afterAt,
	"oauth2-client-secret": afterAt, "upload-file": wholePath, "body-lines": wholePath, "body-dir": wholePath, "cacert": wholePath,
	"cert": wholePath, "key": wholePath, "output": wholePath, "samples": wholePath, "unix-socket": wholePath, "netrc-file": wholePath, "keys-file": wholePath,
	"csv": wholePath, "prom-file": wholePath, "jsonl": wholePath, "size": sizesPath, "data-urlencode": encodedPath, "url-query": encodedPath, "form": formPath,
}

// from gives a path in the file as one from the current folder.
func (p *planFile) from(path string) string {
	if path == "" || path == "-" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(p.dir, path)
}

func wholePath(v string, from func(string) string) string { return from(v) }

// afterAt is @FILE.
func afterAt(v string, from func(string) string) string {
	if path, ok := strings.CutPrefix(v, "@"); ok {
		return "@" + from(path)
	}
	return v
}

// sizesPath is file:FILE.
func sizesPath(v string, from func(string) string) string {
	if path, ok := strings.CutPrefix(v, "file:"); ok {
		return "file:" + from(path)
	}
	return v
}

// encodedPath is @FILE or NAME@FILE; with a = before it an @ is text, and behind a + all is.
func encodedPath(v string, from func(string) string) string {
	at := strings.IndexAny(maskActions(v), "@=")
	if at < 0 || v[at] == '=' || strings.HasPrefix(v, "+") {
		return v
	}
	return v[:at+1] + from(v[at+1:])
}

// formFile finds the files of a form's part: NAME=@FILE, NAME=<FILE and ;headers=@FILE, perhaps in quotes.
var formFile = regexp.MustCompile(`((?:^[^=]*|;\s*headers)=[@<]\s*)("(?:[^"\\]|\\.)*"|[^;,]*)`)

func formPath(v string, from func(string) string) string {
	var b strings.Builder
	end := 0
	for _, m := range formFile.FindAllStringSubmatchIndex(maskActions(v), -1) {
		path := v[m[4]:m[5]]
		if strings.HasPrefix(path, `"`) {
			path = `"` + from(path[1:len(path)-1]) + `"`
		} else {
			path = from(path)
		}
		b.WriteString(v[end:m[3]] + path)
		end = m[5]
	}
	return b.String() + v[end:]
}

// outputNamed puts the name of a scenario into an output that several share: run.json is run-NAME.json.
func outputNamed(path, scenario string) string {
	if path == "-" || special(path) {
		return path
	}
	ext := extension(path)
	return fmt.Sprintf("%s-%s%s", strings.TrimSuffix(path, ext), scenario, ext)
}

// extension is the end of a file's name by which its form is known.
func extension(path string) string {
	if strings.HasSuffix(path, samplesEnd) {
		return samplesEnd
	}
	return filepath.Ext(path)
}
