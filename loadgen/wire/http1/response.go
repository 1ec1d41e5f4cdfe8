// Package http1 reads HTTP/1.x answers: bytes in, whatever pieces they come in, and out what they say of a request.
// It is pure: it knows no socket, no clock and no loop, and builds on every system. It refuses to guess: what is not
// HTTP as RFC 9112 has it ends the answer with an error that IsProtocol knows. A Response is the reader of one
// connection's answers, a Memo knows by heart the answer that a server gives again and again.
package http1

import (
	"bytes"
	"errors"
	"io"
	"math"
	"net/http"
)

// A Response reads the answers of one connection, one after another, out of whatever pieces the socket gives.
//
// It never blocks and never looks back: Feed takes a piece, moves the state on, and forgets the piece. The one
// thing that it copies is a line cut in two between pieces, so an ordinary answer allocates nothing, and an idle
// connection holds this struct and at most lineKept and saidMax bytes. What a server can make it hold is bounded by
// headMax.
//
// It means what net/http means by the same bytes (the fuzz target holds the two together), but for these:
//
//   - only HTTP/1.x with a code from 100 up: net/http takes any digit for a version, and "+20" or "007" for a code;
//   - 101 is refused: nobody asked for another protocol, and what follows would not be HTTP;
//   - a folded Connection, Content-Length or Transfer-Encoding is refused: what frames the body stands on one
//     line. Any other header may be folded, as old servers do;
//   - the header with all interim answers before it, and the trailer, end within headMax: net/http sets no bound
//     here, its Transport 10 MiB;
//   - lines of a trailer end in CRLF, as all of the chunked coding does: net/http looks for CRLF at the end of
//     the trailer only, and cannot say more before it has the whole of it;
//   - the names announced in Trailer are not looked at, for trailers are checked and dropped: net/http refuses
//     the announcement of a Content-Length.
//
// The first byte of the final answer: whether a status line is the final one shows at its end, which may come in a
// later piece than its first byte. So Began tells of each, and the instant of the last piece that had it is the one
// wanted; an interim answer's is overwritten by the next.
//
// Owned by the loop; the zero value must be reset before use.
type Response struct {
	// If set, these are called as an answer arrives; what they get is only lent. OnHeader gets each header of the
	// final answer, with an empty name where a line continues the one before. OnBody gets the body, chunks unwrapped.
	// OnLine gets each line of the head as it came, without its LF, those of interim answers too.
	OnHeader func(name, value []byte)
	OnBody   func(b []byte)
	OnLine   func(line []byte)

	Status    int    // 0 until the final status line is whole
	Reason    string // the phrase, where it is not the standard's for the status; valid once Started
	Note      string // of a status from 300 up, what the server says: "Allow: GET, HEAD". Secrets may stand in it
	Said      []byte // of a status from 300 up, the beginning of its body; valid until Reset. Secrets may stand in it
	BodyBytes int64  // body bytes so far, chunks unwrapped
	Interim   int    // whole interim (1xx) answers so far
	Continued bool   // a 100 was among them
	Began     bool   // a status line began in the piece just fed; see above
	Started   bool   // the final status line is whole
	Reuse     bool   // after the end: the connection may carry another request, if no byte was left over

	part     part
	bodyless bool // the answer to a HEAD
	foldable bool // the next line may continue this one
	hundred  bool // the interim answer whose header is being read is a 100
	noteRank uint8
	framing  framing
	room     int    // bytes that the lines of this part may still take
	left     int64  // bytes of the body or the chunk still to come
	waste    int64  // bytes of chunk framing beyond what the data excuses
	line     []byte // the line that began in an earlier piece
}

// framing is what one answer's header says of where it ends and what happens then.
type framing struct {
	length  int64
	digits  int  // how long the length was written; 0: there was none
	chunked bool // the last chunk ends the body
	old     bool // HTTP/1.0: closes unless it says keep-alive, has no chunks
	closes  bool // said close, or has no other end
	keeps   bool // said keep-alive
}

