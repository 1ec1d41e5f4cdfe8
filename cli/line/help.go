package line

import (
	"fmt"
	"io"
	"strings"
)

// WriteHelp lists the flags that the help has, each group under its name.
func WriteHelp(w io.Writer, rows []Row) {
	group := ""
	for i := range rows {
		r := &rows[i]
		if r.Group == "" {
			continue
		}
		if r.Group != group {
			group = r.Group
			fmt.Fprintf(w, "\n%s\n", group)
		}
		io.WriteString(w, r.explain())
	}
}

// WriteFlags lists the rows as they are given, whatever their groups.
func WriteFlags(w io.Writer, rows []Row) {
	for i := range rows {
		io.WriteString(w, rows[i].explain())
	}
}

// explain is how the flag is written, in the first 26 columns, and what it does, in the rest.
func (r *Row) explain() string {
	name := "      --" + r.Long
	if r.Short != "" {
		name = "  -" + r.Short + ", --" + r.Long
	}
	if r.Arg != "" {
		name += " " + r.Arg
	}
	const column = 26
	if len(name) > column-2 {
		name += "\n" + strings.Repeat(" ", column)
	} else {
		name += strings.Repeat(" ", column-len(name))
	}
	return name + strings.ReplaceAll(r.Help, "\n", "\n"+strings.Repeat(" ", column)) + "\n"
}
