package transport

import (
	"bytes"
	"io"
	"net/http"
)

// A BodyReader reads answers' bodies, one after the other, and keeps the beginning where somebody asks for it.
type BodyReader struct {
	Kept []byte // of the last one; valid until the next is read
	Size int64  // of the body; 0 where it was not read
}

// A ReadLimit says how much of an answer's body is read, and kept.
type ReadLimit struct {
	Skip bool // nothing is read
	Keep int  // bytes
}

// Read reads the body of a response, which stays open. quiet, which may be nil, is told of each read. The error is the
// transport's.
func (b *BodyReader) Read(how ReadLimit, response *http.Response, quiet *QuietLimit) (err error) {
	b.Kept, b.Size = b.Kept[:0], 0
	if how.Skip {
		return nil
	}
	var body io.Reader = response.Body
	if quiet != nil {
		body = quietReader{body, quiet}
	}
	if how.Keep > 0 {
		into := bytes.NewBuffer(b.Kept)
		_, err = into.ReadFrom(io.LimitReader(body, int64(how.Keep)))
		b.Kept = into.Bytes()
	}
	more := int64(0)
	if err == nil {
		more, err = io.Copy(io.Discard, body)
	}
	b.Size = int64(len(b.Kept)) + more
	return err
}
