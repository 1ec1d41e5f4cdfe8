package flow

import (
	"cmp"
	"slices"
	"strconv"

	"shotput/loadgen/fault"
	"shotput/stats"
)

// mostParts bounds the parts of a step: S3 has no upload of more.
const mostParts = 10_000

// Check finds what is wrong with a step that is sent in this phase, taken by itself; skipBody says that the bodies of
// answers are not read.
func (s *Step) Check(phase string, skipBody bool, f *fault.List) {
	for i := range s.Captures {
		c := &s.Captures[i]
		if _, err := c.Compile(false); err != nil {
			f.Join(err)
		}
		if skipBody && c.ReadsBody() {
			f.Add(fault.Conflict.In("read-body", "none", "leaves the body unread, and %s is taken from it", c.Name).
				With("capture").MendBy(fault.Set, "read-body", "all"))
		}
	}
	s.checkUntil(skipBody, f)
	s.checkParts(f)
	s.checkPhase(phase, f)
	s.Think.check(f)
}

func (s *Step) checkUntil(skipBody bool, f *fault.List) {
	var own fault.List
	s.Until.Check(&own, skipBody)
	for _, err := range own {
		if one, ok := err.(*fault.Fault); ok && one.Field != "read-body" {
			there := *one
			there.Field = "until " + one.Field
			err = &there
		}
		f.Join(err)
	}
	asks := !s.Until.None()
	switch {
	case asks && s.Within == 0:
		f.Add(fault.Needs.In("until", "", "asks again for ever if the condition never holds; say for how long").
			With("within").MendBy(fault.Set, "within", "10s"))
	case s.Within < 0:
		f.Add(fault.OutOfRange.In("within", s.Within.String(), "must be more than 0"))
	case s.Within > 0 && !asks:
		f.Add(fault.Needs.In("within", s.Within.String(), "bounds how long a step asks again, and there is no "+
			"condition until which it does").With("until"))
	}
	switch {
	case asks && s.Every == 0:
		f.Add(fault.Needs.In("until", "", "asks again without a pause; say how long to wait between two requests").
			With("every").MendBy(fault.Set, "every", "100ms"))
	case s.Every < 0:
		f.Add(fault.OutOfRange.In("every", s.Every.String(), "must be more than 0"))
	case s.Every > 0 && !asks:
		f.Add(fault.Needs.In("every", s.Every.String(), "is how long a step waits before it asks again, and there is "+
			"no condition until which it does").With("until"))
	}
}

func (s *Step) checkParts(f *fault.List) {
	parts, parallel := strconv.Itoa(s.Parts), strconv.Itoa(s.Parallel)
	switch {
	case s.Parts < 0 || s.Parts > mostParts:
		f.Add(fault.OutOfRange.In("parts", parts, "must be from 1 to %d", mostParts))
	case s.Parallel < 0:
		f.Add(fault.OutOfRange.In("parallel", parallel, "must be from 1 to the number of parts"))
	case s.Parallel > 0 && s.Parts == 0:
		f.Add(fault.Needs.In("parallel", parallel, "is how many parts are sent at a time, and the step has none").
			With("parts").MendBy(fault.Set, "parts", parallel))
	case s.Parallel > s.Parts:
		f.Add(fault.OutOfRange.In("parallel", parallel, "is more than the %s", stats.Plural(s.Parts, "part")).
			MendBy(fault.Replace, "parallel", parts))
	}
}

// checkPhase looks at when the step is sent.
func (s *Step) checkPhase(phase string, f *fault.List) {
	once := phase == stats.StepBefore || phase == stats.StepAfter
	switch {
	case !s.PerSlot:
	case once || s.OnFailure:
		f.Add(fault.Conflict.In("per", "slot", "is of the steps that a flow sends again and again, and this is none").
			With(phase).MendBy(fault.Remove, "per", ""))
	case s.Parts > 0:
		f.Add(fault.Conflict.In("parts", strconv.Itoa(s.Parts), "cannot be those of a step that is sent once per slot").
			With("per"))
	}
	if s.OnFailure && once {
		f.Add(fault.Conflict.In("on-failure", "", "is of a flow, and this step is sent once").With(phase))
	}
}

// String is the time as it is written.
func (t Think) String() string {
	if t.To == 0 {
		return t.From.String()
	}
	return t.From.String() + ".." + t.To.String()
}

func (t *Think) check(f *fault.List) {
	switch {
	case t.From < 0 || t.To < 0:
		f.Add(fault.OutOfRange.In("think", t.String(), "must not be negative"))
	case t.To != 0 && t.To < t.From:
		f.Add(fault.OutOfRange.In("think", t.String(), "goes from the longer to the shorter").
			MendBy(fault.Replace, "think", t.To.String()+".."+t.From.String()))
	}
}

// Record notes the step in a saved run's plan, secrets hidden.
func (s *Step) Record(r *stats.Step) {
	for _, c := range s.Captures {
		r.Captures = append(r.Captures, c.Name+": "+c.String())
	}
	if !s.Until.None() {
		var until stats.Plan
		s.Until.Record(&until)
		r.Until = slices.Concat([]string{"status " + until.Expect}, until.Checks)
	}
	r.Every, r.Within, r.Parts, r.Parallel = s.Every, s.Within, s.Parts, s.Parallel
	if r.Think = s.Think.From; s.Think.To != s.Think.From {
		r.ThinkMax = s.Think.To
	}
	if s.Parts > 0 {
		r.Parallel = cmp.Or(s.Parallel, 1)
	}
}
