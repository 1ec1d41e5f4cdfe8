package flags

import (
	"bytes"
	"cmp"
	"errors"
	"net/http"
	"slices"
	"strings"

	"shotput/cli/address"
	"shotput/cli/line"
	"shotput/loadgen"
)

// A Body is what was asked of the request's body: the flags that give it, in order.
type Body struct {
	Dropped int64 // bytes that -d @file left out, as curl does

	line   *line.Line
	posted []posted
	get    bool // what is posted goes into the query
}

// posted is one flag that gives the body, or a part of it.
type posted struct{ flag, value string }

// IsNone says whether no flag gives a body, or an upload of no file.
func (b *Body) IsNone() bool { return len(b.posted) == 0 || b.posted[0] == posted{"upload-file", ""} }

// IsGiven says whether a flag gives the body, be it empty.
func (b *Body) IsGiven() bool { return len(b.posted) > 0 }

// flags are those that give the body.
func (b *Body) flags() (all []string) {
	for _, p := range b.posted {
		all = append(all, p.flag)
	}
	return all
}

// Uploads says whether the body is that of -T.
func (b *Body) Uploads() bool { return len(b.posted) > 0 && b.posted[0].flag == "upload-file" }

// IsQuery says whether what is posted goes into the query.
func (b *Body) IsQuery() bool { return b.get }

// Default gives a body where no flag does.
func (b *Body) Default(flag, value string) {
	if len(b.posted) == 0 {
		b.posted = []posted{{flag, value}}
	}
}

// post notes a flag that gives the body. Two flags that would each be the whole of it are refused: sending
// either one would be a guess.
func (b *Body) post(flag string) func(string) error {
	return func(value string) error {
		for _, p := range b.posted {
			if other := b.line.Row(p.flag); !b.line.Row(flag).Joins(other) && !isFolderOfForm(flag, p.flag) {
				return line.Wrong{Kind: line.TwoBodies, Why: "a request has one body, and " + other.Name() +
					" gives one already"}
			}
		}
		b.posted = append(b.posted, posted{flag, value})
		return nil
	}
}

// isFolderOfForm says whether two flags are a form and a folder that it may take a file from; whether it does the plan
// says.
func isFolderOfForm(one, other string) bool {
	form := func(flag string) bool { return flag == "form" || flag == "form-string" }
	return one == "body-dir" && form(other) || other == "body-dir" && form(one)
}

// postPath takes the path of a file or folder that gives the body.
func (b *Body) postPath(flag string, into *string) func(string) error {
	return func(path string) error {
		if err := line.Filled(into)(path); err != nil {
			return err
		}
		return b.post(flag)(path)
	}
}

// postSize takes a number of bytes, or a law of sizes, whose grammar is loadgen's.
func (b *Body) postSize(to *loadgen.Body) func(string) error {
	return func(s string) (err error) {
		if strings.ContainsAny(s, ":,*") || strings.Contains(s, "..") || strings.Contains(s, "{{") {
			to.Sizes = s
		} else {
			to.Size, err = ParseSize(s)
		}
		if err == nil {
			err = b.post("size")(s)
		}
		return err
	}
}

// add makes the request's body and the headers that come with it, as curl does: -d and its relations are joined
// by & and typed as a form, a --json is put behind what precedes it as it is, -T adds its name to a URL that ends
// in a slash.
func (b *Body) add(to *loadgen.RequestSpec, in *Source) error {
	if b.get {
		return b.addToQuery(to, in)
	}
	if len(b.posted) == 0 {
		return nil
	}
	switch first := b.posted[0]; b.line.Row(first.flag).Body {
	case "size":
		addDefault(to, "Content-Type", "application/octet-stream")
	case "upload-file":
		if first.value == "" {
			return b.refuse(first, errNoFile)
		}
		if first.value == "." { // curl's other name for standard input
			first.value = "-"
		}
		to.URL = address.AddFile(to.URL, first.value)
		return b.upload(first, &to.Body, in)
	case "form", "body-dir":
		return b.addParts(&to.Body, in)
	case "data":
		b.addType(to)
		if path, ok := strings.CutPrefix(first.value, "@"); ok && len(b.posted) == 1 && first.flag == "data-binary" {
			if path == "" {
				return b.refuse(first, errNoFile)
			}
			return b.upload(posted{first.flag, path}, &to.Body, in)
		}
		return b.join(&to.Body, in)
	}
	return nil
}

// addToQuery is -G.
func (b *Body) addToQuery(to *loadgen.RequestSpec, in *Source) error {
	to.Method = cmp.Or(to.Method, http.MethodGet)
	for _, p := range b.posted {
		if r := b.line.Row(p.flag); r.Body != "data" {
			return b.line.Refuse(line.Fault{Kind: line.Contrary, Flag: "get", Why: "puts text into the query, and " +
				r.Name() + " gives a body that is none", Mends: []line.Mend{line.Drop("get")}})
		}
	}
	if b.isJSON() {
		b.addType(to)
	}
	var joined loadgen.Body
	if err := b.join(&joined, in); err != nil {
		return err
	}
	text := joined.Text
	if joined.Data != nil {
		text = address.Literally(string(joined.Data))
	}
	switch unfit := b.unfitForURL(); {
	case unfit != nil:
		return b.line.Refuse(*unfit)
	case text == "":
	case to.URLs != "":
		return b.line.Refuse(noQuery("get"))
	case to.URL != "":
		to.URL = address.AddQuery(to.URL, text)
	}
	return nil
}

