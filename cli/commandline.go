package cli

import (
	"errors"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"shotput/loadgen/secret"

	"shotput/loadgen"
)

// A commandLine is what a person typed, flag by flag and in order, so that an error can show the same line
// mended. It is filled while flags are parsed; what cannot be read is gathered in faults, so that all of them
// are told at once.
type commandLine struct {
	verb   string // "" when firing
	rows   []row
	words  []word
	faults []Hint                          // what is wrong, without what to try
	mends  []func(commandLine) commandLine // and how the line would be right
}

// A row is one flag: how it is written, explained and read.
type row struct {
	long, short string
	arg         string // what its value is called; "" for a switch
	group       string // of the help; "" keeps it out
	help        string
	field       string // loadgen.Fault's name for it, where that is not long
	eg          string // a value that works
	set         func(string) error
}

// A word is one flag with its value, or, without a flag, an operand.
type word struct{ flag, value string }

// row finds the flag by its long name, or by the name that a loadgen.Fault has for it.
func (l *commandLine) row(name string) *row {
	hyphened := strings.NewReplacer("_", "-", " ", "-").Replace(name)
	for i := range l.rows {
		if r := &l.rows[i]; r.long == hyphened || r.field == hyphened && r.field != "" {
			return &l.rows[i]
		}
	}
	return nil
}

// took notes one flag as it is parsed and reads its value. It never fails: see faults.
func (l *commandLine) took(r *row, value string) {
	if c := clashOf(r.long, value); c != nil {
		l.fault(Hint{Error: r.name() + " " + shown(r.long, value) + ": " + c.why(value), about: about{r.long, value, c.why(value)}},
			func(l commandLine) commandLine { return c.mend(l, value) })
		return
	}
	l.words = append(l.words, word{r.long, value})
	if err := r.set(value); err != nil {
		l.fault(Hint{Error: r.name() + " " + shown(r.long, value) + ": " + err.Error(), about: about{r.long, value, err.Error()}}, r.mend(err))
	}
}

// fault notes what is wrong and how the line would be right.
func (l *commandLine) fault(h Hint, mend func(commandLine) commandLine) {
	l.faults = append(l.faults, h)
	l.mends = append(l.mends, mend)
}

// mend puts a value that works in the place of the one given; a second body it leaves out.
func (r *row) mend(err error) func(commandLine) commandLine {
	value := r.eg
	if meant := meantBy(err); meant != "" {
		value = meant
	}
	if f, ok := err.(ruleFault); ok {
		return f.mend(r)
	}
	return func(l commandLine) commandLine {
		if errors.Is(err, errTwoBodies) {
			return l.withoutLast(r.long)
		}
		return l.with(r.long, value)
	}
}

// refused is every fault, and below the last the whole line with all of them mended; nil when there is none.
func (l *commandLine) refused() error {
	if len(l.faults) == 0 {
		return nil
	}
	mended := *l
	for _, mend := range l.mends {
		mended = mend(mended)
	}
	l.faults[len(l.faults)-1].Try = mended.String()
	return usage(l.faults...)
}

// with gives the line with the flag set to value instead of what it last was.
func (l commandLine) with(flag, value string) commandLine {
	l.words = slices.Clone(l.words)
	for i := len(l.words) - 1; i >= 0; i-- {
		if l.words[i].flag == flag {
			l.words[i].value = value
			return l
		}
	}
	l.words = slices.Insert(l.words, 0, word{flag, value})
	return l
}

// without gives the line without the flag. A switch, which may be on in a plan file, is switched off there.
func (l commandLine) without(flags ...string) commandLine {
	if r := l.row(flags[0]); l.verb == verbRun && len(flags) == 1 && r != nil && r.arg == "" {
		return l.with(r.long, "false")
	}
	l.words = slices.DeleteFunc(slices.Clone(l.words), func(w word) bool { return w.flag != "" && slices.Contains(flags, w.flag) })
	return l
}

// withoutLast gives the line without the flag's last occurrence.
func (l commandLine) withoutLast(flag string) commandLine {
	for i := len(l.words) - 1; i >= 0; i-- {
		if l.words[i].flag == flag {
			l.words = slices.Delete(slices.Clone(l.words), i, i+1)
			return l
		}
	}
	return l
}

// aimedAt gives the line with another URL.
func (l commandLine) aimedAt(url string) commandLine {
	if l.verb == verbRun {
		return l.with("url", url) // the operand there is the plan file
	}
	l = l.without("url")
	l.words = slices.DeleteFunc(l.words, func(w word) bool { return w.flag == "" })
	l.words = append(l.words, word{"", url})
	return l
}

