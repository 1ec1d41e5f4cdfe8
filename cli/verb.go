package cli

import (
	"context"

	"shotput/cli/line"
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