// part is where in an answer the next byte stands.
type part uint8

const (
	inStatus part = iota
	inInterim
	inHeader
	inBody
	inChunkSize
	inChunk
	inChunkEnd
	inTrailer
	inRest // a body that the close of the connection ends
	atEnd
)

// Bounds, in bytes.
const (
	headMax      = 64 << 10 // the final header and all interim answers before it; again for the trailer
	chunkLineMax = 4 << 10  // a chunk's size with its extensions, which are skipped
	wasteMax     = 16 << 10 // waste: one byte in a chunk is honest streaming, kilobytes of extensions are not
	lineKept     = 64       // capacity of line that stays with an idle connection
	quoteMax     = 200      // of what is kept or shown of a server's own words
	saidMax      = 513      // of a body that says why; one more than is looked at, by which it is seen to be longer
)

// A protocolError says in which way what came was not HTTP as it should be.
type protocolError string

func (e protocolError) Error() string { return "read response: " + string(e) }

// IsProtocol says whether err is that what came was not HTTP as it should be.
func IsProtocol(err error) bool {
	var e protocolError
	return errors.As(err, &e)
}

// ErrLength is of a Content-Length that is no number, or that contradicts another.
const ErrLength protocolError = "malformed or conflicting content-length"

const (
	errStatusLine protocolError = "malformed status line"
	errSwitched   protocolError = "101 switching protocols, which was not asked for"
	errHeaderLine protocolError = "malformed header line"
	errFolded     protocolError = "folded header line where none may be"
	errEncoding   protocolError = "unsupported transfer-encoding"
	errChunk      protocolError = "malformed chunk"
	errWaste      protocolError = "chunks carry more framing than data"
	errTrailer    protocolError = "trailer line without CRLF"
	errTooLong    protocolError = "header, trailer or chunk line too long"
)

// Reset makes r ready for the answer to a request of this method. The hooks stay, and the last reason does, so that a
// server's own phrase is kept once and not once per answer.
func (r *Response) Reset(method string) {
	*r = Response{OnHeader: r.OnHeader, OnBody: r.OnBody, OnLine: r.OnLine, Reason: r.Reason, line: r.line[:0],
		Said: r.Said[:0], room: headMax, bodyless: method == http.MethodHead}
}

// Feed reads the next piece, up to the end of the final answer, and says how much of it was used. After the end or an
// error, only reset may follow.
func (r *Response) Feed(b []byte) (n int, done bool, err error) {
	r.Began = false
	for n < len(b) && r.part != atEnd && err == nil {
		var used int
		used, err = r.step(b[n:])
		n += used
	}
	return n, r.part == atEnd, err
}

// EOF says what it means that the server closed the connection now: the end of the answer, io.EOF where not a byte of
// one had come, or io.ErrUnexpectedEOF.
func (r *Response) EOF() (done bool, err error) {
	switch {
	case r.part == inRest:
		r.end()
	case r.IsFresh():
		return false, io.EOF
	case r.part != atEnd:
		return false, io.ErrUnexpectedEOF
	}
	return true, nil
}

// HeaderStatus is the status of the final answer, once its header is whole.
func (r *Response) HeaderStatus() int {
	if r.part <= inHeader {
		return 0
	}
	return r.Status
}

// Protocol is what the answer says that it speaks, once its status line is whole.
func (r *Response) Protocol() string {
	if r.framing.old {
		return "HTTP/1.0"
	}
	return "HTTP/1.1"
}

// IsAnswer says whether b begins as an answer does.
func IsAnswer(b []byte) bool { return bytes.HasPrefix(b, version) }

// IsFresh says whether not a byte of an answer has come.
func (r *Response) IsFresh() bool { return r.part == inStatus && r.Interim == 0 && len(r.line) == 0 }

