package verify

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"shotput/loadgen/fault"
	"shotput/loadgen/jsonpath"
)

// # The grammar
//
//	validator = to "from" from
//	to        = "query" NAME | "header" NAME | "body" PATH
//	from      = "json" PATH  | "header" NAME
//
// PATH begins with a dot. What the state is called is looked for in what is read, else in the answer to the PUT that
// made it.

// A Validator says how a server is told of the state that an update is of.
type Validator struct {
	to       string // query, header or body
	name     string // of the query's parameter or of the header
	at       jsonpath.Path
	from     string // json or header
	header   string
	path     jsonpath.Path
	original string
}

// ifMatch is what HTTP says, and what holds where nobody says otherwise.
var ifMatch = &Validator{to: "header", name: "If-Match", from: "header", header: "ETag",
	original: "header If-Match from header ETag"}

func (v *Validator) String() string { return v.original }

// validatorForm is said of a text that is none.
const validatorForm = "a validator is written as `query rev from json .rev`, " +
	"`header X-Version from header X-Version` or `body ._rev from json ._rev`"

// ParseValidator reads a text such as "query rev from json .rev". The error is a *fault.Fault.
func ParseValidator(text string) (*Validator, error) {
	bad := func(why string, args ...any) (*Validator, error) {
		return nil, fault.Malformed.In("validator", text, why, args...).
			MendBy(fault.Replace, "validator", "query rev from json .rev")
	}
	words := strings.Fields(text)
	if len(words) != 5 || words[2] != "from" {
		return bad(validatorForm)
	}
	v := &Validator{to: words[0], from: words[3], original: strings.Join(words, " ")}
	var err error
	switch v.to {
	case "query":
		v.name = words[1]
	case "header":
		v.name = http.CanonicalHeaderKey(words[1])
	case "body":
		if v.at, err = memberPath(words[1]); err != nil {
			return bad("%s is no path to a member: %v", words[1], err)
		}
	default:
		return bad("a state is told in a query, a header or a body%s; %s", meant(v.to, "query", "header", "body"),
			validatorForm)
	}
	switch v.from {
	case "header":
		v.header = words[4]
	case "json":
		if v.path, err = memberPath(words[4]); err != nil {
			return bad("%s is no path to a member: %v", words[4], err)
		}
	default:
		return bad("a state comes from json or from a header%s; %s", meant(v.from, "json", "header"), validatorForm)
	}
	if !isToken(v.name) && v.to == "header" || !isToken(v.header) && v.from == "header" {
		return bad("the name of a header has letters, digits and dashes alone")
	}
	return v, nil
}

// meant is a question for what a word was most likely meant to be.
func meant(word string, words ...string) string {
	if near := fault.Nearest(word, words); near != "" {
		return ": did you mean " + near + "?"
	}
	return ""
}

// memberPath reads a path to a member of an object.
func memberPath(text string) (jsonpath.Path, error) {
	if !strings.HasPrefix(text, ".") {
		return nil, errNoDot
	}
	path, err := jsonpath.Parse(text)
	switch {
	case err != nil:
		return nil, err
	case len(path) == 0 || slices.ContainsFunc(path, func(s jsonpath.Step) bool { return s.Name == "" }):
		return nil, errNoMember
	}
	return path, nil
}

type pathError string

func (e pathError) Error() string { return string(e) }

const (
	errNoDot    pathError = "it begins with a dot, such as .rev"
	errNoMember pathError = "every step of it is a name, such as .metadata.version"
)

// isToken says whether a text can be the name of a header.
func isToken(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(c rune) bool {
		return (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'z') && !strings.ContainsRune("!#$%&'*+-.^_`|~", c)
	})
}

// of finds what the state is called, in the first of some answers that says so: a string, or a number of JSON.
func (v *Validator) of(answers ...*Answer) (state any, found bool) {
	for _, a := range answers {
		if v.from == "header" {
			if value := a.Header.Get(v.header); value != "" {
				return value, true
			}
			continue
		}
		document, err := decoded(a.Body)
		if err != nil {
			continue
		}
		switch state, _ := v.path.In(document); state.(type) {
		case string, json.Number:
			return state, true
		}
	}
	return nil, false
}

// source says where a state is looked for.
func (v *Validator) source() string {
	if v.from == "header" {
		return v.header
	}
	_, from, _ := strings.Cut(v.original, " from json ")
	return from
}

// tell is the request with the state in it.
func (v *Validator) tell(r Request, state any) Request {
	text, _ := state.(string)
	if n, ok := state.(json.Number); ok {
		text = n.String()
	}
	switch v.to {
	case "query":
		r.Query = url.QueryEscape(v.name) + "=" + url.QueryEscape(text)
	case "header":
		r.Header = append(slices.Clip(r.Header), Header{Name: v.name, Value: text})
	default:
		r.Body = v.inBody(r.Body, state)
	}
	return r
}

// inBody is a body with the state as one of its members. A body that is no JSON object has no members: it is left.
func (v *Validator) inBody(body []byte, state any) []byte {
	document, err := decoded(body)
	object, ok := document.(map[string]any)
	if err != nil || !ok {
		return body
	}
	last := len(v.at) - 1
	for _, step := range v.at[:last] {
		inner, ok := object[step.Name].(map[string]any)
		if !ok {
			inner = map[string]any{}
			object[step.Name] = inner
		}
		object = inner
	}
	object[v.at[last].Name] = state
	made, err := json.Marshal(document)
	if err != nil {
		return body
	}
	return made
}
