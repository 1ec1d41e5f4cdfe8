package line

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// putting is a command with a flag of each kind.
func putting() Line {
	var rate string
	return Line{Rows: Rows{
		{Long: "url", Arg: "URL", Eg: "http://127.0.0.1/", Hide: ShowURL, Set: Filled(new(string))},
		{Long: "rate", Short: "r", Arg: "RATE", Eg: "2000/s", Amount: true, Elsewhere: []string{"qps"},
			Set: Filled(&rate)},
		{Long: "header", Short: "H", Arg: "LINE", Eg: "Name: value", Repeats: true, Hide: HideHeader,
			Names: func(string) []string { return nil }, Set: func(s string) error {
				if !strings.Contains(s, ":") {
					return Otherwise("it has no colon", "")
				}
				return nil
			}},
		{Long: "engine", Arg: "NAME", Eg: "auto", Words: []string{"auto", "wire"}, Set: Ignore},
		{Long: "config", Short: "K", Arg: "FILE", Eg: "f", Set: Ignore},
		{Long: "once", Set: OnOff(new(bool))},
		{Long: "ipv4", Short: "4", Field: "ip-version", Set: Ignore},
		{Long: "ipv6", Short: "6", Field: "ip-version", Set: Ignore},
	}, Strangers: []Stranger{{Letter: "t", Longs: []string{"telnet-option"},
		Why: "times have units", Flag: "rate", Value: "1/s"}}}
}

// All faults of a line are told at once, and with them the line as it would be right.
func ExampleLine() {
	l := putting()
	typed, _ := l.Parse([]string{"--engine", "wier", "-r", "http://127.0.0.1:8080/", "--once"})
	var refused *Refusal
	if errors.As(typed.Check(), &refused) {
		for _, f := range refused.Faults {
			fmt.Println(f.Sentence())
		}
		fmt.Println("try", refused.Try)
	}
	// Output:
	// --engine "wier": it is none of auto, wire; did you mean wire?
	// -r "http://127.0.0.1:8080/": a value is missing before the URL
	// try shotput -r 2000/s --engine wire --once http://127.0.0.1:8080/
}

func TestMends(t *testing.T) {
	l := putting()
	typed, err := l.Parse([]string{"-H", "a", "-H", "B: 1", "-H", "Authorization: x", "-4", "http://h/"})
	if err != nil || len(typed.Faults) != 1 {
		t.Fatalf("%+v, %v", typed.Faults, err)
	}
	const rest = `-H 'B: 1' -H 'Authorization: '"$SHOTPUT_AUTHORIZATION"`
	for _, c := range []struct {
		want  string
		mends []Mend
	}{
		{"shotput -H 'Name: value' " + rest + " -4 http://h/", typed.Faults[0].Mends}, // not the last of them
		{"shotput -H a " + rest, []Mend{{How: DropOperands}, Drop("ipv4", "once"), {How: Rejoin, Value: "b"}}},
		{"shotput -r 1/s -4 http://i/", []Mend{Drop("header"), Set("rate", "1/s"), Aim("http://i/")}},
		{"shotput -H a -H 'B: 1' -4 http://h/", []Mend{{How: DropLast, Flags: []string{"header"}}}},
	} {
		if got := typed.Mend(c.mends...).String(); got != c.want {
			t.Errorf("%+v makes\n%s, want\n%s", c.mends, got, c.want)
		}
	}
	if got := typed.Alternatives(typed.Row("ip_version")); strings.Join(got, " ") != "ipv4 ipv6" {
		t.Errorf("alternatives %q", got)
	}
}

// Over a file of flags a switch is turned off where it would be left out, and the operand stays the file.
func TestLayeredLine(t *testing.T) {
	l := putting()
	l.Verb, l.Layered = "run", true
	typed, _ := l.Parse([]string{"--once", "plan.yaml"})
	if got := typed.Mend(Drop("once"), Aim("http://h/")).String(); got != "shotput run --url http://h/ --once=false plan.yaml" {
		t.Error(got)
	}
}

