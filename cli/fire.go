package cli

import (
	"context"

	"shotput/cli/advice"
	"shotput/cli/flags"
)

// fire is the main verb: what the line asks for is done; a bare command is the demo.
func fire(ctx context.Context, j *job, args []string) error {
	a := j.asked
	if a.Version {
		return version(j.Stdio)
	}
	if len(args) == 0 && a.Plan.Request.URL == "" {
		if err := a.CheckLast(); err != nil {
			return err
		}
		if len(a.Faults) == 0 && !a.DryRun {
			if err := checkDemo(a, j.env("CI") != ""); err != nil {
				return err
			}
			return demo(ctx, j)
		}
	}
	return j.run(ctx, a.TakeURL(args))
}

// checkDemo refuses a demo where a URL was forgotten, such as by a variable that is empty: what judges, saves or
// describes a request was not meant for the built-in target, and neither is a step of a pipeline.
func checkDemo(a *flags.Asked, inCI bool) error {
	if len(a.Words) == 0 {
		return nil
	}
	h := advice.Hint{Code: "bad-url", Error: "URL: is missing", Try: a.AimAt(flags.ExampleURL).String()}
	if other := a.BeyondLoad(); other != "" {
		h.Why = "beside " + other + " there is no demo; is the URL a variable that is empty?"
		return usage(h)
	}
	if inCI {
		h.Why = "where CI is set flags fire no demo; is the URL a variable that is empty?"
		return usage(h)
	}
	return nil
}

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

const fireTail = `
-f -S -i -# -N -g stand on many a curl line; they are accepted, and change
nothing. A bare number of time is seconds. Exit codes: 0 ran and passed, 1 a
threshold failed or an abort rule ended the run, 2 usage, 3 could not measure,
130 and 143 interrupted (the report is printed all the same).
`
