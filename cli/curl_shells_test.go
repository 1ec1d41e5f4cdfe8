package cli_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"shotput/cli/curl"
	"shotput/cli/flags"
	"shotput/cli/line"
	"shotput/putserver/realtest"
)

// copied is one request as Chrome copies it for bash and for cmd, and as it is written for PowerShell.
var copied = map[string]string{
	"bash": `curl 'URL/a%7Bb?x=1&y=a%20b' \
  -X 'PUT' \
  -H 'accept: application/json, text/plain, */*' \
  -H 'content-type: application/json' \
  -H 'sec-ch-ua: "Chromium";v="130", "Not?A_Brand";v="99"' \
  -b 'a=1; b="2"' \
  --data-raw $'{"name":"it\'s 100% \\"ü\\" & <so> ^on^ \\\\ $5","n":[1,2]}' \
  --compressed`,
	"cmd": `curl ^"URL/a^%^7Bb?x=1^&y=a^%^20b^" ^
  -X ^"PUT^" ^
  -H ^"accept: application/json, text/plain, */*^" ^
  -H ^"content-type: application/json^" ^
  -H ^"sec-ch-ua: ^\^"Chromium^\^";v=^\^"130^\^", ^\^"Not?A_Brand^\^";v=^\^"99^\^"^" ^
  -b ^"a=1; b=^\^"2^\^"^" ^
  --data-raw ^"^{^\^"name^\^":^\^"it's 100^% ^\^\^\^"ü^\^\^\^" ^& ^<so^> ^^on^^ ^\^\ ^$5^\^",^\^"n^\^":^[1,2^]^}^" ^
  --compressed`,
	"old cmd": `curl "URL/a%7Bb?x=1&y=a%20b" -X "PUT" -H "accept: application/json, text/plain, */*" -H "content-type: application/json" ` +
		`-H "sec-ch-ua: ""Chromium"";v=""130"", ""Not?A_Brand"";v=""99""" -b "a=1; b=""2""" ` +
		`--data-raw "{""name"":""it's 100% \\""ü\\"" & <so> ^on^ \\ $5"",""n"":[1,2]}" --compressed`,
	"PowerShell": `PS C:\Users\me> curl.exe 'URL/a%7Bb?x=1&y=a%20b' ` + "`" + `
>>   -X PUT -H 'accept: application/json, text/plain, */*' ` + "`" + `
>>   -H 'content-type: application/json' -H "sec-ch-ua: \` + "`" + `"Chromium\"";v=\""130\"", \""Not?A_Brand\"";v=\""99\""" ` + "`" + `
>>   -b 'a=1; b=\"2\"' ` + "`" + `
>>   --data-raw '{\"name\":\"it''s 100% \\\"ü\\\" & <so> ^on^ \\ $5\",\"n\":[1,2]}' --compressed`,
	"PowerShell 7.3": `curl.exe 'URL/a%7Bb?x=1&y=a%20b' -X PUT -H 'accept: application/json, text/plain, */*' ` + "`" + `
  -H 'content-type: application/json' -H 'sec-ch-ua: "Chromium";v="130", "Not?A_Brand";v="99"' -b 'a=1; b="2"' ` + "`" + `
  --data-raw @'
{"name":"it's 100% \"ü\" & <so> ^on^ \\ $5","n":[1,2]}
'@ --compressed`,
}

// Copied from a browser for bash, for cmd, and written for PowerShell, a request is the same bytes.
func TestCopiedForEachShell(t *testing.T) {
	shell, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("no bash")
	}
	realtest.Need(t, "curl")
	b := newBench(t)
	url := ""
	for _, setting := range b.env {
		if at, ok := strings.CutPrefix(setting, "URL="); ok {
			url = at
		}
	}
	original := exec.Command(shell, "-c", strings.ReplaceAll(copied["bash"], "URL", url)+" -s")
	original.Run()
	want := differential{where: "bash"}.expected(t, b.sent(), "")
	if want == "" {
		t.Fatal("curl sent nothing")
	}
	for name, text := range copied {
		path := filepath.Join(b.dir, "pasted")
		if err := os.WriteFile(path, []byte(strings.ReplaceAll(text, "URL", url)), 0o600); err != nil {
			t.Fatal(err)
		}
		got, said := b.run(t, "", `shotput curl "$(cat pasted)" --once -s`)
		if got != want {
			t.Errorf("for %s it sent\n%s\nwant\n%s\n%s", name, got, want, said)
		}
	}
}

// A flag that is left out of a pasted command is none here: else what it says would be lost in silence. Those that stay
// are not about the request, or mean something else here.
func TestDroppedFlagsAreNoneHere(t *testing.T) {
	otherwise := map[string]bool{"silent": true, "verbose": true, "output": true, "trace": true, // how it is shown, and where it is saved
		"no-keepalive": true} // of curl the probes of TCP, here the connection
	asked := line.Rows(flags.Rows())
	for word, f := range curl.Flags(asked) {
		row := asked.Row(f.Long)
		if f.Dropped && row != nil && !row.Ignored && !otherwise[f.Long] {
			t.Errorf("%s is left out, and there is such a flag", word)
		}
		if f.Why != "" && row != nil && f.Long != "version" && f.Long != "help" {
			t.Errorf("%s is refused, and there is such a flag", word)
		}
	}
}
