package cli

import (
	"encoding/json"
	"math/big"
	"slices"
	"strings"
)

// entries reads the value of a key: one text, or several where the flag may be given again. What cannot be read
// is there as broken, so that nothing that follows from its absence is told as well.
func (p *planFile) entries(r *row, v *node) []entry {
	switch {
	case r.arg == "":
		return []entry{p.toggle(r, v)}
	case r.long == "json" && v.kind != scalar:
		return []entry{{place: v.place, flag: r.long, value: p.jsonText(v)}}
	case v.kind == mapping && slices.Contains(named, r.long):
		return p.headers(r, v)
	case v.kind == mapping && r.long == "cookie":
		return p.cookies(r, v)
	case v.kind == sequence && slices.Contains(repeatable, r.long):
		return p.several(r, v)
	case v.kind == sequence:
		p.fault(v.place, r.long+" takes one value, and this is a list", r.yaml(r.eg))
	case v.kind == mapping:
		p.fault(v.place, r.long+" takes text, and this is a mapping", r.yaml(r.eg))
	case v.plain && v.tag == "bool":
		p.fault(v.place, r.long+" takes text, and this is true or false; text stands in quotes", r.yaml(r.eg))
	default:
		return []entry{p.located(p.one(r, v))}
	}
	return []entry{broken(r, v)}
}

// one is a text that is the value of a flag.
func (p *planFile) one(r *row, v *node) entry {
	e := p.scalar(v, r.yaml(r.eg))
	if e.place == (place{}) {
		return broken(r, v)
	}
	e.flag = r.long
	return e
}

// broken stands where a flag has a value that has been refused.
func broken(r *row, v *node) entry {
	e := entry{place: v.place, flag: r.long, value: r.eg, broken: true}
	if r.arg == "" {
		e.value = "false"
	}
	return e
}

// located makes the path in an entry one from the current folder.
func (p *planFile) located(e entry) entry {
	if read := pathKeys[e.flag]; read != nil {
		e.value = read(e.value, p.from)
	}
	return e
}

// toggle is a switch: true or false, in quotes only where a variable is to say which.
func (p *planFile) toggle(r *row, v *node) entry {
	e := p.scalar(v, r.long+": true")
	e.flag = r.long
	switch {
	case e.place == (place{}):
		return broken(r, v)
	case v.tag != "bool" && e.value == v.text, e.value != "true" && e.value != "false":
		p.fault(v.place, r.long+" is a switch: true or false", r.long+": true")
		return broken(r, v)
	}
	return e
}

// several is a list of values of one flag. A header in it may stand as "Name: value" without quotes, which YAML
// takes for a mapping.
func (p *planFile) several(r *row, v *node) (all []entry) {
	for _, n := range v.values {
		if n.kind == sequence {
			p.fault(n.place, "a list within a list; the values of "+r.long+" are text", r.yaml(r.eg))
			continue
		}
		all = append(all, p.entries(r, n)...)
	}
	return all
}

// headers are a mapping of names to values: nothing removes the header, a list sends it several times.
func (p *planFile) headers(r *row, v *node) (all []entry) {
	for i, k := range v.keys {
		values := []*node{v.values[i]}
		if v.values[i].kind == sequence {
			values = v.values[i].values
		}
		for _, n := range values {
			switch {
			case n.kind != scalar:
				p.fault(n.place, "a header's value is text, and this is "+n.String(), r.yaml(r.eg))
			case n.tag == "null":
				all = append(all, entry{place: n.place, flag: r.long, value: k.text + ":"})
			default:
				e := p.one(r, n)
				switch {
				case e.broken:
				case strings.TrimSpace(e.value) == "":
					e.value = k.text + ";"
				default:
					e.value = k.text + ": " + e.value
				}
				all = append(all, e)
			}
		}
	}
	return all
}

// cookies are a mapping of names to values.
func (p *planFile) cookies(r *row, v *node) (all []entry) {
	for i, k := range v.keys {
		e := p.one(r, v.values[i])
		if !e.broken {
			e.value = k.text + "=" + e.value
		}
		all = append(all, e)
	}
	return all
}

// scalar gives a text with its variables filled in. The place is zero when there is a fault, which has been told.
func (p *planFile) scalar(v *node, example string) entry {
	switch {
	case v.kind != scalar:
		p.fault(v.place, "text belongs here, and this is "+v.String(), example)
		return entry{}
	case v.tag == "null":
		p.fault(v.place, "the key has no value", example+"  (or '' for empty text)")
		return entry{}
	}
	text, secret, ok := p.filled(v)
	if !ok {
		return entry{}
	}
	return entry{place: v.place, value: text, secret: secret}
}

// jsonText writes a YAML value as JSON, in the order of the file.
func (p *planFile) jsonText(v *node) string {
	var parts []string
	switch v.kind {
	case sequence:
		for _, n := range v.values {
			parts = append(parts, p.jsonText(n))
		}
		return "[" + strings.Join(parts, ",") + "]"
	case mapping:
		for i, k := range v.keys {
			parts = append(parts, jsonString(k.text)+":"+p.jsonText(v.values[i]))
		}
		return "{" + strings.Join(parts, ",") + "}"
	}
	switch v.tag {
	case "null":
		return "null"
	case "bool":
		return strings.ToLower(v.text)
	case "int", "float":
		return p.jsonNumber(v)
	}
	text, _, _ := p.filled(v)
	return jsonString(text)
}

// jsonNumber keeps a number as it stands where JSON has the same form.
func (p *planFile) jsonNumber(v *node) string {
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
	p.fault(v.place, "JSON has no number "+printable(v.text), `"`+printable(v.text)+`"`)
	return "0"
}

// jsonString writes a JSON string. What stands in {{ }} is left as it is: it is a function's text, which the quotes
// within it would be taken from.
func jsonString(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for s != "" {
		plain, action := s, ""
		if from := strings.Index(s, "{{"); from >= 0 {
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

// yaml writes the key of a flag with a value.
func (r *row) yaml(value string) string {
	switch {
	case r.arg == "":
		return r.long + ": " + value
	case hidden(r.long, value) != value:
		return r.long + ": " + strings.Trim(strings.Replace(variable(r.long), "$", "${", 1), `"`) + "}"
	}
	return r.long + ": " + yamlText(value)
}

// yamlText writes text as YAML, without quotes where it is the same without.
func yamlText(s string) string {
	plain := s != "" && !strings.ContainsAny(s[:1], " -?:,[]{}#&*!|>'\"%@`~") && !strings.HasSuffix(s, " ") && !strings.HasSuffix(s, ":") &&
		!strings.Contains(s, ": ") && !strings.Contains(s, " #") && !strings.ContainsAny(s, "\n\r\t")
	if plain {
		return s
	}
	return "'" + strings.ReplaceAll(printable(s), "'", "''") + "'"
}
