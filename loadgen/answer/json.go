package answer

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"

	"shotput/loadgen/jsonpath"
	"shotput/loadgen/secret"
)

// # What an answer's JSON must say
//
//	checks = check { "and" check }
//	check  = path op value | path "exists"
//	path   as package jsonpath reads it
//	op     = "==" | "!=" | "<" | "<=" | ">" | ">=" | "~"         "~" matches a text against a regular expression (RE2)
//	value  = a JSON value
//
// A check on what is missing does not hold, whatever it says. Numbers compare as numbers, texts by their bytes; with <
// and the like, what is neither, or not the same on both sides, does not hold.

// A jsonCheck is one comparison.
type jsonCheck struct {
	text    string // of the path, as written
	path    jsonpath.Path
	op      string
	value   any    // numbers are json.Number
	literal string // of the value, as written
	pattern *regexp.Regexp
}

// jsonOps are tried in this order.
var jsonOps = []string{"==", "!=", "<=", ">=", "<", ">", "~", "exists"}

// whyJSON says which check does not hold; empty where all do.
func whyJSON(all []jsonCheck, a Seen) string {
	if a.Cut {
		return "body is longer than 1 MiB, too long for a check of its json"
	}
	d := json.NewDecoder(bytes.NewReader(a.Body))
	d.UseNumber()
	var document any
	err := d.Decode(&document)
	if err == nil {
		_, err = d.Token()
	}
	if err != io.EOF { // of a whole document, and nothing behind it
		return "body is no json: " + secret.Excerpt(a.Body)
	}
	for i := range all {
		c := &all[i]
		if value, found := c.path.In(document); !found || !c.holds(value) {
			return c.why(value, found)
		}
	}
	return ""
}

func (c *jsonCheck) why(value any, found bool) string {
	expected := ", expected " + c.op + " " + c.literal
	if secret.Pattern.MatchString(c.text) {
		expected = ", expected " + c.op + " " + secret.Mark
	}
	if c.op == "exists" {
		expected = ""
	}
	if !found {
		return "json " + c.text + " is missing" + expected
	}
	shown := secret.Mark
	if !secret.Pattern.MatchString(c.text) {
		shown = jsonExcerpt(value)
	}
	return "json " + c.text + " is " + shown + expected
}

// jsonExcerpt is the beginning of a value as JSON, secrets hidden.
func jsonExcerpt(value any) string {
	b, err := json.Marshal(value)
	if err != nil {
		return "no json" // it was read as such
	}
	s := secret.Text(string(b[:min(len(b), secret.ExcerptRead)]))
	if len(s) > secret.ExcerptShown {
		s = strings.ToValidUTF8(s[:secret.ExcerptShown], "") + "…"
	}
	return s
}

func (c *jsonCheck) holds(value any) bool {
	switch c.op {
	case "exists":
		return true
	case "==":
		return sameJSON(value, c.value)
	case "!=":
		return !sameJSON(value, c.value)
	case "~":
		text, ok := value.(string)
		return ok && c.pattern.MatchString(text)
	}
	order, ok := orderJSON(value, c.value)
	if !ok {
		return false
	}
	switch c.op {
	case "<":
		return order < 0
	case "<=":
		return order <= 0
	case ">":
		return order > 0
	}
	return order >= 0
}

// sameJSON says whether two values are the same; 1 and 1.0 are.
func sameJSON(a, b any) bool {
	switch a := a.(type) {
	case map[string]any:
		b, ok := b.(map[string]any)
		if !ok || len(a) != len(b) {
			return false
		}
		for name, value := range a {
			if other, ok := b[name]; !ok || !sameJSON(value, other) {
				return false
			}
		}
		return true
	case []any:
		b, ok := b.([]any)
		if !ok || len(a) != len(b) {
			return false
		}
		for i := range a {
			if !sameJSON(a[i], b[i]) {
				return false
			}
		}
		return true
	case json.Number:
		order, ok := orderJSON(a, b)
		return ok && order == 0
	}
	return a == b
}

