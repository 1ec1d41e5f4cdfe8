package planfile

import (
	"fmt"
	"strings"
)

// A file of pairs is a mapping of names to words, such as what is expected of checks. It is read as a plan file is, and
// what is wrong is told with its place.

// A Judge says what is wrong with a pair, and what could stand there instead; "" where nothing is.
type Judge func(name, word string) (why, try string)

// Pairs reads a file of pairs; judge may be nil.
func Pairs(name string, text []byte, judge Judge) (pairs map[string]string, faults []Fault) {
	p := &page{name: name, lines: strings.Split(strings.ReplaceAll(string(text), "\r\n", "\n"), "\n")}
	pairs = map[string]string{}
	top := (&yamlText{p}).parse(text)
	if top == nil {
		return nil, p.Faults()
	}
	if top.kind != mapping {
		p.Fault(top.Place, fmt.Sprintf("the file is %s, and no mapping of names to words", top), "create: 201")
	}
	for i, key := range top.keys {
		value := top.values[i]
		if value.kind != scalar || value.tag == "null" {
			p.Fault(value.Place, fmt.Sprintf("what is expected of %s is a word, and this is %s", key.text, value),
				key.text+": holds")
			continue
		}
		if judge != nil {
			if why, try := judge(key.text, value.text); why != "" {
				p.Fault(key.Place, why, try)
			}
		}
		pairs[key.text] = value.text
	}
	return pairs, p.Faults()
}

// WritePairs writes a file of pairs, in the order of names.
func WritePairs(names []string, pairs map[string]string) []byte {
	var b strings.Builder
	for _, name := range names {
		if value, ok := pairs[name]; ok {
			fmt.Fprintf(&b, "%s: %s\n", name, pairWord(value))
		}
	}
	return []byte(b.String())
}

// pairWord quotes what YAML would not take for the text that it is.
func pairWord(s string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-'
	}
	if s != "" && s[0] != '-' && strings.IndexFunc(s, func(r rune) bool { return !plain(r) }) < 0 {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", "''") + "'"
}
