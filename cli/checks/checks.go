// Package checks is what is asked of a verification: which checks, what is expected of them, where names go. It owns
// the flags that say so, reads and writes contracts, and lists the checks. It refuses to send anything.
package checks

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"shotput/cli/flags"
	"shotput/cli/line"
	"shotput/cli/planfile"
	"shotput/verify"
)

// Asked is what was asked of a verification, as it was typed.
type Asked struct {
	only, skip, expected []string
	contract             string
	validator            *verify.Validator

	Largest             int64  // bytes
	Into, ReadURL       string // "" is the URL itself
	Save                string // a file; "" is none
	Restart             string // a command; "" is none
	RestartLimit, Limit time.Duration
	Listing, Cleanup    bool
}

// Group of the help is what is verified.
const Group = "Checks"

// Rows are its flags.
func (a *Asked) Rows() line.Rows {
	a.Largest, a.Limit, a.RestartLimit = 16<<20, time.Minute, time.Minute
	return line.InGroup(Group, line.Rows{
		{Long: "list", Help: "print the checks, each with the clause that it\nstands on, and send nothing",
			Set: line.OnOff(&a.Listing)},
		{Long: "only", Arg: "NAMES", Eg: "create", Repeats: true, Set: takeNames(&a.only),
			Help: "these checks, or groups of them: put,races; repeat"},
		{Long: "skip", Arg: "NAMES", Eg: "torn-read", Repeats: true, Set: takeNames(&a.skip),
			Help: "not these; repeat"},
		{Long: "into", Arg: "URL", Eg: "http://127.0.0.1:8080/objects/", Set: line.Filled(&a.Into),
			Help: "the folder that names are written into, where the\nURL does not say it by {{key}} or {{uuid}}"},
		{Long: "read-url", Arg: "URL", Eg: "http://127.0.0.1:8080/objects/{{key}}", Set: line.Filled(&a.ReadURL),
			Help: "what is written is read there"},
		{Long: "expect-check", Arg: "CHECK=WORD", Eg: "create=201", Repeats: true,
			Set:  line.Each(&a.expected, asPair),
			Help: "a result or what is observed, in the place of what\nthe standard says: create=200; repeat"},
		{Long: "contract", Arg: "FILE", Eg: "contract.yaml", Paths: line.WholePath, Set: line.Filled(&a.contract),
			Help: "all that is expected, as --save wrote it: broken\nis what differs from it"},
		{Long: "save", Arg: "FILE", Eg: "contract.yaml", Written: true, Paths: line.WholePath,
			Set:  line.Filled(&a.Save),
			Help: "write what was found as a contract to hold"},
		{Long: "validator", Arg: "HOW", Eg: "query rev from json .rev", Set: line.One(&a.validator, readValidator),
			Help: "how the server is told what an update is of, where\nit is not If-Match: 'query rev from json .rev'"},
		{Long: "largest", Arg: "SIZE", Eg: "16MiB", Amount: true, Set: line.One(&a.Largest, flags.ParseSize),
			Help: "the largest body that is sent (16MiB)"},
		{Long: "restart", Arg: "COMMAND", Eg: "true", Set: line.Filled(&a.Restart),
			Help: "restart the server by this, for the shell, and look\nwhat of it is left"},
		{Long: "restart-timeout", Arg: "TIME", Eg: "60s", Amount: true, Set: flags.TakeSpan(&a.RestartLimit),
			Help: "how long that may take (60s)"},
		{Long: "cleanup", Set: line.OnOff(&a.Cleanup),
			Help: "delete in the end what was created, and nothing else"},
		{Long: "timeout", Arg: "TIME", Eg: "60s", Amount: true, Set: flags.TakeSpan(&a.Limit),
			Help: "for the whole (60s); -m is for each request"},
	})
}

// OutputRows are the flags of its documents, which are of these formats.
func OutputRows(out *flags.Outputs) line.Rows {
	return line.InGroup(flags.GroupOutput, line.Rows{
		{Long: "output", Short: "o", Arg: "FILE", Eg: "verify.json", Repeats: true, Written: true,
			Paths: line.WholePath, Help: "save as .json .md .txt .html .xml (JUnit); - is\nstdout; repeat",
			Set: line.Each(&out.Files, line.AsIs)},
		{Long: "format", Arg: "FORMAT", Eg: "json", Help: "text, json, md, junit or html, of -o and else of\nstdout",
			Words: out.Only, Set: line.One(&out.Format, line.AsIs)},
		{Long: "ascii", Help: "no sign outside ASCII", Set: line.OnOff(&out.ASCII)},
	})
}

// Instead gives the rows of a run with those in place of its own of these names.
func Instead(all, own line.Rows) line.Rows {
	return append(own, slices.DeleteFunc(slices.Clone(all), func(r line.Row) bool { return own.Row(r.Long) != nil })...)
}

// ofRuns are flags that a verification has no use for, beside those of load, thresholds and metrics.
var ofRuns = []string{"samples", "label", "trace", "capture-failures", "percentiles", "unit", "loops", "poll", "spin",
	"clock", "no-preflight", "urls", "read-body"}

