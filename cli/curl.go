package cli

import (
	"regexp"
	"slices"
	"strings"

	"shotput/cli/advice"
	"shotput/cli/curl"
	"shotput/cli/flags"
)

// readPasted is shotput curl: the command in one argument, which our flags may follow, or in all of them. A
// here-document of the command is the standard input of what is fired.
func readPasted(s *Stdio, args []string) (words []string, said []advice.Hint, err error) {
	w := s.world()
	c, err := curl.Read(args, curl.World{Rows: flags.Rows(), Env: w.Env, Read: w.In.Read})
	if err != nil {
		h := advice.Hint{Error: "read the curl command: " + err.Error()}
		if url := strings.TrimRight(urlInText.FindString(strings.Join(args, " ")), "'\" \t\n"); url != "" {
			h.Try = "shotput curl 'curl -X PUT -d text " + url + "' --dry-run"
		}
		return nil, nil, usage(h)
	}
	if c.Stdin != nil {
		s.In = strings.NewReader(*c.Stdin)
	}
	if len(c.Dropped) > 0 {
		left := strings.Join(slices.Compact(c.Dropped), " ")
		h := advice.Hint{Error: "left out, for it changes nothing of the request: " + left}
		if slices.ContainsFunc(c.Dropped, func(s string) bool { return s == "-s" || s == "-v" }) {
			h.Why = "-s and -v of shotput go behind the quoted command"
		}
		said = append(said, h)
	}
	if c.Method != "" {
		said = append(said, advice.Hint{Error: "without -X this is a " + c.Method +
			", as curl sends it; put -X PUT into the command to fire PUTs"})
	}
	return c.Words, said, nil
}

// urlInText is a URL in a command that cannot be read; one with a user may hold a password.
var urlInText = regexp.MustCompile(`\bhttps?://[^\s'"@\\]+(?:[\s'"]|$)`)

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
