package flags

import (
	"os"
	"regexp"
	"strings"

	"shotput/cli/address"
)

// What must be known of a flag's value before it is read: the files that it names, and the headers that it gives.

// headerNames are the headers that one value of -H gives, in lower case. What cannot be read gives none: it is a
// fault elsewhere.
func headerNames(value string) (names []string) {
	lines := []string{value}
	if path, ok := strings.CutPrefix(value, "@"); ok && !(&Source{}).once(path) {
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

// pathInEncoded is @FILE or NAME@FILE; with a = before it an @ is text, and behind a + all is.
func pathInEncoded(v string, from func(string) string) string {
	at := strings.IndexAny(address.Mask(v), "@=")
	if at < 0 || v[at] == '=' || strings.HasPrefix(v, "+") {
		return v
	}
	return v[:at+1] + from(v[at+1:])
}

// formFile finds the files of a form's part: NAME=@FILE, NAME=<FILE and ;headers=@FILE, perhaps in quotes.
var formFile = regexp.MustCompile(`((?:^[^=]*|;\s*headers)=[@<]\s*)("(?:[^"\\]|\\.)*"|[^;,]*)`)

func pathsOfForm(v string, from func(string) string) string {
	var b strings.Builder
	end := 0
	for _, m := range formFile.FindAllStringSubmatchIndex(address.Mask(v), -1) {
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
