//go:build linux

package loadgen

import (
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"shotput/loadgen/header"
	"shotput/loadgen/request"
	"shotput/loadgen/rows"
	"shotput/loadgen/text"
)

// drawn are plans whose requests differ in all the ways that there are, by name.
func drawn(t *testing.T) map[string]Plan {
	t.Helper()
	var table, lines strings.Builder
	table.WriteString("id,padded,\"the text\"\n")
	for i := range 300 {
		fmt.Fprintf(&table, "%d, %d\t,\"%s\"\n", i, i%3, strings.Repeat(`a ""b"" `+"\r\n", i%5))
		fmt.Fprintf(&lines, "{\"id\":%d,\"deep\":{\"list\":[\"é %d\"]}}\n", i, i)
	}
	csvFile, jsonFile, dir := textFile(t, table.String()), textFile(t, lines.String()), formFolder(t)
	if err := os.WriteFile(dir+"large #1%.bin", contents(rows.SmallFile+1), 0o600); err != nil {
		t.Fatal(err)
	}
	h := func(value string) []header.Line { return []header.Line{{Name: "X-Drawn", Value: value}} }
	all := map[string]Plan{
		"keys":         {Request: request.Spec{URL: "http://h/{{key}}", Header: h("{{key}}"), Body: request.Body{Text: "{{key}}"}}, Values: text.Values{Keys: text.Keys{Count: 1000, Dist: "zipf:1.1"}}},
		"hot keys":     {Request: request.Spec{URL: "http://h/{{key}}"}, Values: text.Values{Keys: text.Keys{Count: 1000, Dist: "hot:0.1,0.9"}}},
		"key file":     {Request: request.Spec{URL: "http://h/{{key}}"}, Values: text.Values{Keys: text.Keys{File: textFile(t, "a/b\nc%20d\n\ne\n"), Dist: "uniform"}}},
		"zipf":         {Request: request.Spec{URL: "http://h/{{zipf 1000 1.1}}?{{zipf 5 0}}", Header: h("{{zipf 1000000 0.99}}")}},
		"csv":          {Request: request.Spec{URL: `http://h/{{csv "id"}}`, Header: h(`{{csv "padded"}}`), Body: request.Body{Text: `{{csv "the text"}}!`}}, Values: text.Values{Rows: text.Rows{CSV: csvFile}}},
		"csv, random":  {Request: request.Spec{URL: `http://h/{{csv "id"}}`, Body: request.Body{Text: `{{csv "the text"}}`}}, Values: text.Values{Rows: text.Rows{CSV: csvFile, Order: "random"}}},
		"json":         {Request: request.Spec{URL: "http://h/{{json .id}}", Header: h("{{json .deep}}"), Body: request.Body{Text: "{{json .}} {{json .deep.list.0}}"}}, Values: text.Values{Rows: text.Rows{JSONL: jsonFile}}},
		"lines":        {Request: request.Spec{URL: "http://h/{{seq}}", Body: request.Body{Lines: csvFile}}},
		"folder":       {Request: request.Spec{URL: "http://h/{{file}}", Header: h("{{file}}"), Body: request.Body{Dir: dir}}},
		"one file":     {Request: request.Spec{URL: "http://h/{{file}}", Body: request.Body{File: dir + "large #1%.bin"}}},
		"sizes":        {Request: request.Spec{URL: "http://h/", Body: request.Body{Sizes: "1..64KiB"}}},
		"large sizes":  {Request: request.Spec{URL: "http://h/", Body: request.Body{Sizes: "9MiB*1,1*9"}}},
		"form":         {Request: request.Spec{URL: "http://h/", Body: request.Body{Form: []request.Part{{Name: "id", Text: `{{csv "id"}}`}, {Name: "f", File: dir + "t.TXT"}}}}, Values: text.Values{Rows: text.Rows{CSV: csvFile}}},
		"form, fixed":  {Request: request.Spec{URL: "http://h/", Body: request.Body{Form: []request.Part{{Name: "f", File: dir + "t.TXT"}}}}},
		"text":         {Request: request.Spec{URL: "http://h/", Body: request.Body{Text: "fixed"}}},
		"none":         {Request: request.Spec{URL: "http://h/"}},
		"rand strings": {Request: request.Spec{URL: "http://h/{{randString 9}}", Header: h("{{uuid}}"), Body: request.Body{Text: "{{randString 1000}}"}}},
	}
	for name, p := range maps.Clone(all) {
		p.Request.Body.Chunked = true
		all[name+", chunked"] = p
	}
	return all
}

