package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"shotput/cli/advice"
	"shotput/cli/files"
	"shotput/cli/flags"
	"shotput/cli/line"
	"shotput/cli/saved"
	"shotput/loadgen/fault"
	"shotput/report"
	"shotput/report/html"
	"shotput/stats"
)

// A rendering is `shotput report`: a saved run, shown again.
type rendering struct {
	line.Line
	out flags.Outputs
}

func beginRendering(s *Stdio) beginning {
	g := newRendering()
	run := func(_ context.Context, operands []string) error { return g.render(s, operands) }
	return beginning{&g.Line, g.Rows, run}
}

func newRendering() *rendering {
	g := &rendering{}
	g.Verb = "report"
	g.Rows = flags.OutputsRows(&g.out)
	return g
}

// render shows every file's run, or its rounds, in turn. What is written is all or nothing: a file that cannot be
// read is found before anything is printed.
func (g *rendering) render(s *Stdio, args []string) error {
	g.Operands(args)
	if err := g.Check(); err != nil {
		return err
	}
	if len(args) == 0 {
		return usage(advice.Hint{Error: "which saved run? FILE is missing", Try: "shotput report run.json"})
	}
	if d, found := g.alone(); found && len(args) > 1 {
		return usage(advice.Hint{
			Error: "-o " + line.Show(d.Path) + ": it can hold one run, and there are more; " +
				"a page (.html) holds several",
			Try: "shotput report -o " + line.Quote(d.Path) + " " + line.Quote(args[0])})
	}
	if err := checkWritable(&g.out, g.Line); err != nil {
		return err
	}
	if shown, err := g.renderSaved(args, s); shown || err != nil {
		return err
	}
	var all [][]*stats.Run
	for _, path := range args {
		rounds, err := readRuns(path, s.In)
		if err != nil {
			return err
		}
		if err := g.holds(path, rounds); err != nil {
			return err
		}
		all = append(all, rounds)
	}
	if err := g.deliverAll(args, all, s); err != nil {
		return giveUp(err, advice.Hint{Error: line.Printable(err.Error()),
			Try: g.With("output", "./run.md").String()})
	}
	return concludeSaved(args, all)
}

// renderSaved shows a document again that is no run; shown says whether the file is one.
func (g *rendering) renderSaved(args []string, s *Stdio) (shown bool, err error) {
	if len(args) != 1 || args[0] == "-" {
		return false, nil
	}
	text, err := os.ReadFile(args[0])
	if err != nil {
		return false, nil // it is told as a run's
	}
	doc, err := saved.Read(text)
	if err != nil {
		return true, usage(advice.Hint{Error: "read " + line.Show(args[0]) + ": " +
			line.Printable(fault.Plain(err).Error()), Try: "shotput capacity -o capacity.json " + flags.ExampleURL})
	}
	if doc == nil {
		return false, nil
	}
	asked := []string{g.out.Format}
	for _, d := range g.out.Documents() {
		asked = append(asked, d.Format)
	}
	for _, format := range asked {
		if format != "" && !slices.Contains(doc.Formats, format) {
			return true, usage(advice.Hint{Error: line.Show(args[0]) + " holds " + doc.What +
				", of which there is no " + format + "; there is " + strings.Join(doc.Formats, ", "),
				Try: "shotput report --format md " + line.Quote(args[0])})
		}
	}
	write := rendered(doc.Write)
	if err := errors.Join(write.saveAll(&g.out, s), write.printTable(&g.out, s)); err != nil {
		return true, giveUp(err, advice.Hint{Error: line.Printable(err.Error()),
			Try: g.With("output", "./again.md").String()})
	}
	return true, concludeDocument(args[0], doc)
}

// concludeDocument gives the exit code that a document's last line names.
func concludeDocument(path string, doc *saved.Document) error {
	switch {
	case doc.Failed:
		return quiet(exitThreshold)
	case doc.Open != "":
		return undecided(advice.Hint{Error: line.Show(path) + ": " + line.Printable(doc.Open)})
	}
	return nil
}

