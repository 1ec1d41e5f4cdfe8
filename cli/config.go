package cli

import (
	"errors"
	"fmt"
	"strings"
)

// A configured is one flag of a file of flags, as written there.
type configured struct {
	line  int
	name  string // without dashes; a letter and perhaps its value where short
	short bool
	value string
	given bool // a value stands there
}

// readConfig reads curl's syntax: one flag on each line, with its dashes or without, and its value behind spaces, =
// or :. A value in double quotes may hold anything; one without ends at the first space. # begins a line that says
// nothing.
func readConfig(text string) (all []configured, err error) {
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.ContainsAny(line[:1], "#/*") { // as curl has it
			continue
		}
		c, err := readConfigLine(line)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", i+1, err)
		}
		c.line = i + 1
		all = append(all, c)
	}
	return all, nil
}

func readConfigLine(line string) (c configured, err error) {
	ends := " \t=:"
	if strings.HasPrefix(line, "-") {
		ends = " \t"
	}
	end := strings.IndexAny(line, ends)
	if end < 0 {
		end = len(line)
	}
	c.name = line[:end]
	c.short = strings.HasPrefix(c.name, "-") && !strings.HasPrefix(c.name, "--")
	c.name = strings.TrimLeft(c.name, "-")
	if rest := strings.TrimLeft(line[end:], ends); rest != "" {
		c.value, err = configValue(rest)
		c.given = c.value != "" || strings.HasPrefix(rest, `"`)
	}
	if c.name == "" {
		err = errors.New("it names no flag")
	}
	return c, err
}

// escapes are what follows a backslash within quotes. Any other letter there stands for itself.
var escapes = map[byte]byte{'t': '\t', 'n': '\n', 'r': '\r', 'v': '\v'}

func configValue(s string) (string, error) {
	if s[0] != '"' {
		word, rest, _ := strings.Cut(strings.ReplaceAll(s, "\t", " "), " ")
		if rest = strings.TrimSpace(rest); rest != "" && rest[0] != '#' {
			return "", errors.New("its value has a space; put the value in double quotes")
		}
		return word, nil
	}
	var value []byte
	for i := 1; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"':
			return string(value), nil
		case c == '\\' && i+1 < len(s):
			i++
			if escaped, ok := escapes[s[i]]; ok {
				value = append(value, escaped)
			} else {
				value = append(value, s[i])
			}
		default:
			value = append(value, c)
		}
	}
	return "", errors.New("its value has no closing quote")
}

// mostConfigs bounds files of flags that name one another: deeper than that, one names itself.
const mostConfigs = 8

// config is -K: its flags take the place of the -K itself, in order.
func (r *request) config(path string) error {
	if r.configs++; r.configs > mostConfigs {
		return errors.New("files of flags name one another without end")
	}
	defer func() { r.configs-- }()
	text, err := r.in.read(path)
	if err != nil {
		return err
	}
	all, err := readConfig(string(text))
	if err != nil {
		return err
	}
	r.words = r.words[:len(r.words)-1]
	for _, c := range all {
		before := len(r.faults)
		r.configured(c)
		for i := range r.faults[before:] {
			f := &r.faults[before+i]
			f.Error = fmt.Sprintf("%s line %d: %s", printable(path), c.line, f.Error)
		}
	}
	return nil
}

// configured takes one flag of the file as if it stood on the line.
func (r *request) configured(c configured) {
	found, value := r.row(c.name), c.value
	if c.short {
		found = r.letter(c.name[:1])
		if rest := c.name[1:]; rest != "" && found != nil && found.arg == "" {
			r.configured(configured{line: c.line, name: c.name[:1], short: true})
			r.configured(configured{line: c.line, name: rest, short: true, value: c.value, given: c.given})
			return
		} else if rest != "" && !c.given {
			value, c.given = rest, true
		}
	}
	same := func(l commandLine) commandLine { return l }
	switch {
	case found == nil && c.short:
		r.fault(Hint{Error: r.unknownLetter(c.name[:1], nil).Error}, same)
	case found == nil:
		r.fault(Hint{Error: r.unknownName(c.name, nil).Error}, same)
	case found.arg == "" && c.given && value != "true" && value != "false":
		r.fault(Hint{Error: found.name() + " takes no value"}, same)
	case found.arg == "" && !c.given:
		r.took(found, "true")
	case !c.given && found.arg != "":
		r.fault(Hint{Error: found.name() + " needs a value: " + found.arg}, same)
	default:
		r.took(found, value)
	}
}

// letter finds a flag by its short form.
func (l *commandLine) letter(short string) *row {
	for i := range l.rows {
		if l.rows[i].short == short {
			return &l.rows[i]
		}
	}
	return nil
}
