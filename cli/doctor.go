package cli

import (
	"fmt"
	"io"
	"slices"

	"shotput/stats"
)

// doctorSchemaID names the form of what `shotput doctor --format json` prints.
const doctorSchemaID = "shotput/doctor/1"

// A checkup is `shotput doctor`: whether this machine can fire fast and time truly.
type checkup struct {
	commandLine
	format string
}

func newCheckup() *checkup {
	c := &checkup{format: "text"}
	c.verb = "doctor"
	c.rows = grouped(groupOutput, []row{
		{long: "format", arg: "FORMAT", help: "text or json (text)", eg: "json", set: oneOf(&c.format, "text", "json")},
	})
	return c
}

// examine judges this machine. What is not good is no failure: the exit code is 0 all the same.
func (c *checkup) examine(s *Stdio, args []string) error {
	c.operands(args)
	if len(args) > 0 {
		c.fault(Hint{Error: shown("", args[0]) + ": it is this machine that is looked at", Try: "shotput doctor"}, func(l commandLine) commandLine {
			l.words = slices.DeleteFunc(slices.Clone(l.words), func(w word) bool { return w.flag == "" })
			return l
		})
	}
	if err := c.refused(); err != nil {
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
