package fault

import "strings"

// A Literal is a field of a plan that is no template, and what it says.
type Literal struct {
	Field, Value, Shown string
	Where               string // in words, where a field has several
}

// RefuseTemplates adds the fields in which somebody wrote a template, since they go out as they stand, braces and all:
// who wrote {{seq}} there meant another thing. Two braces that are not closed are none.
func (l *List) RefuseTemplates(all ...Literal) {
	for _, one := range all {
		_, after, opened := strings.Cut(one.Value, "{{")
		if opened && strings.Contains(after, "}}") {
			l.Add(Unfit.In(one.Field, one.Shown, "is no template%s: {{…}} is the same text in every request here",
				one.Where))
		}
	}
}
