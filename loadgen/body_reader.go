package loadgen

import (
	"bytes"
	"io"
	"net/http"
)

// A bodyReader reads answers' bodies, one after the other, and keeps the beginning where somebody asks for it.
type bodyReader struct {
	kept []byte
	size int64 // of the body; 0 where it was not read
}

// howRead says how much of an answer's body is read, and kept.
type howRead struct {
	skip bool // nothing is read
	keep int  // bytes
}

func (b *bodyReader) read(how howRead, response *http.Response, quiet *quietLimit) (err error) {
	b.kept, b.size = b.kept[:0], 0
	if how.skip {
		return nil
	}
	var body io.Reader = response.Body
	if quiet != nil {
		body = quietReader{body, quiet}
	}
	if how.keep > 0 {
		into := bytes.NewBuffer(b.kept)
		_, err = into.ReadFrom(io.LimitReader(body, int64(how.keep)))
		b.kept = into.Bytes()
	}
	more := int64(0)
	if err == nil {
		more, err = io.Copy(io.Discard, body)
	}
	b.size = int64(len(b.kept)) + more
	return err
}
