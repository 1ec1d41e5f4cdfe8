//go:build unix

package loadgen

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"shotput/loadgen/header"
	"shotput/loadgen/request"
	"shotput/loadgen/text"

	"shotput/stats"
)

// awkwardRows are a file of CSV and what its column "v" says, by "id".
func awkwardRows(t *testing.T, n int) (file string, values map[string]string) {
	t.Helper()
	var b strings.Builder
	w := csv.NewWriter(&b)
	w.Write([]string{"id", "v"})
	values = map[string]string{}
	signs := []string{`"`, "\n", "ü", "&", "/", " ", "=", "+", "%", "\\", "?", "#", "<", "'", ";", "\t", "漢", "%41", "{{seq}}", ","}
	for i := range n {
		v := "O" + signs[i%len(signs)] + "Brien" + signs[(i/len(signs))%len(signs)] + signs[(7*i+3)%len(signs)]
		id := fmt.Sprint(i)
		values[id] = v
		w.Write([]string{id, v})
	}
	w.Flush()
	return textFile(t, b.String()), values
}

// A decoder notes what the server reads of each request, by id.
type decoder struct {
	sync.Mutex
	read func(*http.Request) string
	seen map[string]string
}

func (d *decoder) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	id, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	got := d.read(r)
	d.Lock()
	defer d.Unlock()
	d.seen[id] = got
	w.WriteHeader(http.StatusNoContent)
}

func readJSON(r *http.Request) string {
	var in struct {
		Name  string
		Other string
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil || in.Other != "é" {
		return fmt.Sprint(in, err)
	}
	return in.Name
}

// TestValuesArriveAsTheyAre: what a server decodes of any place is what the file says.
func TestValuesArriveAsTheyAre(t *testing.T) {
	t.Parallel()
	const n, object = 200, `{"name":"{{csv "v"}}","other":"é"}`
	file, want := awkwardRows(t, n)
	typed := func(s string) []header.Line { return []header.Line{{Name: "Content-Type", Value: s}} }
	for name, c := range map[string]struct {
		spec request.Spec
		read func(*http.Request) string
	}{
		"json": {request.Spec{Body: request.Body{Text: object, As: "json"}}, readJSON},
		"json by its type": {request.Spec{Header: typed("application/merge-patch+json; charset=utf-8"),
			Body: request.Body{Text: object}}, readJSON},
		"json, whole": {request.Spec{Body: request.Body{Text: `{"name":{{csv "v" | json}},"other":"é"}`, As: "json"}}, readJSON},
		"urlencoded": {request.Spec{Method: "POST", Header: typed("application/x-www-form-urlencoded"),
			Body: request.Body{Text: `a=1&name={{csv "v" | url}}&b=2`}}, func(r *http.Request) string { return r.PostFormValue("name") }},
		"form": {request.Spec{Method: "POST", Body: request.Body{Form: []request.Part{{Name: "name", Text: `{{csv "v"}}`}}}},
			func(r *http.Request) string { return r.FormValue("name") }},
		"form of JSON": {request.Spec{Method: "POST", Body: request.Body{Form: []request.Part{{Name: "o", Text: object, Type: "application/json"}}}},
			func(r *http.Request) string {
				r.Body = io.NopCloser(strings.NewReader(r.FormValue("o")))
				return readJSON(r)
			}},
		"path": {request.Spec{URL: `/{{csv "v"}}/end`}, func(r *http.Request) string {
			_, rest, _ := strings.Cut(r.URL.Path[1:], "/")
			return strings.TrimSuffix(rest, "/end")
		}},
		"query": {request.Spec{URL: `?a=1&name={{csv "v"}}&b=2`}, func(r *http.Request) string { return r.URL.Query().Get("name") }},
		"raw":   {request.Spec{Body: request.Body{Text: `{{csv "v" | raw}}`}}, func(r *http.Request) string { b, _ := io.ReadAll(r.Body); return string(b) }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onEngines(t, func(t *testing.T, engine string) {
				seen := &decoder{read: c.read, seen: map[string]string{}}
				plan := Plan{Request: c.spec, Values: text.Values{Rows: text.Rows{CSV: file}}, Load: Load{Requests: n, Concurrency: 4}}
				plan.Request.URL = server(t, seen) + `/{{csv "id"}}` + plan.Request.URL
				if r := fireOn(t, engine, plan).run; r.Totals.OK != n {
					t.Errorf("ended: %s (%+v)", endings(r), r.Outcomes)
				}
				for id, v := range want {
					if got := seen.seen[id]; got != v {
						t.Errorf("of row %s the server reads %q, want %q", id, got, v)
					}
				}
			})
		})
	}
}

// TestTextThatIsNoJSON: of a body that is to be JSON and is not, nothing is sent, and its row is told. One that is the
// same for all requests is refused ahead.
func TestTextThatIsNoJSON(t *testing.T) {
	t.Parallel()
	table := textFile(t, "id,n\n1,5\n2,\n3,\"1,\"\"x\"\":2\"\n4,true\n5,abc\n")
	for name, c := range map[string]struct {
		body    request.Body
		ok, bad int64
		example string
	}{
		"outside of quotes": {request.Body{Text: `{"n":{{csv "n"}}}`, As: "json"}, 2, 3, "row 2 of rows.txt: the body is no JSON"},
		"pasted":            {request.Body{Text: `{"n":{{csv "n" | raw}}}`, As: "json"}, 3, 2, "row 2 of rows.txt: the body is no JSON"},
		"within quotes":     {request.Body{Text: `{"n":"{{csv "n"}}"}`, As: "json"}, 5, 0, ""},
		"never":             {request.Body{Text: `{"n":{{csv "id"}}`, As: "json"}, 0, 5, "row 1 of rows.txt: the body is no JSON"},
		"not to be":         {request.Body{Text: `{"n":{{csv "id"}}`}, 5, 0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			onEngines(t, func(t *testing.T, engine string) {
				plan := Plan{Request: request.Spec{URL: "http://" + peer(t, answers("HTTP/1.1 204 \r\n\r\n")), Body: c.body},
					Values: text.Values{Rows: text.Rows{CSV: table}}, Load: Load{Requests: 5, Concurrency: 1}}
				r := fireOn(t, engine, plan).run
				bad := stats.Failure{}
				if len(r.Outcomes) == 1 {
					bad = r.Outcomes[0]
				}
				if r.Totals.OK != c.ok || bad.Count != c.bad || c.bad > 0 && (bad.Outcome != stats.BadBody || !strings.HasPrefix(bad.Example, c.example)) {
					t.Errorf("ended: %s (%+v), want %d ok and %d × %s", endings(r), r.Outcomes, c.ok, c.bad, c.example)
				}
				if r.Totals.Attempts != c.ok {
					t.Errorf("%d attempts, want %d", r.Totals.Attempts, c.ok)
				}
			})
		})
	}
}
