package foreign

import (
	"encoding/json"
	"path/filepath"
	"regexp"
	"strings"

	"shotput/cli/line"
)

const targetsAlone = "the rows have no bodies and no headers; give them with -d and -H"

var (
	inHAR  = regexp.MustCompile(`^\s*\{\s*"log"\s*:\s*\{`)
	urlOf  = `"method"\s*:\s*"M"\s*,\s*"url"\s*:\s*"(https?://[^/"?]+)`
	anyURL = regexp.MustCompile(`"url"\s*:\s*"(https?://[^/"?]+)`)
)

const methodInJSON = `"method"\s*:\s*"M"`

// har has the requests of one method to one server: a page asks many.
func har(path, text string) *File {
	if !inHAR.MatchString(text) || !strings.Contains(text, `"entries"`) {
		return nil
	}
	m := method(text, methodInJSON)
	server := origin(text, anyURL)
	if own := regexp.MustCompile(strings.ReplaceAll(urlOf, "M", m)).FindStringSubmatch(text); own != nil {
		server = own[1]
	}
	program := `.log.entries[].request | select(.method == "` + m + `" and (.url | startswith("` + server + `/"))) | ` +
		`{target: (.url | ltrimstr("` + server + `/")), type: (.postData.mimeType // "application/octet-stream"), ` +
		`body: (.postData.text // "")}`
	return requests{what: "a HAR file, of a browser or proxy", path: path, make: program, method: m, server: server,
		typed: true}.json()
}

var (
	inPostman   = regexp.MustCompile(`"_postman_id"|schema\.getpostman\.com`)
	postmanURLs = regexp.MustCompile(`"(?:raw|value|url)"\s*:\s*"(https?://[^/"?]+)`)
)

func postman(path, text string) *File {
	if !strings.HasPrefix(strings.TrimSpace(text), "{") || !inPostman.MatchString(text) {
		return nil
	}
	m := method(text, methodInJSON)
	program := `.. | .request? | objects | select(.method == "` + m + `") | ` +
		`{target: (.url | if type == "object" then .raw else . end | ` +
		`sub("^(https?://)?[^/]*/?"; "") | gsub("\\{\\{[^}]*\\}\\}"; "1")), ` +
		`body: (.body.raw // "")}`
	const note = "variables such as {{id}} become 1 in URLs, and stay as they are in bodies; headers are given with -H"
	return requests{what: "a Postman collection", note: note, path: path, make: program, method: m,
		server: origin(text, postmanURLs)}.json()
}

var (
	inOpenAPIJSON = regexp.MustCompile(`^\s*\{[\s\S]*"(openapi|swagger)"\s*:\s*"\d`)
	inOpenAPIYAML = regexp.MustCompile(`(?m)^(openapi|swagger):\s*["']?\d`)
	pathsInYAML   = regexp.MustCompile(`(?m)^paths:`)
	serverOfAPI   = regexp.MustCompile(`["']?servers["']?\s*:[\s\S]{0,400}?url["']?\s*:\s*["']?(https?://[^"'\s{]+[^"'\s{/])`)
)

// openAPI has a path for each operation, in which what is in braces is 1.
func openAPI(path, text string) *File {
	const note = "what stands in {braces} in a path becomes 1; bodies and headers are given with -d and -H"
	api := requests{what: "an OpenAPI description", note: note, path: path, server: origin(text, serverOfAPI)}
	switch {
	case inOpenAPIJSON.MatchString(text) && strings.Contains(text, `"paths"`):
		m := method(text, `(?i)"M"\s*:\s*\{`)
		program := `"target", (.paths | to_entries[] | select(.value.` + strings.ToLower(m) + `) | ` +
			`.key | ltrimstr("/") | gsub("\\{[^}]*\\}"; "1") | @json)`
		api.make, api.method = "jq -r "+line.Quote(program), m
		return api.csv()
	case inOpenAPIYAML.MatchString(text) && pathsInYAML.MatchString(text):
		m := method(text, `(?mi)^ +M:`)
		program := `/^ +["']?\/.*:/ { p = $1; gsub(/^["']?\/|["']?:$/, "", p); gsub(/\{[^}]*\}/, "1", p) } ` +
			`/^ +` + strings.ToLower(m) + `:/ { put(p) }`
		api.make, api.method = awk("", program), m
		return api.csv()
	}
	return nil
}

func vegetaJSON(path, text string) *File {
	first, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	var target struct{ Method, URL string }
	if json.Unmarshal([]byte(first), &target) != nil || target.Method == "" || !strings.Contains(target.URL, "://") {
		return nil
	}
	m := method(text, methodInJSON)
	program := `select(.method == "` + m + `") | {target: (.url | sub("^https?://[^/]*/?"; "")), ` +
		`body: ((.body // "") | @base64d)}`
	f := requests{what: "a file of vegeta's targets (JSON)", note: "headers are given with -H", path: path,
		make: program, method: m, server: origin(text, anyURL)}.json()
	f.HasLines = true
	return f
}