// Refuse notes the flags that are of a run: a verification has no load.
func Refuse(on *flags.Asked) {
	seen := map[string]bool{}
	for _, w := range on.Words {
		r := on.Row(w.Flag)
		if r == nil || seen[r.Long] || r.Group == Group {
			continue
		}
		load := slices.Contains([]string{flags.GroupLoad, flags.GroupJudging, flags.GroupMetrics}, r.Group)
		if seen[r.Long] = true; load || r.Alias == "rate" || slices.Contains(ofRuns, r.Long) {
			on.Note(line.Fault{Kind: line.Contrary, Flag: w.Flag, Mends: []line.Mend{line.Drop(w.Flag)},
				Why: "is of a run; here single requests are sent, and checked"})
		}
	}
}

// names are those of all checks, and of their groups.
func names() (all []string) {
	for _, c := range verify.Checks() {
		all = append(all, c.Name)
	}
	for _, c := range verify.Checks() {
		if !slices.Contains(all, c.Group) {
			all = append(all, c.Group)
		}
	}
	return all
}

// takeNames reads names of checks or groups, separated by commas.
func takeNames(into *[]string) func(string) error {
	return func(s string) error {
		for one := range strings.SplitSeq(s, ",") {
			name := strings.TrimSpace(one)
			if !slices.Contains(names(), name) {
				meant := line.Nearest(name, names())
				wrong := line.Wrong{Why: "there is no check or group called " + line.Show(name) + line.Suggest(meant)}
				if meant != "" {
					wrong.Meant = strings.Replace(s, one, meant, 1)
				}
				return wrong
			}
			*into = append(*into, name)
		}
		return nil
	}
}

// asPair finds the form alone: which checks there are is asked when all is read.
func asPair(s string) (string, error) {
	if _, err := verify.ParseExpect(s); err != nil {
		return "", line.Wrong{Why: reason(err)}
	}
	return s, nil
}

func readValidator(s string) (*verify.Validator, error) {
	v, err := verify.ParseValidator(s)
	if err != nil {
		return nil, line.Wrong{Why: reason(err)}
	}
	return v, nil
}

// reason is an error's own text, without the field and the value that the line says already.
func reason(err error) string {
	var said interface {
		Sentence(func(string) string) string
	}
	if errors.As(err, &said) {
		return said.Sentence(func(field string) string { return "--" + field })
	}
	return err.Error()
}

// Options are what the verification is to do, and the faults of the contract's file. An error is that it cannot be
// read.
func (a *Asked) Options() (o verify.Options, faults []planfile.Fault, err error) {
	o = verify.Options{Only: a.only, Skip: a.skip, Largest: a.Largest, Cleanup: a.Cleanup, Validator: a.validator}
	contract := verify.Contract{}
	if a.contract != "" {
		text, err := os.ReadFile(a.contract)
		if err != nil {
			return o, nil, fmt.Errorf("%w %s: %w", ErrUnread, line.Show(a.contract), errors.Unwrap(err))
		}
		if contract, faults = planfile.Pairs(a.contract, text, judge); len(faults) > 0 {
			return o, faults, nil
		}
		o.Whole = true
	}
	typed, err := verify.ParseExpect(a.expected...)
	for name, word := range typed {
		contract[name] = word
	}
	if len(contract) > 0 || o.Whole {
		o.Contract = contract
	}
	return o, nil, err
}

// judge finds fault with a line of a contract.
func judge(name, word string) (why, try string) {
	err := verify.Contract{name: word}.Check()
	if err == nil {
		return "", ""
	}
	known := func(c verify.Check) bool { return c.Name == name }
	if !slices.ContainsFunc(verify.Checks(), known) {
		return reason(err), "create: 201"
	}
	return reason(err), name + ": holds"
}

// ErrUnread is that the file of the contract cannot be read.
var ErrUnread = errors.New("read the contract")

// Chosen are the checks that are asked for.
func (a *Asked) Chosen() []verify.Check { return verify.Chosen(a.only, a.skip) }

// List prints the checks that are asked for.
func (a *Asked) List(w io.Writer) error {
	chosen, wide, clause := a.Chosen(), 0, 0
	for i := range chosen {
		wide, clause = max(wide, len(chosen[i].Name)), max(clause, len([]rune(chosen[i].Clause)))
	}
	var b strings.Builder
	for i := range chosen {
		c := &chosen[i]
		fmt.Fprintf(&b, "%-*s  %-10s  %-8s  %-*s  %s\n", wide, c.Name, c.Group, c.Force, clause, c.Clause, c.Title)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// Promise is what was found as a file of pairs: the contract to hold from now on.
func Promise(r *verify.Report) []byte {
	var order []string
	for i := range r.Findings {
		order = append(order, r.Findings[i].Check)
	}
	return planfile.WritePairs(order, verify.ContractOf(r))
}

// LongerLimit is a time that may be enough for a run that ended within its limit: as much for each check as those took
// that were made, and half as much again. It is 0 where more time would be of no use.
func LongerLimit(r *verify.Report, limit time.Duration) time.Duration {
	made := 0
	for i := range r.Findings {
		if f := &r.Findings[i]; f.Result != verify.Unclear {
			made++
		}
	}
	if r.Stopped == "" || r.Took < limit/2 {
		return 0
	}
	each := limit / time.Duration(max(1, made))
	return max(2*limit, (each * time.Duration(len(r.Findings)) * 3 / 2).Round(time.Minute))
}
