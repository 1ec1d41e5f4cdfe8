package flags

import (
	"cmp"
	"errors"
	"net/http"
	"slices"
	"strings"

	"shotput/cli/address"
	"shotput/cli/line"
	"shotput/loadgen"
	"shotput/loadgen/fault"
)

// Settle makes the Plan of all that was typed, once. Its error names every fault; one that stands in a file is told by
// itself.
func (a *Asked) Settle() error {
	if err := a.checkForeign(a.foreignAlways()...); err != nil {
		return err
	}
	if err := a.Check(); err != nil {
		return err
	}
	p := &a.Plan
	if !a.PathAsIs {
		p.Request.URL = address.Squash(p.Request.URL)
	}
	for _, add := range []func() error{
		func() error { return a.head.addHeaders(p, a.In) },
		func() error { return a.network.addProxy(&p.Route, a.In) },
		func() error { return a.head.addQueries(&p.Request, a.In) },
		func() error { return a.Body.add(&p.Request, a.In) },
	} {
		if err := add(); err != nil {
			return err
		}
	}
	p.Labels = labelsOf(a.labels)
	a.asking.add(&p.Request)
	a.head.addDefaults(&p.Request, a.In)
	a.network.limitRedirects(&p.Transport)
	a.Schedule.add(&p.Load, &a.Line)
	return a.Check()
}

// Aim takes the URL from the operands.
func (a *Asked) Aim(operands []string) {
	for _, o := range operands {
		if err := a.setURL(o); err != nil {
			a.Note(line.Fault{Name: "URL", Shown: a.Show("url", o), Why: err.Error(), Mends: []line.Mend{line.Aim(o)}})
		}
	}
}

// Validate asks the plan itself, and gives its faults in the words of flags.
func (a *Asked) Validate() error {
	a.Plan = a.Plan.WithEnv(a.Env)
	return a.Explain(a.Plan.Validate())
}

// Explain is why the plan was refused, a Fault or several, in the words of flags. Any other error stays what it is.
func (a *Asked) Explain(err error) error {
	all := flatten(err)
	if len(all) > 0 && !slices.ContainsFunc(all, isFault) {
		return err
	}
	for _, e := range all {
		var f *loadgen.Fault
		if !errors.As(e, &f) {
			f = fault.Unfit.In("", "", "%v", e)
		}
		a.noteFault(f)
	}
	if len(a.Faults) > 0 {
		if err := a.CheckForeign(); err != nil {
			return err
		}
	}
	return a.Check()
}

func isFault(err error) bool {
	var f *loadgen.Fault
	return errors.As(err, &f)
}

// flatten lists the errors that errors.Join has put together.
func flatten(err error) []error {
	if err == nil {
		return nil
	}
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return []error{err}
	}
	var all []error
	for _, e := range joined.Unwrap() {
		all = append(all, flatten(e)...)
	}
	return all
}

// ExampleURL is where the built-in target would be, and a key for each request.
const ExampleURL = "http://127.0.0.1:8080/objects/{{seq}}"

// noteFault translates one fault of the plan.
func (r *Asked) noteFault(f *loadgen.Fault) {
	row := r.Row(f.Field)
	switch word, _, _ := strings.Cut(f.Field, " "); {
	case word == "body" && r.Body.IsGiven() && f.Kind != fault.Needs:
		row = r.Row(r.Body.posted[0].flag)
	case word == "header", word == "form":
		row = r.Row(word)
	}
	why := f.Sentence(func(field string) string { return r.Row(field).Name() })
	told := line.Fault{Kind: line.Unplanned, Flag: f.Field, Value: f.Value, Why: why, Code: codeOf(f),
		Name: f.Field, Part: f.Kind == fault.InText, Mends: r.mendOf(f, row)}
	if row != nil {
		told.Name, told.Flag = row.Name(), row.Long
	}
	if f.Field == "url" {
		told.Name = "URL"
	}
	if f.Field == "urls" && f.Kind != fault.Conflict { // one of its URLs, or the file
		told.Mends = nil // where to fire is known to the person alone
	}
	if f.Value != "" {
		told.Shown = line.Show(f.Value)
	} else if f.Field == "body as" && row != nil {
		told.Shown = row.Show(r.Plan.Request.Body.Text)
	}
	r.Note(told)
}

// codeOf gives the stable codes to the faults that have one.
func codeOf(f *loadgen.Fault) string {
	switch {
	case f.Kind == fault.InText:
		return "template"
	case f.Field == "url", f.Field == "urls":
		return "bad-url"
	case strings.HasPrefix(f.Field, "body"), strings.HasPrefix(f.Field, "form"):
		return "body-file"
	}
	return ""
}

// Mix makes one of several: all of them are the first's in what is of the whole run, and each of them says its own
// request and what its answers are to be. So the whole leaves nothing of that to be said by all: it would be one of
// theirs.
func Mix(entries []loadgen.Request, each []*Asked) *Asked {
	whole := *each[0]
	whole.Mixed = each
	p := &whole.Plan
	p.Mix = nil
	for i, a := range each {
		a.OneOf = len(each) > 1
		e := entries[i]
		e.Request, e.Answer = a.Plan.Request, a.Plan.Answer
		e.Request.Method = cmp.Or(e.Request.Method, http.MethodPut) // left open, it would be the whole's
		p.Mix = append(p.Mix, e)
		if i > 0 {
			whole.Body.Dropped += a.Body.Dropped
		}
		if !whole.Body.IsGiven() {
			whole.Body.posted = a.Body.posted // of a mix it is said that it has no body when none has
		}
	}
	first := each[0].Plan.Request
	p.Request = loadgen.RequestSpec{Method: first.Method, URL: first.URL}
	differs := func(a *Asked) bool { return a.Plan.Request.UserAgent != first.UserAgent }
	if !slices.ContainsFunc(each, differs) {
		p.Request.UserAgent = first.UserAgent // proxies are told of it too
	}
	p.Answer = loadgen.AnswerSpec{}
	*p = p.WithEnv(whole.Env)
	return &whole
}
