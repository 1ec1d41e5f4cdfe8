// Package cli knows flags and people. It turns a command line into one loadgen.Plan, once, has it run, hands
// the stats.Run to package report, and says in plain words what went wrong and what to try (package advice). It refuses
// to measure, to compute a statistic or to keep a secret in anything it prints; it starts a process only for the
// demo, and only Main's caller exits.
//
// The request looks like curl's; the load like hey's and oha's. Where their letters clash, the one that would
// send a wrong request in silence has lost its letter, and its use is caught (line.Clash).
package cli

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"slices"

	"github.com/spf13/cobra"

	"shotput/cli/advice"
	"shotput/cli/flags"
	"shotput/cli/line"
	"shotput/loadgen"
)

// verbs are the first words that are commands; any other is a URL.
var verbs = []string{verbRun, "curl", "init", "schema", "target", "report", "compare", "doctor", "licenses", "version", "completion", "help"}

// Main is the program as a value: arguments without the program's name, and the world as stdio. It gives the
// exit code.
func Main(ctx context.Context, args []string, s Stdio) int {
	var said []advice.Hint
	if len(args) > 0 && args[0] == "curl" {
		if len(args) == 2 && (args[1] == "--help" || args[1] == "-h") {
			io.WriteString(s.Out, curlHelp)
			return exitDone
		}
		var err error
		if args, said, err = readPasted(&s, args[1:]); err != nil {
			return s.tell(err)
		}
	}
	if shown, err := misdirected(s.Out, args); shown || err != nil {
		return s.tell(err)
	}
	root := fireCommand(&s, args, said)
	// Note: verbs are known to cobra only when one stands first. Otherwise it would take the value of a flag
	// that it cannot tell from an operand (-sd target) for a command.
	if len(args) > 0 && (slices.Contains(verbs, args[0]) || args[0] == cobra.ShellCompRequestCmd || args[0] == cobra.ShellCompNoDescRequestCmd) {
		root.AddCommand(runCommand(&s, args), initCommand(&s, args), schemaCommand(&s, args),
			targetCommand(&s, args), reportCommand(&s, args), compareCommand(&s, args), doctorCommand(&s, args), licensesCommand(&s, args), versionCommand(&s))
	} else {
		root.CompletionOptions.DisableDefaultCmd = true
	}
	root.SetArgs(args)
	root.SetIn(s.In)
	root.SetOut(s.Out)
	root.SetErr(s.Err)
	return s.tell(root.ExecuteContext(ctx))
}

// spoken makes a command silent: what there is to say, tell and help say.
func spoken(c *cobra.Command, l *line.Line, args []string, show func()) *cobra.Command {
	c.SilenceErrors, c.SilenceUsage, c.DisableSuggestions = true, true, true
	c.Args = cobra.ArbitraryArgs
	c.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return l.Explain(err, args) })
	c.SetHelpFunc(func(*cobra.Command, []string) { show() })
	run := c.RunE
	c.RunE = func(c *cobra.Command, operands []string) error {
		if err := l.CheckDashes(args); err != nil {
			return err
		}
		return run(c, operands)
	}
	l.Bind(c.Flags())
	return c
}

func fireCommand(s *Stdio, args []string, said []advice.Hint) *cobra.Command {
	r := flags.New(s.world())
	c := &cobra.Command{Use: "shotput [flags] [URL]", Short: "fire PUTs at a URL and measure them",
		RunE: func(c *cobra.Command, args []string) error { return fire(c.Context(), newJob(s, r, said), args) }}
	return spoken(c, &r.Line, args, func() { help(s.Out, fireHelp, fireTail, r.Rows) })
}

func runCommand(s *Stdio, args []string) *cobra.Command {
	v := newPlanRun(s)
	c := &cobra.Command{Use: verbRun + " PLAN.yaml", Short: "fire the runs of a plan file",
		RunE: func(c *cobra.Command, args []string) error { return v.run(c.Context(), s, args) }}
	return spoken(c, &v.typed.Line, args[1:], func() { help(s.Out, runHelp, "", v.typed.Rows[:1]) })
}

func initCommand(s *Stdio, args []string) *cobra.Command {
	l := &line.Line{Verb: "init"}
	c := &cobra.Command{Use: "init [FILE]", Short: "write an example of a plan file",
		RunE: func(_ *cobra.Command, args []string) error { return initPlan(s, args) }}
	return spoken(c, l, args[1:], func() { help(s.Out, initHelp, "", nil) })
}

func schemaCommand(s *Stdio, args []string) *cobra.Command {
	l := &line.Line{Verb: "schema"}
	c := &cobra.Command{Use: "schema run|plan", Short: "the JSON Schema of saved runs and of plan files",
		RunE: func(_ *cobra.Command, args []string) error { return schema(s, args) }}
	return spoken(c, l, args[1:], func() { help(s.Out, schemaHelp, "", nil) })
}

func targetCommand(s *Stdio, args []string) *cobra.Command {
	v := newServing()
	c := &cobra.Command{Use: v.Verb, Short: "a PUT server to fire at",
		RunE: func(c *cobra.Command, args []string) error { return v.serve(c.Context(), s, args) }}
	return spoken(c, &v.Line, args[1:], func() { help(s.Out, targetHelp, "", v.Rows) })
}

func reportCommand(s *Stdio, args []string) *cobra.Command {
	g := newRendering()
	c := &cobra.Command{Use: g.Verb + " FILE...", Short: "show a saved run again",
		RunE: func(_ *cobra.Command, args []string) error { return g.render(s, args) }}
	return spoken(c, &g.Line, args[1:], func() { help(s.Out, reportHelp, "", g.Rows) })
}

func compareCommand(s *Stdio, args []string) *cobra.Command {
	g := newComparing()
	c := &cobra.Command{Use: g.Verb + " BASE NEW...", Short: "judge saved runs by others",
		RunE: func(_ *cobra.Command, args []string) error { return g.compare(s, args) }}
	return spoken(c, &g.Line, args[1:], func() { help(s.Out, compareHelp, compareTail, g.Rows) })
}

func doctorCommand(s *Stdio, args []string) *cobra.Command {
	v := newCheckup()
	c := &cobra.Command{Use: v.Verb, Short: "whether this machine can fire fast and time truly",
		RunE: func(_ *cobra.Command, args []string) error { return v.examine(s, args) }}
	return spoken(c, &v.Line, args[1:], func() { help(s.Out, doctorHelp, "", v.Rows) })
}

func licensesCommand(s *Stdio, args []string) *cobra.Command {
	l := &line.Line{Verb: "licenses"}
	c := &cobra.Command{Use: l.Verb, Short: "the licences of all that is built in",
		RunE: func(_ *cobra.Command, args []string) error { return licenses(s, args) }}
	return spoken(c, l, args[1:], func() { help(s.Out, licensesHelp, "", nil) })
}

func versionCommand(s *Stdio) *cobra.Command {
	return &cobra.Command{Use: "version", Short: "the version", Args: cobra.ArbitraryArgs,
		RunE: func(*cobra.Command, []string) error { return version(s) }}
}

func version(s *Stdio) error {
	_, err := fmt.Fprintf(s.Out, "shotput %s %s %s/%s\n", loadgen.Version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return err
}
