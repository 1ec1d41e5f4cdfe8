package verify

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// What of the caller's body is each object's own. A server that takes nothing but a calendar, each under an identity of
// its own, can be verified by a body that says where identity and difference stand.
const (
	KeyMark = "{{key}}" // the object's name
	SeqMark = "{{seq}}" // the number of the body
)

// Body is body i of the caller's kind, so many bytes long where that can be: the caller's own with i in the place of
// SeqMark; where it has none, an object with a member more if the caller's is a JSON object, text else. Bodies of one
// size differ by i alone. The place of KeyMark holds something as long as a name: see address.
func (p *Probe) Body(i, size int) []byte {
	sample := bytes.ReplaceAll(p.options.Sample, []byte(KeyMark), p.noName())
	if bytes.Contains(sample, []byte(SeqMark)) {
		return numbered(sample, i, size)
	}
	var object map[string]json.RawMessage
	if json.Unmarshal(sample, &object) != nil || object == nil {
		return fill([]byte(fmt.Sprintf("shotput verify %d ", i)), size)
	}
	object["shotput_verify"] = []byte(strconv.Quote(fmt.Sprintf("%d ", i)))
	made, err := json.Marshal(object)
	if err != nil || len(made) >= size {
		return made
	}
	object["shotput_verify"] = []byte(strconv.Quote(fmt.Sprintf("%d ", i) + strings.Repeat("x", size-len(made))))
	made, _ = json.Marshal(object)
	return made
}

// fill is b, repeated up to a size.
func fill(b []byte, size int) []byte {
	if size <= len(b) {
		return b
	}
	return bytes.Repeat(b, size/len(b)+1)[:size]
}

// numbered puts a number in the place of each SeqMark, and makes the first as long as the size asks for.
func numbered(sample []byte, i, size int) []byte {
	with := func(pad string) []byte {
		made := bytes.Replace(sample, []byte(SeqMark), fmt.Appendf(nil, "%d%s", i, pad), 1)
		return bytes.ReplaceAll(made, []byte(SeqMark), strconv.AppendInt(nil, int64(i), 10))
	}
	made, filling := with(""), "x"
	if json.Valid(made) && !json.Valid(with(filling)) {
		filling = " " // it stands for a number, of which x is no part
	}
	if len(made) >= size {
		return made
	}
	return with(strings.Repeat(filling, size-len(made)))
}

// isKeyed says whether each body has its object's name in it.
func (p *Probe) isKeyed() bool { return bytes.Contains(p.options.Sample, []byte(KeyMark)) }

// noName stands in a body for the name of an object: checks make bodies before they know under which name they are
// sent, and compare them with what is read under another. It is as long as the names are that Name gives, so that no
// length changes when one takes its place.
func (p *Probe) noName() []byte {
	return fill([]byte("name."), len(p.options.Prefix)+len(p.check.Name)+len("-0000"))
}

// address is a body as it is sent under a name.
func (p *Probe) address(name string, body []byte) []byte {
	if len(body) == 0 || !p.isKeyed() {
		return body
	}
	if !slices.Contains(p.addressed, name) {
		p.addressed = append(p.addressed, name)
	}
	return bytes.ReplaceAll(body, p.noName(), []byte(name))
}

// unaddress is a body as checks compare it. The name in it may be another than the one it is read under, and a server
// that folds lines may have folded it.
func (p *Probe) unaddress(body []byte) []byte {
	if len(body) == 0 || !p.isKeyed() {
		return body
	}
	name, folded := p.nameIn(body), unfold(body)
	if other := p.nameIn(folded); len(other) > len(name) {
		name, body = other, folded
	}
	if name == "" {
		return body
	}
	return bytes.ReplaceAll(body, []byte(name), p.noName())
}

// nameIn is the longest name that a body was sent under which stands in it.
func (p *Probe) nameIn(body []byte) (found string) {
	at := bytes.Index(body, []byte(p.options.Prefix+p.check.Name))
	if at < 0 {
		return ""
	}
	for _, name := range p.addressed {
		if len(name) > len(found) && bytes.HasPrefix(body[at:], []byte(name)) {
			found = name
		}
	}
	return found
}

// unfold joins lines that were folded because they are long (RFC 5545 §3.1, RFC 6350 §3.2).
func unfold(text []byte) []byte {
	return bytes.ReplaceAll(bytes.ReplaceAll(text, []byte("\r\n "), nil), []byte("\n "), nil)
}

// linesOf are the lines of a text, unfolded and in order: a server that stores what a text means may write them in its
// own.
func linesOf(text []byte) []string {
	lines := strings.Split(strings.TrimSpace(string(unfold(text))), "\n")
	for i := range lines {
		lines[i] = strings.TrimSpace(lines[i])
	}
	slices.Sort(lines)
	return lines
}
