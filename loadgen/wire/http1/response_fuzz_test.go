package http1

import (
	"bufio"
	"bytes"
	"io"
	"math/rand/v2"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// A verdict is what net/http makes of the same bytes.
type verdict struct {
	answer
	odd     bool // a version or code that we refuse and net/http takes
	chunked bool
}

// askNetHTTP reads b as net/http's Transport does: interim answers are skipped, the body is read to its end.
func askNetHTTP(method string, b []byte) (v verdict) {
	rest := bytes.NewReader(b)
	reader := bufio.NewReaderSize(rest, len(b)+16) // its size is net/http's bound on trailers
	for {
		answered, err := http.ReadResponse(reader, &http.Request{Method: method})
		if err != nil {
			v.err = err
			return v
		}
		v.odd = v.odd || answered.ProtoMajor != 1 || answered.StatusCode < 100
		if answered.StatusCode/100 == 1 && answered.StatusCode != http.StatusSwitchingProtocols {
			v.interim++
			continue
		}
		v.chunked = answered.TransferEncoding != nil
		body, err := io.ReadAll(answered.Body)
		v.status, v.body, v.reuse, v.err = answered.StatusCode, string(body), !answered.Close, err
		v.used = len(b) - rest.Len() - reader.Buffered()
		return v
	}
}

var foldedFraming = regexp.MustCompile(`(?i)\n(connection|content-length|transfer-encoding):[^\n]*\n[ \t]`)

// differOnPurpose says whether got may be what it is although net/http says otherwise: the list above type Response.
func differOnPurpose(got answer, v verdict, b []byte) bool {
	switch got.err {
	case nil:
		return v.err != nil && strings.Contains(v.err.Error(), "bad trailer key")
	case errSwitched:
		return v.status == http.StatusSwitchingProtocols
	case errStatusLine:
		return v.odd
	case errFolded, ErrLength, errEncoding: // the latter two where the first line of it is empty
		return foldedFraming.Match(b)
	case errTrailer:
		return v.chunked
	case errTooLong:
		return len(b) > chunkLineMax
	}
	return false
}

// hold holds a response against itself on the same bytes in other pieces, and against net/http.
func hold(t *testing.T, method string, b []byte, cut int) {
	t.Helper()
	got := readAnswer(t, method, b)
	if again := readAnswer(t, method, pieces(b, cut)...); again != got {
		t.Errorf("cut by %d: %+v, whole: %+v", cut, again, got)
	}
	v := askNetHTTP(method, b)
	if got.err != nil && v.err != nil || differOnPurpose(got, v, b) {
		return
	}
	got.reason, got.note = "", ""
	if got != v.answer {
		t.Errorf("%.80q: %+v\nnet/http says %+v", b, got, v.answer)
	}
}

func TestAgainstNetHTTP(t *testing.T) {
	for i := range shapes {
		hold(t, shapes[i].method, []byte(shapes[i].bytes), i)
	}
	for i := range refusals {
		hold(t, "PUT", []byte(crlf(refusals[i].bytes)), i)
	}
}

// TestFragmentsAgainstNetHTTP glues fragments of answers together at random: bytes changed one at a time seldom make
// a second header, a chunk after an extension or a fold in the right place.
func TestFragmentsAgainstNetHTTP(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	lines := strings.Split("HTTP/1.1 200 OK,HTTP/1.0 200,HTTP/1.1 204 ,HTTP/1.1 100 Continue,HTTP/1.1 304 X,Connection: close,connection:keep-alive,"+
		"Content-Length: 5,content-length:\t12 ,Content-Length: 05,Content-Length: ,Transfer-Encoding: chunked,TRANSFER-ENCODING:chunked,"+
		"Transfer-Encoding: gzip,A: b, folded,\t, ,A,:,5;a=b,5|hello,c |hello world!,0,0|,0;x|,hello,hello world!,hello\r,A\r,\n,,,,", ",")
	heads := []string{"HTTP/1.1 200 OK|", "HTTP/1.1 200 OK|Content-Length: 5|", "HTTP/1.1 200 OK|Transfer-Encoding: chunked||"}
	ends := []string{"|", "|", "|", "|", "|", "|", "||", "||", "\n", ""}
	for range 20_000 {
		text := heads[random.IntN(len(heads))]
		for range random.IntN(12) {
			text += lines[random.IntN(len(lines))] + ends[random.IntN(len(ends))]
		}
		hold(t, []string{"PUT", "PUT", "PUT", "HEAD"}[random.IntN(4)], []byte(crlf(text)), random.IntN(1<<16))
	}
}

// differences are one whole answer for each line of the list above type Response. want nil: we take it.
var differences = []struct {
	bytes string
	want  error
}{
	{"HTTP/2.0 204 No Content||", errStatusLine},
	{"HTTP/1.1 +20 OK|Content-Length: 0||", errStatusLine},
	{"HTTP/1.1 007 OK|Content-Length: 0||", errStatusLine},
	{"HTTP/1.1 101 Switching Protocols|Connection: upgrade|Upgrade: x||", errSwitched},
	{"HTTP/1.1 204 No Content|Connection: keep-alive,| close||", errFolded},
	{"HTTP/1.1 200 OK|Content-Length:| 0||", ErrLength},
	{"HTTP/1.1 200 OK|Content-Length: 0| ||", errFolded},
	{"HTTP/1.1 204 No Content|A: " + strings.Repeat("b", headMax) + "||", errTooLong},
	{strings.Repeat("HTTP/1.1 100 Continue||", headMax/25) + "HTTP/1.1 204 No Content||", errTooLong},
	{"HTTP/1.1 200 OK|Transfer-Encoding: chunked||0|A: " + strings.Repeat("b", headMax) + "||", errTooLong},
	{"HTTP/1.1 200 OK|Transfer-Encoding: chunked||0|A: b\nC: d||", errTrailer},
	{"HTTP/1.1 200 OK|Transfer-Encoding: chunked|Trailer: Content-Length||0||", nil},
}

func TestDifferencesFromNetHTTP(t *testing.T) {
	for _, c := range differences {
		b := []byte(crlf(c.bytes))
		got, v := readAnswer(t, "PUT", b), askNetHTTP("PUT", b)
		if got.err != c.want || (got.err == nil) == (v.err == nil) || !differOnPurpose(got, v, b) {
			t.Errorf("%.60q: %v, net/http %v; want %v, and net/http to differ", c.bytes, got.err, v.err, c.want)
		}
	}
}

func FuzzResponse(f *testing.F) {
	seed := func(bytes string, head bool, cut int) {
		if len(bytes) < 1000 { // the long ones only slow it down
			f.Add([]byte(bytes), head, uint16(cut))
		}
	}
	for i := range shapes {
		seed(shapes[i].bytes, shapes[i].method == "HEAD", i)
	}
	for i := range differences {
		seed(crlf(differences[i].bytes), false, i)
	}
	for i := range refusals {
		seed(crlf(refusals[i].bytes), false, i)
	}
	f.Fuzz(func(t *testing.T, b []byte, head bool, cut uint16) {
		method := "PUT"
		if head {
			method = "HEAD"
		}
		hold(t, method, b, int(cut))
	})
}

// pieces cuts b once, or into many of the same small length.
func pieces(b []byte, cut int) [][]byte {
	if n := cut % 16; n > 0 && n < 8 {
		return slices.Collect(slices.Chunk(b, n))
	}
	cut %= len(b) + 1
	return [][]byte{b[:cut], b[cut:]}
}
