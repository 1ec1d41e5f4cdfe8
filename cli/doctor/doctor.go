// Package doctor looks at a machine before it fires: how many files and ports there are, how true its clock and its
// sleep are, which engine would run. It judges what it sees and gives a command to try for what is not good. It
// refuses to send anything, to change the machine and to judge what is not known.
package doctor

import (
	"fmt"
	"io"

	"shotput/stats"
)

// schemaID names the form of a report's JSON.
const schemaID = "shotput/doctor/1"

// A Report is a machine, and what there is to say of it.
type Report struct {
	host     host
	findings []finding
}

// Examine reads and measures this machine, for about a tenth of a second.
func Examine() Report {
	h := thisHost()
	return Report{h, judge(h)}
}

// WriteJSON writes the report for programs.
func (r Report) WriteJSON(w io.Writer) error { return writeFindings(w, r.host, r.findings) }

// Write writes the report for people.
func (r Report) Write(w io.Writer) error { return printFindings(w, r.host.OS, r.findings) }

func writeFindings(w io.Writer, m host, found []finding) error {
	return stats.WriteJSON(w, struct {
		Schema   string    `json:"schema"`
		OK       bool      `json:"ok"`
		Machine  host      `json:"machine"`
		Findings []finding `json:"findings"`
	}{schemaID, bad(found) == 0, m, found})
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
