package flows

import (
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

// inJSON is an answer whose body is a value, which always encodes.
func inJSON(status int, value any) Answer {
	a := Answer{Status: status}
	body, err := json.Marshal(value)
	if err != nil {
		return *refusal(http.StatusInternalServerError, err.Error())
	}
	a.with("application/json", append(body, '\n'))
	return a
}

func inXML(status int, value any) Answer {
	a := Answer{Status: status}
	body, err := xml.Marshal(value)
	if err != nil {
		return *refusal(http.StatusInternalServerError, err.Error())
	}
	a.with("application/xml", append([]byte(xml.Header), append(body, '\n')...))
	return a
}

// refusal is an answer that says why.
func refusal(status int, why string) *Answer {
	a := inJSON(status, map[string]string{"error": why})
	return &a
}
