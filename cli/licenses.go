package cli

import (
	"io"

	_ "embed"

	"shotput/cli/advice"
	"shotput/cli/line"
)

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
