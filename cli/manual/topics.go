package manual

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"shotput/cli/line"
)

// A Topic is what people ask for by a word of their own: what there is to say, the flags, and the page that has more.
type Topic struct {
	words []string // the first is its title; any of them finds it
	text  string
	flags []string // by their long names; one that this version does not have is left out
	page  string
}

// Find finds a topic by a word, in whatever case; failing that, the flags whose name or help has the word.
func Find(word string, rows line.Rows) (Topic, bool) {
	word = strings.ToLower(strings.TrimLeft(word, "-"))
	for _, t := range topics {
		if slices.Contains(t.words, word) {
			return t, true
		}
	}
	found := Topic{words: []string{word}}
	for i := range rows {
		r := &rows[i]
		if r.Group == "" {
			continue
		}
		says := " " + strings.ToLower(r.Long+" "+r.Help+" "+r.Group)
		if r.Long == word || r.Short == word || len(word) > 2 && strings.Contains(says, word) {
			found.flags = append(found.flags, r.Long)
		}
	}
	return found, len(found.flags) > 0
}

// Write prints the topic.
func (t *Topic) Write(w io.Writer, rows line.Rows) {
	fmt.Fprintf(w, "%s\n", t.words[0])
	if t.text != "" {
		fmt.Fprintf(w, "\n%s\n", t.text)
	}
	var own []line.Row
	for _, name := range t.flags {
		if r := rows.Row(name); r != nil {
			own = append(own, *r)
		}
	}
	if len(own) > 0 {
		io.WriteString(w, "\n")
		line.WriteFlags(w, own)
	}
	if t.page != "" {
		fmt.Fprintf(w, "\nMore: %s\n", t.page)
	}
}

// Names are the words that a person may mistype.
func Names() (names []string) {
	for _, t := range topics {
		names = append(names, t.words...)
	}
	return names
}

// List gives each topic's title, in lines of at most 76 columns.
func List() string {
	var b strings.Builder
	width := 0
	for i, t := range topics {
		title := t.words[0]
		if i > 0 {
			title = " · " + title
		}
		n := len([]rune(title))
		if width+n > 74 {
			b.WriteString("\n")
			title, width = t.words[0], 0
			n = len([]rune(title))
		}
		if width == 0 {
			b.WriteString("  ")
		}
		b.WriteString(title)
		width += n
	}
	return b.String()
}