// holds refuses rounds for a format of one run.
func (g *rendering) holds(path string, rounds []*stats.Run) error {
	format, _ := g.out.OnStdout()
	for _, d := range append(g.out.Documents(), flags.Document{Format: format}) {
		if len(rounds) > 1 && !report.HoldsRounds(d.Format) {
			return usage(advice.Hint{
				Error: fmt.Sprintf("%s: %s holds one run, and there are %d", line.Printable(path), d.Format,
					len(rounds)),
				Try: g.Without("format", "output").With("output", "rounds.html").String()})
		}
	}
	return nil
}

// alone finds a document that holds what one file has, and no more.
func (g *rendering) alone() (d flags.Document, found bool) {
	for _, d := range g.out.Documents() {
		if d.Format != "html" {
			return d, true
		}
	}
	return flags.Document{}, false
}

// deliverAll writes the files' runs in turn, and those of several files into one page where a page is asked for.
func (g *rendering) deliverAll(paths []string, saved [][]*stats.Run, s *Stdio) error {
	format, _ := g.out.OnStdout()
	if len(saved) > 1 && (format == "html" || len(g.out.Files) > 0) {
		return g.page(namedRuns(paths, saved), s)
	}
	for _, rounds := range saved {
		if err := g.deliver(rounds, s); err != nil {
			return err
		}
	}
	return nil
}

// namedRuns gives each run the name of its file, and the number of its round where there are several.
func namedRuns(paths []string, saved [][]*stats.Run) (all []html.Named) {
	for i, rounds := range saved {
		for k, run := range rounds {
			name := paths[i]
			if len(rounds) > 1 {
				name = fmt.Sprintf("%s, round %d", name, k+1)
			}
			all = append(all, html.Named{Name: name, Run: run})
		}
	}
	return all
}

// page writes the runs as one page to every file, else to standard output.
func (g *rendering) page(runs []html.Named, s *Stdio) error {
	var b bytes.Buffer
	if err := html.Write(&b, runs, s.options(s.Out, &g.out)); err != nil {
		return err
	}
	docs := g.out.Documents()
	if len(docs) == 0 {
		docs = []flags.Document{{Path: "-"}}
	}
	for _, d := range docs {
		if err := put(d.Path, b.Bytes(), s); err != nil {
			return fmt.Errorf("write %s: %w", d.Path, fault.Plain(err))
		}
	}
	return nil
}

func put(path string, content []byte, s *Stdio) error {
	if path != "-" {
		return files.Save(path, content)
	}
	_, err := s.Out.Write(content)
	return err
}

// write makes one document.
func (g *rendering) write(d flags.Document, rounds []*stats.Run, s *Stdio) error {
	if d.Path == "-" {
		return printRounds(s.Out, d.Format, rounds, s.options(s.Out, &g.out))
	}
	return writeDocument(&g.out, d, rounds)
}

// deliver writes one file's rounds: to the files that are named, else to standard output.
func (g *rendering) deliver(rounds []*stats.Run, s *Stdio) error {
	docs := g.out.Documents()
	if len(docs) == 0 {
		format, _ := g.out.OnStdout()
		return printRounds(s.Out, format, rounds, s.options(s.Out, &g.out))
	}
	for _, d := range docs {
		if err := g.write(d, rounds, s); err != nil {
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
		return nil, noRun(path, err)
	}
	return rounds, nil
}

// noRun says why a file is no saved run. One that holds something else that was saved can be shown.
func noRun(path string, why error) error {
	if text, err := os.ReadFile(path); err == nil && path != "-" {
		if doc, err := saved.Read(text); err == nil && doc != nil {
			return usage(advice.Hint{Error: line.Show(path) + " is no saved run: it holds " + doc.What,
				Try: "shotput report " + line.Quote(path)})
		}
	}
	return usage(advice.Hint{Error: "read the saved run " + line.Show(path) + ": " +
		line.Printable(fault.Plain(why).Error())})
}

const reportHelp = `shotput report shows a saved run again.

  shotput report run.json
  shotput report --format md run.json > run.md
  shotput report -o run.md run.ndjson
  shotput report -o verify.html verify.json

What verify, capacity, curve, trend, compare and ab have saved as JSON is shown
again too, one file at a time.

Usage: shotput report [flags] FILE...     (- is standard input)
`