// unfitForURL is the fault of a text that no URL can hold as it is, nil where there is none. Of several pairs in one
// text the signs between them are to stay, so only what is unfit is encoded.
func (b *Body) unfitForURL() *line.Fault {
	for _, p := range b.posted {
		encoded := address.EncodeUnfit(p.value)
		if p.flag == "data-urlencode" || encoded == p.value || strings.HasPrefix(p.value, "@") && p.flag != "data-raw" {
			continue
		}
		f := line.Fault{Flag: p.flag, Value: p.value, Shown: b.line.Show(p.flag, p.value), Code: "template",
			Why:   "has a character that no URL can hold, and is sent as it is; --data-urlencode encodes it",
			Mends: []line.Mend{{How: line.Rename, Flags: []string{p.flag, "data-urlencode"}, Old: p.value}}}
		if strings.Contains(p.value, "&") {
			f.Mends = []line.Mend{line.Replace(p.flag, p.value, encoded)}
		}
		return &f
	}
	return nil
}

// noQuery is that of a flag which would add to a URL, where there is a list of them.
func noQuery(flag string) line.Fault {
	return line.Fault{Kind: line.Contrary, Flag: flag, Why: "adds to the URL, and those of --urls are sent as they are",
		Mends: []line.Mend{line.Drop(flag)}}
}

// isJSON says whether the body is given as JSON.
func (b *Body) isJSON() bool {
	return slices.ContainsFunc(b.posted, func(p posted) bool { return p.flag == "json" })
}

// addType adds the headers that come with -d, or with --json.
func (b *Body) addType(to *loadgen.RequestSpec) {
	if b.isJSON() {
		addDefault(to, "Content-Type", "application/json")
		addDefault(to, "Accept", "application/json")
		return
	}
	addDefault(to, "Content-Type", "application/x-www-form-urlencoded")
}

// upload sends a file byte for byte: from its name, or, where it can be read only once, from memory.
func (b *Body) upload(p posted, to *loadgen.Body, in *Source) (err error) {
	if !in.once(p.value) {
		to.File = p.value
		return nil
	}
	if to.Data, err = in.Read(p.value); err != nil {
		return b.refuse(p, err)
	}
	return nil
}

// join puts the parts together. Text is a template, and what --data-binary gives is not; a body of both would
// make a template of bytes that were to be sent as they are, so it is refused where the two would differ.
func (b *Body) join(to *loadgen.Body, in *Source) error {
	var whole bytes.Buffer
	var template, literal bool
	for i, p := range b.posted {
		part, err := b.read(p, in)
		if err != nil {
			return err
		}
		if i > 0 && p.flag != "json" {
			whole.WriteByte('&')
		}
		whole.Write(part)
		template = template || p.flag != "data-binary"
		literal = literal || p.flag == "data-binary" && bytes.Contains(part, []byte("{{"))
	}
	switch {
	case whole.Len() == 0:
	case !template:
		to.Data = whole.Bytes()
	case literal:
		return b.refuse(posted{flag: "data-binary"},
			errors.New("it holds {{, which is no template there, but is in the -d beside it; give one of them"))
	default:
		to.Text = whole.String()
		if b.isJSON() {
			to.As = "json"
		}
	}
	return nil
}

// read gives the text of one flag, or of the file that it names.
func (b *Body) read(p posted, in *Source) ([]byte, error) {
	if p.flag == "data-urlencode" {
		text, err := address.Encode(p.value, in.Read)
		if err != nil {
			return nil, b.refuse(p, err)
		}
		return []byte(text), nil
	}
	path, isFile := strings.CutPrefix(p.value, "@")
	if !isFile || p.flag == "data-raw" {
		return []byte(p.value), nil
	}
	text, err := in.Read(path)
	if err != nil {
		return nil, b.refuse(p, err)
	}
	if p.flag == "data" {
		all := len(text)
		text = slices.DeleteFunc(text, func(c byte) bool { return c == '\r' || c == '\n' || c == 0 })
		b.Dropped += int64(all - len(text))
	}
	return text, nil
}

// errNoFile is of a name that is empty, as that of a variable without a value: nobody means to send nothing by it.
var errNoFile = errors.New("it names no file")

// refuse says that the body cannot be read.
func (b *Body) refuse(p posted, err error) error {
	instead := "text"
	switch b.line.Row(p.flag).Body {
	case "form":
		instead = "name=text"
	case "upload-file":
		instead = "body.bin"
	}
	return b.line.Refuse(line.Fault{Flag: p.flag, Value: p.value, Shown: b.line.Show(p.flag, p.value),
		Code:  "body-file",
		Doing: "read the body", Why: err.Error(), Mends: []line.Mend{line.Set(p.flag, instead)}})
}
