package report

import (
	"path/filepath"
	"slices"
	"strings"

	"shotput/report/words"
)

// Options say how a report is printed, never what it says, and how mends are worded; see package words.
type Options = words.Options

// A Mend is a change of the plan that would help; see package words.
type Mend = words.Mend

// Formats are the formats that Write knows, the default first.
var Formats = []string{"text", "json", "md", "ndjson", "html", "csv", "junit", "bench", "hgrm", "hlog"}

// Continues says whether documents of the format may stand one behind the other, and be read.
func Continues(format string) bool {
	return slices.Contains([]string{"text", "json", "md", "ndjson", "bench"}, format)
}

// FormatByExtension names the format that a file's extension stands for, and whether there is one.
func FormatByExtension(path string) (format string, known bool) {
	formats := map[string]string{".json": "json", ".ndjson": "ndjson", ".md": "md", ".txt": "text", ".html": "html",
		".htm": "html", ".csv": "csv", ".xml": "junit", ".bench": "bench", ".hgrm": "hgrm", ".hlog": "hlog"}
	format, known = formats[strings.ToLower(filepath.Ext(path))]
	return format, known
}
