package wire

import "testing"

// An answer is read by memory only where the same bytes mean the same: the header that ends the answer to a HEAD is
// followed by a body in the answer to a PUT.
func TestMemoTellsHEADFromPUT(t *testing.T) {
	const head = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"
	var m memo
	feed := func(method string, pieces ...string) (size int64, done bool) {
		t.Helper()
		var r response
		r.reset(method)
		for _, piece := range pieces {
			n, ended, err := m.feed(&r, []byte(piece))
			if err != nil || n != len(piece) {
				t.Fatalf("%s: %d bytes of %q were used, %v", method, n, piece, err)
			}
			done = ended
		}
		return r.bodyBytes, done
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