// String writes the line for a shell, with a variable in the place of each secret.
func (l commandLine) String() string {
	parts := []string{"shotput"}
	if l.verb != "" {
		parts = append(parts, l.verb)
	}
	for _, w := range l.words {
		r := l.row(w.flag)
		switch {
		case w.flag == "":
			parts = append(parts, veiled("url", w.value))
		case r.arg != "":
			parts = append(parts, r.name(), veiled(w.flag, w.value))
		case w.value == "false":
			parts = append(parts, "--"+r.long+"=false")
		default:
			parts = append(parts, r.name())
		}
	}
	return strings.Join(parts, " ")
}

// name is the flag as a person writes it: short where there is a short form.
func (r *row) name() string {
	if r.short != "" {
		return "-" + r.short
	}
	return "--" + r.long
}

// shown quotes a value for an error: secrets hidden, long ones cut.
func shown(flag, value string) string {
	const longest = 60
	value = hidden(flag, value)
	if utf8.RuneCountInString(value) > longest {
		value = string([]rune(value)[:longest]) + "…"
	}
	return `"` + printable(value) + `"`
}

// printable shows control bytes as what they are written like in Go, so that no value can play with a terminal.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return '·'
		}
		return r
	}, s)
}

// hidden gives a flag's value without its secret. A URL may have got behind any flag.
func hidden(flag, value string) string {
	switch flag {
	case "user", "proxy-user":
		return "…"
	case "oauth2-bearer", "oauth2-client-secret":
		if !elsewhere(value) {
			return "…"
		}
	case "cookie":
		if strings.Contains(value, "=") && !strings.HasPrefix(value, "{") {
			return "…"
		}
	case "header", "proxy-header":
		name, rest, found := strings.Cut(value, ":")
		if !found {
			if i := strings.IndexAny(value, " ="); i >= 0 {
				name, rest, found = value[:i], value[i+1:], true
			}
		}
		switch rest = strings.TrimSpace(rest); {
		case found && isSecret(strings.TrimSpace(name)) && rest != "":
			return name + " …"
		case strings.Contains(rest, "://"):
			return strings.Replace(value, rest, shownURL(rest), 1)
		}
	case "url-query", "data", "data-raw", "data-binary", "data-urlencode", "json", "form", "form-string":
		if givesSecret(value) {
			return "…"
		}
		return value
	}
	if slices.Contains([]string{"url", "proxy", "prom-push", "otlp"}, flag) || strings.Contains(value, "://") {
		return shownURL(value)
	}
	return value
}

// veiled gives a flag's value as a word for a shell, with a variable where there is a secret.
func veiled(flag, value string) string {
	if hidden(flag, value) == value {
		return quote(value)
	}
	if name, _, found := strings.Cut(value, ":"); (flag == "header" || flag == "proxy-header") && found {
		return quote(name+": ") + variable(name)
	}
	return variable(flag)
}

// variable names the shell variable that a person would keep a secret in.
func variable(name string) string {
	clean := strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return '_'
	}, strings.ToUpper(name))
	return `"$SHOTPUT_` + clean + `"`
}

// quote writes s as one word of a POSIX shell.
func quote(s string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_./:@%+=,", r)
	}
	braces := !strings.Contains(s, ",") && !strings.Contains(s, "..") // then a shell expands none
	if s != "" && strings.IndexFunc(s, func(r rune) bool { return !plain(r) && !(braces && (r == '{' || r == '}')) }) < 0 {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// shownURL is the URL with userinfo and secret query values redacted, as the saved run has it.
func shownURL(s string) string {
	return loadgen.Plan{Request: loadgen.RequestSpec{URL: s}}.Record().URL
}

// isSecret says whether loadgen would keep the value of a header called name out of a saved run. There is one
// opinion on what is a secret, and it is loadgen's.
func isSecret(name string) bool { return secret.Named(name) }

// given finds names that are given a value in a query, a form or JSON: name=, "name": and, among the headers of a part,
// name:. A value that is a file's is none.
var given = regexp.MustCompile(`([\w.%-]+)"?\s*[=:]\s*"?[^@<\s"]`)

// givesSecret says whether a body or a query, as it was typed, has a secret in it.
func givesSecret(value string) bool {
	return slices.ContainsFunc(given.FindAllStringSubmatch(value, -1), func(found []string) bool { return isSecret(found[1]) })
}
