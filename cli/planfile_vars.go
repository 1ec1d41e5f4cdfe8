package cli

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"
)

// variableName is what may stand between ${ and }.
var variableName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// filled gives the text of a scalar with ${VAR} and ${VAR:-default} from the environment, and $$ as a dollar. Any
// other dollar is itself. It works on values that YAML has been read to already: what a variable holds can never
// become a key, a list or a number.
func (p *planFile) filled(v *node) (text string, secret, ok bool) {
	f := &filling{env: p.env}
	text = f.fill(v.text)
	if f.why != "" {
		p.fault(p.within(v, f.token), f.why, f.try)
		return "", false, false
	}
	return text, f.secret, true
}

// A filling is one text on its way. why is its first fault.
type filling struct {
	env             func(string) (string, bool)
	secret          bool
	why, try, token string
}

func (f *filling) fill(s string) string {
	var b strings.Builder
	for {
		at := strings.IndexByte(s, '$')
		if at < 0 || at == len(s)-1 {
			b.WriteString(s)
			return b.String()
		}
		b.WriteString(s[:at])
		switch s = s[at+1:]; s[0] {
		case '$':
			b.WriteByte('$')
			s = s[1:]
		case '{':
			end := closing(s)
			if end < 0 {
				f.fault("${"+s[1:], "${ begins a variable that no } ends; a dollar itself is $$", "$${")
				return ""
			}
			b.WriteString(f.variable(s[1:end]))
			s = s[end+1:]
		default:
			b.WriteByte('$')
		}
	}
}

// closing is where the brace that opens s is closed, so that a default may hold {{seq}}; -1 when it is not.
func closing(s string) int {
	depth := 0
	for i := range len(s) {
		switch s[i] {
		case '{':
			depth++
		case '}':
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return -1
}

// variable is what stands in place of ${inner}. As in a shell, the default is for a variable that is unset or empty.
func (f *filling) variable(inner string) string {
	name, byDefault, defaulted := strings.Cut(inner, ":-")
	if !variableName.MatchString(name) {
		f.fault("${"+inner, "what stands in ${ } is no name of a variable; write ${NAME} or ${NAME:-default}", "$${  (to send it as it stands)")
		return ""
	}
	value, set := "", false
	if f.env != nil {
		value, set = f.env(name)
	}
	switch {
	case defaulted && (!set || value == ""):
		return f.fill(byDefault)
	case !set:
		f.fault("${"+inner, fmt.Sprintf("the variable %s is not set", name), "export "+name+"=…  (or ${"+name+":-default})")
		return ""
	}
	f.secret = f.secret || isSecret(name)
	return value
}

func (f *filling) fault(token, why, try string) {
	if f.why == "" {
		f.token, f.why, f.try = token, why, try
	}
}

// within is the place of a part of a value, where it can be seen on the value's first line; else the value's.
func (p *planFile) within(v *node, part string) place {
	if at := strings.Index(p.at(v.place), part); at > 0 {
		return place{v.line, v.column + utf8.RuneCountInString(p.at(v.place)[:at])}
	}
	return v.place
}

// at is the text of the line from a place on.
func (p *planFile) at(at place) string {
	if at.line < 1 || at.line > len(p.lines) {
		return ""
	}
	line := []rune(p.lines[at.line-1])
	return string(line[min(max(0, at.column-1), len(line)):])
}
