package http1

import "testing"

// An answer is read by memory only where the same bytes mean the same: the header that ends the answer to a HEAD is
// followed by a body in the answer to a PUT.
func TestMemoTellsHEADFromPUT(t *testing.T) {
	const head = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"
	var m Memo
	feed := func(method string, pieces ...string) (size int64, done bool) {
		t.Helper()
		var r Response
		r.Reset(method)
		for _, piece := range pieces {
			n, ended, err := m.Feed(&r, []byte(piece))
			if err != nil || n != len(piece) {
				t.Fatalf("%s: %d bytes of %q were used, %v", method, n, piece, err)
			}
			done = ended
		}
		return r.BodyBytes, done
	}
	for range 2 {
		if _, done := feed("HEAD", head); !done {
			t.Error("the answer to a HEAD is not whole")
		}
		if _, done := feed("PUT", head); done {
			t.Error("the answer to a PUT is whole without its body")
		}
		if size, done := feed("PUT", head, "hello"); !done || size != 5 {
			t.Errorf("whole: %v, %d bytes of body, want 5", done, size)
		}
	}
}

// Who wants the lines of the head gets every answer's, and each as it came.
func TestLinesOfTheHeadAsTheyCame(t *testing.T) {
	const head = "HTTP/1.1 100 Continue\r\nA: 1\n\r\nHTTP/1.1 200 OK\r\nB:  2 \r\n folded\r\nTransfer-Encoding: chunked\r\n\r\n"
	var m Memo
	for cut := range len(head) {
		var got []byte
		r := Response{OnLine: func(line []byte) { got = append(append(got, line...), '\n') }}
		r.Reset("PUT")
		for _, piece := range []string{head[:cut], head[cut:] + "2\r\nok\r\n0\r\nT: 3\r\n\r\n"} {
			if _, _, err := m.Feed(&r, []byte(piece)); err != nil {
				t.Fatal(err)
			}
		}
		if string(got) != head {
			t.Errorf("cut at %d: saw %q, want %q", cut, got, head)
		}
	}
}
