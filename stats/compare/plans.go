package compare

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"shotput/stats"
)

// A Difference is a field of the plan that two rounds do not have alike.
type Difference struct {
	Field     string // as in a saved run, such as "concurrency"
	Base, New string // its values
	BaseFile  string
	NewFile   string // the same as BaseFile, or another of the base, when a side is not alike within itself
}

// UnlikeError says that rounds cannot be compared: they measured different things.
type UnlikeError struct{ Differences []Difference }

// Error lists the fields.
func (e *UnlikeError) Error() string {
	fields := make([]string, len(e.Differences))
	for i, d := range e.Differences {
		fields[i] = fmt.Sprintf("%s is %s in %s and %s in %s", d.Field, d.Base, d.BaseFile, d.New, d.NewFile)
	}
	return "compare runs: their plans differ: " + strings.Join(fields, "; ")
}

// mayDiffer are fields of a plan that change nothing that is measured, or that may differ on purpose.
var mayDiffer = []string{"engine_reason", "insecure", "seed", "resolve", "connect_to", "thresholds", "aborts", "strict"}

// Differences are what keeps a round from being judged by another: the fields of a saved run in which they measured
// different things; none where nothing does. Where the server is may differ, and what is in mayDiffer.
func Differences(a, b Round) []Difference {
	all := planDifferences(a.comparable(), b.comparable(), mayDiffer)
	if a.Clock != b.Clock {
		all = append(all, Difference{Field: "clock", Base: a.Clock, New: b.Clock})
	}
	if a.Plan.Protocol == "" || b.Plan.Protocol == "" { // not known without a preflight
		all = slices.DeleteFunc(all, func(d Difference) bool { return d.Field == "protocol" || d.Field == "tls" })
	}
	for i := range all {
		all[i].BaseFile, all[i].NewFile = a.File, b.File
	}
	return all
}

// shownLater are the fields of a plan that are not known of it before something has been sent, or that say only why.
var shownLater = []string{"engine_reason", "protocol", "tls"}

// Changes are what keeps trials of a saved plan from being gone on with by another: every field counts, where the
// server is and the seed, too, but for those that show only once something was sent, and those named.
func Changes(saved, now stats.Plan, but ...string) []Difference {
	return planDifferences(saved, now, append(but, shownLater...))
}

// differences lists what is not as in the first round of the base, each field once.
func differences(base, new []Round) (all []Difference) {
	for _, r := range slices.Concat(base[1:], new) {
		for _, d := range Differences(base[0], r) {
			if !slices.ContainsFunc(all, func(known Difference) bool { return known.Field == d.Field }) {
				all = append(all, d)
			}
		}
	}
	return all
}

// planDifferences goes over all fields that a plan has, but for some, so that one that is added later counts until
// somebody says that it may differ.
func planDifferences(a, b stats.Plan, but []string) (all []Difference) {
	left, right := reflect.ValueOf(a), reflect.ValueOf(b)
	for i := range left.NumField() {
		field, _, _ := strings.Cut(left.Type().Field(i).Tag.Get("json"), ",")
		base, new := showValue(left.Field(i)), showValue(right.Field(i))
		if base != new && !slices.Contains(but, field) {
			all = append(all, Difference{Field: field, Base: base, New: new})
		}
	}
	return all
}

func showValue(v reflect.Value) string {
	s := fmt.Sprint(v.Interface())
	if list, ok := v.Interface().([]string); ok {
		s = strings.Join(list, ", ")
	}
	return cmp.Or(s, "none")
}

// comparable is the plan without what two states of one server do not share: where the server is. Of a body its
// length counts, not where it came from, unless the length differs from request to request.
func (r *Round) comparable() stats.Plan {
	p := r.Plan
	p.URL = withoutHost(p.URL)
	p.Mix = slices.Clone(p.Mix)
	for i := range p.Mix {
		one := &p.Mix[i]
		if one.Name == one.URL {
			one.Name = withoutHost(one.Name)
		}
		if one.URL = withoutHost(one.URL); one.BodyBytes >= 0 {
			one.Body = ""
		}
		if one.Expect == "" { // of an older version, in which all had the plan's
			one.Auth, one.Expect, one.Checks = p.Auth, p.Expect, p.Checks
		}
	}
	p.Steps = slices.Clone(p.Steps)
	for i := range p.Steps {
		p.Steps[i].URL = withoutHost(p.Steps[i].URL)
	}
	if len(p.Mix) > 1 { // which says all of it; an older version has the first's here
		p.Headers, p.Auth, p.Body, p.BodyBytes, p.Expect, p.Checks = nil, "", "", 0, "", nil
	}
	if p.BodyBytes >= 0 {
		p.Body = ""
	}
	return p
}

func withoutHost(url string) string {
	scheme, rest, found := strings.Cut(url, "://")
	if !found {
		return url
	}
	path := "/"
	if slash := strings.Index(rest, "/"); slash >= 0 {
		path = rest[slash:]
	}
	return scheme + "://HOST" + path
}
