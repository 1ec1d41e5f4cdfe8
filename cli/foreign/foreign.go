// Package foreign recognises files of other tools by what stands in them: HAR files, Postman collections, descriptions
// of APIs, vegeta's targets, scripts of k6, test plans of JMeter, .http files and access logs. They are not read here:
// what is known of one is its name, the command by which jq or awk makes rows of it, and the flags that fire these.
package foreign

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"shotput/cli/line"
)

// Looked is how many bytes of a file are looked at.
const Looked = 1 << 20

// A File is one that was recognised.
type File struct {
	What string // such as "a HAR file"
	Note string // what is not in the rows; "" where all is
	Rows string // the command that makes them; "" where there are none to be made

	HasLines bool // each of its lines is a value of JSON: it has rows already

	IsTable bool // it is read as a table of one column, with its first line as the header

	words []line.Word // the flags that fire them
	url   string
}

// Recognise looks at the beginning of a file; nil where it is none of these.
func Recognise(path string, text []byte) *File {
	s := strings.TrimPrefix(string(text), "\ufeff")
	for _, know := range []func(path, text string) *File{har, postman, openAPI, vegetaJSON, k6, jmeter, accessLog,
		targets} {
		if f := know(path, s); f != nil {
			return f
		}
	}
	return nil
}

var (
	serverOf = regexp.MustCompile(`^https?://[^/?#{}]+`)
	ownPath  = regexp.MustCompile(`^https?://[^/]*/`)
)

// Try is one command to copy: it makes the rows, and fires them by this line, at its server if it has one.
func (f *File) Try(by line.Line) string {
	url := f.url
	for _, w := range by.Words {
		if server := serverOf.FindString(w.Value); w.Flag == "" && server != "" && f.Rows != "" {
			url = server + "/" + ownPath.ReplaceAllString(url, "")
		}
	}
	by.Words = slices.Concat(by.Words, f.words)
	fire := by.AimAt(url).String()
	if f.Rows == "" {
		return fire
	}
	return f.Rows + " && " + fire
}

// Places are the flags that a line may not have beside those of a file.
var Places = []string{"csv", "jsonl", "rows", "keys-file", "keys", "key-dist", "config", "url"}

// rowsFile is where the rows of a file go: beside whoever makes them.
func rowsFile(path, extension string) string {
	base := filepath.Base(path)
	return strings.TrimSuffix(base, filepath.Ext(base)) + ".rows" + extension
}

// origin is the first server that the expression finds in a text; the built-in target's, where it finds none.
func origin(text string, in *regexp.Regexp) string {
	if m := in.FindStringSubmatch(text); m != nil {
		return m[1]
	}
	return "http://127.0.0.1:8080"
}

// method is the first of those that write which a text has where the expression, with its name for M, says; GET where
// it has none.
func method(text, in string) string {
	for _, m := range []string{"PUT", "POST", "PATCH", "DELETE"} {
		if regexp.MustCompile(strings.ReplaceAll(in, "M", m)).MatchString(text) {
			return m
		}
	}
	return "GET"
}

// asking are the flags by which a method is asked for.
func asking(method string) []line.Word {
	if method == "PUT" {
		return nil
	}
	return []line.Word{{Flag: "request", Value: method}}
}

// requests are those of a file that a program makes rows of.
type requests struct {
	what, note string // see File
	path       string // where the file is
	make       string // of JSON rows a program for jq, else a command; the path follows it
	method     string
	server     string // to which targets are added
	typed      bool   // rows have the type of their body
}

// file is such a file; every row is asked for once.
func (r *requests) file(command, rows, target, flag string) *File {
	return &File{What: r.what, Note: r.note, url: r.server + target,
		Rows:  command + " " + line.Quote(r.path) + " > " + line.Quote(rows),
		words: append(asking(r.method), line.Word{Flag: flag, Value: rows}, line.Word{Flag: "rows", Value: "once"})}
}

// json has rows with a target, a body and, perhaps, its type.
func (r requests) json() *File {
	f := r.file("jq -c "+line.Quote(r.make), rowsFile(r.path, ".jsonl"), "/{{json .target | raw}}", "jsonl")
	if r.typed {
		f.words = append(f.words, line.Word{Flag: "header", Value: "Content-Type: {{json .type}}"})
	}
	f.words = append(f.words, line.Word{Flag: "data-raw", Value: "{{json .body}}"})
	return f
}

// csv has rows that have a target alone.
func (r requests) csv() *File {
	return r.file(r.make, rowsFile(r.path, ".csv"), `/{{csv "target" | raw}}`, "csv")
}

// awk is a program that prints targets, t, as a table of one column.
func awk(separator, program string) string {
	return "awk " + separator + line.Quote(`function put(t) { gsub(/"/, "\"\"", t); print "\"" t "\"" } `+
		`BEGIN { print "target" } `+program)
}
