package cli

import (
	"bytes"
	"io"
	"os/exec"
	"strings"
	"testing"

	"shotput/cli/curl"
	"shotput/cli/flags"
)

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
		"curl -G -d a=1 --data-urlencode b=2 h":         "--request GET --data-raw a=1 --data-urlencode b=2 --get h",
		"curl -G -d @f h":                               "--request GET --data @f --get h",
		"curl -G -F a=b h":                              "!-G with -F",
		"curl -F a=b -X PUT h":                          "--form a=b --request PUT h",
		"curl --no-keepalive --no-compressed -T f":      "--upload-file f",
		"curl -c 50 h":                                  "!-c 50: there it has curl's meaning",
		"curl -c jar -o /dev/null -w x -T f h":          "--upload-file f h",
		"curl --retry 3 --socks5 p:1 -T f h":            "--upload-file f --proxy socks5://p:1 h",
		"curl -T f h --rate 5/s --once -n":              "--upload-file f h --rate 5/s --once --netrc",
		"curl --upl f --ins --retry-m 5 h":              "--upload-file f --insecure h",
		"curl --upl f --max 5 h":                        "!--max is no flag that is known here",
		"curl --upl f --once h":                         "--upload-file f --once h",
		"curl --frob h":                                 "!--frob is no flag that is known here",
		"curl -y h":                                     "--request GET", // -y takes it
		"curl -T":                                       "!-T needs a value",
		"curl -0 h":                                     "!-0: HTTP/1.0",
		`curl -T f -H "Authorization: Bearer $TOKEN" h`: "--upload-file f --header Authorization: Bearer secret h",
	} {
		line, _, err := readPasted(&Stdio{In: strings.NewReader("")}, []string{command})
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
	flags := curl.Flags(flags.Rows())
	for word, f := range flags {
		if f.Means() != "" && newAsked().Row(f.Means()) == nil {
			t.Errorf("%s means the same as a flag that is not here", word)
		}
	}
	path, err := exec.LookPath("curl")
	if err != nil {
		t.Skip("no curl")
	}
	out, err := exec.Command(path, "--help", "all").Output()
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
			if last && takes != f.Takes && !optional && f.Why == "" {
				t.Errorf("%s takes a value: %v", word, f.Takes)
			}
		}
	}
}

// The notes say what was left out, and which method it is.
func TestPastedNotes(t *testing.T) {
	_, said, err := readPasted(&Stdio{In: strings.NewReader("")}, []string{"curl -s -o f -d x http://h/ | jq"})
	var b strings.Builder
	for _, h := range said {
		h.Write(io.Writer(&b), "note")
	}
	if got := b.String(); err != nil || !strings.Contains(got, "-s -o | jq") || !strings.Contains(got, "this is a POST") {
		t.Errorf("%v\n%s", err, got)
	}
}

// A here-document of the command is the standard input of what is fired.
func TestPastedHereDocument(t *testing.T) {
	s := &Stdio{In: strings.NewReader("the terminal's")}
	line, _, err := readPasted(s, []string{"curl -X PUT --json @- http://h/ <<E\n{\"a\": 1}\nE", "--once"})
	if got := strings.Join(line, " "); err != nil || got != "--json @- --request PUT http://h/ --once" {
		t.Errorf("%s, %v", got, err)
	}
	if text, err := io.ReadAll(s.In); string(text) != "{\"a\": 1}\n" || err != nil {
		t.Errorf("%q, %v", text, err)
	}
}
