package putserver

import (
	"encoding/hex"
	"hash/crc32"
	"net/http"
	"strconv"
)

// A content is a body as far as it has come.
type content struct {
	size   int64
	sums   [2]uint32
	claims []claim // what it must be
	kept   bool    // bytes is all of it; else it is larger than keptWhole
	bytes  []byte
}

func newContent(r *http.Request) content {
	c := content{claims: claimsOf(r.Header), kept: r.ContentLength <= keptWhole} // or it is not told, and shows
	if c.kept {
		c.bytes = make([]byte, 0, max(r.ContentLength, 0))
	}
	return c
}

// room is where the next bytes are to be read: in their place, where that saves much copying, else in buf.
func (c *content) room(buf []byte) []byte {
	if rest := c.bytes[len(c.bytes):cap(c.bytes)]; len(rest) > len(buf) {
		return rest
	}
	return buf
}

// take adds p, which room gave.
func (c *content) take(p []byte) {
	c.size += int64(len(p))
	c.sums[0] = crc32.Update(c.sums[0], castagnoli, p)
	c.sums[1] = crc32.Update(c.sums[1], crc32.IEEETable, p)
	for i := range c.claims {
		c.claims[i].sum.Write(p)
	}
	if c.kept = c.kept && c.size <= keptWhole; c.kept {
		c.bytes = append(c.bytes, p...)
	} else {
		c.bytes = nil
	}
}

// isSound says whether it is what the request's header says of it.
func (c *content) isSound() bool {
	for i := range c.claims {
		if !c.claims[i].holds() {
			return false
		}
	}
	return true
}

// etag is the strong entity tag of all bytes so far, such as "5-9a71bb4c-3610a686": of size and two sums of 32 bits,
// which are the only ones that the standard library has the processor compute, at 10 GB/s and more; a digest would make
// the target, not the tool, the limit of a run. Digests are computed where the request names them.
func (c *content) etag() string {
	text := make([]byte, 0, 40)
	text = append(text, '"')
	text = strconv.AppendInt(text, c.size, 10)
	for _, s := range c.sums {
		text = append(text, '-')
		text = hex.AppendEncode(text, []byte{byte(s >> 24), byte(s >> 16), byte(s >> 8), byte(s)})
	}
	return string(append(text, '"'))
}