// A file of flags may name another; a fault names both.
func TestFilesInFiles(t *testing.T) {
	files := map[string]string{"outer": "once\n--config inner\n", "inner": "-t 5\nrate = \"\"\n", "self": "config = self"}
	for name, want := range map[string]string{
		"outer": "outer line 2: inner line 1: -t is no flag here: times have units|outer line 2: inner line 2: -r \"\": it is empty",
		"self":  `name one another without end`,
	} {
		l := putting()
		read := func(path string) ([]byte, error) { return []byte(files[path]), nil }
		l.Row("config").Set = func(path string) error { return l.TakeFile(path, read) }
		l.Take(l.Row("config"), name)
		var said []string
		for _, f := range l.Faults {
			said = append(said, f.Sentence())
		}
		if got := strings.Join(said, "|"); !strings.Contains(got, want) {
			t.Errorf("%s: %s", name, got)
		}
	}
}

// What cannot be split is told with the whole line as it was probably meant.
func TestPuzzles(t *testing.T) {
	for text, want := range map[string]string{
		"--qps 5 http://h/":           "--qps is no flag here; did you mean --rate?|shotput -r 5 http://h/",
		"--enginee auto":              "--enginee is no flag here; did you mean --engine?|shotput --engine auto http://127.0.0.1/",
		"-t 7 http://h/":              "-t is no flag here: times have units|shotput -r 1/s http://h/",
		"--telnet-option x http://h/": "--telnet-option is no flag here: times have units|shotput -r 1/s http://h/",
		"-engine=auto --nothing":      "-engine: a long name has two dashes: --engine; --nothing is no flag here|shotput --help",
		"--e auto --on http://h/ -y":  "-y is no flag here|shotput --help",
		"--ip http://h/":              "--ip may be short for --ipv4, --ipv6|shotput -4 http://h/",
		"--h x":                       "--h may be short for --header, --help|shotput -H 'Name: value' http://127.0.0.1/",
		"--telnet x http://h/":        "--telnet is no flag here|shotput --help",
		"-y":                          "-y is no flag here|shotput --help",
		"--once --rate":               "-r needs a value: RATE|shotput --once -r 2000/s http://127.0.0.1/",
	} {
		l := putting()
		typed, err := l.Parse(strings.Fields(text))
		if err == nil {
			t.Errorf("%s was split", text)
			continue
		}
		var refused *Refusal
		if !errors.As(typed.Explain(err, strings.Fields(text)), &refused) {
			t.Errorf("%s: %v", text, err)
		} else if got := refused.Error() + "|" + refused.Try; got != want {
			t.Errorf("%s is told as\n%s, want\n%s", text, got, want)
		}
	}
}

// A secret is shown nowhere, and a URL behind any flag loses its user.
func TestSecretsAreHidden(t *testing.T) {
	l := putting()
	for flag, values := range map[string][]string{
		"header": {"Authorization: Bearer x", "authorization=x", "Cookie x"},
		"url":    {"http://u:x@h/", "http://h/?token=x"},
		"rate":   {"http://u:x@h/"},
		"":       {"http://u:x@h/"},
	} {
		for _, value := range values {
			if got := l.Show(flag, value); strings.Contains(got, "x") || !l.Hides(flag, value) {
				t.Errorf("%s %s is shown as %s", flag, value, got)
			}
		}
	}
	for _, c := range []struct{ got, want string }{
		{HideText(`{"password": "x"}`), "…"}, {HideText(`{"name": "x"}`), `{"name": "x"}`}, {HideText("password=@f"), "password=@f"},
		{HideCookie("a=b"), "…"}, {HideUnlessElsewhere("env:A"), "env:A"}, {HideUnlessElsewhere("a"), "…"},
	} {
		if c.got != c.want {
			t.Errorf("%s, want %s", c.got, c.want)
		}
	}
}
