package cli

import (
	"context"
	"fmt"
	"io"
	"runtime"

	_ "embed"

	"shotput/cli/advice"
	"shotput/cli/line"
	"shotput/loadgen"
)

// A verb is a row of the commands: how it is written and explained, and how it begins.
type verb struct {
	use, short string
	help, tail string                                         // above its flags, and below them
	ask        func(s *Stdio, args []string, rows []line.Row) // shows its help in its own way
	begin      func(s *Stdio) beginning                       // nil: it is not cobra's to run
}

// A beginning is a verb of which nothing has been said yet.
type beginning struct {
	line *line.Line
	rows line.Rows // that its help shows
	run  func(ctx context.Context, operands []string) error
}

// version says which program this is.
func version(s *Stdio, args []string) error {
	if len(args) > 0 {
		return usage(advice.Hint{Error: line.Show(args[0]) + ": there is one version", Try: "shotput version"})
	}
	_, err := fmt.Fprintf(s.Out, "shotput %s %s %s/%s\n", loadgen.Version, runtime.Version(), runtime.GOOS,
		runtime.GOARCH)
	return err
}

const versionHelp = `shotput version prints which version this is, and for which system it was built.

Usage: shotput version
`

// licenseTexts is made by TestLicenses of the top folder, with -update.
//
//go:embed LICENSES.txt
var licenseTexts string

// licenses prints the texts of all licences of what is linked into the program.
func licenses(s *Stdio, args []string) error {
	if len(args) > 0 {
		return usage(advice.Hint{Error: line.Show(args[0]) + ": all licences are printed", Try: "shotput licenses"})
	}
	_, err := io.WriteString(s.Out, licenseTexts)
	return err
}

const licensesHelp = `shotput licenses prints the licences of all that is built into this program.

Usage: shotput licenses
`