// TestDrawnRequestsAreTheSameEverywhere: request k has the same bytes on either engine, in whatever order and by
// however many it is rendered, and as the reference, the wire form of a template that renders nothing else.
func TestDrawnRequestsAreTheSameEverywhere(t *testing.T) {
	const n = 12
	for name, p := range drawn(t) {
		t.Run(name, func(t *testing.T) {
			p = p.WithDefaults()
			template := newTemplate(t, p)
			var want [n][]any
			for k := range want {
				want[k] = seen(t, wholeForm(t, newTemplate(t, p), int64(k)))
			}
			if same := reflect.DeepEqual(want[1], want[2]) && reflect.DeepEqual(want[2], want[3]); same != (template.Whole != "") {
				t.Errorf("requests are the same: %v; they begin with %.200v", same, want[1])
			}
			var group sync.WaitGroup
			for range 3 {
				group.Go(func() {
					d := driverOf(template)
					for _, k := range rand.Perm(n) {
						if got := seen(t, d.bytes(t, int64(k))); !reflect.DeepEqual(got, want[k]) {
							t.Errorf("the event loop sends as request %d %.300v\nwant %.300v", k, got, want[k])
						}
					}
				})
			}
			group.Wait()
			for _, k := range rand.Perm(n) {
				if got := seen(t, netForm(t, &p, template, int64(k))); !reflect.DeepEqual(got, want[k]) {
					t.Errorf("net/http sends as request %d %.300v\nwant %.300v", k, got, want[k])
				}
			}
		})
	}
}

// seen is what a server makes of a request, and the lines of its head as they were written.
func seen(t *testing.T, whole string) []any {
	t.Helper()
	return append(parsed(t, whole), canonicalLines(whole))
}

