package verify

import "slices"

// Checks are all checks, in the order in which they are made: each stands in the table of its group.
func Checks() []Check {
	return slices.Concat(
		puts,
		validators,
		races,
		uploads,
		refusals,
		oddNames,
		durables,
	)
}

// Chosen are the checks of these names or groups, without those to be skipped, in the order of Checks.
func Chosen(only, skip []string) (chosen []Check) {
	named := func(c *Check, in []string) bool { return slices.Contains(in, c.Name) || slices.Contains(in, c.Group) }
	for _, c := range Checks() {
		if (len(only) == 0 || named(&c, only)) && !named(&c, skip) {
			chosen = append(chosen, c)
		}
	}
	return chosen
}
