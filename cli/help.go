package cli

import (
	"io"
	"slices"
	"strings"

	"shotput/cli/advice"
	"shotput/cli/line"
	"shotput/loadgen/fault"
)

// The help is written for people: what it looks like first, then every flag in its group, within 80 columns.

const fireHelp = `shotput fires PUTs at a URL and says how long each took, and how true it is.

  shotput                                               a demo, on this machine
  shotput -d @body.json http://127.0.0.1:8080/objects/{{seq}}
  shotput -r 500/s -z 30s --size 4KiB http://127.0.0.1:8080/objects/{{uuid}}
  shotput --json '{"n":{{seq}}}' -u name:password -o run.json https://HOST/7
  shotput -T photo.jpg --once http://127.0.0.1:8080/photos/     one PUT, shown
  shotput --dry-run -X POST -d a=1 http://127.0.0.1:8080/       nothing is sent

Usage: shotput [flags] [URL]
       shotput curl 'curl …' [flags]    fire a curl command: shotput curl --help
       shotput run PLAN.yaml   the same from a file: shotput run --help
       shotput init [FILE]  an example of such a file
       shotput target       a server to fire at: shotput target --help
       shotput report FILE  a saved run, shown again: shotput report --help
       shotput compare BASE NEW  saved rounds, judged: shotput compare --help
       shotput schema run|plan   the JSON Schema of saved runs and such files
       shotput doctor       can this machine fire fast and time truly?
       shotput version · shotput licenses
       shotput completion bash|zsh|fish|powershell

URL, header values, -d, --data-raw, --json and -F may hold values that differ
from request to request: {{seq}} {{uuid}} {{randInt 1 9}} {{randHex 8}}
{{randString 8}} {{zipf 1000 1.1}} {{now}} {{unixMillis}} {{env "NAME"}}
{{key}} {{csv "column"}} {{json .field}} {{file}}
`

const curlHelp = `shotput curl fires the request of a curl command.

  shotput curl 'curl -X PUT -H "A: b" -d @body.json http://127.0.0.1:8080/7'
  shotput curl 'curl -T a.jpg http://127.0.0.1:8080/' -r 100/s -z 10s
  shotput curl -X PUT -d text http://127.0.0.1:8080/ --rate 100/s --once

Paste the command as it is, in one argument, line continuations and all. Within
it every flag has curl's meaning; our own flags follow it. Unquoted, the whole
line is curl's, and our flags go by their long names. What changes nothing of
the request (-s, -o FILE, -w TEXT, | jq) is left out. Without -X the method is
curl's own: POST with -d.

Usage: shotput curl 'COMMAND' [flags]
       shotput curl COMMAND
`

const fireTail = `
-f -S -i -# -N -g stand on many a curl line; they are accepted, and change
nothing. A bare number of time is seconds. Exit codes: 0 ran and passed, 1 a
threshold failed or an abort rule ended the run, 2 usage, 3 could not measure,
130 and 143 interrupted (the report is printed all the same).
`

const runHelp = `shotput run fires the runs of a plan file, one after another.

  shotput init plan.yaml            an example, to begin with
  shotput run plan.yaml
  shotput run plan.yaml --scenario warm-up -r 100/s -H 'X-Try: 2'
  shotput run plan.yaml --dry-run   what would be sent

The keys of the file are the long names of the flags (shotput --help). A flag
on the command line stands in the place of the file's, in every scenario; -H
replaces the header of its name, a body replaces the body. With -o run.json
several scenarios are saved as run-NAME.json. ${VAR} and ${VAR:-default} are
the environment's. Relative paths in the file are relative to the file. The
exit code is that of the worst scenario.

Usage: shotput run [flags] PLAN.yaml     (- is standard input)
`

const initHelp = `shotput init writes an example of a plan file, to be changed.

  shotput init                      shows it
  shotput init plan.yaml            writes it, unless there is such a file
  shotput run plan.yaml

Usage: shotput init [FILE]
`

