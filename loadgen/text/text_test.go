package text

import (
	"regexp"
	"strings"
	"testing"
	"time"
)

var templateStart = time.Date(2026, 3, 4, 5, 6, 7, 89e6, time.FixedZone("elsewhere", 3600))

// testEnv is the environment that the texts of tests read.
var testEnv = Env{"SHOTPUT_TEST": "from {{seq}} outside", "SHOTPUT_HOST": "from.env:81",
	"SHOTPUT_LINES": "hush\r\nX-Evil: 1", "SHOTPUT_TOKEN": "s3cret"}

// render gives what s says in request k of a run with seed 1, 1.5 s after its start.
func render(t *testing.T, s string, k int64) string {
	t.Helper()
	made, err := testEnv.Compile(s, "url")
	if err != nil {
		t.Fatal(err)
	}
	return string(made.Parts.Append(nil, NewScope(1, k, templateStart.Add(1500*time.Millisecond).UTC())))
}

func TestTextRendersExactly(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", ""},
		{"plain", "plain"},
		{`{"a":{"b":{}}}`, `{"a":{"b":{}}}`},
		{"{{seq}}", "7"},
		{"a{{ seq }}b{{\tseq}}c", "a7b7c"},
		{`{{ "{{" }}seq}}`, "{{seq}}"},
		{`{{"}}"}}{{"\""}}`, `}}"`},
		{"{{uuid}}", "2dd8fdc7-fdd8-4345-8c62-722ec7134f37"},
		{"{{uuid}}/{{uuid}}", "2dd8fdc7-fdd8-4345-8c62-722ec7134f37/cee87669-1568-4a3b-b35b-d4543b967202"},
		{"{{randInt 1 6}}", "2"},
		{"{{randInt 4 4}}", "4"},
		{"{{randInt -9223372036854775808 9223372036854775807}}", "-5919702674779401403"},
		{"{{randHex 5}}", "81345"},
		{"{{randHex 20}}", "2dd8fdc7fdd813454f37"},
		{"{{randString 12}}", "FNB29fcY3380"},
		{"{{now}}", "2026-03-04T04:06:08.589Z"},
		{"{{unixMillis}}", "1772597168589"},
		{`{{env "SHOTPUT_TEST"}}`, "from {{seq}} outside"},
	} {
		if got := render(t, c.text, 7); got != c.want {
			t.Errorf("%s renders %q, want %q", c.text, got, c.want)
		}
	}
}

func TestTextFaults(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"ab{{sek}}", `body "{{sek}}": column 3: calls sek, which is no function; did you mean seq?`},
		{"é{{UUID}}", `body "{{UUID}}": column 2: calls UUID, which is no function; did you mean uuid?`},
		{"{{randomInt}}", `calls randomInt, which is no function; did you mean randInt?`},
		{"{{random}}", "there are seq, uuid, randInt, randHex, randString"},
		{"{{timestamp}}", "there are seq, uuid, randInt, randHex, randString, now, unixMillis, env"},
		{"{{}}", `body "{{}}": column 1: is empty; to send two braces, write {{ "{{" }}`},
		{"x{{seq", `body "{{": column 2: begins a function that no }} ends; to send two braces, write {{ "{{" }}`},
		{`{{env "x}}`, `body "{{": column 1: begins a function whose quoted text does not end`},
		{`{{"a" b}}`, `column 1: has more than the quoted text`},
		{"{{seq 1}}", `column 1: has 1 arguments; write {{seq}}`},
		{"{{randInt 1}}", `column 1: has 1 arguments; write {{randInt a b}}`},
		{"{{randInt 5 1}}", `column 1: has an empty range: 5 is more than 1`},
		{"{{randHex x}}", `column 1: has the argument x; write {{randHex n}}`},
		{"{{randHex 0}}", `column 1: asks for 0 characters; give 1 to 1048576`},
		{"{{randString 1048577}}", `column 1: asks for 1048577 characters`},
		{"{{env NAME}}", `column 1: has the argument NAME; write {{env "NAME"}}`},
		{"a\nbc{{env \"SHOTPUT_UNSET\"}}",
			`line 2, column 3: names the environment variable SHOTPUT_UNSET, which is not set`},
		{"{{a}}{{b}}", "\nbody \"{{b}}\": column 6:"},
	} {
		_, err := testEnv.Compile(c.text, "body")
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q gives the error\n  %v\nwant\n  %s", c.text, err, c.want)
		}
	}
}

func TestUUIDForm(t *testing.T) {
	form := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	seen := map[string]bool{}
	for k := range int64(10_000) {
		u := render(t, "{{uuid}}", k)
		if !form.MatchString(u) || seen[u] {
			t.Fatalf("request %d has the UUID %q: of another form, or seen before", k, u)
		}
		seen[u] = true
	}
}

// TestDrawsAreEven holds counts of drawn values against the chi-squared value that one sample in a thousand
// exceeds. The draws are a pure function, so that this passes always or never.
func TestDrawsAreEven(t *testing.T) {
	for _, c := range []struct {
		text    string
		symbols int
		limit   float64 // chi-squared, symbols-1 degrees of freedom, p = 0.001
	}{
		{"{{randInt 0 9}}", 10, 27.88},
		{"{{randHex 11}}", 16, 37.70},
		{"{{randString 11}}", 62, 100.89},
	} {
		counts, n := map[rune]int{}, 0
		for k := range int64(20_000) {
			for _, symbol := range render(t, c.text, k) {
				counts[symbol]++
				n++
			}
		}
		want, sum := float64(n)/float64(c.symbols), 0.0
		for _, got := range counts {
			sum += (float64(got) - want) * (float64(got) - want) / want
		}
		if len(counts) != c.symbols || sum > c.limit {
			t.Errorf("%s: %d symbols, chi-squared %.1f; want %d and at most %.1f", c.text, len(counts), sum, c.symbols,
				c.limit)
		}
	}
}

// Thousands of constants are joined in as many steps as there are, not in as many for each.
func TestFoldIsLinear(t *testing.T) {
	var all Parts
	for range 1000 {
		all = append(all, Part{Constant: "x"})
	}
	if n := testing.AllocsPerRun(5, func() { all = append(all[:0:0], all...); Fold(all) }); n > 40 {
		t.Errorf("%v allocations", n)
	}
	if got := Fold(all, Literal("y")); len(got) != 1 || got[0].Constant != strings.Repeat("x", 1000)+"y" {
		t.Errorf("folded to %d parts", len(got))
	}
}
