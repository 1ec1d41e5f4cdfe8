// Package cli knows flags and people. It turns a command line into one loadgen.Plan, once, has it run, hands
// the stats.Run to package report, and says in plain words what went wrong and what to try (package advice). It refuses
// to measure, to compute a statistic or to keep a secret in anything it prints; it starts a process only for the
// demo, and only Main's caller exits.
//
// The request looks like curl's; the load like hey's and oha's. Where their letters clash, the one that would
// send a wrong request in silence has lost its letter, and its use is caught (line.Clash).
//
// A verb is a first word that is a command; a job is the main one under way.
package cli

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"shotput/cli/advice"
	"shotput/cli/flags"
	"shotput/cli/line"
)

// verbs are all commands; any other first word is a URL.
func verbs() []verb {
	return []verb{
		{use: "run PLAN.yaml", short: "fire the runs of a plan file", help: runHelp, begin: beginRun},
		{use: "curl COMMAND", help: curlHelp}, // its words become flags before any are read
		{use: "init [FILE]", short: "write an example of a plan file", help: initHelp,
			begin: beginInit},
		{use: "schema run|plan|…", short: "the JSON Schema of what is saved, and of plan files", help: schemaHelp,
			begin: plainly("schema", schema)},
		{use: "target", short: "a PUT server to fire at", help: targetHelp, tail: targetTail(),
			begin: beginServing},
		{use: "report FILE...", short: "show a saved run again", help: reportHelp, begin: beginRendering},
		{use: "compare BASE NEW...", short: "judge saved runs by others", help: compareHelp, tail: compareTail,
			begin: beginComparing},
		{use: "ab A B", short: "judge one state of a server by another, fired at in turn", help: abHelp, tail: abTail,
			begin: beginVersus},
		{use: "trend DIR|FILE...", short: "where saved runs changed over time", help: trendHelp, tail: trendTail,
			begin: beginTracing},
		{use: "verify URL", short: "does PUT behave here: checks against the standard", help: verifyHelp,
			tail: verifyTail, begin: beginVerifying},
		{use: "capacity URL", short: "the highest load at which every threshold holds", help: capacityHelp,
			tail: capacityTail, begin: beginCapacity},
		{use: "curve URL", short: "latency against load", help: curveHelp, tail: curveTail, begin: beginCurve},
		{use: "doctor", short: "whether this machine can fire fast and time truly", help: doctorHelp,
			begin: beginCheckup},
		{use: "licenses", short: "the licences of all that is built in", help: licensesHelp,
			begin: plainly("licenses", licenses)},
		{use: "version", short: "the version", help: versionHelp, begin: plainly("version", version)},
	}
}

// verbNames are the verbs' words, with those that are cobra's own.
func verbNames() (names []string) {
	for _, v := range verbs() {
		name, _, _ := strings.Cut(v.use, " ")
		names = append(names, name)
	}
	return append(names, "completion", "help")
}

// Main is the program as a value: arguments without the program's name, and the world as stdio. It gives the
// exit code. After a second signal it gives it within a second, though something of it may still be
// waiting for somebody to read what it prints: nothing can end such a write but the end of the process.
func Main(ctx context.Context, args []string, s Stdio) int {
	s.overdue = make(chan int, 1)
	ended := make(chan int, 1)
	go func() { ended <- s.main(ctx, args) }()
	select {
	case code := <-ended:
		return code
	case code := <-s.overdue:
		return code
	}
}

func (s *Stdio) main(ctx context.Context, args []string) int {
	var said []advice.Hint
	if len(args) > 0 && args[0] == "curl" {
		if len(args) == 2 && (args[1] == "--help" || args[1] == "-h") {
			io.WriteString(s.Out, curlHelp)
			return exitDone
		}
		var err error
		if args, said, err = readPasted(s, args[1:]); err != nil {
			return s.tell(err)
		}
	}
	names := verbNames()
	if shown, err := misdirect(s.Out, args, names); shown || err != nil {
		return s.tell(err)
	}
	j := newJob(s, flags.New(s.world()), said)
	j.verbs = names
	run := func(ctx context.Context, operands []string) error { return fire(ctx, j, operands) }
	root := makeCommand(verb{use: "shotput [flags] [URL]", short: "fire PUTs at a URL and measure them",
		ask: mainHelp}, beginning{&j.asked.Line, j.asked.Rows, run}, s, args)
	addVerbs(root, s, args, names)
	root.SetArgs(args)
	root.SetIn(s.In)
	root.SetOut(s.Out)
	root.SetErr(s.Err)
	return s.tell(flags.Complete(root.ExecuteContext(ctx), s.readers()))
}

// readers read a line to try from its beginning, by its verb, and give what is wrong with it. Standard input is not
// theirs: it is read once.
func (s *Stdio) readers() map[string]func(line.Line) []line.Fault {
	idle := *s
	idle.In = strings.NewReader("")
	return map[string]func(line.Line) []line.Fault{
		"":         flags.Reader(s.world().Env),
		verbRun:    rereadRun(s),
		verbAB:     rereadVersus(&idle),
		"capacity": func(l line.Line) []line.Fault { v := newCapacity(&idle); return v.reread(l, v) },
		"curve":    func(l line.Line) []line.Fault { v := newCurve(&idle); return v.reread(l, v) },
	}
}

// readsInput says whether a word is a file that is standard input: what it holds is not known before it is read.
func readsInput(w line.Word) bool { return w.Value == "-" && (w.Flag == "" || w.Flag == "resume") }

// faultsOf are what an error says is wrong with a line; where it has no mend of a flag, none is known.
func faultsOf(err error) (all []line.Fault) {
	var r *line.Refusal
	switch {
	case err == nil:
		return nil
	case errors.As(err, &r):
		return r.Faults
	}
	for _, h := range refusals(err) {
		all = append(all, h.About)
	}
	return all
}

// addVerbs makes verbs known to cobra, where one stands first.
//
// Note: otherwise it would take the value of a flag that it cannot tell from an operand (-sd target) for a command.
func addVerbs(root *cobra.Command, s *Stdio, args, names []string) {
	first := append(slices.Clone(args), "")[0]
	if !slices.Contains(append(names, cobra.ShellCompRequestCmd, cobra.ShellCompNoDescRequestCmd), first) {
		root.CompletionOptions.DisableDefaultCmd = true
		return
	}
	for _, v := range verbs() {
		if v.begin != nil {
			root.AddCommand(makeCommand(v, v.begin(s), s, args[1:]))
		}
	}
}

// makeCommand makes a command silent: what there is to say, tell and help say.
func makeCommand(v verb, b beginning, s *Stdio, args []string) *cobra.Command {
	c := &cobra.Command{Use: v.use, Short: v.short, Args: cobra.ArbitraryArgs,
		SilenceErrors: true, SilenceUsage: true, DisableSuggestions: true}
	c.RunE = func(c *cobra.Command, operands []string) error {
		if err := b.line.CheckDashes(args); err != nil {
			return err
		}
		return b.run(c.Context(), operands)
	}
	c.SetFlagErrorFunc(func(of *cobra.Command, err error) error {
		if of != c { // one of cobra's own, which have no line of ours
			return usage(advice.Hint{Error: of.CommandPath() + ": " + line.Printable(err.Error()),
				Try: of.CommandPath()})
		}
		return b.line.Explain(err, args)
	})
	c.SetHelpFunc(func(*cobra.Command, []string) {
		if v.ask != nil {
			v.ask(s, args, b.rows)
			return
		}
		help(s.Out, v.help, v.tail, b.rows)
	})
	b.line.Bind(c.Flags())
	return c
}
