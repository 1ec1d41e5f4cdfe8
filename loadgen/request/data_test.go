//go:build linux

package request

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"shotput/loadgen/header"
	"shotput/loadgen/rows"
	"shotput/loadgen/text"
)

// wholeForm is wireForm, with a chunked body framed as one chunk.
func wholeForm(t *testing.T, template *Template, k int64) string {
	t.Helper()
	body := string(bodyOf(t, template, k))
	head := string(template.AppendHead(nil, k, renderedAt, int64(len(body))))
	if !template.Source.Chunked {
		return head + body
	}
	if body != "" {
		body = fmt.Sprintf("%x\r\n%s\r\n", len(body), body)
	}
	return head + body + "0\r\n\r\n"
}

// TestChunkedHeads: one line in place of the other, on both forms.
func TestChunkedHeads(t *testing.T) {
	for _, body := range []Body{{}, {Text: "abc"}, {Text: "{{seq}}"}, {Size: 100}} {
		body.Chunked = true
		p := planned{spec: Spec{Method: "GET", URL: "http://h/", Body: body}}
		template := p.template(t)
		for _, got := range []string{wholeForm(t, template, 1), netForm(t, &p, template, 1)} {
			if strings.Count(got, "\r\nTransfer-Encoding: chunked\r\n") != 1 ||
				strings.Contains(got, "Content-Length") || !strings.HasSuffix(got, "\r\n0\r\n\r\n") {
				t.Errorf("%+v goes out as\n%q", body, got)
			}
		}
	}
}

// TestFoldersGiveTheirFiles: by name, those within folders not, links too, and again from the first.
func TestFoldersGiveTheirFiles(t *testing.T) {
	dir := t.TempDir()
	for name, size := range map[string]int{"b": 10, "a": rows.SmallFile + 1, "d": 0} {
		os.WriteFile(filepath.Join(dir, name), contents(size), 0o600)
	}
	os.Mkdir(filepath.Join(dir, "aa"), 0o700)
	os.Symlink("b", filepath.Join(dir, "c"))
	os.Symlink("aa", filepath.Join(dir, "cc"))
	os.Symlink("nowhere", filepath.Join(dir, "e"))
	template := newTemplate(t, Spec{URL: "http://h/{{file}}", Body: Body{Dir: dir}})
	var got []string
	for k := int64(1); k < 7; k++ {
		got = append(got, fmt.Sprintf("%s:%d:%d", strings.TrimPrefix(template.URL(k, 0), "http://h/"),
			len(bodyOf(t, template, k)), template.Size(k)))
	}
	want := fmt.Sprintf("a:%[1]d:%[1]d b:10:10 c:10:10 d:0:0 a:%[1]d:%[1]d b:10:10", rows.SmallFile+1)
	if all := strings.Join(got, " "); all != want {
		t.Errorf("requests send %s, want %s", all, want)
	}
	if held := template.Source.files.held; held[0] != nil || held[1] == nil {
		t.Error("large files are held in memory, or small ones are not")
	}
}

// TestFileNamesInURLs are written as curl writes the name that it puts behind a folder.
func TestFileNamesInURLs(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a b#1%é?.txt")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	template := newTemplate(t,
		Spec{URL: "http://h/{{file}}", Header: []header.Line{{Name: "X", Value: "{{file}}"}}, Body: Body{File: path}})
	if got, want := template.URL(1, 0), "http://h/a%20b%231%25%C3%A9%3F.txt"; got != want {
		t.Errorf("the URL is %s, want %s", got, want)
	}
	if !template.SameURL() || template.Whole == "" || !strings.Contains(template.Whole, "\r\nX: a b#1%é?.txt\r\n") {
		t.Error("a name that never differs is not constant")
	}
}

// TestMakerClosesWhatItOpened: a file of a folder is opened for its request and closed with it.
func TestMakerClosesWhatItOpened(t *testing.T) {
	maker := newTemplate(t, Spec{URL: "http://h/",
		Body: Body{Dir: filepath.Dir(writeFile(t, rows.SmallFile+1))}}).NewMaker()
	r, err := maker.Make(t.Context(), 1, 0)
	if err != nil {
		t.Fatal(err)
	}
	again, err := r.GetBody()
	if err != nil {
		t.Fatal(err)
	}
	for _, body := range []io.ReadCloser{r.Body, again} {
		if n, err := io.Copy(io.Discard, body); n != rows.SmallFile+1 || err != nil {
			t.Errorf("read %d bytes, %v", n, err)
		}
		if body.Close(); readable(body) {
			t.Error("the file can be read after Close")
		}
	}
}

func readable(r io.Reader) bool {
	n, err := r.Read(make([]byte, 1))
	return n > 0 || err == nil
}

// TestBlocksAreMadeWhenNeeded: a plan that is only looked at makes no bytes.
func TestBlocksAreMadeWhenNeeded(t *testing.T) {
	template := newTemplate(t, Spec{URL: "http://h/", Body: Body{Size: 1 << 20}})
	if template.Size(5); template.Source.Block.made != nil {
		t.Error("bytes were made before anybody asked")
	}
	if err := template.Ready(); err != nil || template.Source.Block.made == nil {
		t.Error("ready left something to be made during the run", err)
	}
}

// TestRowsAreCountedWhenNeeded: a plan that is only looked at counts no rows, nor does its first request; Ready does. A
// file that gets more rows meanwhile shows when they were counted.
func TestRowsAreCountedWhenNeeded(t *testing.T) {
	path := textFile(t, "a\n1\n"+strings.Repeat("x", rows.SmallFile)+"\n")
	template := planned{Spec{URL: `http://h/{{csv "a"}}`},
		Setting{Values: text.Values{Rows: text.Rows{CSV: path}}}}.template(t)
	template.Size(5)
	if got := template.URL(1, 0); got != "http://h/1" {
		t.Errorf("the first request goes to %s", got)
	}
	breakLine(t, path, 100)
	if err := template.Ready(); err != nil {
		t.Fatal(err)
	}
	breakLine(t, path, 200)
	if got := template.URL(4, 0); got != "http://h/1" { // of two rows or four it would be the last
		t.Errorf("request 4 goes to %.20s; rows were counted before anybody asked, or not by Ready", got)
	}
}

// breakLine ends a line of the file at this byte.
func breakLine(t *testing.T, path string, at int64) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.WriteAt([]byte("\n"), at)
	if err := errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
}

func TestPlansOfDataAreDescribed(t *testing.T) {
	for _, c := range []struct {
		body Body
		want string
	}{
		{Body{Sizes: "1..2"}, "generated bytes, 1..2"},
		{Body{Form: []Part{{Text: "hush"}, {}}}, "form of 2 parts"},
		{Body{Lines: "f"}, "lines of f"},
		{Body{Dir: "d"}, "files of d"},
		{Body{Text: "hush", Chunked: true}, "text of 4 bytes, chunked"},
		{Body{Chunked: true}, "none, chunked"},
	} {
		if got := c.body.String(); got != c.want {
			t.Errorf("%+v is %q, want %q", c.body, got, c.want)
		}
	}
	all := (&Body{Sizes: "1", Dir: "d", Lines: "l", Form: []Part{{}}}).given()
	if !slices.Equal(all, []string{"sizes", "form", "lines", "dir"}) {
		t.Errorf("set are %v", all)
	}
}