// IsFinal says whether what has come is known to be the final answer: after interim ones, once its header is whole, for
// until then it may be another of them.
func (r *Response) IsFinal() bool { return r.Interim == 0 || r.HeaderStatus() != 0 }

// IsBetween says whether interim answers came, and not a byte of what follows them.
func (r *Response) IsBetween() bool { return r.part == inStatus && r.Interim > 0 && len(r.line) == 0 }

func (r *Response) end() {
	r.part = atEnd
	r.Reuse = !r.framing.closes && (r.framing.keeps || !r.framing.old)
	if cap(r.line) > lineKept {
		r.line = nil
	}
}

// step takes one line, or as much of the body as there is.
func (r *Response) step(b []byte) (n int, err error) {
	switch r.part {
	case inBody, inChunk, inRest:
		return r.data(b), nil
	case inStatus:
		r.Began = r.Began || len(r.line) == 0
	}
	line, n, err := r.cut(b)
	if line == nil || err != nil {
		return n, err
	}
	if r.OnLine != nil && r.part <= inHeader {
		r.OnLine(line)
	}
	switch r.part {
	case inStatus:
		err = r.statusLine(line)
	case inInterim, inHeader:
		err = r.headerLine(line)
	case inChunkSize:
		err = r.chunkSize(line)
	case inChunkEnd:
		err = r.chunkEnd(line)
	default:
		err = r.trailerLine(line)
	}
	return n, err
}

// cut takes a line off b, without its LF, and joins it to what earlier pieces had of it. The line is nil as long as its
// end has not come, and is only good until the next cut.
func (r *Response) cut(b []byte) (line []byte, n int, err error) {
	i := bytes.IndexByte(b, '\n')
	if n = i + 1; i < 0 {
		n = len(b)
	}
	if r.room -= n; r.room < 0 {
		return nil, n, r.tooLong()
	}
	if i < 0 {
		r.line = append(r.line, b...)
		return nil, n, r.hopeless()
	}
	line = b[:i]
	if len(r.line) > 0 {
		line = append(r.line, line...)
		r.line = line[:0]
	}
	return line, n, nil
}

func (r *Response) tooLong() error {
	if r.part == inChunkEnd {
		return errChunk
	}
	return errTooLong
}

// hopeless refuses the beginning of a status line that can never become one, so that a server of another protocol is
// named at once: it may send no line end, and wait.
func (r *Response) hopeless() error {
	if r.part != inStatus || bytes.HasPrefix(r.line, version) || bytes.HasPrefix(version, r.line) {
		return nil
	}
	return refuse(r.line)
}

// endHeader decides what follows the blank line. Chunks go before a length, as RFC 9112 §6.3 has it.
func (r *Response) endHeader() {
	r.left = math.MaxInt64
	switch f := &r.framing; {
	case r.part == inInterim:
		r.Interim++
		r.Continued = r.Continued || r.hundred
		r.part = inStatus
	case r.bodyless, r.Status == http.StatusNoContent, r.Status == http.StatusNotModified:
		r.end()
	case f.chunked:
		r.part, r.room = inChunkSize, chunkLineMax
	case f.digits == 0:
		f.closes = true
		r.part = inRest
	case f.length == 0:
		r.end()
	default:
		r.part, r.left = inBody, f.length
	}
}

func (r *Response) data(b []byte) int {
	b = b[:min(int64(len(b)), r.left)]
	r.left -= int64(len(b))
	r.BodyBytes += int64(len(b))
	if r.OnBody != nil {
		r.OnBody(b)
	}
	if r.Status >= http.StatusMultipleChoices && len(r.Said) < saidMax {
		r.Said = append(r.Said, b[:min(len(b), saidMax-len(r.Said))]...)
	}
	if r.left == 0 && r.part == inBody {
		r.end()
	} else if r.left == 0 {
		r.part, r.room = inChunkEnd, len("\r\n")
	}
	return len(b)
}
