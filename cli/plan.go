package cli

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"

	"shotput/cli/line"
	"shotput/loadgen"
	"shotput/loadgen/fault"
)

// settle makes the Plan of all that was typed, once. Its error names every fault, each with a command to try.
func (r *request) settle(args []string, stdin io.Reader) error {
	if err := r.aim(args); err != nil {
		return err
	}
	if err := r.Check(); err != nil {
		return err
	}
	if !r.pathAsIs {
		r.plan.Request.URL = squashed(r.plan.Request.URL)
	}
	r.in.stdin = stdin
	headers, err := r.readHeaders("header", r.headers, &r.in)
	if err != nil {
		return err
	}
	for _, h := range headers {
		r.addHeader(h)
	}
	for _, settled := range []func(*source) error{r.settleProxy, r.query, r.body, r.ask} {
		if err := settled(&r.in); err != nil {
			return err
		}
	}
	if r.agentless && !r.names("User-Agent") {
		r.plan.Request.Header = append(r.plan.Request.Header, loadgen.Header{Name: "User-Agent", Remove: true})
	}
	if len(r.cookies) > 0 {
		r.byDefault("Cookie", strings.Join(r.cookies, "; "))
	}
	if referer, _, _ := strings.Cut(r.referer, ";auto"); referer != "" { // ;auto is of redirects, whose requests keep theirs
		r.byDefault("Referer", referer)
	}
	r.settleExchange()
	r.settleLoad()
	return r.Check()
}

// settleLoad refuses two schedules.
func (r *request) settleLoad() {
	r.plan.Load.Poisson = r.arrivals == "poisson"
	if len(r.plan.Load.Stages) == 0 {
		return
	}
	if r.plan.Load.Duration != 0 || r.plan.Load.Rate != (loadgen.Rate{}) || r.rated {
		r.Note(line.Fault{Kind: line.Contrary, Flag: "stages", Why: "has its own rates and times; it stands instead of -r and -z",
			Mends: []line.Mend{line.Drop("rate", "q", "duration")}})
	}
}

// aim takes the URL from the operands.
func (r *request) aim(args []string) error {
	r.Operands(args)
	if len(args) == 0 {
		return nil
	}
	if slices.Contains(verbs, args[0]) {
		return usage(Hint{Error: "the command " + args[0] + " stands first, before any flag", Try: "shotput " + args[0] + " --help"})
	}
	if meant := fault.Nearest(args[0], verbs); meant != "" && !strings.ContainsAny(args[0], "./:{") && args[0] != "localhost" {
		return usage(Hint{Error: line.Show(args[0]) + " is no command; did you mean " + meant + "? (a host is http://" + line.Printable(args[0]) + "/)", Try: "shotput " + meant + " --help"})
	}
	for _, a := range args {
		if err := r.url(a); err != nil {
			r.Note(line.Fault{Name: "URL", Shown: r.Show("url", a), Why: err.Error(), Mends: []line.Mend{line.Aim(a)}})
		}
	}
	return nil
}

// readHeaders makes the headers of a flag, in order; @FILE has one on each line.
func (r *request) readHeaders(flag string, typed []string, in *source) (headers []loadgen.Header, err error) {
	for _, t := range typed {
		lines := []string{t}
		if path, ok := strings.CutPrefix(t, "@"); ok {
			b, err := in.read(path)
			if err != nil {
				return nil, r.noHeader(line.Fault{Flag: flag, Value: t, Why: err.Error()}, "")
			}
			lines = strings.Split(string(bytes.ReplaceAll(b, []byte("\r"), nil)), "\n")
		}
		for _, text := range lines {
			if strings.TrimSpace(text) == "" {
				continue
			}
			h, err := parseHeader(text)
			if err != nil {
				return nil, r.noHeader(line.Fault{Flag: flag, Value: t, Why: err.Error()}, ", line "+r.Show(flag, text))
			}
			headers = append(headers, h)
		}
	}
	return headers, nil
}

