package request

import (
	"encoding/json"
	"errors"
	"mime"
	"strings"

	"shotput/loadgen/fault"
	"shotput/loadgen/header"
	"shotput/loadgen/text"
)

// asJSON is what Body.As says of a text that is JSON.
const asJSON = "json"

// compileText compiles the text of a body. Of one that must be JSON, what is rendered is to be looked at unless it
// cannot but be JSON: to read every body once more would cost more than to make it.
func compileText(env text.Env, body string, isJSON, must bool) (parts text.Parts, looked bool, err error) {
	t, err := env.Compile(body, "body")
	err = errors.Join(err, standInText(&t, must || isJSON))
	parts = text.Fold(t.Parts)
	if must && parts.Fixed() && err == nil {
		err = findNoJSON(parts.Append(nil, text.Scope{}))
	}
	return parts, must && err == nil && !(parts.KeepsJSON() && json.Valid(parts.Append(nil, text.Scope{}))), err
}

// standInText tells the calls of a body's text, or of a part of one, what they stand in.
func standInText(t *text.Compiled, json bool) error {
	if json {
		return t.StandInJSON()
	}
	t.StandInBody()
	return nil
}

// saysJSON says whether a request's own header has its body as JSON.
func saysJSON(lines []header.Line) bool {
	for _, h := range lines {
		if !h.Remove && strings.EqualFold(h.Name, "Content-Type") && isJSON(h.Value) {
			return true
		}
	}
	return false
}

// isJSON says whether a Content-Type is that of a JSON text (RFC 8259 §11, RFC 6839 §3.1).
func isJSON(contentType string) bool {
	kind, _, err := mime.ParseMediaType(contentType)
	return err == nil && (kind == "application/json" || kind == "text/json" || strings.HasSuffix(kind, "+json"))
}

// findNoJSON says where a body that is the same for all requests is no JSON: what can be told before any is sent is.
func findNoJSON(body []byte) error {
	var syntax *json.SyntaxError
	if !errors.As(json.Unmarshal(body, new(json.RawMessage)), &syntax) {
		return nil
	}
	at := max(0, min(int(syntax.Offset), len(body))-1)
	if err := syntax.Error(); strings.Contains(err, "unexpected end") {
		return fault.Malformed.In("body as", "", "the body is no JSON: it ends too early, after %s",
			text.Position(string(body), at))
	}
	return fault.Malformed.In("body as", "", "the body is no JSON: %s: %v", text.Position(string(body), at), syntax)
}

var errNoJSON = errors.New("the body is no JSON")

// checkJSON fails request r where what was rendered for it should be JSON and is not.
func checkJSON(data []byte, values *text.Sources, r text.Scope) {
	if r.With.Err == nil && !json.Valid(data) {
		r.Fail(nil, values.Blame(r, errNoJSON))
	}
}
