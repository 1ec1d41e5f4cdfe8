package planfile

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"shotput/cli/line"
)

// keyed finds what looks like a key on a line: the start of what may be a secret.
var keyed = regexp.MustCompile(`["']?([A-Za-z][\w-]*)["']?\s*:(\s+|$)`)

// inURL finds userinfo.
var inURL = regexp.MustCompile(`://[^/?#\s"']*@`)

// showLine is a line of the file without its secrets. It is read as text, for it may be no YAML. A secret that the
// line has by name of a variable is not in it.
func (p *page) showLine(number int) string {
	line := p.lines[number-1]
	for _, m := range keyed.FindAllStringSubmatchIndex(line, -1) {
		name, rest := line[m[2]:m[3]], line[m[1]:]
		if rest != "" && p.keys.hide(name, strings.Trim(rest, `"' `)) && !variablesOnly.MatchString(rest) {
			return inURL.ReplaceAllString(line[:m[1]], "://…@") + "…"
		}
	}
	content := strings.TrimLeft(line, " -")
	if p.belongsToSecret(number, strings.Trim(content, `"'`)) && !variablesOnly.MatchString(content) {
		return line[:len(line)-len(content)] + "…"
	}
	return inURL.ReplaceAllString(line, "://…@")
}

// openKey is a line that ends with a key, whose value is on the lines below it.
var openKey = regexp.MustCompile(`^\s*(?:- +)*["']?([A-Za-z][\w-]*)["']?\s*:\s*(?:[|>].*|#.*)?$`)

// belongsToSecret says whether content, the line of that number, is within the value of a key above it that is a
// secret.
func (p *page) belongsToSecret(number int, content string) bool {
	depth := indentation(p.lines[number-1])
	for i := number - 2; i >= 0 && content != "" && depth >= 0; i-- {
		above := p.lines[i]
		in := indentation(above)
		beside := in == depth && !strings.HasPrefix(p.lines[number-1][in:], "-")
		if strings.TrimSpace(above) == "" || in > depth || beside {
			continue
		} else if m := openKey.FindStringSubmatch(above); m != nil && p.keys.hide(m[1], content) {
			return true
		} else {
			depth = in - 1
		}
	}
	return false
}

func indentation(line string) int { return len(line) - len(strings.TrimLeft(line, " ")) }

// variablesOnly is a value that is variables and nothing else.
var variablesOnly = regexp.MustCompile(`^\s*["']?(\w+ |\w+: )?(\$\{\w+\}:?)+["']?\s*$`)

// hide says whether the value of a key is a secret. A key that is none is taken for the flag that it is near to.
func (v vocabulary) hide(name, value string) bool {
	longs := v.names()
	if !slices.Contains(longs, name) && name != keyName && name != keyMix {
		if line.IsSecret(name) {
			return true
		}
		name = cmp.Or(v.translate(name), line.Nearest(name, longs))
	}
	r := v.row(name)
	if r == nil {
		return line.HidesUserinfo(value)
	}
	secretPairs := r.Pairs && r.Hides("some=secret")
	return r.Hides(value) || secretPairs && strings.ContainsAny(value, "[{:=")
}
