package cli

import (
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
		return nil, nil, usage(advice.Hint{Error: "read the curl command: " + err.Error(),
			Try: "shotput curl 'curl -X PUT -d text " + flags.ExampleURL + "'"})
	}
	if c.Stdin != nil {
		s.In = strings.NewReader(*c.Stdin)
	}
	if len(c.Dropped) > 0 {
		left := strings.Join(slices.Compact(c.Dropped), " ")
		said = append(said, advice.Hint{Error: "left out, for it changes nothing of the request: " + left})
	}
	if c.Method != "" {
		said = append(said, advice.Hint{Error: "without -X this is a " + c.Method +
			", as curl sends it; put -X PUT into the command to fire PUTs"})
	}
	return c.Words, said, nil
}
