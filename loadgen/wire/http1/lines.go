package http1

import (
	"bytes"
	"fmt"
	"math"
	"net/http"
	"strings"
	"unicode"
)

// The lines of an answer: status line, headers, chunk sizes, trailer. Each arrives here whole and without its LF.

var version = []byte("HTTP/1.")

// statusLine reads "HTTP/1.1 204 No Content". The phrase may be empty, and the space before it missing.
func (r *Response) statusLine(line []byte) error {
	bare, _ := chomp(line)
	if len(bare) < len("HTTP/1.1 204") || string(bare[:7]) != string(version) || !isDigit(bare[7]) || bare[8] != ' ' {
		return refuse(line)
	}
	code := bare[9:]
	for len(code) > 0 && code[0] == ' ' {
		code = code[1:]
	}
	status := 0
	for _, c := range code[:min(len(code), 3)] {
		if !isDigit(c) {
			return refuse(line)
		}
		status = status*10 + int(c-'0')
	}
	if status < 100 || len(code) > 3 && code[3] != ' ' {
		return refuse(line)
	}
	r.framing = framing{old: bare[7] == '0'}
	r.foldable = false
	switch {
	case status == http.StatusSwitchingProtocols:
		return errSwitched
	case status < 200:
		r.part, r.hundred = inInterim, status == http.StatusContinue
		return nil
	}
	r.part, r.Started, r.Status = inHeader, true, status
	r.setReason(trim(code[3:]))
	return nil
}

// refuse shows the line: it tells of the protocol that the server really speaks.
func refuse(line []byte) error {
	return fmt.Errorf("%w %q", errStatusLine, line[:min(len(line), quoteMax)])
}

func (r *Response) setReason(phrase []byte) {
	switch {
	case len(phrase) == 0, string(phrase) == http.StatusText(r.Status):
		r.Reason = ""
	case string(phrase) != r.Reason:
		r.Reason = Plain(phrase)
	}
}

func (r *Response) headerLine(line []byte) error {
	line, _ = chomp(line)
	if len(line) == 0 {
		r.endHeader()
		return nil
	}
	name, value, err := r.split(line)
	if err != nil {
		return err
	}
	if r.part == inHeader {
		if r.OnHeader != nil {
			r.OnHeader(name, value)
		}
		if r.Status >= 300 {
			r.remark(name, value)
		}
	}
	return r.frame(name, value)
}

// split checks a header line and parts it. Name is empty where the line continues the one before.
//
// A space may stand in a name, as net/http has it; "Content-Length :" is then some other header, and frames nothing.
func (r *Response) split(line []byte) (name, value []byte, err error) {
	if line[0] == ' ' || line[0] == '\t' {
		if !r.foldable {
			return nil, nil, errFolded
		}
	} else {
		r.foldable = true
		colon := bytes.IndexByte(line, ':')
		if colon <= 0 || !all(line[:colon], &nameByte) {
			return nil, nil, errHeaderLine
		}
		name, line = line[:colon], line[colon+1:]
	}
	if !all(line, &valueByte) {
		return nil, nil, errHeaderLine
	}
	return name, trim(line), nil
}

// frame takes what a header says of the answer's end.
func (r *Response) frame(name, value []byte) error {
	switch {
	case equal(name, "connection"):
		r.framing.connection(value)
	case equal(name, "content-length"):
		if !r.framing.contentLength(value) {
			return ErrLength
		}
	case equal(name, "transfer-encoding"):
		if !r.framing.transferEncoding(value) {
			return errEncoding
		}
	default:
		return nil
	}
	r.foldable = false
	return nil
}

func (f *framing) connection(tokens []byte) {
	for len(tokens) > 0 {
		n := bytes.IndexByte(tokens, ',')
		if n < 0 {
			n = len(tokens)
		}
		token := trim(tokens[:n])
		f.closes = f.closes || equal(token, "close")
		f.keeps = f.keeps || equal(token, "keep-alive")
		tokens = tokens[min(n+1, len(tokens)):]
	}
}

// contentLength takes a length. One that says the same again, digit by digit, changes nothing; any other is refused.
func (f *framing) contentLength(value []byte) bool {
	var n int64
	for _, c := range value {
		d := int64(c - '0')
		if !isDigit(c) || n > (math.MaxInt64-d)/10 {
			return false
		}
		n = n*10 + d
	}
	if len(value) == 0 || f.digits > 0 && (n != f.length || len(value) != f.digits) {
		return false
	}
	f.length, f.digits = n, len(value)
	return true
}

// transferEncoding takes chunked, once, and nothing else. HTTP/1.0 does not know the header.
func (f *framing) transferEncoding(value []byte) bool {
	if f.old {
		return true
	}
	if f.chunked || !equal(value, "chunked") {
		return false
	}
	f.chunked = true
	return true
}

