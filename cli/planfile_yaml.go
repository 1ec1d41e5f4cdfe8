package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// A node is a value in a plan file, and where it stands. Only this file knows YAML; the rest reads nodes.
type node struct {
	place
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

// A place in a plan file: line and column from 1, columns in characters. The zero place is no place in it.
type place struct{ line, column int }

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

// parse reads the one document of the file; nil when there is none, which is a fault then. What YAML has beyond
// mappings, lists and scalars is refused on purpose: anchors and merge keys make a value stand in two places, so
// that an error would point at one of them, and what scenarios share stands under defaults. Duplicate keys are
// refused because one of the two would be lost in silence.
func (p *planFile) parse(text []byte) *node {
	if !p.readable(text) {
		return nil
	}
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	var first, second yaml.Node
	if err := decoder.Decode(&first); errors.Is(err, io.EOF) {
		p.fault(place{1, 1}, "the plan is empty", "shotput init")
		return nil
	} else if err != nil {
		p.unparsed(err)
		return nil
	}
	switch err := decoder.Decode(&second); {
	case err == nil:
		p.fault(place{second.Line, second.Column}, "a second document begins here; a plan file holds one", "several runs: a list under scenarios:")
	case !errors.Is(err, io.EOF):
		p.unparsed(err)
	}
	return p.node(first.Content[0])
}

// readable looks for what YAML's reader would refuse without saying where.
func (p *planFile) readable(text []byte) bool {
	line, column := 1, 0
	for rest := text; len(rest) > 0; {
		r, size := utf8.DecodeRune(rest)
		column++
		switch {
		case r == utf8.RuneError && size == 1:
			p.fault(place{line, column}, fmt.Sprintf("the byte 0x%02x is no UTF-8", rest[0]), "iconv -t UTF-8 "+quote(p.name))
			return false
		case r < ' ' && r != '\n' && r != '\r' && r != '\t', r >= 0x7f && r < 0xa0 && r != 0x85, r == 0xfffe, r == 0xffff:
			p.fault(place{line, column}, fmt.Sprintf("the control character 0x%02x has no place in YAML", r), fmt.Sprintf(`within double quotes: "\x%02x"`, r))
			return false
		case r == '\n':
			line, column = line+1, 0
		}
		rest = rest[size:]
	}
	return true
}

// unparsed tells a fault of YAML's own.
func (p *planFile) unparsed(err error) {
	var e *yaml.LoadError
	if !errors.As(err, &e) {
		p.fault(place{1, 1}, "read as YAML: "+err.Error(), "shotput init")
		return
	}
	at := place{max(1, e.Mark.Line), max(1, e.Mark.Column)}
	why, try := e.Message, "shotput init"
	next := p.at(at)
	switch {
	case strings.HasPrefix(next, "@"), strings.HasPrefix(next, "`"), strings.HasPrefix(next, "%"):
		why, try = "a value that begins with "+next[:1]+" stands in quotes", "'"+strings.TrimSpace(next)+"'"
		if p.shownLine(at.line) != p.lines[at.line-1] {
			try = "'" + next[:1] + "…'" // the rest is a secret
		}
	case strings.HasPrefix(next, "\t"):
		why, try = "a tab cannot indent in YAML", "spaces instead of the tab"
	case strings.HasPrefix(why, "mapping values"):
		why, try = `": " within a value makes YAML take it for a mapping`, "the value within quotes; or, if it is a key, the indentation of the keys beside it"
	case strings.Contains(why, "end of stream"):
		at = place{max(1, e.ContextMark.Line), max(1, e.ContextMark.Column)} // where the quote was opened
		why, try = "a quote that begins here does not end", "a closing quote"
	case strings.Contains(why, "expected ',' or"):
		at = place{max(1, e.ContextMark.Line), max(1, e.ContextMark.Column)}
		why, try = "a bracket that opens here does not close, or a comma is missing", "a closing bracket"
	case strings.HasPrefix(why, "unknown anchor"):
		why, try = anchored, "defaults:"
	case strings.Contains(why, "escape"):
		why, try = "within double quotes a backslash begins an escape, and this is none", "single quotes, in which a backslash is itself"
	}
	p.fault(at, why, try)
}

// anchored is why there are no anchors.
const anchored = "anchors, aliases and merge keys are not read here; what scenarios share stands under defaults"

// node copies YAML's node, with the faults of its form.
func (p *planFile) node(y *yaml.Node) *node {
	n := &node{place: place{y.Line, y.Column}, text: y.Value, tag: strings.TrimPrefix(y.ShortTag(), "!!")}
	n.plain = y.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) == 0
	switch {
	case y.Kind == yaml.AliasNode, y.Anchor != "":
		p.fault(n.place, anchored, "defaults:")
	case y.Style&yaml.TaggedStyle != 0:
		p.fault(n.place, "tags such as !!str are not read here; text stands in quotes", "the value without its tag")
	}
	switch y.Kind {
	case yaml.MappingNode:
		n.kind = mapping
		p.pairs(n, y.Content)
	case yaml.SequenceNode:
		n.kind = sequence
		for _, c := range y.Content {
			n.values = append(n.values, p.node(c))
		}
	}
	return n
}

func (p *planFile) pairs(n *node, content []*yaml.Node) {
	for i := 0; i+1 < len(content); i += 2 {
		key := p.node(content[i])
		if key.tag == "merge" {
			p.fault(key.place, anchored, "defaults:")
			continue
		}
		value := p.node(content[i+1])
		earlier, _ := n.find(key.text)
		switch {
		case key.kind == mapping:
			p.fault(n.place, "a value that begins with { is a mapping in YAML; a template stands in quotes", `"{{seq}}"`)
		case key.kind != scalar:
			p.fault(key.place, "a key is text", "url:")
		case earlier != nil:
			p.fault(key.place, fmt.Sprintf("%s stands twice; the first is in line %d", printable(key.text), earlier.line), "one of the two")
		default:
			n.keys, n.values = append(n.keys, key), append(n.values, value)
		}
	}
}
