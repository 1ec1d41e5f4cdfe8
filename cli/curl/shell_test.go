package curl

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"shotput/cli/line"
)

// Commands are cut into words as a shell cuts them, where there is one.
func TestShellWords(t *testing.T) {
	t.Setenv("SHOWN", "a value")
	for text, want := range map[string][]string{
		"curl -X PUT  http://h/":        {"curl", "-X", "PUT", "http://h/"},
		"a 'b c' \"d e\" f\\ g":         {"a", "b c", "d e", "f g"},
		"a'b'\"c\"d ''":                 {"abcd", ""},
		"a \\\n  b \\\r\n c":            {"a", "b", "c"},
		`"\$x \" \\ \n \` + "\n" + `y"`: {`$x " \ \n y`},
		`$'a\n\t\'\\\x41\101é\u00e9\q'`: {"a\n\t'\\AAéé\\q"},
		`'{"a": "$b"}'`:                 {`{"a": "$b"}`},
		`"$SHOWN" ${SHOWN}x $ "a$"`:     {"a value", "a valuex", "$", "a$"},
		"a # b\nc#d":                    {"a", "c#d"},
		"é\\é":                          {"éé"},
		"a\n":                           {"a"},
	} {
		s, err := Split(text, os.LookupEnv)
		if err != nil || !slices.Equal(s.Words, want) {
			t.Errorf("%q is %q, %v; want %q", text, s.Words, err, want)
		}
		if bash, err := exec.LookPath("bash"); err == nil && !strings.Contains(text, "${SHOWN}x") &&
			!strings.ContainsAny(text, "\r#") {
			shell := exec.Command(bash, "-c", "printf '%s\\0' "+text)
			shell.Env = append(os.Environ(), "LC_ALL=C.UTF-8") // \u is written in the locale's letters
			out, _ := shell.Output()
			if got := strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00"); !slices.Equal(got, want) {
				t.Errorf("%q is %q to a shell, want %q", text, got, want)
			}
		}
	}
	for text, rest := range map[string]string{"a | jq .": "| jq .", "a >out": ">out", "a 2>/dev/null": "2>/dev/null",
		"a;": "", "a &": "", "a 2>&1 | b": "2>&1 | b"} {
		s, err := Split(text, os.LookupEnv)
		if err != nil || !slices.Equal(s.Words, []string{"a"}) || s.Rest != rest {
			t.Errorf("%q is %q, %v and leaves %q", text, s.Words, err, s.Rest)
		}
	}
	for _, text := range []string{"a 'b", `a "b`, "a `b`", `"$(b)"`, "a $(b)", "a <f", "a && b", "a; b",
		"$NO_SUCH_VARIABLE_HERE", "a <<E"} {
		if s, err := Split(text, os.LookupEnv); err == nil {
			t.Errorf("%q was read as %q", text, s.Words)
		}
	}
}

// What is quoted for a shell is read back as it was, but for NUL and the CR of a line's end, which no shell passes on,
// and what is not UTF-8, which is refused.
func FuzzShellWords(f *testing.F) {
	f.Add("it's", `a\"$b`)
	f.Add("A=b", "~")
	f.Fuzz(func(t *testing.T, a, b string) {
		Split(a, os.LookupEnv) // whatever it is, it ends
		clean := strings.NewReplacer("\x00", "", "\r", "")
		a, b = strings.ToValidUTF8(clean.Replace(a), ""), strings.ToValidUTF8(clean.Replace(b), "")
		s, err := Split("curl "+line.Quote(a)+" \\\n "+line.Quote(b), os.LookupEnv)
		if err != nil || !slices.Equal(s.Words, []string{"curl", a, b}) {
			t.Errorf("%q and %q are %q, %v", a, b, s.Words, err)
		}
	})
}

// Variables have defaults, here-documents become standard input, and a lost backslash at a line's end does no harm.
func TestShellsOwn(t *testing.T) {
	t.Setenv("SHOWN", "a value")
	for text, want := range map[string]struct {
		words []string
		stdin string
	}{
		"a ${NONE:-b c}${SHOWN:-x}":             {[]string{"a", "b ca value"}, ""},
		"a ${SHOWN:+set} ${SHOWN#a }":           {[]string{"a", "set", "value"}, ""},
		"a $((6 * 7))":                          {[]string{"a", "42"}, ""},
		"a -X PUT\n  -d b":                      {[]string{"a", "-X", "PUT", "-d", "b"}, ""},
		"a >f -X PUT":                           {[]string{"a", "-X", "PUT"}, ""},
		"a -d @- <<E\n{\"b\": \"$SHOWN\"}\nE\n": {[]string{"a", "-d", "@-"}, "{\"b\": \"a value\"}\n"},
		"a -d @- <<'E' | jq\n$SHOWN \\\nE\n":    {[]string{"a", "-d", "@-"}, "$SHOWN \\\n"},
		"a <<-E\n\tb\n\tE\n":                    {[]string{"a"}, "b\n"},
		"a <<<b":                                {[]string{"a"}, "b\n"},
	} {
		s, err := Split(text, os.LookupEnv)
		if err != nil || !slices.Equal(s.Words, want.words) {
			t.Errorf("%q is %q, %v; want %q", text, s.Words, err, want.words)
		}
		if got := s.Stdin; (got != nil) != (want.stdin != "") || got != nil && *got != want.stdin {
			t.Errorf("%q has the input %v, want %q", text, got, want.stdin)
		}
		if strings.Contains(s.Rest, "\n") {
			t.Errorf("%q leaves %q", text, s.Rest)
		}
	}
	for text, want := range map[string]string{
		"curl \\\n -d 'x":       "a ' is not closed (line 2, column 5)",
		"a $NONE":               "it holds $NONE, and there is no such variable in the environment (line 1, column 3)",
		"a $(b)":                "it holds $(…), which only a shell can run (line 1, column 3)",
		"a `b`":                 "it holds `…`, which only",
		"a <(b)":                "it holds <(…), which only",
		"a\n<f":                 "it takes a file as standard input; give it with -T FILE or -d @FILE (line 2, column 1)",
		"A=b c":                 "it sets a variable",
		"echo b | curl -d @- h": "it is given what another command writes",
		"if a; then b; fi":      "it is more than a command", "a && b": "it holds more than one command",
	} {
		if s, err := Split(text, os.LookupEnv); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q is %q, %v; want %s", text, s.Words, err, want)
		}
	}
}
