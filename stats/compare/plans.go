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

// differences lists what is not as in the first round of the base, each field once. It goes over all fields that a
// plan has, so that one that is added later counts until somebody says that it may differ.
func differences(base, new []Round) (all []Difference) {
	first := &base[0]
	for _, r := range slices.Concat(base[1:], new) {
		for _, d := range unlike(first, &r) {
			if !slices.ContainsFunc(all, func(known Difference) bool { return known.Field == d.Field }) {
				all = append(all, d)
			}
		}
	}
	return all
}

func unlike(a, b *Round) (all []Difference) {
	differ := func(field, left, right string) {
		if left != right {
			all = append(all, Difference{field, left, right, a.File, b.File})
		}
	}
	left, right := reflect.ValueOf(a.comparable()), reflect.ValueOf(b.comparable())
	for i := range left.NumField() {
		field, _, _ := strings.Cut(left.Type().Field(i).Tag.Get("json"), ",")
		if !slices.Contains(mayDiffer, field) {
			differ(field, showValue(left.Field(i)), showValue(right.Field(i)))
		}
	}
	differ("clock", a.Clock, b.Clock)
	if a.Plan.Protocol == "" || b.Plan.Protocol == "" { // not known without a preflight
		all = slices.DeleteFunc(all, func(d Difference) bool { return d.Field == "protocol" || d.Field == "tls" })
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
