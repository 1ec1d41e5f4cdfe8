package cli

import (
	"fmt"
	"io"
	"strings"
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
       shotput target       a server to fire at: shotput target --help
       shotput report FILE  a saved run, shown again: shotput report --help
       shotput compare BASE NEW  saved rounds, judged: shotput compare --help
       shotput version · shotput completion bash|zsh|fish|powershell

URL, header values, -d, --data-raw and --json may hold values that differ from
request to request: {{seq}} {{uuid}} {{randInt 1 9}} {{randHex 8}}
{{randString 8}} {{now}} {{unixMillis}} {{env "NAME"}}
`

const fireTail = `
-f -S -i -# -N -g stand on many a curl line; they are accepted, and change
nothing. A bare number of time is seconds. Exit codes: 0 ran and passed, 1 a
threshold failed, 2 usage, 3 could not measure, 130 and 143 interrupted (the
report is printed all the same).
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

// help prints a verb's text and its flags.
func help(w io.Writer, head, tail string, rows []row) {
	io.WriteString(w, head)
	group := ""
	for i := range rows {
		r := &rows[i]
		if r.group == "" {
			continue
		}
		if r.group != group {
			group = r.group
			fmt.Fprintf(w, "\n%s\n", group)
		}
		io.WriteString(w, flagHelp(r))
	}
	io.WriteString(w, tail)
}

// flagHelp is one flag: how it is written in the first 26 columns, what it does in the rest.
func flagHelp(r *row) string {
	name := "      --" + r.long
	if r.short != "" {
		name = "  -" + r.short + ", --" + r.long
	}
	if r.arg != "" {
		name += " " + r.arg
	}
	const column = 26
	if len(name) > column-2 {
		name += "\n" + strings.Repeat(" ", column)
	} else {
		name += strings.Repeat(" ", column-len(name))
	}
	return name + strings.ReplaceAll(r.help, "\n", "\n"+strings.Repeat(" ", column)) + "\n"
}
