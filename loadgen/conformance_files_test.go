//go:build unix

package loadgen

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"shotput/loadgen/request"
	"shotput/loadgen/rows"
	"shotput/loadgen/text"
)

// A shelf is a folder with a small file and one too large to be held, and a table that names them, and sizes.
func shelf(t *testing.T) (dir, table string, contents [][]byte) {
	t.Helper()
	dir = t.TempDir()
	contents = [][]byte{[]byte("small"), bytes.Repeat([]byte("large"), rows.SmallFile/4), {}}
	written := "file,size\n"
	for i, content := range contents {
		path := filepath.Join(dir, fmt.Sprintf("%d ü.txt", i))
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		written += fmt.Sprintf("%s,%d\n", path, len(content)+1)
	}
	return dir, textFile(t, written), contents
}

// TestFilesByRow: the body, the part of a form, or the length of what is generated is that of the request's row, and
// its length is right, on either engine.
func TestFilesByRow(t *testing.T) {
	dir, table, contents := shelf(t)
	file, sized := `{{csv "file"}}`, text.Values{Rows: text.Rows{CSV: table}}
	part := func(r *http.Request, body []byte) []byte {
		r.Body = io.NopCloser(bytes.NewReader(body))
		f, head, err := r.FormFile("f")
		if err != nil || !strings.HasSuffix(head.Filename, " ü.txt") || head.Header.Get("Content-Type") != "text/plain" {
			return fmt.Append(nil, head, err)
		}
		defer f.Close()
		all, _ := io.ReadAll(f)
		return all
	}
	whole := func(_ *http.Request, body []byte) []byte { return body }
	for name, c := range map[string]struct {
		values text.Values
		body   request.Body
		read   func(*http.Request, []byte) []byte
	}{
		"body":           {sized, request.Body{File: file}, whole},
		"body, chunked":  {sized, request.Body{File: file, Chunked: true}, whole},
		"form":           {sized, request.Body{Form: []request.Part{{Name: "a", Text: `{{file}}`}, {Name: "f", File: file}}}, part},
		"form of folder": {text.Values{}, request.Body{Dir: dir, Form: []request.Part{{Name: "f", File: "{{file}}"}}}, part},
		"size":           {sized, request.Body{Sizes: `{{csv "size"}}`}, whole},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onEngines(t, func(t *testing.T, engine string) {
				if c.body.Streams() != "" && engine != "http" { // which the event loop refuses
					return
				}
				var mu sync.Mutex
				seen := map[string]int{}
				s := server(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					body, _ := io.ReadAll(r.Body)
					if r.ContentLength != int64(len(body)) && !c.body.Chunked {
						t.Errorf("a length of %d for %d bytes", r.ContentLength, len(body))
					}
					got := c.read(r, body)
					mu.Lock()
					defer mu.Unlock()
					seen[r.URL.Path]++
					var k int
					fmt.Sscanf(r.URL.Path, "/%d", &k)
					want := contents[(k-1)%3]
					if name == "size" && len(got) == len(want)+1 {
						return
					}
					if !bytes.Equal(got, want) {
						t.Errorf("request %d has %.60q, %d bytes; want %d", k, got, len(got), len(want))
					}
				}))
				plan := Plan{Request: request.Spec{URL: s + "/{{seq}}", Body: c.body}, Values: c.values, Load: Load{Requests: 9, Concurrency: 3}}
				if r := fireOn(t, engine, plan).run; r.Totals.OK != 9 || len(seen) != 9 {
					t.Errorf("ended: %s (%+v), %d seen", endings(r), r.Outcomes, len(seen))
				}
			})
		})
	}
}

// TestFilesByRowLeaveNothingOpen: a file that is opened for a request is closed with it, though nobody reads it.
func TestFilesByRowLeaveNothingOpen(t *testing.T) {
	_, table, contents := shelf(t)
	plan := Plan{Request: request.Spec{URL: "http://127.0.0.1:1/", Body: request.Body{Form: []request.Part{{Name: "f", File: `{{csv "file"}}`}}}},
		Values: text.Values{Rows: text.Rows{CSV: table}}}
	before := openFiles(t)
	for range 50 {
		made, err := Render(plan, 2, 10)
		if err != nil {
			t.Fatal(err)
		}
		if n := len(contents[1]); !strings.Contains(string(made.Head), "Content-Length: ") || made.From.Form[0].File == "" || n == 0 {
			t.Fatalf("%s %+v", made.Head, made.From)
		}
	}
	if after := openFiles(t); after > before+5 {
		t.Errorf("%d files are open, %d before", after, before)
	}
}

func openFiles(t *testing.T) int {
	t.Helper()
	all, err := os.ReadDir("/dev/fd")
	if err != nil {
		t.Skip(err)
	}
	return len(all)
}
