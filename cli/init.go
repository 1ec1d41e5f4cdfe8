package cli

import (
	"errors"
	"fmt"
	"os"

	_ "embed"

	"shotput/cli/advice"
	"shotput/cli/line"
	"shotput/loadgen/fault"
)

// examplePlan is what init writes. It runs as it stands against `shotput target`.
//
//go:embed example.yaml
var examplePlan string

// initPlan shows the example, or writes it to a file that is not there yet.
func initPlan(s *Stdio, args []string) error {
	if len(args) > 1 {
		return usage(advice.Hint{Error: line.Show(args[1]) + ": one file at a time",
			Try: "shotput init " + line.Quote(args[0])})
	}
	if len(args) == 0 || args[0] == "-" {
		_, err := s.Out.Write([]byte(examplePlan))
		return err
	}
	f, err := os.OpenFile(args[0], os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, os.ErrExist) {
		return usage(advice.Hint{Error: line.Show(args[0]) + " is there already, and is left as it is",
			Try: "shotput init new-plan.yaml"})
	}
	if err == nil {
		_, err = f.WriteString(examplePlan)
		err = errors.Join(err, f.Close())
	}
	if err != nil {
		return usage(advice.Hint{Error: "write " + line.Show(args[0]) + ": " + fault.Plain(err).Error(),
			Try: "shotput init plan.yaml"})
	}
	const said = "wrote %s; in one shell: shotput target --listen 127.0.0.1:8080, in another: shotput run %s\n"
	_, err = fmt.Fprintf(s.Err, said, line.Printable(args[0]), line.Quote(args[0]))
	return err
}

const initHelp = `shotput init writes an example of a plan file, to be changed.

  shotput init                      shows it
  shotput init plan.yaml            writes it, unless there is such a file
  shotput run plan.yaml

Usage: shotput init [FILE]
`
