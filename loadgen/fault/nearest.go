package fault

import "strings"

// Nearest finds the word that s was most likely meant to be: the fewest letters to change, add, drop or swap,
// small or capital being the same, and at most one for every three of s, two at the least. It is "" when none is near.
//
// Note: tried one letter more. It found randInt for random, and proxy-user for proxy-digest: a word that is half right
// is more often another thing than a slip.
func Nearest(s string, words []string) string {
	best, least := "", max(2, len(s)/3)+1
	for _, w := range words {
		if d := Distance(s, w); d < least && d < len(w) {
			best, least = w, d
		}
	}
	return best
}

// Slip is the one of the words of which s is a misspelling: one sign is another, or two of a long word. A word that is
// further from all of them is more often another thing than a slip.
func Slip(s string, words []string) string {
	const long = 6
	meant := Nearest(s, words)
	if off := Distance(s, meant); meant == "" || off > 2 || off == 2 && min(len(s), len(meant)) < long {
		return ""
	}
	return meant
}

// Distance counts the edits between a and b in lower case, a swap of neighbours being one (optimal string alignment).
// It keeps the last two rows of the usual table.
func Distance(a, b string) int {
	a, b = strings.ToLower(a), strings.ToLower(b)
	before, last := make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row := make([]int, len(b)+1)
		row[0] = i
		for j := 1; j <= len(b); j++ {
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+differ(a[i-1], b[j-1]))
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last = last, row
	}
	return last[len(b)]
}

func differ(x, y byte) int {
	if x == y {
		return 0
	}
	return 1
}
