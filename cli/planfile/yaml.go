package planfile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"

	"shotput/cli/line"
)

// A node is a value in a plan file, and where it stands. Only this file knows YAML; the rest reads nodes.
type node struct {
	Place
	kind   nodeKind
	text   string  // of a scalar, as it stands in the file
	tag    string  // of a scalar: what YAML takes it for: "str", "int", "float", "bool", "null", …
	plain  bool    // a scalar without quotes, on one line
	keys   []*node // of a mapping, beside values
	values []*node // of a mapping or a sequence
}

type nodeKind int

const (
	scalar nodeKind = iota
	mapping
	sequence
)

// String is what a person calls the kind of value.
func (n *node) String() string {
	switch {
	case n.kind == mapping:
		return "a mapping"
	case n.kind == sequence:
		return "a list"
	case n.tag == "null":
		return "nothing"
	case n.tag == "bool":
		return "true or false"
	}
	return "text"
}

// find gives the key and the value called name; nil when the mapping has none.
func (n *node) find(name string) (key, value *node) {
	for i, k := range n.keys {
		if k.text == name {
			return k, n.values[i]
		}
	}
	return nil, nil
}

// A yamlText is a page read as YAML.
type yamlText struct{ *page }

// parse reads the one document of the file; nil when there is none, which is a fault then. What YAML has beyond
// mappings, lists and scalars is refused on purpose: anchors and merge keys make a value stand in two places, so
// that an error would point at one of them, and what scenarios share stands under defaults. Duplicate keys are
// refused because one of the two would be lost in silence.
func (y *yamlText) parse(text []byte) *node {
	if !y.check(text) {
		return nil
	}
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	var first, second yaml.Node
	if err := decoder.Decode(&first); errors.Is(err, io.EOF) {
		y.Fault(Place{1, 1}, "the plan is empty", "shotput init")
		return nil
	} else if err != nil {
		y.explain(err)
		return nil
	}
	switch err := decoder.Decode(&second); {
	case err == nil:
		y.Fault(Place{second.Line, second.Column}, "a second document begins here; a plan file holds one",
			"several runs: a list under scenarios:")
	case !errors.Is(err, io.EOF):
		y.explain(err)
	}
	return y.node(first.Content[0])
}

// check looks for what YAML's reader would refuse without saying where.
func (y *yamlText) check(text []byte) bool {
	at := Place{1, 0}
	for rest := text; len(rest) > 0; {
		r, size := utf8.DecodeRune(rest)
		at.Column++
		switch {
		case r == utf8.RuneError && size == 1:
			y.Fault(at, fmt.Sprintf("the byte 0x%02x is no UTF-8", rest[0]), "iconv -t UTF-8 "+line.Quote(y.name))
			return false
		case r < ' ' && r != '\n' && r != '\r' && r != '\t', r >= 0x7f && r < 0xa0 && r != 0x85, r == 0xfffe,
			r == 0xffff:
			y.Fault(at, fmt.Sprintf("the control character 0x%02x has no place in YAML", r),
				fmt.Sprintf(`within double quotes: "\x%02x"`, r))
			return false
		case r == '\n':
			at = Place{at.Line + 1, 0}
		}
		rest = rest[size:]
	}
	return true
}

// explain tells a fault of YAML's own.
func (y *yamlText) explain(err error) {
	var e *yaml.LoadError
	if !errors.As(err, &e) {
		y.Fault(Place{1, 1}, "read as YAML: "+err.Error(), "shotput init")
		return
	}
	at := Place{max(1, e.Mark.Line), max(1, e.Mark.Column)}
	why, try := e.Message, "shotput init"
	next := y.from(at)
	switch {
	case strings.HasPrefix(next, "@"), strings.HasPrefix(next, "`"), strings.HasPrefix(next, "%"):
		why, try = "a value that begins with "+next[:1]+" stands in quotes", "'"+strings.TrimSpace(next)+"'"
		if y.showLine(at.Line) != y.lines[at.Line-1] {
			try = "'" + next[:1] + "…'" // the rest is a secret
		}
	case strings.HasPrefix(next, "\t"):
		why, try = "a tab cannot indent in YAML", "spaces instead of the tab"
	case strings.HasPrefix(why, "mapping values"):
		why, try = `": " within a value makes YAML take it for a mapping`,
			"the value within quotes; or, if it is a key, the indentation of the keys beside it"
	case strings.Contains(why, "end of stream"):
		at = Place{max(1, e.ContextMark.Line), max(1, e.ContextMark.Column)} // where the quote was opened
		why, try = "a quote that begins here does not end", "a closing quote"
	case strings.Contains(why, "expected ',' or"):
		at = Place{max(1, e.ContextMark.Line), max(1, e.ContextMark.Column)}
		why, try = "a bracket that opens here does not close, or a comma is missing", "a closing bracket"
	case strings.HasPrefix(why, "unknown anchor"):
		why, try = anchored, "defaults:"
	case strings.Contains(why, "escape"):
		why, try = "within double quotes a backslash begins an escape, and this is none",
			"single quotes, in which a backslash is itself"
	}
	y.Fault(at, why, try)
}

// anchored is why there are no anchors.
const anchored = "anchors, aliases and merge keys are not read here; what scenarios share stands under defaults"

// node copies YAML's node, with the faults of its form.
func (y *yamlText) node(from *yaml.Node) *node {
	n := &node{Place: Place{from.Line, from.Column}, text: from.Value, tag: strings.TrimPrefix(from.ShortTag(), "!!")}
	n.plain = from.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) == 0
	switch {
	case from.Kind == yaml.AliasNode, from.Anchor != "":
		y.Fault(n.Place, anchored, "defaults:")
	case from.Style&yaml.TaggedStyle != 0:
		y.Fault(n.Place, "tags such as !!str are not read here; text stands in quotes", "the value without its tag")
	}
	switch from.Kind {
	case yaml.MappingNode:
		n.kind = mapping
		y.pairs(n, from.Content)
	case yaml.SequenceNode:
		n.kind = sequence
		for _, c := range from.Content {
			n.values = append(n.values, y.node(c))
		}
	}
	return n
}

func (y *yamlText) pairs(n *node, content []*yaml.Node) {
	known := map[string]*node{} // a program may write many
	for i := 0; i+1 < len(content); i += 2 {
		key := y.node(content[i])
		if key.tag == "merge" {
			y.Fault(key.Place, anchored, "defaults:")
			continue
		}
		value := y.node(content[i+1])
		earlier := known[key.text]
		switch {
		case key.kind == mapping:
			y.Fault(n.Place, "a value that begins with { is a mapping in YAML; a template stands in quotes",
				`"{{seq}}"`)
		case key.kind != scalar:
			y.Fault(key.Place, "a key is text", "url:")
		case earlier != nil:
			y.Fault(key.Place, fmt.Sprintf("%s stands twice; the first is in line %d", line.Printable(key.text),
				earlier.Line), "one of the two")
		default:
			n.keys, n.values = append(n.keys, key), append(n.values, value)
			known[key.text] = key
		}
	}
}
