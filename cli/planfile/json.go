package planfile

import (
	"encoding/json"
	"math/big"
	"strings"

	"shotput/cli/line"
)

// AsJSON is the text of a plan as an editor's checker sees it; ok is false when it is no YAML. No variables are filled
// in, as an editor does not either.
func AsJSON(text []byte) (plan string, ok bool) {
	p := &page{name: "plan.yaml", lines: strings.Split(string(text), "\n")}
	root := (&yamlText{p}).parse(text)
	if root == nil || len(p.faults) > 0 {
		return "", false
	}
	same := func(name string) (string, bool) { return "${" + name + "}", true }
	return (&values{page: p, env: same, literal: true}).writeJSON(root), true
}

// writeJSON writes a YAML value as JSON, in the order of the file.
func (s *values) writeJSON(v *node) string {
	var parts []string
	switch v.kind {
	case sequence:
		for _, n := range v.values {
			parts = append(parts, s.writeJSON(n))
		}
		return "[" + strings.Join(parts, ",") + "]"
	case mapping:
		for i, k := range v.keys {
			parts = append(parts, quoteJSON(k.text, s.literal)+":"+s.writeJSON(v.values[i]))
		}
		return "{" + strings.Join(parts, ",") + "}"
	}
	switch v.tag {
	case "null":
		return "null"
	case "bool":
		return strings.ToLower(v.text)
	case "int", "float":
		return s.writeNumber(v)
	}
	text, _, _ := s.fill(v)
	return quoteJSON(text, s.literal)
}

// writeNumber keeps a number as it stands where JSON has the same form.
func (s *values) writeNumber(v *node) string {
	if json.Valid([]byte(v.text)) {
		return v.text
	}
	plain := strings.TrimPrefix(strings.ReplaceAll(v.text, "_", ""), "+")
	if n, ok := new(big.Int).SetString(plain, 0); ok {
		return n.String()
	}
	if f, ok := new(big.Float).SetString(plain); ok && !f.IsInf() {
		return f.Text('g', 17)
	}
	s.Fault(v.Place, "JSON has no number "+line.Printable(v.text), `"`+line.Printable(v.text)+`"`)
	return "0"
}

// quoteJSON writes a JSON string. What stands in {{ }} is left as it is, unless it is literal: it is a function's text,
// which the quotes within it would be taken from.
func quoteJSON(s string, literal bool) string {
	var b strings.Builder
	b.WriteByte('"')
	for s != "" {
		plain, action := s, ""
		if from := strings.Index(s, "{{"); from >= 0 && !literal {
			if length := strings.Index(s[from:], "}}"); length >= 0 {
				plain, action = s[:from], s[from:from+length+2]
			}
		}
		quoted, err := json.Marshal(plain)
		if err != nil {
			panic(err) // a string always has a JSON form
		}
		b.WriteString(unescapedHTML.Replace(string(quoted[1 : len(quoted)-1])))
		b.WriteString(action)
		s = s[len(plain)+len(action):]
	}
	b.WriteByte('"')
	return b.String()
}

// unescapedHTML undoes what encoding/json does for the sake of web pages.
var unescapedHTML = strings.NewReplacer(`\u003c`, "<", `\u003e`, ">", `\u0026`, "&")
