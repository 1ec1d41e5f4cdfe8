package loadgen

import (
	"os"
	"strings"
	"testing"

	"shotput/loadgen/header"
	"shotput/loadgen/request"
	"shotput/loadgen/text"
)

func TestDataFaults(t *testing.T) {
	empty, table, lines := textFile(t, "\n\r\n"), textFile(t, "id,user name\n1,2\n"), textFile(t, "{}\n")
	dir := t.TempDir()
	plan := func(url string, p Plan) Plan {
		p.Request.URL = "http://h/" + url
		return p
	}
	for _, c := range []struct {
		plan Plan
		want string
	}{
		{plan("", Plan{Request: request.Spec{Body: request.Body{Text: "a", Dir: dir, Sizes: "1"}}}), `body "": has 3 sources (text, sizes, dir); give one of them`},
		{plan("", Plan{Request: request.Spec{Body: request.Body{Dir: dir}}}), `body dir "` + dir + `": has no files in it`},
		{plan("", Plan{Request: request.Spec{Body: request.Body{Dir: empty}}}), `body dir "` + empty + `": not a directory`},
		{plan("", Plan{Request: request.Spec{Body: request.Body{Lines: dir}}}), `body lines "` + dir + `": is a directory`},
		{plan("", Plan{Request: request.Spec{Body: request.Body{Lines: os.DevNull}}}), `body lines "` + os.DevNull + `": is no regular file`},
		{plan("", Plan{Request: request.Spec{Body: request.Body{Lines: textFile(t, "")}}}), `": is empty; each of its lines is a body`},
		{plan("", Plan{Request: request.Spec{Body: request.Body{Text: `{"n":`, As: "json"}}}), `the body is no JSON: it ends too early, after column 5`},
		{plan("", Plan{Request: request.Spec{Body: request.Body{Text: "[1,\n x]", As: "json"}}}), `the body is no JSON: line 2, column 2: `},
		{plan("{{key}}", Plan{}), `keys "{{key}}": stands in the URL, and neither a number of keys nor a file of keys is given`},
		{plan("", Plan{Values: text.Values{Keys: text.Keys{Count: -1}}}), `keys "-1": must be at least 1`},
		{plan("", Plan{Values: text.Values{Keys: text.Keys{Count: 1 << 60}}}), `keys "1152921504606846976": must be at most 9007199254740992`},
		{plan("", Plan{Values: text.Values{Keys: text.Keys{Count: 1, File: lines}}}), `keys file "` + lines + `": is given beside a number of keys`},
		{plan("", Plan{Values: text.Values{Keys: text.Keys{File: empty}}}), `keys file "` + empty + `": is empty; write a key on each line`},
		{plan("", Plan{Values: text.Values{Keys: text.Keys{File: dir + "/none"}}}), `keys file "` + dir + `/none": no such file or directory`},
		{plan("", Plan{Values: text.Values{Keys: text.Keys{Dist: "uniform"}}}), `keys dist "uniform": needs keys: a number of them, or a file`},
		{plan("", Plan{Values: text.Values{Keys: text.Keys{Count: 1, Dist: "pareto"}}}), `keys dist "pareto": is no law of keys; write sequential, uniform, zipf:1.1 or hot:0.01,0.9`},
		{plan("", Plan{Values: text.Values{Keys: text.Keys{Count: 1, Dist: "zipf:-1"}}}), `keys dist "zipf:-1": has the exponent "-1", which is no number from 0 to 100; write`},
		{plan("", Plan{Values: text.Values{Keys: text.Keys{Count: 1, Dist: "hot:2,0.9"}}}), `keys dist "hot:2,0.9": has the shares "2,0.9"`},
		{plan("", Plan{Values: text.Values{Keys: text.Keys{Count: 1, Dist: "uniform:2"}}}), `has "2" behind uniform, which takes nothing`},
		{plan("{{zipf 0 1}}", Plan{}), `url "{{zipf 0 1}}": column 10: asks for numbers up to 0; give 1 to`},
		{plan("{{zipf 9 x}}", Plan{}), `column 10: has the argument x; write {{zipf n s}}`},
		{plan(`{{csv "id"}}`, Plan{}), `csv "{{csv \"id\"}}": stands in the URL, and no CSV file is given`},
		{plan(`{{csv "id"}}`, Plan{Values: text.Values{Rows: text.Rows{JSONL: lines}}}), `and no CSV file is given`},
		{plan("", Plan{Request: request.Spec{Body: request.Body{Text: `{{csv "username"}}`}}, Values: text.Values{Rows: text.Rows{CSV: table}}}),
			`csv "{{csv \"username\"}}": asks for the column "username", which rows.txt has not; did you mean user name? (in the body)`},
		{plan(`{{csv "%d"}}`, Plan{Values: text.Values{Rows: text.Rows{CSV: table}}}), `asks for the column "%d", which rows.txt has not; did you mean id? (in the URL)`},
		{plan(`{{csv "quantity"}}`, Plan{Values: text.Values{Rows: text.Rows{CSV: table}}}), `has not; it has id, user name (in the URL)`},
		{plan("", Plan{Values: text.Values{Rows: text.Rows{CSV: textFile(t, "id\n\n")}}}), `": names its columns in its first line, and has no row below it`},
		{plan("", Plan{Values: text.Values{Rows: text.Rows{CSV: textFile(t, "a\"b\n1\n")}}}), `": the line of its columns has a " in a field that does not begin with one`},
		{plan("", Plan{Values: text.Values{Rows: text.Rows{JSONL: empty}}}), `jsonl "` + empty + `": is empty; write a JSON value on each line`},
		{plan("{{json .a}}", Plan{Request: request.Spec{Header: []header.Line{{Name: "X", Value: "{{json .b}}"}}}}), `jsonl "{{json .b}}": stands in the header X, and no file of JSON lines is given`},
		{plan("{{json a}}", Plan{}), `column 10: has the path "a"; write {{json .}} or {{json .name}}`},
		{plan("{{json .a..b}}", Plan{}), `has the path ".a..b" with an empty name in it`},
		{plan("", Plan{Values: text.Values{Rows: text.Rows{CSV: table, JSONL: lines}}}), `jsonl "` + lines + `": is given beside a CSV file`},
		{plan("", Plan{Values: text.Values{Rows: text.Rows{Order: "once"}}}), `rows order "once": needs rows: a file of CSV or of JSON lines`},
		{plan("", Plan{Values: text.Values{Rows: text.Rows{CSV: table, Order: "shuffle"}}}), `rows order "shuffle": is none of cycle, random, once`},
		{plan("{{file}}", Plan{}), `body "{{file}}": stands in the URL, and no file is sent whose name it could be`},
	} {
		if err := c.plan.Validate(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v gives the error\n  %v\nwant\n  %s", c.plan, err, c.want)
		}
	}
	good := plan(`{{key}}/{{csv "id"}}`, Plan{Values: text.Values{Rows: text.Rows{CSV: textFile(t, "\ufeffid\n1\n"), Order: "once"}, Keys: text.Keys{File: lines, Dist: "zipf:1.1"}}})
	if err := good.Validate(); err != nil {
		t.Error(err)
	}
}

// TestDataFaultsComeTogether: one error tells all that is wrong.
func TestDataFaultsComeTogether(t *testing.T) {
	plan := Plan{
		Request: request.Spec{URL: `ftp://h/`, Body: request.Body{Sizes: "x"}, Header: []header.Line{{Name: "X", Value: "{{sek}}"}}},
		Values:  text.Values{Keys: text.Keys{File: "/nowhere/keys"}, Rows: text.Rows{CSV: "/nowhere/rows", Order: "x"}},
	}
	err := plan.Validate()
	for _, want := range []string{`url "ftp"`, `body sizes "x"`, `keys file "/nowhere/keys"`, `csv "/nowhere/rows"`, `rows order "x"`, "{{sek}}"} {
		if err == nil || strings.Count(err.Error(), want) != 1 {
			t.Errorf("the error does not name %s once:\n%v", want, err)
		}
	}
}
