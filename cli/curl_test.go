package cli

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
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
		s := shellWords{text: text, env: os.LookupEnv}
		if err := s.split(); err != nil || !slices.Equal(s.words, want) {
			t.Errorf("%q is %q, %v; want %q", text, s.words, err, want)
		}
		if bash, err := exec.LookPath("bash"); err == nil && !strings.Contains(text, "${SHOWN}x") && !strings.ContainsAny(text, "\r#") {
			shell := exec.Command(bash, "-c", "printf '%s\\0' "+text)
			shell.Env = append(os.Environ(), "LC_ALL=C.UTF-8") // \u is written in the locale's letters
			out, _ := shell.Output()
			if got := strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00"); !slices.Equal(got, want) {
				t.Errorf("%q is %q to a shell, want %q", text, got, want)
			}
		}
	}
	for text, rest := range map[string]string{"a | jq .": "| jq .", "a >out": ">out", "a 2>/dev/null": "2>/dev/null", "a;": "", "a &": "", "a 2>&1 | b": "2>&1 | b"} {
		s := shellWords{text: text, env: os.LookupEnv}
		if err := s.split(); err != nil || !slices.Equal(s.words, []string{"a"}) || s.rest != rest {
			t.Errorf("%q is %q, %v and leaves %q", text, s.words, err, s.rest)
		}
	}
	for _, text := range []string{"a 'b", `a "b`, "a `b`", `"$(b)"`, "a $(b)", "a <f", "a && b", "a; b", "$NO_SUCH_VARIABLE_HERE", "${x:-y}", "a <<E"} {
		s := shellWords{text: text, env: os.LookupEnv}
		if err := s.split(); err == nil {
			t.Errorf("%q was read as %q", text, s.words)
		}
	}
}

// What is quoted for a shell is read back as it was.
func FuzzShellWords(f *testing.F) {
	f.Add("it's", `a\"$b`)
	f.Fuzz(func(t *testing.T, a, b string) {
		s := shellWords{text: quote(a) + " \\\n " + quote(b), env: os.LookupEnv}
		if err := s.split(); err != nil || !slices.Equal(s.words, []string{a, b}) {
			t.Errorf("%q is %q, %v", s.text, s.words, err)
		}
		loose := shellWords{text: a, env: os.LookupEnv}
		loose.split() // whatever it is, it ends
	})
}

// A pasted command becomes a line of ours, with curl's meaning of every letter.
func TestPasted(t *testing.T) {
	t.Setenv("TOKEN", "secret")
	for command, want := range map[string]string{
		"curl -X PUT -d a http://h/":                    "--data-raw a --request PUT http://h/",
		"$ curl -d a http://h/":                         "--request POST --data-raw a http://h/",
		"curl -d@f -sS -XPUT http://h/ ":                "--data @f --request PUT http://h/",
		"curl -T f http://h/":                           "--upload-file f http://h/",
		"curl -I http://h/":                             "--request HEAD http://h/",
		"curl http://h/ -n":                             "--request GET http://h/ --netrc",
		"curl -X PUT -r 0-9 -z 1":                       "!-z: among curl's words",
		"curl -X PUT -r 0-9 h":                          "--request PUT --header Range: bytes=0-9 h",
		"curl -r 0-9 -T f h":                            "!-r with a body",
		"/usr/bin/curl -T f h":                          "--upload-file f h",
		"curl -k --compressed --no-insecure -T f h":     "--upload-file f --compressed h",
		"curl -G -d a=1 --data-urlencode b=2 h":         "--request GET --url-query +a=1 --url-query b=2 h",
		"curl -G -d @f h":                               "!-G with -d",
		"curl -F a=b -X PUT h":                          "--form a=b --request PUT h",
		"curl --no-keepalive --no-compressed -T f":      "--upload-file f",
		"curl -c 50 h":                                  "!-c 50: there it has curl's meaning",
		"curl -c jar -o /dev/null -w x -T f h":          "--upload-file f h",
		"curl --retry 3 --socks5 p:1 -T f h":            "--upload-file f --proxy socks5://p:1 h",
		"curl -T f h --rate 5/s --once -n":              "--upload-file f h --rate 5/s --once --netrc",
		"curl --frob h":                                 "!--frob is no flag that is known here",
		"curl -y h":                                     "--request GET", // -y takes it
		"curl -T":                                       "!-T needs a value",
		"curl -0 h":                                     "!-0: HTTP/1.0",
		`curl -T f -H "Authorization: Bearer $TOKEN" h`: "--upload-file f --header Authorization: Bearer secret h",
	} {
		line, _, err := pastedCurl(&Stdio{In: strings.NewReader("")}, []string{command})
		if complaint, bad := strings.CutPrefix(want, "!"); bad {
			if err == nil || !strings.Contains(err.Error(), complaint) {
				t.Errorf("%s: %q, %v; want %s", command, line, err, complaint)
			}
		} else if got := strings.Join(line, " "); got != want || err != nil {
			t.Errorf("%s\nis   %s, %v\nwant %s", command, got, err, want)
		}
	}
}

// Each flag of curl's table that means the same here is one here, and those of curl itself are all in the table or
// of another protocol than HTTP.
func TestCurlFlags(t *testing.T) {
	flags := curlFlags(&newRequest().commandLine)
	for word, f := range flags {
		if !f.dropped && f.why == "" && f.rewrite == nil && newRequest().row(f.long) == nil {
			t.Errorf("%s means the same as a flag that is not here", word)
		}
	}
	curl, err := exec.LookPath("curl")
	if err != nil {
		t.Skip("no curl")
	}
	out, err := exec.Command(curl, "--help", "all").Output()
	if err != nil {
		t.Skip(err)
	}
	for line := range bytes.Lines(out) {
		words := strings.Fields(strings.Replace(string(line), ",", " ", 1))
		for i, word := range words[:min(2, len(words))] {
			f := flags[word]
			if f == nil || !strings.HasPrefix(word, "-") {
				continue
			}
			last := i == 1 || !strings.HasPrefix(words[1], "-")
			takes := last && len(words) > i+1 && strings.HasPrefix(words[i+1], "<")
			optional := word == "-h" || word == "--help" || word == "-x" || word == "--proxy"
			if last && takes != f.takes && !optional && f.why == "" {
				t.Errorf("%s takes a value: %v", word, f.takes)
			}
		}
	}
}

// The notes say what was left out, and which method it is.
func TestPastedNotes(t *testing.T) {
	_, said, err := pastedCurl(&Stdio{In: strings.NewReader("")}, []string{"curl -s -o f -d x http://h/ | jq"})
	var b strings.Builder
	for _, h := range said {
		h.write(io.Writer(&b), "note")
	}
	if got := b.String(); err != nil || !strings.Contains(got, "-s -o | jq") || !strings.Contains(got, "this is a POST") {
		t.Errorf("%v\n%s", err, got)
	}
}
