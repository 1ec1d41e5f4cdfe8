package cli

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"shotput/cli/advice"
	"shotput/loadgen"
	"shotput/verify"
)

// mostSample is how much of the caller's body is looked at, to make bodies of its kind.
const mostSample = 64 << 10

// formType is what -d sends where the caller says nothing, as curl does.
const formType = "application/x-www-form-urlencoded"

// What a check puts into a body stands aside while the template is rendered, which would take it for its own. Numbers,
// since the body may have to be JSON.
const (
	keyAside = "8462093517308264"
	seqAside = "8462093517308265"
)

var (
	keyOfBody = regexp.MustCompile(`\{\{[ \t]*key[ \t]*\}\}`)
	seqOfBody = regexp.MustCompile(`\{\{[ \t]*seq[ \t]*\}\}`)
)

// putAside is a body with the places that checks fill hidden from the template.
func putAside(b loadgen.Body) loadgen.Body {
	b.Text = seqOfBody.ReplaceAllLiteralString(keyOfBody.ReplaceAllLiteralString(b.Text, keyAside), seqAside)
	return b
}

// takeSample renders the caller's body, of whose kind bodies of checks are, and says so where they will not be.
func (v *verification) takeSample(o *verify.Options) error {
	made, err := loadgen.Render(v.asked.Plan, 1, mostSample)
	if err != nil {
		return v.asked.Explain(err)
	}
	o.Sample = bytes.ReplaceAll(made.Body, []byte(keyAside), []byte(verify.KeyMark))
	o.Sample = bytes.ReplaceAll(o.Sample, []byte(seqAside), []byte(verify.SeqMark))
	for _, h := range v.asked.Plan.Request.Header {
		if strings.EqualFold(h.Name, "Content-Type") && !h.Remove {
			o.Type = h.Value
		}
	}
	isAccept := func(h loadgen.Header) bool { return strings.EqualFold(h.Name, "Accept") }
	if o.Type != "" && o.Type != formType && !slices.ContainsFunc(v.asked.Plan.Request.Header, isAccept) {
		o.Accept = o.Type + ", */*" // some servers have nothing for whoever does not ask for what was written
	}
	if isOfAKind(o.Sample, o.Type) {
		v.note([]advice.Hint{{Error: "bodies of checks are made of plain text: where they must be of this body's " +
			"kind, write {{seq}} where it may differ, and {{key}} where the object's name belongs"}})
	}
	once := &v.asked.Plan.Request.Body // --once sends it as a check would
	once.Text = strings.NewReplacer(keyAside, v.at.Prefix+"0", seqAside, "1").Replace(once.Text)
	return nil
}

// isOfAKind says whether a body is of a kind that checks cannot make others of.
func isOfAKind(sample []byte, contentType string) bool {
	var object map[string]json.RawMessage
	text := bytes.TrimSpace(sample)
	switch {
	case len(text) == 0 || bytes.Contains(text, []byte(verify.SeqMark)):
		return false
	case json.Unmarshal(bytes.ReplaceAll(text, []byte(verify.KeyMark), []byte("k")), &object) == nil && object != nil:
		return false
	}
	kind, _, _ := strings.Cut(strings.ToLower(contentType), ";")
	plain := []string{"", "text/plain", "application/octet-stream", formType}
	return !slices.Contains(plain, strings.TrimSpace(kind)) || !utf8.Valid(text) ||
		bytes.ContainsAny(text[:1], "<[{%") || bytes.Contains(text, []byte("\n"))
}
