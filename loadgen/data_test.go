//go:build linux

package loadgen

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"reflect"
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
	csvFile, jsonFile, dir := textFile(t, table.String()), textFile(t, lines.String()), t.TempDir()+"/"
	for name, content := range map[string]string{"y.bin": "x\n", "t.TXT": "t", `a"b.html`: "<p>", "empty": ""} {
		if err := os.WriteFile(dir+name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(dir+"large #1%.bin", contents(rows.SmallFile+1), 0o600); err != nil {
		t.Fatal(err)
	}
	listed := "http://h/a?x=1\nhttps://g/b%20c\nh:81/?d\nhttp://h/e\n"
	named := textFile(t, "file,url,size\n"+dir+"y.bin,http://h/a,1KiB\n"+dir+"large #1%.bin,http://g/b?c=,7\n"+dir+"empty,http://h/,9MiB\n")
	h := func(value string) []header.Line { return []header.Line{{Name: "X-Drawn", Value: value}} }
	all := map[string]Plan{
		"keys":         {Request: request.Spec{URL: "http://h/{{key}}", Header: h("{{key}}"), Body: request.Body{Text: "{{key}}"}}, Values: text.Values{Keys: text.Keys{Count: 1000, Dist: "zipf:1.1"}}},
		"hot keys":     {Request: request.Spec{URL: "http://h/{{key}}"}, Values: text.Values{Keys: text.Keys{Count: 1000, Dist: "hot:0.1,0.9"}}},
		"key file":     {Request: request.Spec{URL: "http://h/{{key}}"}, Values: text.Values{Keys: text.Keys{File: textFile(t, "a/b\nc%20d\n\ne\n"), Dist: "uniform"}}},
		"zipf":         {Request: request.Spec{URL: "http://h/{{zipf 1000 1.1}}?{{zipf 5 0}}", Header: h("{{zipf 1000000 0.99}}")}},
		"csv":          {Request: request.Spec{URL: `http://h/{{csv "id"}}`, Header: h(`{{csv "padded"}}`), Body: request.Body{Text: `{{csv "the text"}}!`}}, Values: text.Values{Rows: text.Rows{CSV: csvFile}}},
		"csv, random":  {Request: request.Spec{URL: `http://h/{{csv "id"}}`, Body: request.Body{Text: `{{csv "the text"}}`}}, Values: text.Values{Rows: text.Rows{CSV: csvFile, Order: "random"}}},
		"json":         {Request: request.Spec{URL: "http://h/{{json .id}}", Header: h("{{json .deep}}"), Body: request.Body{Text: "{{json .}} {{json .deep.list.0}}"}}, Values: text.Values{Rows: text.Rows{JSONL: jsonFile}}},
		"places":       {Request: request.Spec{URL: `http://h/{{csv "the text"}}?{{csv "the text"}}`, Body: request.Body{Text: `{"a":"{{csv "the text"}}","b":{{csv "padded" | json}},"c":{{csv "id"}}}`, As: "json"}}, Values: text.Values{Rows: text.Rows{CSV: csvFile}}},
		"lines":        {Request: request.Spec{URL: "http://h/{{seq}}", Body: request.Body{Lines: csvFile}}},
		"folder":       {Request: request.Spec{URL: "http://h/{{file}}", Header: h("{{file}}"), Body: request.Body{Dir: dir}}},
		"one file":     {Request: request.Spec{URL: "http://h/{{file}}", Body: request.Body{File: dir + "large #1%.bin"}}},
		"sizes":        {Request: request.Spec{URL: "http://h/", Body: request.Body{Sizes: "1..64KiB"}}},
		"large sizes":  {Request: request.Spec{URL: "http://h/", Body: request.Body{Sizes: "9MiB*1,1*9"}}},
		"form":         {Request: request.Spec{URL: "http://h/", Body: request.Body{Form: []request.Part{{Name: "id", Text: `{{csv "id"}}`}, {Name: "f", File: dir + "t.TXT"}}}}, Values: text.Values{Rows: text.Rows{CSV: csvFile}}},
		"urls":         {Request: request.Spec{URLs: textFile(t, listed), Body: request.Body{Text: "{{seq}}"}}},
		"url keys":     {Request: request.Spec{URL: `{{key}}&k={{seq}}`}, Values: text.Values{Keys: text.Keys{File: textFile(t, listed), Dist: "zipf:1.1"}}},
		"url, random":  {Request: request.Spec{URL: `{{csv "url"}}/{{uuid}}`, Header: h("{{file}}"), Body: request.Body{File: `{{csv "file"}}`}}, Values: text.Values{Rows: text.Rows{CSV: named, Order: "random"}}},
		"row sizes":    {Request: request.Spec{URL: "http://h/", Body: request.Body{Sizes: `{{csv "size"}}`}}, Values: text.Values{Rows: text.Rows{CSV: named}}},
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
	t.Parallel()
	const n = 12
	for name, p := range drawn(t) {
		t.Run(name, func(t *testing.T) {
			p = p.WithDefaults()
			template := newTemplate(t, p)
			var want [n][]any
			for k := range want {
				want[k] = seen(t, wholeForm(t, newTemplate(t, p), p.Request.Body.Chunked, int64(k)))
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
				if got := seen(t, netForm(t, template, int64(k))); !reflect.DeepEqual(got, want[k]) {
					t.Errorf("net/http sends as request %d %.300v\nwant %.300v", k, got, want[k])
				}
			}
		})
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
		"places": {Request: request.Spec{URL: `http://h/{{csv "text"}}?{{csv "text"}}&{{csv "text" | sha256}}`, Body: request.Body{Text: `{"a":"{{csv "text"}}","b":{{csv "text" | json}},"c":{{csv "id"}}}`, As: "json"}}},
		"sizes":  {Request: request.Spec{URL: "http://h/{{key}}", Body: request.Body{Sizes: "1..64KiB"}}, Values: text.Values{Keys: text.Keys{File: keysFile, Dist: "uniform"}}},
		"urls":   {Request: request.Spec{URLs: textFile(t, strings.Repeat("http://h/a?sig=0123456789&x=%20\nhttps://g/b\n", 30_000)), Body: request.Body{Sizes: `{{csv "id"}}1`}}},
		"sizes2": {Request: request.Spec{URL: "http://h/", Body: request.Body{Sizes: "lognormal:16KiB,0.8"}}},
	} {
		if p.Values.Rows.JSONL == "" {
			p.Values.Rows.CSV = path
		}
		template := newTemplate(t, p)
		if err := template.Ready(); err != nil {
			t.Fatal(err)
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
