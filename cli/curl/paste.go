// Package curl knows what a pasted curl command means: it turns one into a line of ours, with curl's meaning of every
// letter (-r is a range there, -z a condition), and says what of it was left out because it changes nothing of the
// request. What would change the request in a way that is not known here is refused. The other way round it writes the
// curl command and the Python call that send the same as a plan (a mirror). Only one file of it knows
// bash, and one Windows.
package curl

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"shotput/cli/line"
)

// A Command is what a pasted command means.
type Command struct {
	Words   []string // our flags, and the URL
	Dropped []string // curl's flags that change nothing, as written
	Method  string   // that curl takes because none is given; "" where one is, or it is PUT
	Stdin   *string  // what a here-document gives it; nil: none does
}

// A World is where a command was pasted.
type World struct {
	Rows []line.Row
	Env  func(name string) (value string, set bool)
	Read func(path string) ([]byte, error) // a file; - is standard input
}

// Read reads a command that stands in one argument, which our flags may follow, or in all of them.
func Read(args []string, in World) (Command, error) {
	p := &pasting{rows: line.Line{Rows: in.Rows}, flags: Flags(in.Rows), read: in.Read}
	words, ours, rest := args, []string(nil), ""
	if len(args) > 0 && strings.ContainsAny(args[0], " \t\n") {
		shell, err := split(args[0], in.Env)
		if err != nil {
			return Command{}, err
		}
		words, ours, rest, p.Stdin = shell.Words, args[1:], shell.Rest, shell.Stdin
	}
	words, before := unwrap(words)
	if len(words) == 0 {
		return Command{}, errors.New("there is no command; paste one in quotes")
	}
	if before != "" {
		p.Dropped = append(p.Dropped, before)
	}
	if err := p.takeAll(words); err != nil {
		return Command{}, err
	}
	p.finish()
	p.Words = append(p.Words, ours...)
	if rest != "" {
		p.Dropped = append(p.Dropped, rest)
	}
	return p.Command, nil
}

// A pasting turns a command of curl's into one of ours.
type pasting struct {
	Command
	flags  map[string]*Flag
	rows   line.Line
	read   func(path string) ([]byte, error)
	body   []line.Word // the flags that give the body
	method string      // where -I says it
	given  bool        // -X gives it
	get    bool        // -G: the body goes into the query
	ranged bool        // -r
	files  int         // of flags that have been read
}

// takeAll reads the command, and refuses what cannot be said otherwise.
func (p *pasting) takeAll(words []string) error {
	if err := p.take(words); err != nil {
		return err
	}
	if p.ranged && !p.get && len(p.body) > 0 { // curl makes a Content-Range of it
		return errors.New("-r with a body: an upload is always whole; " +
			"for a part give -H 'Content-Range: …' and the part's bytes")
	}
	for _, b := range p.body {
		if r := p.rows.Row(b.Flag); p.get && r.Body != "data" {
			return fmt.Errorf("-G with %s: what is no text is not put into the query", r.Name())
		}
	}
	return nil
}

