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
	for _, f := range FaultsIn(err) {
		a.noteFault(f)
	}
	if len(a.Faults) > 0 {
		if err := a.CheckForeign(); err != nil {
			return err
		}
	}
	return a.Check()
}

// FaultsIn are the faults that an error is of; of one that is none, a fault that says it.
func FaultsIn(err error) (all []*loadgen.Fault) {
	for _, e := range flatten(err) {
		var f *loadgen.Fault
		if !errors.As(e, &f) {
			f = fault.Unfit.In("", "", "%v", e)
		}
		all = append(all, f)
	}
	return all
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

// Several are the requests of a plan file that has more than one, each as it was asked for.
type Several struct {
	Mix           []loadgen.Request // names and weights
	Each          [][]*Asked        // of each of the mix: its request, or its steps
	Alone         *Asked            // where there is no mix: the request
	Before, After []*Asked          // steps that are sent once
}

// inOrder are all of them, as Plan.Each has them.
func (s *Several) inOrder() (all []*Asked) {
	if s.Alone != nil {
		all = append(all, s.Alone)
	}
	for i, each := range s.Each {
		for _, a := range each {
			a.Entry, a.Called = i, s.Mix[i].Name
		}
		all = append(all, each...)
	}
	for _, a := range slices.Concat(s.Before, s.After) {
		a.Entry = -1
		all = append(all, a)
	}
	for _, a := range all {
		a.Lone = len(s.Mix) <= 1
		if a.OneOf = len(all) > 1; a.Step != nil {
			a.Called = a.Step.Name
		}
	}
	return all
}

// At is the one that stands at a place of the plan; the first where the place is none of theirs.
func (s *Several) At(at loadgen.Place) *Asked {
	list, i := map[string][]*Asked{"before": s.Before, "after": s.After}[at.List], at.Step
	if at.List == "requests" && at.Index < len(s.Each) {
		list, i = s.Each[at.Index], max(0, at.Step)
	}
	if i >= 0 && i < len(list) {
		return list[i]
	}
	return s.inOrder()[0]
}

// Join makes one of several: all of them are the first's in what is of the whole run, and each of them says its own
// request and what its answers are to be. So the whole of a mix leaves nothing of that to be said by all: it would be
// one of theirs.
func (s *Several) Join() *Asked {
	all := s.inOrder()
	whole := *all[0]
	whole.Mixed, whole.Step = all, nil
	for _, a := range all[1:] {
		whole.Body.Dropped += a.Body.Dropped
		if !whole.Body.IsGiven() {
			whole.Body.posted = a.Body.posted // of several it is said that there is no body when none has one
		}
	}
	p := &whole.Plan
	p.Mix = nil
	for i, e := range s.Mix {
		if first := s.Each[i][0]; first.Step == nil {
			e.Request, e.Answer = first.say()
		} else {
			e.Flow = stepsOf(s.Each[i])
		}
		p.Mix = append(p.Mix, e)
	}
	p.Flows.Before, p.Flows.After = stepsOf(s.Before), stepsOf(s.After)
	if s.Alone == nil {
		first := all[0].Plan.Request
		p.Request, p.Answer = loadgen.RequestSpec{Method: first.Method, URL: first.URL}, loadgen.AnswerSpec{}
		differs := func(a *Asked) bool { return a.Plan.Request.UserAgent != first.UserAgent }
		if !slices.ContainsFunc(all, differs) {
			p.Request.UserAgent = first.UserAgent // proxies are told of it too
		}
	}
	*p = p.WithEnv(whole.Env)
	for _, a := range all {
		a.Plan.Flows = loadgen.Flows{} // of the whole
		a.Plan = a.Plan.WithEnv(a.Env)
	}
	return &whole
}

// say is what one of several says of its own.
func (a *Asked) say() (loadgen.RequestSpec, loadgen.AnswerSpec) {
	r := a.Plan.Request
	r.Method = cmp.Or(r.Method, http.MethodPut) // left open, it would be the whole's
	return r, a.Plan.Answer
}

func stepsOf(each []*Asked) (all []loadgen.Step) {
	for _, a := range each {
		step := *a.Step
		step.Request, step.Answer = a.say()
		all = append(all, step)
	}
	return all
}