const schemaHelp = `shotput schema prints a JSON Schema, for editors, checks and other programs.

  shotput schema run                of a saved run (-o run.json), every field
                                    with its meaning and unit
  shotput schema plan > plan.schema.json

Usage: shotput schema run|plan
`

const targetHelp = `shotput target is an in-memory PUT server with manners that you set.

  shotput target
  shotput target --law lognormal:10ms,0.5 --servers 4
  shotput target --listen 127.0.0.1:0 --fail-share 1% --max-body 1MiB

It prints the address it listens on, and on Ctrl-C what it saw. PUT anything
anywhere; below /readonly/ the answer is 405.

Usage: shotput target [flags]
`

const reportHelp = `shotput report shows a saved run again.

  shotput report run.json
  shotput report --format md run.json > run.md
  shotput report -o run.md run.ndjson

Usage: shotput report [flags] FILE...     (- is standard input)
`

const compareHelp = `shotput compare judges saved rounds of a server by those of an earlier state.

  shotput -r 500/s --repeat 10 -o base.json http://127.0.0.1:8080/{{seq}}
  shotput -r 500/s --repeat 10 -o new.json http://127.0.0.1:8080/{{seq}}
  shotput compare base.json new.json
  shotput compare -o compare.xml -o compare.md base.json new.json

A file may hold several rounds, and a side may have several files. Rounds are
what is compared, never pooled requests; it takes four a side, and ten say more.

Usage: shotput compare [flags] BASE NEW...     (- is standard input)
`

const compareTail = `
Exit codes: 0 no regression was found, 1 a regression, 2 usage, or the plans are
not the same, 3 nothing can be said, under --strict.
`

const doctorHelp = `shotput doctor looks at this machine: open files, ports, CPUs, clock, how late
it wakes, and whether the kernel stamps answers. What is not good has a reason
and a command to try. It takes a tenth of a second, and sends nothing.

  shotput doctor
  shotput doctor --format json | jq .ok

Usage: shotput doctor [flags]
`

const licensesHelp = `shotput licenses prints the licences of all that is built into this program.

Usage: shotput licenses
`

const completionHelp = `shotput completion prints a script by which a shell completes our flags.

  source <(shotput completion bash)           now, in this shell
  shotput completion bash > /etc/bash_completion.d/shotput
  shotput completion zsh > "${fpath[1]}/_shotput"
  shotput completion fish > ~/.config/fish/completions/shotput.fish

Usage: shotput completion bash|zsh|fish|powershell
`

// shells are those that completion is written for.
var shells = []string{"bash", "zsh", "fish", "powershell"}

// misdirected answers for the verbs that are cobra's own: what completion is, and words that name no verb or shell.
func misdirected(w io.Writer, args []string) (shown bool, err error) {
	args = append(slices.Clone(args), "", "")
	asked := args[1]
	switch {
	case args[0] == "help" && asked == "completion", args[0] == "completion" && (asked == "--help" || asked == "-h"):
		_, err = io.WriteString(w, completionHelp)
		return true, err
	case args[0] == "help" && asked != "" && !slices.Contains(verbs, asked):
		return false, noSuch(asked, "command", "shotput help ", verbs)
	case args[0] == "completion" && !slices.Contains(shells, asked):
		return false, noSuch(asked, "shell", "shotput completion ", shells)
	}
	return false, nil
}

func noSuch(word, kind, try string, known []string) error {
	meant := fault.Nearest(word, known)
	h := advice.Hint{Error: line.Show(word) + " is no " + kind, Seen: "there is " + strings.Join(known, ", "), Try: try + known[0]}
	if word == "" {
		h.Error = "which " + kind + "?"
	}
	if meant != "" {
		h.Error, h.Try = h.Error+"; did you mean "+meant+"?", try+meant
	}
	return usage(h)
}

// help prints a verb's text and its flags.
func help(w io.Writer, head, tail string, rows []line.Row) {
	io.WriteString(w, head)
	line.WriteHelp(w, rows)
	io.WriteString(w, tail)
}
