package verify

import "slices"

// Checks are all checks, in the order in which they are made: each stands in the table of its group.
func Checks() []Check {
	return slices.Concat(
		puts,
		races,
		uploads,
		refusals,
		oddNames,
		durables,
	)
}
