package cli

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// A pasting turns a command of curl's into one of ours. Its letters have curl's meaning: -r is a range, -z a condition.
type pasting struct {
	flags   map[string]*curlFlag
	rows    *commandLine
	in      *source
	out     []string // our flags
	dropped []string // curl's that change nothing, as written
	body    []posted // the flags that give the body
	way     string   // the method, where -I says it
	method  bool     // -X says it
	get     bool     // -G: the body goes into the query
	ranged  bool     // -r
	configs int
}

// pastedCurl is shotput curl: the command in one argument, which our flags may follow, or in all of them.
func pastedCurl(s *Stdio, args []string) (line []string, said []Hint, err error) {
	r := newRequest()
	p := &pasting{rows: &r.commandLine, in: &source{stdin: s.In}}
	p.flags = curlFlags(p.rows)
	words, ours, rest := args, []string(nil), ""
	if len(args) > 0 && strings.ContainsAny(args[0], " \t\n") {
		shell := shellWords{text: strings.TrimPrefix(strings.TrimSpace(args[0]), "$ "), env: s.Env}
		if s.Env == nil {
			shell.env = r.env
		}
		err = shell.split()
		words, ours, rest = shell.words, args[1:], shell.rest
	}
	if len(words) > 0 && (words[0] == "curl" || strings.HasSuffix(words[0], "/curl") || words[0] == "curl.exe") {
		words = words[1:]
	}
	if err == nil && len(words) == 0 {
		err = errors.New("there is no command; paste one in quotes")
	}
	if err == nil {
		err = p.readAll(words)
	}
	if err != nil {
		return nil, nil, usage(Hint{Error: "read the curl command: " + err.Error(), Try: "shotput curl 'curl -X PUT -d text " + exampleURL + "'"})
	}
	if rest != "" {
		p.dropped = append(p.dropped, rest)
	}
	return append(p.finish(), ours...), p.said(), nil
}

// readAll reads the command, and refuses what cannot be said otherwise.
func (p *pasting) readAll(words []string) error {
	if err := p.read(words); err != nil {
		return err
	}
	if p.ranged && !p.get && len(p.body) > 0 { // curl makes a Content-Range of it
		return errors.New("-r with a body: an upload is always whole; for a part give -H 'Content-Range: …' and the part's bytes")
	}
	if !p.get {
		return nil
	}
	for _, b := range p.body {
		if asFile := strings.HasPrefix(b.value, "@"); asFile && b.flag != "data-raw" && b.flag != "data-urlencode" || kind(b.flag) != "data" {
			return fmt.Errorf("-G with %s: a file is not put into the query here", p.rows.row(b.flag).name())
		}
	}
	return nil
}

