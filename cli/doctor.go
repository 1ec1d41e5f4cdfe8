package cli

import (
	"context"

	"shotput/cli/doctor"
	"shotput/cli/flags"
	"shotput/cli/line"
)

// A checkup is `shotput doctor`: whether this machine can fire fast and time truly.
type checkup struct {
	line.Line
	format string
}

func beginCheckup(s *Stdio) beginning {
	c := newCheckup()
	run := func(_ context.Context, operands []string) error { return c.examine(s, operands) }
	return beginning{&c.Line, c.Rows, run}
}

func newCheckup() *checkup {
	c := &checkup{format: "text"}
	c.Verb = "doctor"
	c.Rows = line.InGroup(flags.GroupOutput, line.Rows{
		{Long: "format", Arg: "FORMAT", Eg: "json",
			Help:  "text or json (text)",
			Words: []string{"text", "json"}, Set: line.One(&c.format, line.AsIs)},
	})
	return c
}

// examine judges this machine. What is not good is no failure: the exit code is 0 all the same.
func (c *checkup) examine(s *Stdio, args []string) error {
	c.Operands(args)
	if len(args) > 0 {
		c.Note(line.Fault{Kind: line.Misplaced, Why: line.Show(args[0]) + ": it is this machine that is looked at",
			Mends: []line.Mend{{How: line.DropOperands}}})
	}
	if err := c.Check(); err != nil {
		return err
	}
	report := doctor.Examine()
	if c.format == "json" {
		return report.WriteJSON(s.Out)
	}
	return report.Write(s.Out)
}

const doctorHelp = `shotput doctor looks at this machine: open files, ports, CPUs, clock, how late
it wakes, and whether the kernel stamps answers. What is not good has a reason
and a command to try. It takes a tenth of a second, and sends nothing.

  shotput doctor
  shotput doctor --format json | jq .ok

Usage: shotput doctor [flags]
`