// wholeForm is wireForm, with a chunked body framed as one chunk.
func wholeForm(t *testing.T, template *request.Template, k int64) string {
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
	for _, body := range []request.Body{{}, {Text: "abc"}, {Text: "{{seq}}"}, {Size: 100}} {
		body.Chunked = true
		p := Plan{Request: request.Spec{Method: "GET", URL: "http://h/", Body: body}}.WithDefaults()
		template := newTemplate(t, p)
		for _, got := range []string{wholeForm(t, template, 1), netForm(t, &p, template, 1)} {
			if strings.Count(got, "\r\nTransfer-Encoding: chunked\r\n") != 1 || strings.Contains(got, "Content-Length") || !strings.HasSuffix(got, "\r\n0\r\n\r\n") {
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
	template := newTemplate(t, Plan{Request: request.Spec{URL: "http://h/{{file}}", Body: request.Body{Dir: dir}}})
	var got []string
	for k := int64(1); k < 7; k++ {
		got = append(got, fmt.Sprintf("%s:%d:%d", strings.TrimPrefix(template.URL(k, 0), "http://h/"), len(bodyOf(t, template, k)), template.Size(k)))
	}
	want := fmt.Sprintf("a:%[1]d:%[1]d b:10:10 c:10:10 d:0:0 a:%[1]d:%[1]d b:10:10", rows.SmallFile+1)
	if all := strings.Join(got, " "); all != want {
		t.Errorf("requests send %s, want %s", all, want)
	}
	if held := template.Source.Dir.Held; held[0] != nil || held[1] == nil {
		t.Error("large files are held in memory, or small ones are not")
	}
}

// TestFileNamesInURLs are written as curl writes the name that it puts behind a folder.
func TestFileNamesInURLs(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a b#1%é?.txt")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	template := newTemplate(t, Plan{Request: request.Spec{URL: "http://h/{{file}}", Header: []header.Line{{Name: "X", Value: "{{file}}"}}, Body: request.Body{File: path}}})
	if got, want := template.URL(1, 0), "http://h/a%20b%231%25%C3%A9%3F.txt"; got != want {
		t.Errorf("the URL is %s, want %s", got, want)
	}
	if !template.SameURL() || template.Whole == "" || !strings.Contains(template.Whole, "\r\nX: a b#1%é?.txt\r\n") {
		t.Error("a name that never differs is not constant")
	}
}

// TestRenderingAllocatesNothing, as the event loop does it.
func TestRenderingAllocatesNothing(t *testing.T) {
	var table strings.Builder
	table.WriteString("id,text\n")
	for i := range 20_000 {
		fmt.Fprintf(&table, "%d,\"some \"\"text\"\"\"\n", i)
	}
	path := textFile(t, table.String())
	keysFile := textFile(t, strings.ReplaceAll(table.String(), " ", ""))
	all := `{{seq}}/{{randString 20}}/{{zipf 1000000 1.1}}/{{key}}/{{csv "id"}}`
	header := []header.Line{{Name: "X-All", Value: all}}
	for name, p := range map[string]Plan{
		"count":  {Request: request.Spec{URL: "http://h/" + all, Header: header, Body: request.Body{Text: all + `{{csv "text"}}`}}, Values: text.Values{Keys: text.Keys{Count: 1e6, Dist: "zipf:1.1"}}},
		"random": {Request: request.Spec{URL: "http://h/" + all, Body: request.Body{Text: `{{csv "text"}}`}}, Values: text.Values{Keys: text.Keys{Count: 5, Dist: "hot:0.1,0.9"}, Rows: text.Rows{Order: "random"}}},
		"lines":  {Request: request.Spec{URL: `http://h/{{csv "id"}}`, Body: request.Body{Lines: path}}},
		"json":   {Request: request.Spec{URL: "http://h/", Body: request.Body{Text: "{{json .}} {{json .a.b}}"}}, Values: text.Values{Rows: text.Rows{JSONL: textFile(t, strings.Repeat(`{"a":{"b":"x\ny"}}`+"\n", 50_000))}}},
		"sizes":  {Request: request.Spec{URL: "http://h/{{key}}", Body: request.Body{Sizes: "1..64KiB"}}, Values: text.Values{Keys: text.Keys{File: keysFile, Dist: "uniform"}}},
		"sizes2": {Request: request.Spec{URL: "http://h/", Body: request.Body{Sizes: "lognormal:16KiB,0.8"}}},
	} {
		if p.Values.Rows.JSONL == "" {
			p.Values.Rows.CSV = path
		}
		template := newTemplate(t, p)
		if err := template.Ready(); err != nil {
			t.Fatal(err)
		}
		if f := template.From.Records; f.Size > rows.SmallFile && f.Whole != nil {
			t.Fatalf("%s: the file is held", name)
		}
		d := driverOf(template)
		k := int64(1)
		for range 1100 {
			d.next(k)
			k++
		}
		if n := testing.AllocsPerRun(2000, func() { d.next(k); k++ }); n != 0 || d.templates[0].with.Err != nil {
			t.Errorf("%s: %v allocations for each request, want none (%v)", name, n, d.templates[0].with.Err)
		}
	}
}

// TestMakerClosesWhatItOpened: a file of a folder is opened for its request and closed with it.
func TestMakerClosesWhatItOpened(t *testing.T) {
	maker := newTemplate(t, Plan{Request: request.Spec{URL: "http://h/", Body: request.Body{Dir: filepath.Dir(writeFile(t, rows.SmallFile+1))}}}).NewMaker()
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

// TestBlocksAreMadeWhenNeeded: a plan that is only looked at makes no bytes and reads no rows.
func TestBlocksAreMadeWhenNeeded(t *testing.T) {
	template := newTemplate(t, Plan{Request: request.Spec{URL: `http://h/{{csv "a"}}`, Body: request.Body{Size: 1 << 20}}, Values: text.Values{Rows: text.Rows{CSV: textFile(t, "a\n1\n2\n")}}})
	if template.Size(5); template.Source.Block.Made != nil || template.From.Records.N != 0 {
		t.Error("bytes were made, or rows counted, before anybody asked")
	}
	if template.URL(1, 0); template.From.Records.N != 0 {
		t.Error("the first row was not had without a pass")
	}
	if err := template.Ready(); err != nil || template.Source.Block.Made == nil || template.From.Records.N != 2 {
		t.Error("ready left something to be made during the run", err)
	}
}

func TestPlansOfDataAreDescribed(t *testing.T) {
	for _, c := range []struct {
		body request.Body
		want string
	}{
		{request.Body{Sizes: "1..2"}, "generated bytes, 1..2"},
		{request.Body{Form: []request.Part{{Text: "hush"}, {}}}, "form of 2 parts"},
		{request.Body{Lines: "f"}, "lines of f"},
		{request.Body{Dir: "d"}, "files of d"},
		{request.Body{Text: "hush", Chunked: true}, "text of 4 bytes, chunked"},
		{request.Body{Chunked: true}, "none, chunked"},
	} {
		if got := c.body.String(); got != c.want {
			t.Errorf("%+v is %q, want %q", c.body, got, c.want)
		}
	}
	if all := (&request.Body{Sizes: "1", Dir: "d", Lines: "l", Form: []request.Part{{}}}).Set(); !slices.Equal(all, []string{"sizes", "form", "lines", "dir"}) {
		t.Errorf("set are %v", all)
	}
}
