package answer

import "errors"

// A Capture takes a value from an answer, for the requests that follow it in its flow.
type Capture struct {
	Name string `json:"name,omitzero"` // by which {{captured "name"}} gives it
	From string `json:"from,omitzero"` // header, json, regex, status, cookie or url
	What string `json:"what,omitzero"` // the header's name, the path, the expression, the cookie's name; nothing of status and url
}

// A Taker is a Capture, compiled. Safe for concurrent use.
type Taker struct {
	Capture
}

// Compile compiles it. The error is a Fault.
func (c Capture) Compile() (*Taker, error) { return nil, errors.New("not yet") }

// Take gives the value, or says why there is none, secrets hidden. status and url are the answer's: url is that of the
// request, or where redirects led.
func (t *Taker) Take(a *Seen, status int, url string) (value, why string) { return "", "not yet" }

// ReadsBody says whether the answer's body is looked at.
func (t *Taker) ReadsBody() bool { return false }