// orderJSON compares two numbers or two texts. Whole numbers compare exactly.
func orderJSON(a, b any) (order int, ok bool) {
	if a, text := a.(string); text {
		b, ok := b.(string)
		return strings.Compare(a, b), ok
	}
	x, isNumber := a.(json.Number)
	y, ok := b.(json.Number)
	if !isNumber || !ok {
		return 0, false
	}
	i, err := strconv.ParseInt(x.String(), 10, 64)
	j, err2 := strconv.ParseInt(y.String(), 10, 64)
	if err == nil && err2 == nil {
		return cmp.Compare(i, j), true
	}
	f, _ := x.Float64() // one out of range is infinite
	g, _ := y.Float64()
	return cmp.Compare(f, g), true
}

// A jsonParser reads checks.
type jsonParser struct {
	all string
	at  int
}

// A columnError points at a place in what was written.
type columnError struct {
	column int // from 1, in characters
	why    string
}

func (e *columnError) Error() string { return fmt.Sprintf("at column %d: %s", e.column, e.why) }

func (p *jsonParser) fail(at int, why string, args ...any) error {
	return &columnError{len([]rune(p.all[:at])) + 1, fmt.Sprintf(why, args...)}
}

func (p *jsonParser) rest() string { return p.all[p.at:] }

func (p *jsonParser) skipSpace() {
	p.at = len(p.all) - len(strings.TrimLeft(p.rest(), " \t\r\n"))
}

// parseJSONChecks reads an expression such as status == "ok" and items[0].size > 3. Its errors name the column.
func parseJSONChecks(s string) ([]jsonCheck, error) {
	p := &jsonParser{all: s}
	var all []jsonCheck
	for {
		c, err := p.check()
		if err != nil {
			return nil, err
		}
		all = append(all, c)
		if p.skipSpace(); p.rest() == "" {
			return all, nil
		}
		word, _, _ := strings.Cut(p.rest(), " ")
		if word != "and" {
			return nil, p.fail(p.at, "%q follows a whole check; join checks by and", word)
		}
		p.at += len(word)
	}
}

func (p *jsonParser) check() (c jsonCheck, err error) {
	p.skipSpace()
	from := p.at
	if c.path, err = p.path(); err != nil {
		return c, err
	}
	c.text = p.all[from:p.at]
	p.skipSpace()
	if c.op = p.op(); c.op == "" {
		word, _, _ := strings.Cut(p.rest(), " ")
		return c, p.fail(p.at, "%q is no comparison; known are == != < <= > >= ~ and exists", word)
	}
	if c.op == "exists" {
		return c, nil
	}
	return c, p.value(&c)
}

func (p *jsonParser) op() string {
	for _, op := range jsonOps {
		if strings.HasPrefix(p.rest(), op) {
			p.at += len(op)
			return op
		}
	}
	return ""
}

// path reads up to what can be in no path.
func (p *jsonParser) path() (jsonpath.Path, error) {
	path, length, err := jsonpath.Read(p.rest())
	var bad *jsonpath.Error
	if errors.As(err, &bad) {
		return nil, p.fail(p.at+bad.At, "%s", bad.Why)
	}
	p.at += length
	return path, err
}

// value reads what to compare with.
func (p *jsonParser) value(c *jsonCheck) error {
	p.skipSpace()
	d := json.NewDecoder(strings.NewReader(p.rest()))
	d.UseNumber()
	if err := d.Decode(&c.value); err != nil {
		word, _, _ := strings.Cut(p.rest(), " ")
		return p.fail(p.at, "%q is no JSON value; a text stands in double quotes", word)
	}
	from := p.at
	p.at += int(d.InputOffset())
	c.literal = p.all[from:p.at]
	text, isText := c.value.(string)
	_, isNumber := c.value.(json.Number)
	switch {
	case c.op == "~" && !isText:
		return p.fail(from, "~ takes a regular expression in double quotes")
	case c.op == "~":
		var err error
		if c.pattern, err = regexp.Compile(text); err != nil {
			return p.fail(from, "no regular expression (RE2): %v", plainSyntax(err))
		}
	case strings.ContainsAny(c.op, "<>") && !isText && !isNumber:
		return p.fail(from, "%s compares numbers or texts", c.op)
	}
	return nil
}
