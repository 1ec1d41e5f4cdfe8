package cli

import (
	"fmt"
	"io"

	"shotput/cli/flags"
	"shotput/cli/line"
	"shotput/stats"
)

// doctorSchemaID names the form of what `shotput doctor --format json` prints.
const doctorSchemaID = "shotput/doctor/1"

// A checkup is `shotput doctor`: whether this machine can fire fast and time truly.
type checkup struct {
	line.Line
	format string
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
	m := thisMachine()
	if c.format == "json" {
		return writeFindings(s.Out, m, judge(m))
	}
	return printFindings(s.Out, m.OS, judge(m))
}

func writeFindings(w io.Writer, m machine, found []finding) error {
	return stats.WriteJSON(w, struct {
		Schema   string    `json:"schema"`
		OK       bool      `json:"ok"`
		Machine  machine   `json:"machine"`
		Findings []finding `json:"findings"`
	}{doctorSchemaID, bad(found) == 0, m, found})
}

func printFindings(w io.Writer, system string, found []finding) error {
	text := fmt.Appendf(nil, "this machine, %s: %s\n\n", system, health(bad(found)))
	for _, f := range found {
		word := "good"
		if !f.Good {
			word = "bad "
		}
		text = fmt.Appendf(text, "%s  %-14s  %s\n", word, f.What, f.Seen)
		if !f.Good {
			text = fmt.Appendf(text, "      why   %s\n      try   %s\n", f.Why, f.Try)
		}
	}
	_, err := w.Write(text)
	return err
}

func bad(found []finding) (n int) {
	for _, f := range found {
		if !f.Good {
			n++
		}
	}
	return n
}

func health(bad int) string {
	if bad == 0 {
		return "all good"
	}
	return fmt.Sprintf("%d to look at", bad)
}
