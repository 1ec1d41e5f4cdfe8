package request

import (
	"fmt"
	"slices"
	"strings"

	"shotput/loadgen/text"
)

// RenameFiles gives each file that the body is of to rename, and names in its place what that gives. field is what
// faults call the place; folder says that it names a folder, of whose files each request sends one. No other copy of
// the body changes.
func (b *Body) RenameFiles(rename func(field, path string, folder bool) string) {
	if b.File != "" {
		b.File = rename("body file", b.File, false)
	}
	if path, named := strings.CutPrefix(b.Sizes, sizesFile); named {
		b.Sizes = sizesFile + rename("body sizes", path, false)
	}
	b.Form = slices.Clone(b.Form)
	for i := range b.Form {
		ofFolder := b.Dir != "" && text.Calls(b.Form[i].File, "file")
		if part := &b.Form[i]; part.File != "" && !ofFolder {
			part.File = rename(fmt.Sprintf("form part %d file", i+1), part.File, false)
		}
	}
	if b.Lines != "" {
		b.Lines = rename("body lines", b.Lines, false)
	}
	if b.Dir != "" {
		b.Dir = rename("body dir", b.Dir, true)
	}
}

// sizesFile begins a law of sizes that is read from a file.
const sizesFile = "file:"
