package curl

import (
	"slices"
	"strings"
	"testing"
)

// A command is read by the rules of the shell that it was written for, and begins at the word curl.
func TestDialects(t *testing.T) {
	env := func(name string) (string, bool) { return "a value", name == "SHOWN" }
	for text, want := range map[string][]string{
		"# curl -X PUT h":                                  {"curl", "-X", "PUT", "h"},
		"% curl h":                                         {"curl", "h"},
		"root@box:~/a b# sudo curl h":                      {"sudo", "curl", "h"},
		"[me@box dir]$ curl \\\n> -X PUT \\\n> h":          {"curl", "-X", "PUT", "h"},
		"(venv) me@box:~$ time curl h":                     {"curl", "h"},
		"# a comment\ncurl h":                              {"curl", "h"},
		"cat <<E | curl -d @- h\nb\nE":                     {"curl", "-d", "@-", "h"},
		`C:\Users\me>curl -d "a=1" h`:                      {"curl", "-d", "a=1", "h"},
		`curl --data-binary "{""id"":1}" h`:                {"curl", "--data-binary", `{"id":1}`, "h"},
		`curl -d '{"a":"","b":"x"}' h`:                     {"curl", "-d", `{"a":"","b":"x"}`, "h"},
		"curl ^\"h^\" ^\n  -H ^\"a: b^\"":                  {"curl", "h", "-H", "a: b"},
		"curl \"h\" ^\r\n  -d \"{\\\"a\\\":\\\"b\\\"}\"":   {"curl", "h", "-d", `{"a":"b"}`},
		`curl.exe -d "%SHOWN%20%NONE%" h`:                  {"curl.exe", "-d", "a value20%NONE%", "h"},
		`curl.exe -H ^"a: ^%^7B^&^|\\^" h`:                 {"curl.exe", "-H", `a: %7B&|\`, "h"},
		"PS C:\\> curl.exe -d 'it''s' h":                   {"curl.exe", "-d", "it's", "h"},
		"curl.exe -d '{\\\"t\\\": 25.5}' `\n -X PUT h":     {"curl.exe", "-d", `{"t": 25.5}`, "-X", "PUT", "h"},
		`curl -d '{\"t\": 25.5}' h`:                        {"curl", "-d", `{"t": 25.5}`, "h"},
		`curl.exe -d '{"t": "a\\b"}' h`:                    {"curl.exe", "-d", `{"t": "a\\b"}`, "h"},
		"curl.exe -H \"a: $env:SHOWN `\"x`\" `$5\" h":      {"curl.exe", "-H", `a: a value "x" $5`, "h"},
		"curl.exe -H \"a: ${env:SHOWN}s\" -d @'\na\nb\n'@": {"curl.exe", "-H", "a: a values", "-d", "a\nb"},
		"curl.exe h | ConvertFrom-Json; 'a'":               {"curl.exe", "h"},
	} {
		s, err := split(text, env)
		if err != nil || !slices.Equal(s.Words, want) {
			t.Errorf("%s\nis   %q, %v\nwant %q", text, s.Words, err, want)
		}
	}
	for text, want := range map[string]string{
		"curl http://h/?a=1&b=2":              "an & outside of quotes",
		"curl.exe 'a' http://h/?a=1&b=2":      "an & outside of quotes",
		"curl ^\"a^\" http://h/?a=1&b=2":      "an & outside of quotes",
		"Invoke-WebRequest -Uri http://h/ -a": "it is a command for Invoke-WebRequest, not",
		"curl -Uri http://h/ -Method PUT":     "which PowerShell calls curl",
		"fetch('http://h/', {method: 'PUT'})": "it is a command for fetch, not",
		"wget http://h/":                      "it is a command for wget, not",
		"curl.exe -d $body 'h'":               "it holds $body, which only PowerShell knows",
		"curl.exe -d $env:NONE 'h'":           "there is no such variable",
		"curl.exe -d 'h":                      "a ' is not closed",
		"curl.exe -d (a 'h')":                 "it holds ( outside of quotes",
		"curl.exe -d \"$(a)\" 'b'":            "it holds $(…), which only PowerShell can run",
	} {
		if s, err := split(text, env); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s is %q, %v; want %s", text, s.Words, err, want)
		}
	}
}

// What another command only begins is curl's.
func TestUnwrap(t *testing.T) {
	for text, want := range map[string]string{
		"curl a":                                 "a",
		"/usr/bin/curl a":                        "a",
		`C:\Windows\curl.exe a`:                  "a",
		"sudo -E env A=b curl -T a":              "-T a",
		"docker run --rm curlimages/curl:8 -T a": "-T a",
		"docker run curlimages/curl curl -T a":   "-T a",
		"kubectl exec p -- curl -A curl h":       "-A curl h",
		"-A curl h":                              "-A curl h",
		"http://h/ curl":                         "http://h/ curl",
		"sudo a":                                 "sudo a",
	} {
		if got, _ := unwrap(strings.Fields(text)); strings.Join(got, " ") != want {
			t.Errorf("%s is %q, want %q", text, got, want)
		}
	}
}

// Whatever is pasted, reading it ends.
func FuzzDialects(f *testing.F) {
	f.Add(`curl ^"h^" -d "{""a"":1}"`)
	f.Add("PS C:\\> curl.exe -d '{\\\"t\\\": 1}' `\n $env:A @'\na\n'@")
	f.Fuzz(func(t *testing.T, text string) {
		none := func(string) (string, bool) { return "", false }
		splitCmd(text, none)
		splitPowerShell(text, none)
		split(text, none)
	})
}
