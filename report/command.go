package report

import "shotput/report/grid"

// command prints a command line so that it can be copied: it is continued where a shell lets it be, and a word that is
// longer than a line stays whole, since cut it would be another.
func (t *text) command(c string) {
	indent, more := "   ", "     "
	lines := breakCommand(c, mostWidth-grid.Columns(more+` \`))
	for i, l := range lines {
		if i > 0 {
			indent = more
		}
		if i < len(lines)-1 {
			l += ` \`
		}
		t.line(indent + l)
	}
}

// breakCommand breaks a command line into lines of width columns at blanks that are not quoted.
func breakCommand(c string, width int) (lines []string) {
	line := ""
	for _, word := range shellWords(c) {
		switch {
		case line == "":
			line = word
		case grid.Columns(line)+1+grid.Columns(word) <= width:
			line += " " + word
		default:
			lines, line = append(lines, line), word
		}
	}
	return append(lines, line)
}

// shellWords parts a command line at single blanks between words as a shell sees them: joined by blanks they are the
// line again.
func shellWords(c string) (all []string) {
	var quote, before rune
	start, escaped, literal := 0, false, false
	for i, r := range c {
		switch {
		case escaped:
			escaped = false
		case r == '\\' && !literal:
			escaped = true
		case quote != 0:
			if r == quote {
				quote, literal = 0, false
			}
		case r == '\'' || r == '"':
			quote, literal = r, r == '\'' && before != '$'
		case r == ' ':
			all, start = append(all, c[start:i]), i+1
		}
		before = r
	}
	return append(all, c[start:])
}
