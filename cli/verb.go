package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"

	_ "embed"

	"shotput/cli/advice"
	"shotput/cli/flows"
	"shotput/cli/line"
	"shotput/cli/planfile"
	"shotput/loadgen"
	"shotput/loadgen/fault"
	"shotput/stats"
	"shotput/stats/compare"
	"shotput/stats/curve"
	"shotput/stats/search"
	"shotput/stats/trend"
	"shotput/verify"
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

// The verbs that only print or write what is known beforehand, and have no flags.

// plainly begins a verb that has no flags.
func plainly(name string, do func(*Stdio, []string) error) func(*Stdio) beginning {
	return func(s *Stdio) beginning {
		run := func(_ context.Context, operands []string) error { return do(s, operands) }
		return beginning{line: &line.Line{Verb: name}, run: run}
	}
}

// examplePlan is what init writes. It runs as it stands against `shotput target`.
//
//go:embed example.yaml
var examplePlan string

// An exampleWriter is `shotput init`: an example of a plan file, to be changed.
type exampleWriter struct {
	line.Line
	flow string
}

func beginInit(s *Stdio) beginning {
	i := &exampleWriter{}
	i.Verb = "init"
	i.Rows = line.InGroup(flows.GroupPlan, line.Rows{
		{Long: "flow", Arg: "NAME", Eg: flows.Names[0],
			Help: "a plan of a flow, several requests an arrival:\n" + strings.Join(flows.Names[:3], ", ") + ",\n" +
				strings.Join(flows.Names[3:], ", "),
			Words: flows.Names, Set: line.One(&i.flow, line.AsIs)},
	})
	run := func(_ context.Context, operands []string) error { return i.write(s, operands) }
	return beginning{&i.Line, i.Rows, run}
}

// write shows the example, or writes it to a file that is not there yet.
func (i *exampleWriter) write(s *Stdio, args []string) error {
	i.Operands(args)
	if err := i.Check(); err != nil {
		return err
	}
	if len(args) > 1 {
		return usage(advice.Hint{Error: line.Show(args[1]) + ": one file at a time",
			Try: "shotput init " + line.Quote(args[0])})
	}
	text, name := examplePlan, "plan.yaml"
	if len(args) > 0 && args[0] != "-" {
		name = args[0]
	}
	if i.flow != "" {
		text = flows.Start(i.flow, line.Quote(name))
	}
	if len(args) == 0 || args[0] == "-" {
		_, err := s.Out.Write([]byte(text))
		return err
	}
	f, err := os.OpenFile(args[0], os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, os.ErrExist) {
		return usage(advice.Hint{Error: line.Show(args[0]) + " is there already, and is left as it is",
			Try: i.AimAt("new-plan.yaml").String()})
	}
	if err == nil {
		_, err = f.WriteString(text)
		err = errors.Join(err, f.Close())
	}
	if err != nil {
		return usage(advice.Hint{Error: "write " + line.Show(args[0]) + ": " + fault.Plain(err).Error(),
			Try: i.AimAt("plan.yaml").String()})
	}
	const said = "wrote %s; in one shell: shotput target --listen 127.0.0.1:8080, in another: shotput run %s\n"
	_, err = fmt.Fprintf(s.Err, said, line.Printable(args[0]), line.Quote(args[0]))
	return err
}

const initHelp = `shotput init writes an example of a plan file, to be changed.

  shotput init                      shows it
  shotput init plan.yaml            writes it, unless there is such a file
  shotput init --flow multipart     one of a flow: several requests an arrival
  shotput run plan.yaml

Usage: shotput init [flags] [FILE]
`

// schemas are what there is a schema of, in order, and how it is made.
var schemas = []struct {
	of   string
	make func() map[string]any
}{{"run", stats.JSONSchema}, {"plan", func() map[string]any { return planfile.Schema(flows.PlanRows()) }},
	{"verify", verify.JSONSchema}, {"capacity", search.JSONSchema}, {"curve", curve.JSONSchema},
	{"compare", compare.JSONSchema}, {"trend", trend.JSONSchema}}

// schema prints the JSON Schema that is asked for.
func schema(s *Stdio, args []string) error {
	var known []string
	for _, one := range schemas {
		known = append(known, one.of)
	}
	list := strings.Join(known, ", ")
	switch {
	case len(args) == 0:
		return usage(advice.Hint{Error: "which schema? There is " + list, Try: "shotput schema plan"})
	case len(args) > 1:
		return usage(advice.Hint{Error: line.Show(args[1]) + ": one schema at a time", Try: "shotput schema plan"})
	}
	at := slices.Index(known, args[0])
	if at < 0 {
		return usage(advice.Hint{Error: line.Show(args[0]) + " is no schema; there is " + list, Try: "shotput schema " +
			cmp.Or(fault.Nearest(args[0], known), "plan")})
	}
	if err := stats.WriteJSON(s.Out, schemas[at].make()); err != nil {
		return giveUp(err, advice.Hint{Error: "write the schema: " + err.Error(), Try: "shotput schema " + args[0]})
	}
	return nil
}

const schemaHelp = `shotput schema prints a JSON Schema, for editors, checks and other programs.

  shotput schema run                of a saved run (-o run.json), every field
                                    with its meaning and unit
  shotput schema verify             of what verify saves; so are capacity,
                                    curve, compare (and ab) and trend
  shotput schema plan > plan.schema.json

Usage: shotput schema run|plan|verify|capacity|curve|compare|trend
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
