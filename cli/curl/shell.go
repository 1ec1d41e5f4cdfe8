package curl

import (
	"cmp"
	"errors"
	"fmt"
	"strings"

	"mvdan.cc/sh/v3/expand"
	"mvdan.cc/sh/v3/syntax"
)

// A Shell is a command as a shell would read it: its words, and what only the shell has to do with.
type Shell struct {
	Words []string
	Rest  string  // redirections of what comes out, and from the first pipe on
	Stdin *string // what a here-document gives it; nil: none does

	text   string
	config expand.Config
}

// Split cuts a pasted command into words as bash does: quotes of all kinds, backslashes, lines that go on after one,
// variables and their defaults. What only a running shell could do, such as `…`, is refused. A line that is not gone
// on with is, all the same: a backslash at its end is easily lost in pasting.
func Split(text string, env func(name string) (string, bool)) (Shell, error) {
	s := Shell{text: text}
	s.config = expand.Config{Env: environment(env), NoUnset: true,
		ProcSubst: func(p *syntax.ProcSubst) (string, error) {
			return "", errors.New("it holds <(…), which only a shell can run" + place(p.Pos()))
		}}
	file, err := syntax.NewParser(syntax.Variant(syntax.LangBash)).Parse(strings.NewReader(text), "")
	if err != nil {
		return s, explain(err)
	}
	for i, statement := range file.Stmts {
		if statement.Background && i < len(file.Stmts)-1 {
			return s, errAmpersand
		}
		if statement.Semicolon.IsValid() && i < len(file.Stmts)-1 {
			return s, errSeveral
		}
		if err := s.statement(statement); err != nil {
			return s, explain(err)
		}
	}
	s.Rest = strings.TrimSpace(s.Rest)
	return s, nil
}

var errSeveral = errors.New("it holds more than one command; paste one")

// statement reads one command, and what its input and output are joined to.
func (s *Shell) statement(st *syntax.Stmt) error {
	var rest string
	switch c := st.Cmd.(type) {
	case nil:
	case *syntax.CallExpr:
		if err := s.call(c); err != nil {
			return err
		}
	case *syntax.TimeClause:
		return s.statement(c.Stmt)
	case *syntax.BinaryCmd:
		if c.Op == syntax.Pipe && isDocument(c.X) {
			c.Y.Redirs = append(c.Y.Redirs, c.X.Redirs...)
			return s.statement(c.Y)
		}
		if c.Op != syntax.Pipe && c.Op != syntax.PipeAll {
			return errSeveral
		}
		if err := s.statement(c.X); err != nil {
			return err
		}
		if call, ok := c.Y.Cmd.(*syntax.CallExpr); ok && len(call.Args) > 0 && isCurl(call.Args[0].Lit()) {
			return errors.New("it is given what another command writes; give it with -T FILE or -d @FILE" +
				place(c.OpPos))
		}
		rest = s.line(c.OpPos, c.End())
	default:
		return errors.New("it is more than a command, which only a shell can run" + place(st.Pos()))
	}
	for _, r := range st.Redirs {
		if err := s.redirect(r); err != nil {
			return err
		}
	}
	if rest != "" {
		s.Rest += " " + rest
	}
	return nil
}

// isDocument says whether a command only passes a here-document on: cat <<E.
func isDocument(st *syntax.Stmt) bool {
	c, ok := st.Cmd.(*syntax.CallExpr)
	return ok && len(c.Assigns) == 0 && len(c.Args) == 1 && c.Args[0].Lit() == "cat" && len(st.Redirs) == 1
}

// line is the text between two places, as far as it is on one line: below it may stand a here-document.
func (s *Shell) line(from, to syntax.Pos) string {
	text, _, _ := strings.Cut(s.text[from.Offset():min(to.Offset(), uint(len(s.text)))], "\n")
	return text
}

func (s *Shell) call(c *syntax.CallExpr) error {
	if len(c.Assigns) > 0 {
		return errors.New("it sets a variable, which only a shell can do" + place(c.Pos()))
	}
	for _, w := range c.Args {
		unescape(w)
		word, err := expand.Literal(&s.config, w)
		if err != nil {
			return err
		}
		s.Words = append(s.Words, word)
	}
	return nil
}

// unescape takes out the backslashes of what is not quoted, which the library leaves in.
//
// Note: expand.Fields takes them out, but gives several words for one with braces in it, and a template has braces.
func unescape(w *syntax.Word) {
	for i, part := range w.Parts {
		lit, ok := part.(*syntax.Lit)
		if !ok || !strings.Contains(lit.Value, `\`) {
			continue
		}
		var plain []byte
		for at := 0; at < len(lit.Value); at++ {
			if lit.Value[at] == '\\' && at < len(lit.Value)-1 {
				at++
			}
			plain = append(plain, lit.Value[at])
		}
		w.Parts[i] = &syntax.SglQuoted{Left: lit.Pos(), Right: lit.End(), Value: string(plain)}
	}
}

// redirect keeps what a here-document gives. Where the answer goes is dropped, and named among the rest.
func (s *Shell) redirect(r *syntax.Redirect) (err error) {
	var text string
	switch r.Op {
	case syntax.Hdoc, syntax.DashHdoc:
		text, err = expand.Document(&s.config, r.Hdoc)
		if r.Op == syntax.DashHdoc {
			text = withoutTabs(text)
		}
	case syntax.WordHdoc:
		text, err = expand.Literal(&s.config, r.Word)
		text += "\n"
	case syntax.RdrIn, syntax.RdrInOut, syntax.DplIn:
		return errors.New("it takes a file as standard input; give it with -T FILE or -d @FILE" + place(r.Pos()))
	default:
		s.Rest += " " + s.line(r.Pos(), r.End())
		return nil
	}
	s.Stdin = &text
	return err
}

// withoutTabs takes the indentation off that <<- allows.
func withoutTabs(text string) string {
	lines := strings.SplitAfter(text, "\n")
	for i := range lines {
		lines[i] = strings.TrimLeft(lines[i], "\t")
	}
	return strings.Join(lines, "")
}

// An environment has variables for a shell, none of which it can set.
type environment func(name string) (string, bool)

// Get is the variable of that name.
func (e environment) Get(name string) expand.Variable {
	value, set := e(name)
	return expand.Variable{Set: set, Exported: true, Kind: expand.String, Str: value}
}

// Each names no variable: which there are is asked for ${!PREFIX*} alone.
func (e environment) Each(func(string, expand.Variable) bool) {}

// explain says what a shell could not read in our words, and where it stands. That a quote is not closed only the
// library's text tells.
func explain(err error) error {
	var parse syntax.ParseError
	var unset expand.UnsetParameterError
	var command expand.UnexpectedCommandError
	switch {
	case errors.As(err, &parse):
		text := parse.Text
		if quote, ok := strings.CutPrefix(text, "reached EOF without closing quote "); ok {
			text = fmt.Sprintf("a %s is not closed", cmp.Or(strings.Trim(quote, "`"), "`"))
		}
		return errors.New(text + place(parse.Pos))
	case errors.As(err, &unset):
		name := unset.Node.Param.Value
		return fmt.Errorf("it holds $%s, and there is no such variable in the environment%s", name,
			place(unset.Node.Pos()))
	case errors.As(err, &command):
		what := "$(…)"
		if command.Node.Backquotes {
			what = "`…`"
		}
		return fmt.Errorf("it holds %s, which only a shell can run%s", what, place(command.Node.Pos()))
	}
	return err
}

// place says where in the command something stands.
func place(at syntax.Pos) string { return fmt.Sprintf(" (line %d, column %d)", at.Line(), at.Col()) }