// read goes through curl's words in order.
func (p *pasting) read(words []string) error {
	for len(words) > 0 {
		word := words[0]
		words = words[1:]
		var err error
		switch {
		case word == "--" || word == "":
		case strings.HasPrefix(word, "--"):
			words, err = p.long(word, words)
		case strings.HasPrefix(word, "-") && word != "-":
			words, err = p.letters(word[1:], words)
		default:
			p.out = append(p.out, word)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// long reads --NAME. A name that curl has not may be one of ours: none of those clash.
func (p *pasting) long(word string, rest []string) ([]string, error) {
	f, known := p.flags[word]
	name := strings.TrimPrefix(word, "--")
	plain, _, _ := strings.Cut(name, "=")
	switch {
	case known:
		return p.flag(f, word, rest)
	case p.flags["--"+strings.TrimPrefix(name, "no-")] != nil:
		p.off(p.flags["--"+strings.TrimPrefix(name, "no-")], word)
		return rest, nil
	case word == "--config":
		return p.config(rest)
	case p.rows.row(plain) == nil || p.flags["--"+plain] != nil:
		return nil, fmt.Errorf("--%s is no flag that is known here", printable(plain)) // what follows a = may be a secret
	}
	p.out = append(p.out, word)
	if r := p.rows.row(plain); plain == name && r.arg != "" && len(rest) > 0 {
		p.out = append(p.out, rest[0])
		rest = rest[1:]
	}
	return rest, nil
}

// off takes back a switch that was on before it; else what it switches off is off.
func (p *pasting) off(f *curlFlag, word string) {
	before := len(p.out)
	if !f.takes {
		p.out = slices.DeleteFunc(p.out, func(w string) bool { return w == "--"+f.long })
	}
	if len(p.out) == before {
		p.dropped = append(p.dropped, word)
	}
}

// letters reads -abc, where the value of a letter is what follows it, or the next word.
func (p *pasting) letters(letters string, rest []string) (_ []string, err error) {
	for letters != "" {
		letter := "-" + letters[:1]
		letters = letters[1:]
		f, known := p.flags[letter]
		takes := letter == "-K" || known && f.takes
		if takes && letters != "" {
			rest, letters = append([]string{letters}, rest...), ""
		}
		switch {
		case letter == "-K":
			rest, err = p.config(rest)
		case !known:
			err = fmt.Errorf("%s is no flag that is known here", printable(letter))
		default:
			rest, err = p.flag(f, letter, rest)
		}
		if err != nil {
			return nil, err
		}
	}
	return rest, nil
}

// flag takes one flag of curl's, and its value from rest.
func (p *pasting) flag(f *curlFlag, word string, rest []string) ([]string, error) {
	value := ""
	if f.takes {
		if len(rest) == 0 {
			return nil, fmt.Errorf("%s needs a value", word)
		}
		value, rest = rest[0], rest[1:]
	}
	switch {
	case f.why != "":
		return nil, fmt.Errorf("%s: %s", word, f.why)
	case f.dropped:
		p.dropped = append(p.dropped, word)
	case f.rewrite != nil:
		return rest, f.rewrite(p, value)
	default:
		p.add(f.long, value)
	}
	return rest, nil
}

// add says it with a flag of ours. The body waits: -G may yet make a query of it.
func (p *pasting) add(long, value string) {
	if long == "data" && !strings.HasPrefix(value, "@") {
		long = "data-raw" // of which no value looks like a mistake
	}
	r := p.rows.row(long)
	p.method = p.method || long == "request"
	switch {
	case r.group == groupBody:
		p.body = append(p.body, posted{long, value})
	case r.arg == "":
		p.out = append(p.out, "--"+long)
	default:
		p.out = append(p.out, "--"+long, value)
	}
}

// config puts the flags of a file where they are named, with curl's meaning.
func (p *pasting) config(rest []string) ([]string, error) {
	if p.configs++; p.configs > mostConfigs || len(rest) == 0 {
		return nil, errors.New("-K names no file, or files name one another without end")
	}
	text, err := p.in.read(rest[0])
	if err != nil {
		return nil, fmt.Errorf("-K %s: %w", printable(rest[0]), err)
	}
	all, err := readConfig(string(text))
	if err != nil {
		return nil, fmt.Errorf("-K %s: %w", printable(rest[0]), err)
	}
	var words []string
	for _, c := range all {
		word := "--" + c.name
		if c.short {
			word = "-" + c.name
		}
		words = append(words, word)
		if c.given {
			words = append(words, c.value)
		}
	}
	return append(words, rest[1:]...), nil
}

// finish adds the body, and the method that curl would take.
func (p *pasting) finish() []string {
	var body []string
	for _, b := range p.body {
		switch {
		case !p.get || b.flag == "data-urlencode":
			body = append(body, "--"+p.inQuery(b.flag), b.value)
		default:
			body = append(body, "--"+p.inQuery(b.flag), "+"+b.value)
		}
	}
	line := slices.Concat(body, p.out)
	if way := p.ownMethod(); !p.method && way != "PUT" {
		line = slices.Insert(line, 0, "--request", way)
	}
	return line
}

func (p *pasting) inQuery(flag string) string {
	if p.get {
		return "url-query"
	}
	return flag
}

// ownMethod is the method that curl takes without -X.
func (p *pasting) ownMethod() string {
	switch {
	case p.way != "":
		return p.way
	case p.get || len(p.body) == 0:
		return "GET"
	case p.body[0].flag == "upload-file":
		return "PUT"
	}
	return "POST"
}

// said is what was made of the command that its author might not expect.
func (p *pasting) said() (said []Hint) {
	if len(p.dropped) > 0 {
		said = append(said, Hint{Error: "left out, for it changes nothing of the request: " + strings.Join(slices.Compact(p.dropped), " ")})
	}
	if way := p.ownMethod(); !p.method && way != "PUT" {
		said = append(said, Hint{Error: "without -X this is a " + way + ", as curl sends it; put -X PUT into the command to fire PUTs"})
	}
	return said
}
