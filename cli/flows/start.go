package flows

import (
	"embed"
	"regexp"
	"strings"
)

// Names are the flows that there is a plan of to begin with.
var Names = []string{"presigned", "multipart", "create-put", "if-match", "accepted", "login"}

//go:embed start
var plans embed.FS

// Start is the plan of a flow to begin with, as it is written to a file of that name. It runs as it is against
// `shotput target`.
func Start(name, file string) string {
	b, err := plans.ReadFile("start/" + name + ".yaml")
	if err != nil {
		panic(err) // it is built in
	}
	return padded.ReplaceAllStringFunc(string(b), func(found string) string {
		words := strings.TrimRight(found, " ")
		named := strings.Replace(words, "FILE", file, 1)
		return named + strings.Repeat(" ", max(1, len(found)-len(named))) // what stands behind it keeps its column
	})
}

// padded is a command with the file's name, and the blanks behind it.
var padded = regexp.MustCompile(`shotput run (--once )?FILE +`)
