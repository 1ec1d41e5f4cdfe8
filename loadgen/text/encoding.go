package text

import (
	"crypto/md5"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"shotput/loadgen/fault"
)

// # Words behind a function
//
// {{csv "name" | base64}} gives the column in base64. A word works on what stands before it, so that several may follow
// each other. What comes out is then written as its place wants it, unless the last word has done that: raw does
// everywhere, json in JSON, url in a URL.

// An encoding is what a word behind a function does. It works where the value lies, behind dst[:from], so that it needs
// no room of its own.
type encoding struct {
	name   string
	done   []Place // where nothing more has to be done
	encode func(c *call, dst []byte, from int) []byte
}

var encodings = []encoding{
	{"raw", []Place{inBody, inOrigin, inPath, inQuery, inJSON, inString, inHeader},
		func(_ *call, dst []byte, _ int) []byte { return dst }},
	{"json", []Place{inJSON, inString}, encodeJSON},
	{"url", []Place{inPath, inQuery},
		func(_ *call, dst []byte, from int) []byte { return percentEncode(dst, from, "") }},
	{"form", []Place{inPath, inQuery}, encodeForm},
	{"base64", nil, encodeBase64},
	{"md5", nil, func(_ *call, dst []byte, from int) []byte {
		sum := md5.Sum(dst[from:])
		return hex.AppendEncode(dst[:from], sum[:])
	}},
	{"sha256", nil, func(_ *call, dst []byte, from int) []byte {
		sum := sha256.Sum256(dst[from:])
		return hex.AppendEncode(dst[:from], sum[:])
	}},
}

// readEncodings reads what stands behind the arguments of a function: | and a word, as often as wanted.
func readEncodings(words []string) (all []encoding, err error) {
	for len(words) > 0 {
		if words = words[1:]; len(words) == 0 || words[0] == "|" {
			return nil, fmt.Errorf("has nothing behind a |; there are %s", strings.Join(encodingNames(), ", "))
		}
		i := slices.IndexFunc(encodings, func(e encoding) bool { return e.name == words[0] })
		if i < 0 {
			return nil, unknownEncoding(words[0])
		}
		all = append(all, encodings[i])
		if words = words[1:]; len(words) > 0 && words[0] != "|" {
			return nil, fmt.Errorf("has %s behind %s, which takes nothing", words[0], all[len(all)-1].name)
		}
	}
	return all, nil
}

func encodingNames() (names []string) {
	for _, e := range encodings {
		names = append(names, e.name)
	}
	return names
}

func unknownEncoding(name string) error {
	if meant := fault.Nearest(name, encodingNames()); meant != "" {
		return fmt.Errorf("has %s behind a |; did you mean %s?", name, meant)
	}
	return fmt.Errorf("has %s behind a |; there are %s", name, strings.Join(encodingNames(), ", "))
}

// appendEncoded is a function that makes its values up, with words behind it.
func appendEncoded(dst []byte, r Scope, c *call) []byte {
	from := len(dst)
	return c.place(c.plain(dst, r, c), from, r)
}

// percentEncode writes dst[from:] as %XX, but for what stands for itself anywhere in a URL, and for what is to be kept.
func percentEncode(dst []byte, from int, keep string) []byte {
	more := 0
	for _, b := range dst[from:] {
		if !isUnreserved(b) && strings.IndexByte(keep, b) < 0 {
			more += 2
		}
	}
	if more == 0 {
		return dst
	}
	read := len(dst) - 1
	dst = slices.Grow(dst, more)[:len(dst)+more]
	for write := len(dst) - 1; read < write; read-- { // from behind, since what is written is longer than what is read
		if b := dst[read]; isUnreserved(b) || strings.IndexByte(keep, b) >= 0 {
			dst[write] = b
			write--
		} else {
			dst[write-2], dst[write-1], dst[write] = '%', "0123456789ABCDEF"[b>>4], "0123456789ABCDEF"[b&15]
			write -= 3
		}
	}
	return dst
}

// encodeForm is percentEncode with + for a space, as forms have it (application/x-www-form-urlencoded).
func encodeForm(_ *call, dst []byte, from int) []byte {
	dst = percentEncode(dst, from, " ")
	for i := from; i < len(dst); i++ {
		if dst[i] == ' ' {
			dst[i] = '+'
		}
	}
	return dst
}

// isUnreserved: what stands for itself anywhere in a URL (RFC 3986 §2.3).
func isUnreserved(b byte) bool {
	return b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= '0' && b <= '9' || strings.IndexByte("-._~", b) >= 0
}

// encodeJSON writes the value as JSON: within a string what stands between its quotes, elsewhere a string.
func encodeJSON(c *call, dst []byte, from int) []byte {
	if c.quoted {
		return escapeJSON(dst, from)
	}
	dst = slices.Insert(dst, from, '"')
	return append(escapeJSON(dst, from+1), '"')
}

// escapeJSON writes dst[from:] as it stands between the quotes of a JSON string (RFC 8259 §7). Bytes that are no UTF-8
// stay: what a file holds is sent.
func escapeJSON(dst []byte, from int) []byte {
	more := 0
	for _, b := range dst[from:] {
		more += jsonLength(b) - 1
	}
	if more == 0 {
		return dst
	}
	read := len(dst) - 1
	dst = slices.Grow(dst, more)[:len(dst)+more]
	for write := len(dst) - 1; read < write; read-- {
		b := dst[read]
		length := jsonLength(b)
		out := dst[write+1-length : write+1]
		switch length {
		case 1:
			out[0] = b
		case 2:
			out[0], out[1] = '\\', shortEscape(b)
		default:
			copy(out, `\u00`)
			out[4], out[5] = "0123456789abcdef"[b>>4], "0123456789abcdef"[b&15]
		}
		write -= length
	}
	return dst
}

func jsonLength(b byte) int {
	switch {
	case shortEscape(b) != 0:
		return 2
	case b < ' ':
		return 6
	}
	return 1
}

// shortEscape is what stands behind a \ for b; 0 where b has no such form, or needs none.
func shortEscape(b byte) byte {
	switch b {
	case '"', '\\':
		return b
	case '\n':
		return 'n'
	case '\r':
		return 'r'
	case '\t':
		return 't'
	}
	return 0
}

func encodeBase64(_ *call, dst []byte, from int) []byte {
	end := len(dst)
	dst = base64.StdEncoding.AppendEncode(dst, dst[from:])
	return append(dst[:from], dst[end:]...) // which lies further on, and is copied before it is written over
}