var (
	ofK6       = regexp.MustCompile(`from\s+['"]k6(/http)?['"]|require\(['"]k6(/http)?['"]\)`)
	urlInK6    = regexp.MustCompile("http\\.put\\(\\s*['\"`](https?://[^'\"`$]+)")
	anyInK6    = regexp.MustCompile("['\"`](https?://[^'\"`$]+)")
	usersInK6  = regexp.MustCompile(`\bvus:\s*(\d+)`)
	lengthInK6 = regexp.MustCompile(`\bduration:\s*['"](\d+(?:\.\d+)?(?:ms|s|m|h))['"]`)
)

// k6 has a program, of which no rows can be made; what its options say can be said.
func k6(_, text string) *File {
	if !ofK6.MatchString(text) {
		return nil
	}
	f := &File{What: "a script of k6",
		Note: "a program is not run here; docs/coming-from.md says what its options are as flags",
		url:  "http://127.0.0.1:8080/objects/{{seq}}"}
	for _, find := range []*regexp.Regexp{anyInK6, urlInK6} {
		if m := find.FindStringSubmatch(text); m != nil {
			f.url = m[1]
		}
	}
	for _, o := range []struct {
		flag string
		find *regexp.Regexp
	}{{"concurrency", usersInK6}, {"duration", lengthInK6}} {
		if m := o.find.FindStringSubmatch(text); m != nil {
			f.words = append(f.words, line.Word{Flag: o.flag, Value: m[1]})
		}
	}
	return f
}

var (
	domainInJMeter   = regexp.MustCompile(`HTTPSampler\.domain">([\w.-]+)<`)
	portInJMeter     = regexp.MustCompile(`HTTPSampler\.port">(\d+)<`)
	protocolInJMeter = regexp.MustCompile(`HTTPSampler\.protocol">(https?)<`)
)

func jmeter(path, text string) *File {
	if !strings.Contains(text, "<jmeterTestPlan") {
		return nil
	}
	m := method(text, `HTTPSampler\.method">M<`)
	server := "http://127.0.0.1:8080"
	if d := domainInJMeter.FindStringSubmatch(text); d != nil {
		server = "http://" + d[1]
		if p := protocolInJMeter.FindStringSubmatch(text); p != nil {
			server = p[1] + "://" + d[1]
		}
		if p := portInJMeter.FindStringSubmatch(text); p != nil {
			server += ":" + p[1]
		}
	}
	program := `/HTTPSampler.path"/ { p = $3; sub(/^\//, "", p); gsub(/&amp;/, "\\&", p); gsub(/\$\{[^}]*\}/, "1", p) } ` +
		`/HTTPSampler.method"/ && $3 == "` + m + `" { put(p) }`
	return requests{what: "a test plan of JMeter", note: "${variables} become 1; " + targetsAlone, path: path,
		make: awk("-F'[<>]' ", program), method: m, server: server}.csv()
}

var inAccessLog = regexp.MustCompile(`^\S+ \S+ .*\[[^\]]+\] "[A-Z]+ \S+ HTTP/[\d.]+" \d{3} `)

func accessLog(path, text string) *File {
	first, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	if !inAccessLog.MatchString(first) {
		return nil
	}
	m := method(text, `"M /`)
	program := `{ split($2, r, " ") } r[1] == "` + m + `" { put(substr(r[2], 2)) }`
	return requests{what: "an access log", note: targetsAlone, path: path, make: awk(`-F'"' `, program), method: m,
		server: "http://127.0.0.1:8080"}.csv()
}

var (
	requestLine = regexp.MustCompile(`(?m)^(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) +` +
		`(https?://\S+|\{\{\S+)( HTTP/[\d.]+)?\r?$`)
	remark     = regexp.MustCompile(`^(#|//|@\w+ *=|\r?$)`)
	ofHTTPFile = regexp.MustCompile(`(?m)^###|^@\w+ *=| HTTP/[\d.]+\r?$`)
	anyServer  = regexp.MustCompile(`(https?://[^/\s"'?]+)`)
)

// targets are vegeta's, or an .http file of an editor: both begin with a request's line.
func targets(path, text string) *File {
	for l := range strings.Lines(text) {
		if l = strings.TrimRight(l, "\r\n"); remark.MatchString(l) {
			continue
		}
		if !requestLine.MatchString(l) {
			return nil
		}
		break
	}
	if !requestLine.MatchString(text) {
		return nil
	}
	what, extension := "a file of vegeta's targets", strings.ToLower(filepath.Ext(path))
	if extension == ".http" || extension == ".rest" || ofHTTPFile.MatchString(text) {
		what = "an .http file, of an editor"
	}
	m := method(text, `(?m)^M `)
	program := `$1 == "` + m + `" { t = $2; sub(/^(https?:\/\/[^\/]*|\{\{[^}]*\}\})\/?/, "", t); put(t) }`
	f := requests{what: what, note: targetsAlone, path: path, make: awk("", program), method: m,
		server: origin(text, anyServer)}.csv()
	f.IsTable = true
	return f
}
