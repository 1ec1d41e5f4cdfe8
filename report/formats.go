package report

import (
	"cmp"
	"path/filepath"
	"slices"
	"strings"

	"shotput/report/words"
)

// Options say how a report is printed, never what it says, and how mends are worded; see package words.
type Options = words.Options

// A Mend is a change of the plan that would help; see package words.
type Mend = words.Mend

// A Percentile is one column of latencies; see package words.
type Percentile = words.Percentile

// Formats are the formats that Write knows, the default first.
var Formats = []string{"text", "json", "md", "ndjson", "html", "csv", "junit", "bench", "hgrm", "hlog"}

// Continues says whether documents of the format may stand one behind the other, and be read.
func Continues(format string) bool {
	return slices.Contains([]string{"text", "json", "md", "ndjson", "bench"}, format)
}

// Extensions are the ends of names by which a format is known.
var Extensions = []string{".json", ".ndjson", ".md", ".txt", ".html", ".csv", ".xml", ".bench", ".hgrm", ".hlog"}

var formats = map[string]string{".json": "json", ".ndjson": "ndjson", ".md": "md", ".txt": "text", ".html": "html",
	".htm": "html", ".csv": "csv", ".xml": "junit", ".bench": "bench", ".hgrm": "hgrm", ".hlog": "hlog"}

// FormatByExtension names the format that a file's extension stands for, and whether there is one.
func FormatByExtension(path string) (format string, known bool) {
	format, known = formats[strings.ToLower(filepath.Ext(path))]
	return format, known
}

// alike are endings of documents that are not made here, and the one that serves the same reader.
var alike = map[string]string{".jsonl": ".ndjson", ".pdf": ".html", ".png": ".html", ".svg": ".html", ".tsv": ".csv",
	".xls": ".csv", ".xlsx": ".csv", ".log": ".txt", ".markdown": ".md", ".hdr": ".hgrm"}

// ExtensionLike is the known extension of what somebody may want who wrote another.
func ExtensionLike(ending string) string { return cmp.Or(alike[strings.ToLower(ending)], ".json") }

// IsKnownExtension says whether a format is known by the extension. A name without one, or with a number in its place,
// as of a version or a date, says nothing of a format, and is no mistake.
func IsKnownExtension(ending string) bool {
	_, known := formats[strings.ToLower(ending)]
	return known || ending == "." || strings.Trim(ending, ".0123456789-_") == ""
}
