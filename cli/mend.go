package cli

import "shotput/report"

// mendFlags are the flags that set the fields of which a report says that a change of them would help: a report knows
// the plan's fields, and only here is it known what a person types to set one.
var mendFlags = map[string]string{"concurrency": "-c", "credentials": "-u", "header": "-H"}

// wordMend says a mend as the flag that makes it.
func wordMend(m report.Mend) string { return mendFlags[m.Field] + " " + quote(m.Value) }