func (r *request) noHeader(f line.Fault, at string) error {
	return usage(Hint{Error: r.Row(f.Flag).Name() + " " + r.Show(f.Flag, f.Value) + at + ": " + f.Why, about: f,
		Try: r.With(f.Flag, "Name: value").String()})
}

// makePlan makes the Plan of all that was typed, unless it is made, and asks it for its own faults.
func (r *request) makePlan(args []string, stdin io.Reader) error {
	if r.whole {
		return nil
	}
	if err := r.settle(args, stdin); err != nil {
		return err
	}
	r.validate()
	return r.Check()
}

// validate notes the plan's faults.
func (r *request) validate() {
	if r.env != nil {
		r.plan = r.plan.WithEnv(r.env)
	}
	err := r.plan.Validate()
	if err == nil {
		return
	}
	for _, e := range flattened(err) {
		var f *loadgen.Fault
		if !errors.As(e, &f) {
			f = &loadgen.Fault{Why: e.Error()}
		}
		r.faultOf(f)
	}
}

// flattened lists the errors that errors.Join has put together.
func flattened(err error) []error {
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return []error{err}
	}
	var all []error
	for _, e := range joined.Unwrap() {
		all = append(all, flattened(e)...)
	}
	return all
}

// exampleURL is where the built-in target would be, and a key for each request.
const exampleURL = "http://127.0.0.1:8080/objects/{{seq}}"

// faultOf translates one fault of the plan.
func (r *request) faultOf(f *loadgen.Fault) {
	row := r.Row(f.Field)
	switch word, _, _ := strings.Cut(f.Field, " "); {
	case word == "body" && len(r.posted) > 0:
		row = r.Row(r.posted[0].flag)
	case word == "header", word == "form":
		row = r.Row(word)
	}
	told := line.Fault{Kind: line.Unplanned, Flag: f.Field, Value: f.Value, Why: f.Why, Code: codeOf(f),
		Name: f.Field, Part: strings.HasPrefix(f.Why, "column "), Mends: r.mendOf(f, row)}
	if row != nil {
		told.Name, told.Flag = row.Name(), row.Long
	}
	if f.Field == "url" {
		told.Name = "URL"
	}
	if f.Value != "" {
		told.Shown = line.Show(f.Value)
	}
	r.Note(told)
}

// mendOf makes the line right: with a value that works, with the flag that is missing, or without the one that is too
// many.
func (r *request) mendOf(f *loadgen.Fault, row *line.Row) []line.Mend {
	switch f.Field {
	case "url":
		return []line.Mend{line.Aim(exampleURL)}
	case "arrivals":
		return []line.Mend{line.Set("rate", "2000/s")}
	case "key":
		return []line.Mend{line.Set("cert", "client.pem")}
	case "digest":
		return []line.Mend{line.Set("user", "name:password")}
	case "threshold", "abort":
		return []line.Mend{mendRule(f, row)}
	case "oauth2-client-id":
		return []line.Mend{line.Set("oauth2-client-id", "client")}
	}
	switch {
	case row == nil:
		return []line.Mend{line.Aim(exampleURL)}
	case len(r.Alternatives(row)) > 1:
		return []line.Mend{line.Drop(r.Alternatives(row)...)}
	case row.Long == "rows" && strings.Contains(f.Why, "needs"):
		return []line.Mend{line.Set("csv", "rows.csv")}
	case row.Arg == "", strings.Contains(f.Why, "together with"), strings.Contains(f.Why, " beside "):
		return []line.Mend{line.Drop(row.Long)}
	}
	return []line.Mend{line.Set(row.Long, row.Eg)}
}

// codeOf gives the stable codes to the faults that have one.
func codeOf(f *loadgen.Fault) string {
	switch {
	case f.Field == "threshold", f.Field == "abort":
		return ""
	case strings.HasPrefix(f.Why, "column "):
		return "template"
	case f.Field == "url":
		return "bad-url"
	case strings.HasPrefix(f.Field, "body"), strings.HasPrefix(f.Field, "form"):
		return "body-file"
	}
	return ""
}
