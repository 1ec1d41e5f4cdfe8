package cli

import (
	"shotput/cli/flags"
	"shotput/cli/line"
	"shotput/report"
)

// wordMend says a mend as the flag that makes it: a report knows the plan's fields, and only here is it known what a
// person types to set one.
func wordMend(m report.Mend) string {
	return flags.Rows().Row(m.Field).Name() + " " + line.Quote(m.Value)
}
