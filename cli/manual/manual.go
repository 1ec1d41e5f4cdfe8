// Package manual has the words of the help: of one screen, of every flag's surroundings, and of topics, which lead from
// the words that people know from other tools to flags and pages. It refuses to know what a flag does: rows come from
// whoever asks.
package manual

// Short is the help of one screen; the list of topics follows it.
const Short = `shotput sends HTTP PUTs at a rate, measures them, and says how far to trust it.

  shotput                                        a demo on this machine, 10 s
  shotput -r 500/s -z 30s -d @body.json 'http://127.0.0.1:8080/objects/{{seq}}'
  shotput --dry-run -d a=1 http://127.0.0.1:8080/1        show it, send nothing
  shotput --once -d a=1 http://127.0.0.1:8080/1           one PUT, shown whole

  -r, --rate RATE         requests a second: 500/s, 120/m; without: closed loop
  -c, --concurrency N     requests in flight at most (50)
  -z, --duration TIME     how long to send (10s)
  -n, --requests N        or how many requests
  -H, --header LINE       'Name: value'
  -d, --data TEXT         body; @FILE reads one      --json TEXT   JSON body
  -T, --upload-file FILE  body, byte for byte        --size 4KiB   random bytes
  -u, --user NAME:PASSWORD
  -m, --max-time TIME     timeout of a request (30s)
  -k, --insecure          do not verify the certificate
      --threshold RULE    'p99 < 50ms, error_rate < 0.1%', else exit 1
  -o, --output FILE       save as .json .html .md .csv .xml (JUnit) …; repeat

Commands: run PLAN.yaml · curl 'curl …' · init · target · report FILE · doctor
          compare BASE NEW · trend · schema · completion · licenses · version

  shotput --help all      every flag, in groups
  shotput COMMAND --help  a command's own flags
  shotput help TOPIC      one of these, or any word that you know it by:
`

// Whole stands above all flags.
const Whole = `shotput sends HTTP PUTs at a rate, measures them, and says how far to trust it.

  shotput                                               a demo, on this machine
  shotput -d @body.json 'http://127.0.0.1:8080/objects/{{seq}}'
  shotput -r 500/s -z 30s --size 4KiB 'http://127.0.0.1:8080/objects/{{uuid}}'
  shotput --json '{"n":{{seq}}}' -u name:password -o run.json https://HOST/7
  shotput -T photo.jpg --once http://127.0.0.1:8080/photos/     one PUT, shown
  shotput --dry-run -X POST -d a=1 http://127.0.0.1:8080/       nothing is sent

Usage: shotput [flags] [URL]
       shotput curl 'curl …' [flags]    fire a curl command: shotput curl --help
       shotput run PLAN.yaml   the same from a file: shotput run --help
       shotput init [FILE]  an example of such a file
       shotput target       a server to fire at: shotput target --help
       shotput report FILE  a saved run, shown again: shotput report --help
       shotput ab A B       is B slower than A? shotput ab --help
       shotput verify URL   does PUT behave there? shotput verify --help
       shotput compare BASE NEW  saved rounds, judged: shotput compare --help
       shotput trend DIR    saved runs over time: shotput trend --help
       shotput schema run|plan   the JSON Schema of saved files and of plans
       shotput doctor       can this machine fire fast and time truly?
       shotput version · shotput licenses
       shotput completion bash|zsh|fish|powershell

URL, header values, -d, --data-raw, --json and -F may hold values that differ
from request to request: {{seq}} {{uuid}} {{randInt 1 9}} {{randHex 8}}
{{randString 8}} {{zipf 1000 1.1}} {{now}} {{unixMillis}} {{env "NAME"}}
{{key}} {{csv "column"}} {{json .field}} {{file}}, and in a flow of a plan file
{{captured "name"}} {{part}} {{joined "name" "%v" ","}}
`

// Tail stands below all flags.
const Tail = `
-f -S -i -# -N -g stand on many a curl line; they are accepted, and change
nothing. A bare number of time is seconds. Exit codes: 0 ran and passed, 1 a
threshold failed or an abort rule ended the run, 2 usage, 3 could not measure,
129, 130 and 143 a signal (the report is printed all the same).
`
