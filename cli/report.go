package cli

import (
	"errors"
	"io"
	"os"

	"shotput/stats"
)

// A rendering is `shotput report`: a saved run, shown again.
type rendering struct {
	commandLine
	out outputs
}

func newRendering() *rendering {
	g := &rendering{}
	g.verb = "report"
	g.rows = g.out.rows()
	return g
}

// render shows every file's run, or its rounds, in turn. What is written is all or nothing: a file that cannot be read is found
// before anything is printed.
func (g *rendering) render(s *Stdio, args []string) error {
	g.operands(args)
	if err := g.refused(); err != nil {
		return err
	}
	if len(args) == 0 {
		return usage(Hint{Error: "which saved run? FILE is missing", Try: "shotput report run.json"})
	}
	if len(args) > 1 && len(g.out.files) > 0 {
		return usage(Hint{Error: "-o " + shown("", g.out.files[0]) + ": it can hold one run, and there are more", Try: "shotput report -o " + quote(g.out.files[0]) + " " + quote(args[0])})
	}
	if err := g.out.check(); err != nil {
		return err
	}
	var files [][]*stats.Run
	for _, path := range args {
		rounds, err := readRuns(path, s.In)
		if err != nil {
			return err
		}
		files = append(files, rounds)
	}
	for _, rounds := range files {
		if err := g.deliver(rounds, s); err != nil {
			return unmeasured(err, Hint{Error: printable(err.Error()), Try: g.with("output", "./run.md").String()})
		}
	}
	return nil
}

// deliver writes one file's rounds: to the files that are named, else to standard output.
func (g *rendering) deliver(rounds []*stats.Run, s *Stdio) error {
	docs := g.out.documents()
	if len(docs) == 0 {
		format, _ := g.out.onStdout()
		return g.out.print(s.Out, format, rounds, s.options(s.Out, &g.out))
	}
	for _, d := range docs {
		if err := g.out.write(d, rounds, s); err != nil {
			return err
		}
	}
	return nil
}

// readRuns reads every run that a file holds; there is one at least.
func readRuns(path string, stdin io.Reader) (rounds []*stats.Run, err error) {
	if path == "-" {
		rounds, err = stats.DecodeAll(stdin)
	} else if f, failed := os.Open(path); failed != nil {
		err = failed
	} else {
		rounds, err = stats.DecodeAll(f)
		err = errors.Join(err, f.Close())
	}
	if err != nil {
		return nil, usage(Hint{Error: "read the saved run " + shown("", path) + ": " + printable(plainPath(err).Error()), Try: "shotput -o run.json " + exampleURL})
	}
	return rounds, nil
}