// take goes through curl's words in order.
func (p *pasting) take(words []string) error {
	for len(words) > 0 {
		word := words[0]
		words = words[1:]
		var err error
		switch {
		case word == "--" || word == "":
		case strings.HasPrefix(word, "--"):
			words, err = p.takeName(word, words)
		case strings.HasPrefix(word, "-") && word != "-":
			words, err = p.takeLetters(word[1:], words)
		default:
			p.Words = append(p.Words, word)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// takeName reads --NAME. A name that curl has not may be one of ours: none of those clash.
func (p *pasting) takeName(word string, rest []string) ([]string, error) {
	name := strings.TrimPrefix(word, "--")
	plain, _, _ := strings.Cut(name, "=")
	if p.rows.Row(plain) == nil {
		word = p.unabbreviated(word)
	}
	f, known := p.flags[word]
	switch {
	case known:
		return p.takeFlag(f, word, rest)
	case p.flags["--"+strings.TrimPrefix(name, "no-")] != nil:
		p.switchOff(p.flags["--"+strings.TrimPrefix(name, "no-")], word)
		return rest, nil
	case word == "--config":
		return p.takeFile(rest)
	case p.rows.Row(plain) == nil || p.flags["--"+plain] != nil:
		return nil, fmt.Errorf("--%s is no flag that is known here",
			line.Printable(plain)) // what follows a = may be a secret
	}
	p.Words = append(p.Words, word)
	if r := p.rows.Row(plain); plain == name && r.Arg != "" && len(rest) > 0 {
		p.Words = append(p.Words, rest[0])
		rest = rest[1:]
	}
	return rest, nil
}

// unabbreviated is the flag of curl's of which word is the beginning, if it is of one alone.
func (p *pasting) unabbreviated(word string) string {
	var of []string
	for whole := range p.flags {
		if whole == word {
			return word
		}
		if strings.HasPrefix(whole, word) {
			of = append(of, whole)
		}
	}
	if len(of) == 1 {
		return of[0]
	}
	return word
}

// switchOff takes back a switch that was on before it; else what it switches off is off.
func (p *pasting) switchOff(f *Flag, word string) {
	before := len(p.Words)
	if !f.Takes {
		p.Words = slices.DeleteFunc(p.Words, func(w string) bool { return w == "--"+f.Long })
	}
	if len(p.Words) == before {
		p.Dropped = append(p.Dropped, word)
	}
}

// takeLetters reads -abc, where the value of a letter is what follows it, or the next word.
func (p *pasting) takeLetters(letters string, rest []string) (_ []string, err error) {
	for letters != "" {
		letter := "-" + letters[:1]
		letters = letters[1:]
		f, known := p.flags[letter]
		takes := letter == "-K" || known && f.Takes
		if takes && letters != "" {
			rest, letters = append([]string{letters}, rest...), ""
		}
		switch {
		case letter == "-K":
			rest, err = p.takeFile(rest)
		case !known:
			err = fmt.Errorf("%s is no flag that is known here", line.Printable(letter))
		default:
			rest, err = p.takeFlag(f, letter, rest)
		}
		if err != nil {
			return nil, err
		}
	}
	return rest, nil
}

// takeFlag takes one flag of curl's, and its value from rest.
func (p *pasting) takeFlag(f *Flag, word string, rest []string) ([]string, error) {
	value := ""
	if f.Takes {
		if len(rest) == 0 {
			return nil, fmt.Errorf("%s needs a value", word)
		}
		value, rest = rest[0], rest[1:]
	}
	switch {
	case f.Why != "":
		return nil, fmt.Errorf("%s: %s", word, f.Why)
	case f.Dropped:
		p.Dropped = append(p.Dropped, word)
	case f.rewrite != nil:
		return rest, f.rewrite(p, value)
	default:
		p.add(f.Long, value)
	}
	return rest, nil
}

// add says it with a flag of ours. The body waits: -G may yet make a query of it.
func (p *pasting) add(long, value string) {
	if long == "data" && !strings.HasPrefix(value, "@") {
		long = "data-raw" // of which no value looks like a mistake
	}
	r := p.rows.Row(long)
	p.given = p.given || long == "request"
	switch {
	case r.Body != "":
		p.body = append(p.body, line.Word{Flag: long, Value: value})
	case r.Arg == "":
		p.Words = append(p.Words, "--"+long)
	default:
		p.Words = append(p.Words, "--"+long, value)
	}
}

// takeFile puts the flags of a file where they are named, with curl's meaning.
func (p *pasting) takeFile(rest []string) ([]string, error) {
	if p.files++; p.files > line.MostFiles || len(rest) == 0 {
		return nil, errors.New("-K names no file, or files name one another without end")
	}
	text, err := p.read(rest[0])
	if err != nil {
		return nil, fmt.Errorf("-K %s: %w", line.Printable(rest[0]), err)
	}
	all, err := line.ReadFile(string(text))
	if err != nil {
		return nil, fmt.Errorf("-K %s: %w", line.Printable(rest[0]), err)
	}
	var words []string
	for _, w := range all {
		word := "--" + w.Name
		if w.Short {
			word = "-" + w.Name
		}
		words = append(words, word)
		if w.Given {
			words = append(words, w.Value)
		}
	}
	return append(words, rest[1:]...), nil
}

// finish adds the body, and the method that curl would take.
func (p *pasting) finish() {
	var body []string
	for _, b := range p.body {
		body = append(body, "--"+b.Flag, b.Value)
	}
	if p.get {
		body = append(body, "--get")
	}
	p.Words = slices.Concat(body, p.Words)
	if own := p.ownMethod(); !p.given && own != "PUT" {
		p.Method = own
		p.Words = slices.Insert(p.Words, 0, "--request", own)
	}
}

// ownMethod is the method that curl takes without -X.
func (p *pasting) ownMethod() string {
	switch {
	case p.method != "":
		return p.method
	case p.get || len(p.body) == 0:
		return "GET"
	case p.body[0].Flag == "upload-file":
		return "PUT"
	}
	return "POST"
}