// remarks are the headers that say why an answer is not the one hoped for; the first of them that there is, is the
// note.
var remarks = [...]string{"Allow", "Retry-After", "Location", "WWW-Authenticate"}

func (r *Response) remark(name, value []byte) {
	for rank, known := range remarks {
		if !equal(name, known) || len(value) == 0 || r.Note != "" && rank >= int(r.noteRank) {
			continue
		}
		if known == "WWW-Authenticate" {
			value, _, _ = bytes.Cut(value, []byte(" ")) // the scheme; a challenge differs from one answer to the next
		}
		r.Note, r.noteRank = known+": "+Plain(value), uint8(rank)
	}
}

// chunkSize reads "1f;name=value". Here a line ends in CRLF and holds no other CR: LF alone is where parsers part ways.
//
// The excuse for waste, 16 bytes a chunk and two for each byte of data, is net/http's, and so is forgiving the last
// chunk.
func (r *Response) chunkSize(line []byte) error {
	cr := bytes.IndexByte(line, '\r')
	if cr < 0 || cr != len(line)-1 {
		return errChunk
	}
	digits, _, _ := bytes.Cut(trimRight(line[:cr]), []byte(";"))
	size, ok := parseHex(digits)
	if !ok {
		return errChunk
	}
	if size == 0 {
		r.part, r.room, r.foldable = inTrailer, headMax, false
		return nil
	}
	r.waste = max(0, r.waste+int64(len(line)+1)-16-2*size)
	if r.waste > wasteMax {
		return errWaste
	}
	r.part, r.left = inChunk, size
	return nil
}

func (r *Response) chunkEnd(line []byte) error {
	if len(line) != 1 || line[0] != '\r' {
		return errChunk
	}
	r.part, r.room = inChunkSize, chunkLineMax
	return nil
}

// trailerLine checks a line of the trailer and drops it.
func (r *Response) trailerLine(line []byte) error {
	line, crlf := chomp(line)
	if !crlf {
		return errTrailer
	}
	if len(line) == 0 {
		r.end()
		return nil
	}
	_, _, err := r.split(line)
	return err
}

// chomp takes the CR off a line's end and says whether it stood there.
func chomp(line []byte) (bare []byte, crlf bool) {
	if n := len(line) - 1; n >= 0 && line[n] == '\r' {
		return line[:n], true
	}
	return line, false
}

func trim(b []byte) []byte {
	for len(b) > 0 && isBlank(b[0]) {
		b = b[1:]
	}
	return trimRight(b)
}

func trimRight(b []byte) []byte {
	for len(b) > 0 && isBlank(b[len(b)-1]) {
		b = b[:len(b)-1]
	}
	return b
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' }

func isDigit(c byte) bool { return c-'0' < 10 }

// equal compares with a word of letters and hyphens, case ignored in ASCII alone: bytes.EqualFold takes the Kelvin
// sign for a k. CR, which the bit trick would take for a hyphen, has been refused before. The length sorts out nearly
// every header that says nothing to us.
func equal(b []byte, word string) bool {
	if len(b) != len(word) {
		return false
	}
	for i, c := range b {
		if (c^word[i])&^0x20 != 0 {
			return false
		}
	}
	return true
}

// parseHex reads up to 16 digits; 2^60 bytes are more than any chunk has.
func parseHex(digits []byte) (n int64, ok bool) {
	for _, c := range digits {
		switch {
		case isDigit(c):
			c -= '0'
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			c = (c | 0x20) - 'a' + 10
		default:
			return 0, false
		}
		if n >= 1<<56 {
			return 0, false
		}
		n = n<<4 | int64(c)
	}
	return n, len(digits) > 0 && len(digits) <= 16
}

// Plain is a server's own text as people may be shown it: bounded, on one line, without control bytes.
func Plain(b []byte) string {
	return strings.Map(func(c rune) rune {
		if c == unicode.ReplacementChar || !unicode.IsPrint(c) {
			return '?'
		}
		return c
	}, string(b[:min(len(b), quoteMax)]))
}

// The bytes that may stand in a header's name (token, RFC 9110 §5.6.2, and the space that net/http lets pass) and in
// its value (RFC 9110 §5.5).
var (
	nameByte  = bytesWhere(func(c byte) bool { return isLetter(c) || strings.IndexByte(nameMarks, c) >= 0 })
	valueByte = bytesWhere(func(c byte) bool { return c == '\t' || c >= ' ' && c != 0x7f })
)

const nameMarks = " 0123456789!#$%&'*+-.^_`|~"

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

func bytesWhere(ok func(byte) bool) (set [256]bool) {
	for c := range set {
		set[c] = ok(byte(c))
	}
	return set
}

func all(b []byte, set *[256]bool) bool {
	for _, c := range b {
		if !set[c] {
			return false
		}
	}
	return true
}
