package flows

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"net/http"
	"strconv"
)

// An Answer is what is to be sent.
type Answer struct {
	Status int
	Header http.Header // may be nil; Content-Length is set where there is a body
	Body   []byte
}

func (a *Answer) set(name, value string) {
	if a.Header == nil {
		a.Header = http.Header{}
	}
	a.Header.Set(name, value)
}

// with gives the answer a body.
func (a *Answer) with(kind string, body []byte) {
	a.Body = body
	a.set("Content-Type", kind)
	a.set("Content-Length", strconv.Itoa(len(body)))
}

// inJSON is an answer whose body is a value.
func inJSON(status int, value any) Answer {
	var body bytes.Buffer
	e := json.NewEncoder(&body)
	e.SetEscapeHTML(false) // so that who looks for a URL by an expression finds it as it is
	_ = e.Encode(value)    // texts, numbers and truths always encode
	a := Answer{Status: status}
	a.with("application/json", body.Bytes())
	return a
}

// inXML is the same in XML.
func inXML(status int, value any) Answer {
	body, _ := xml.Marshal(value) // a struct of texts always encodes
	a := Answer{Status: status}
	a.with("application/xml", append([]byte(xml.Header), append(body, '\n')...))
	return a
}

// refusal is an answer that says why.
func refusal(status int, why string) *Answer {
	a := inJSON(status, map[string]string{"error": why})
	return &a
}
