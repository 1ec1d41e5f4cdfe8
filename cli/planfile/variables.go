package planfile

import (
	"fmt"
	"regexp"
	"strings"

	"shotput/cli/line"
)

// variableName is what may stand between ${ and }.
var variableName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// fill gives the text of a scalar with ${VAR} and ${VAR:-default} from the environment, and $$ as a dollar. Any
// other dollar is itself. It works on values that YAML has been read to already: what a variable holds can never
// become a key, a list or a number.
func (s *values) fill(v *node) (text string, secret, ok bool) {
	f := &filling{env: s.env}
	text = f.fill(v.text)
	if f.why != "" {
		s.Fault(s.within(v.Place, f.token), f.why, f.try)
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
		f.fault("${"+inner, "what stands in ${ } is no name of a variable; write ${NAME} or ${NAME:-default}",
			"$${  (to send it as it stands)")
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
		f.fault("${"+inner, fmt.Sprintf("the variable %s is not set", name),
			"export "+name+"=…  (or ${"+name+":-default})")
		return ""
	}
	f.secret = f.secret || line.IsSecret(name)
	return value
}

func (f *filling) fault(token, why, try string) {
	if f.why == "" {
		f.token, f.why, f.try = token, why, try
	}
}
